import { randomUUID } from 'node:crypto';
import { isInside, isLoopback } from '../channels/inside-address.ts';
import type { Clock } from '../clock.ts';
import type { TokenCipher } from '../crypto/token-cipher.ts';
import { type Database, inTransaction } from '../db/client.ts';
import { type DeliveryRow, listDeliveries, restartDeliveries, type WantedEvents } from '../db/event-deliveries.ts';
import {
  deleteWebhook,
  findWebhook,
  findWebhookForUpdate,
  insertWebhook,
  listWebhooks,
  updateWebhook,
  type Webhook,
} from '../db/webhooks.ts';
import type { FeedEvent } from '../domain/feed-event.ts';
import { AppError } from '../errors.ts';
import { createSecret } from './webhook-secret.ts';

export interface WebhookDependencies {
  db: Database;
  clock: Clock;
  cipher: TokenCipher;
  /** Plain http and this machine itself may be told; never in production. */
  allowLoopback: boolean;
}

/** Each is one row more for every event. */
const mostWebhooks = 20;
/** Deliveries of one replay. */
const mostReplayed = 1_000;

const webhookNotFound = () =>
  new AppError('WEBHOOK_NOT_FOUND', 'There is no webhook with this id: see GET /api/webhooks.');

/**
 * What can be said of an address before it is used; where its name leads is judged at every delivery. Throws
 * INVALID_REQUEST.
 */
function requireOutside(address: string, allowLoopback: boolean): void {
  const url = URL.parse(address);
  const refuse = (hint: string) => new AppError('INVALID_REQUEST', `url: ${hint}`);
  const schemes = allowLoopback ? ['https:', 'http:'] : ['https:'];
  if (!url || !schemes.includes(url.protocol)) {
    throw refuse(`must be an absolute ${allowLoopback ? 'https or http' : 'https'} URL`);
  }
  if (url.username !== '' || url.password !== '' || url.hash !== '') {
    throw refuse('must be without credentials and fragment');
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isHere = /(^|\.)localhost\.?$/.test(host) || isLoopback(host);
  const isAddress = /^[\d.]+$|:/.test(host);
  if ((isHere && !allowLoopback) || (isAddress && !isHere && isInside(host))) {
    throw refuse('must lead to the public internet');
  }
}

export const getWebhooks = (db: Database, page: Parameters<typeof listWebhooks>[1]): Promise<Webhook[]> =>
  listWebhooks(db, page);

/** Throws WEBHOOK_NOT_FOUND. */
export async function getWebhook(db: Database, id: string): Promise<Webhook> {
  const webhook = await findWebhook(db, id);
  if (!webhook) throw webhookNotFound();
  return webhook;
}

/** `secret` is shown this once. Throws INVALID_REQUEST for an address that may not be told, or WEBHOOK_LIMIT. */
export async function createWebhook(
  deps: WebhookDependencies,
  options: { url: string; events: readonly FeedEvent[]; enabled: boolean },
): Promise<{ secret: string; webhook: Webhook }> {
  requireOutside(options.url, deps.allowLoopback);
  const id = randomUUID();
  const now = deps.clock.now();
  const { secret, secretEncrypted } = createSecret(deps.cipher, id);
  const events = [...new Set(options.events)];
  const webhook = { id, ...options, events, createdAt: now, since: now, failingSince: null };
  await inTransaction(deps.db, async (tx) => {
    if (await insertWebhook(tx, { ...webhook, secretEncrypted }, mostWebhooks)) return;
    throw new AppError('WEBHOOK_LIMIT', `There are ${mostWebhooks} webhooks already: delete one that is not needed.`);
  });
  return { secret, webhook };
}

/** What is left out stays as it is. Throws as above, or WEBHOOK_NOT_FOUND. */
export async function changeWebhook(
  deps: WebhookDependencies,
  id: string,
  changes: { url?: string | undefined; events?: readonly FeedEvent[] | undefined; enabled?: boolean | undefined },
): Promise<Webhook> {
  const { url, events, enabled } = changes;
  if (url !== undefined) requireOutside(url, deps.allowLoopback);
  return inTransaction(deps.db, async (tx) => {
    const old = await findWebhookForUpdate(tx, id);
    if (!old) throw webhookNotFound();
    const changed = {
      ...old,
      url: url ?? old.url,
      events: [...new Set(events ?? old.events)],
      enabled: enabled ?? old.enabled,
    };
    // Who begins to want days is told of none that was over before.
    const wantedDays = old.enabled && old.events.includes('day.closed');
    const wantsDays = changed.enabled && changed.events.includes('day.closed');
    const webhook = { ...changed, since: wantsDays && !wantedDays ? deps.clock.now() : old.since };
    await updateWebhook(tx, webhook);
    return webhook;
  });
}

/** With what was on its way to it. Throws WEBHOOK_NOT_FOUND. */
export async function removeWebhook(deps: { db: Database }, id: string): Promise<Webhook> {
  const removed = await deleteWebhook(deps.db, id);
  if (!removed) throw webhookNotFound();
  return removed;
}

/** Throws WEBHOOK_NOT_FOUND. */
export async function getDeliveries(db: Database, page: Parameters<typeof listDeliveries>[1]): Promise<DeliveryRow[]> {
  await getWebhook(db, page.webhookId);
  return listDeliveries(db, page);
}

/**
 * Sends once more what happened: one event, or those of the webhook's types since a time, the oldest first and at most
 * 1,000. `next` null: that were all. Throws WEBHOOK_NOT_FOUND, WEBHOOK_DISABLED, or EVENT_NOT_FOUND for a single one that
 * is not kept (any more), or is being delivered at this moment.
 */
export async function replayEvents(
  deps: { db: Database },
  webhookId: string,
  asked: { eventId: string } | { since: Date; after: { at: Date; id: string } | null },
): Promise<{ webhook: Webhook; queued: number; next: { at: Date; id: string } | null }> {
  return inTransaction(deps.db, async (tx) => {
    const webhook = await findWebhookForUpdate(tx, webhookId);
    if (!webhook) throw webhookNotFound();
    if (!webhook.enabled) {
      throw new AppError('WEBHOOK_DISABLED', 'This webhook is switched off: PATCH it with "enabled": true first.');
    }
    const which: WantedEvents = 'eventId' in asked ? asked : { ...asked, types: webhook.events };
    const { queued, last } = await restartDeliveries(tx, { webhookId, which, limit: mostReplayed });
    if (queued === 0 && 'eventId' in asked) {
      throw new AppError(
        'EVENT_NOT_FOUND',
        'There is no event with this id, or it is being delivered right now: see the deliveries of the webhook.',
      );
    }
    return { webhook, queued, next: queued < mostReplayed ? null : last };
  });
}
