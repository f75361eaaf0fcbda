import type { Channel, SendResult } from '../channels/channel.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../db/client.ts';
import { claimMessage, markTold, releaseMessage } from '../db/notices.ts';
import { dayEnd, quietMs } from '../domain/notice-due.ts';
import type { NoticeKind } from '../domain/notice-kind.ts';
import { type Notice, type NoticeStore, storeUrl, writeNotice } from '../domain/notice-text.ts';
import { troubleBounds } from './look-for-notices.ts';

/** Names in one message; the others are counted. */
const storesListed = 20;
/** Longer than any way out takes, its writing down included. */
const sendingMs = 60_000;

export interface DeliverDependencies {
  db: Database;
  clock: Clock;
  publicUrl: string;
  localTime: string;
}

/**
 * Sends one message, made of what is still so. Null: nothing is left to tell, and nothing was sent. At least once: when
 * the answer was lost, or this process ended, it goes out again under the same id. Throws what the database throws.
 */
export async function deliverNotice(
  deps: DeliverDependencies,
  channel: Channel,
  message: { id: string; signal: AbortSignal },
): Promise<(SendResult & { kind: NoticeKind; count: number }) | null> {
  const { db, clock, publicUrl } = deps;
  const { id } = message;
  const now = clock.now();
  const bounds = await troubleBounds(db, now, deps.localTime);
  const sendingUntil = new Date(now.getTime() + sendingMs);
  const notice = await claimMessage(db, { messageId: id, bounds, sendingUntil, storesListed });
  if (notice === null) return null;
  const { kind, count, queuedAt } = notice;
  const text = writeNotice(notice, { publicUrl, now });
  const data = noticeData(notice, publicUrl);
  const result = await channel.send({ id, at: queuedAt, kind, text, data }, message.signal);
  if (result.outcome === 'delivered') {
    const toldAt = clock.now();
    const quietUntil = new Date(toldAt.getTime() + quietMs);
    await markTold(db, { messageId: id, sendingUntil, now: toldAt, quietUntil });
  } else {
    await releaseMessage(db, id);
  }
  return { ...result, kind, count };
}

function noticeData({ kind, count, stores }: Notice, publicUrl: string): object {
  return {
    count,
    stores: stores.map((store) => ({
      store_code: store.storeCode,
      name: store.name,
      url: storeUrl(publicUrl, store.storeCode),
      ...detailsOf(kind, store),
    })),
  };
}

function detailsOf(kind: NoticeKind, store: NoticeStore): object {
  switch (kind) {
    case 'needs_reconnect':
      return { status_reason: store.statusReason };
    case 'token_ends':
      return { connection_ends_at: store.refreshExpiresAt?.toISOString() ?? null };
    case 'day_at_risk': {
      if (store.day === null) return {};
      return { snapshot_date: store.day, day_ends_at: dayEnd(store.day, store.timezone).toISOString() };
    }
    case 'recovered':
      return {};
  }
}
