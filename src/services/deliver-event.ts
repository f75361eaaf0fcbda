import type { SendResult } from '../channels/channel.ts';
import type { PostOptions } from '../channels/post-outside.ts';
import { webhookHeaders } from '../channels/webhook.ts';
import type { Clock } from '../clock.ts';
import { type TokenCipher, TokenCipherError } from '../crypto/token-cipher.ts';
import type { Database } from '../db/client.ts';
import { type ClaimedDelivery, claimDelivery, endAttempt, type QueuedDelivery } from '../db/event-deliveries.ts';
import { type FeedEvent, mostDeliveryAttempts } from '../domain/feed-event.ts';
import { readSigningKey } from './webhook-secret.ts';

export interface DeliverEventDependencies {
  db: Database;
  clock: Clock;
  cipher: TokenCipher;
  post: (options: PostOptions) => Promise<SendResult>;
  allowLoopback: boolean;
}

export type DeliveryResult = SendResult & { type: FeedEvent; attempt: number; isLast: boolean };

/**
 * One attempt to deliver an event. Null: there is nothing to deliver any more, and nothing was sent. At least once, each
 * time with the event's own id: when the answer was lost, or this process ended, it goes out again. Throws what the
 * database throws.
 */
export async function deliverEvent(
  deps: DeliverEventDependencies,
  job: QueuedDelivery,
  signal: AbortSignal,
): Promise<DeliveryResult | null> {
  const { db, clock } = deps;
  const claimed = await claimDelivery(db, job, clock.now());
  if (claimed === null) return null;
  const result = await send(deps, job, claimed, signal);
  const isLast = result.outcome === 'gone' || claimed.attempts >= mostDeliveryAttempts;
  await endAttempt(db, job, {
    state: result.outcome === 'delivered' ? 'delivered' : isLast ? 'failed' : 'pending',
    httpStatus: result.httpStatus,
    errorCode: result.outcome === 'delivered' ? null : result.errorCode,
    gone: result.outcome === 'gone',
    now: clock.now(),
  });
  return { ...result, type: claimed.type, attempt: claimed.attempts, isLast };
}

async function send(
  deps: DeliverEventDependencies,
  { eventId, webhookId }: QueuedDelivery,
  { url, secretEncrypted, type, at, data }: ClaimedDelivery,
  signal: AbortSignal,
): Promise<SendResult> {
  let secret: Buffer;
  try {
    secret = readSigningKey(deps.cipher, webhookId, secretEncrypted);
  } catch (error) {
    if (!(error instanceof TokenCipherError)) throw error;
    return { outcome: 'failed', errorCode: 'SECRET_UNREADABLE', httpStatus: null };
  }
  const body = JSON.stringify({ type, timestamp: at.toISOString(), data });
  const headers = webhookHeaders({ secret, id: eventId, now: deps.clock.now(), body });
  return deps.post({ url, headers, body, signal, allowLoopback: deps.allowLoopback });
}
