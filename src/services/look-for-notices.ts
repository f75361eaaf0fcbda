import type { Clock } from '../clock.ts';
import { type Database, inTransaction } from '../db/client.ts';
import { beginLook, queueMessages, type TroubleBounds, updateMatters } from '../db/notices.ts';
import { listTimezones } from '../db/stores.ts';
import { messageLifeMs, riskAt, settleMs, spacingMs } from '../domain/notice-due.ts';
import type { NoticeChannel } from '../domain/notice-kind.ts';
import { isTimezone, localDay } from '../domain/snapshot-day.ts';
import { connectionEndsSoonMs } from '../domain/token-life.ts';
import type { Logger } from '../logger.ts';
import type { NoticeQueue } from './notice-queue.ts';

/** What is trouble now, the same for a look and for a message on its way. */
export async function troubleBounds(db: Database, now: Date, localTime: string): Promise<TroubleBounds> {
  const today = (await listTimezones(db))
    .filter(isTimezone)
    .map((timezone) => ({ timezone, day: localDay(now, timezone) }));
  return {
    tokenEndsBefore: new Date(now.getTime() + connectionEndsSoonMs),
    riskyDays: today.filter(({ timezone, day }) => riskAt(day, timezone, localTime) <= now),
    settledSince: new Date(now.getTime() - settleMs),
  };
}

/**
 * Makes matters agree with the stores, and gives those that are due their messages. Idempotent; any number of schedulers
 * may call it at once.
 */
export async function lookForNotices(deps: {
  db: Database;
  clock: Clock;
  logger: Logger;
  notices: NoticeQueue;
  channels: readonly NoticeChannel[];
  localTime: string;
}): Promise<void> {
  const { db, channels } = deps;
  const now = deps.clock.now();
  const bounds = await troubleBounds(db, now, deps.localTime);
  await inTransaction(db, async (tx) => {
    if (!(await beginLook(tx))) return;
    await updateMatters(tx, { now, channels, bounds });
    const messages = await queueMessages(tx, {
      now,
      channels,
      spacedSince: new Date(now.getTime() - spacingMs),
      deadSince: new Date(now.getTime() - messageLifeMs),
    });
    await deps.notices.insert(tx, messages);
    for (const { id, channel, kind, count } of messages) {
      deps.logger.info('notice queued', { job_id: id, job_name: `notice-${channel}`, action: kind, count });
    }
  });
}
