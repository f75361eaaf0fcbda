import { createHmac } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { InProcessFetch } from './in-process-fetch.ts';

const DELIVERY_TIMEOUT_MS = 10_000;

/** 0 unknown, 1 disconnected in TikTok, 2 account deleted, 3 age changed, 4 account banned, 5 revoked by the developer. */
export type RemovalReason = 0 | 1 | 2 | 3 | 4 | 5;

/** `status` is what the receiver answered, or null when it could not be reached. */
export type WebhookDelivery = { sent: false } | { sent: true; status: number | null };

/** The `TikTok-Signature` header of a raw body (tiktok-api.md, section 9); exported so that tests can send their own. */
export function signWebhook(clientSecret: string, rawBody: string, atSeconds: number): string {
  const signature = createHmac('sha256', clientSecret).update(`${atSeconds}.${rawBody}`).digest('hex');
  return `t=${atSeconds},s=${signature}`;
}

/** Sends each event once. The real one repeats for 72 h: call it again for that. */
export function createWebhookSender(options: {
  url: string | undefined;
  clientKey: string;
  clientSecret: string;
  clock: Clock;
  fetch: InProcessFetch;
}) {
  return async function sendRemoved(openId: string, reason: RemovalReason): Promise<WebhookDelivery> {
    if (options.url === undefined) return { sent: false };
    const nowSeconds = Math.floor(options.clock.now().getTime() / 1000);
    const body = JSON.stringify({
      client_key: options.clientKey,
      event: 'authorization.removed',
      create_time: nowSeconds,
      user_openid: openId,
      content: JSON.stringify({ reason }),
    });
    try {
      const response = await options.fetch(options.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'tiktok-signature': signWebhook(options.clientSecret, body, nowSeconds),
        },
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(DELIVERY_TIMEOUT_MS),
      });
      await response.body?.cancel();
      return { sent: true, status: response.status };
    } catch {
      return { sent: true, status: null };
    }
  };
}
