import type { Clock } from '../clock.ts';
import { hmacSha256 } from '../crypto/hash.ts';
import type { NoticeKind } from '../domain/notice-kind.ts';
import { errorCodeOf } from '../logger.ts';
import type { Channel, OutgoingNotice, SendResult } from './channel.ts';

const sendTimeoutMs = 10_000;

const types: Readonly<Record<NoticeKind | 'test', string>> = {
  needs_reconnect: 'store.needs_reconnect',
  token_ends: 'store.token_ends',
  day_at_risk: 'store.day_at_risk',
  recovered: 'store.recovered',
  test: 'test',
};

/** Posts JSON that Slack shows as it is, signed as standardwebhooks.com says when there is a secret. */
export function createWebhookChannel(options: { url: string; secret: Buffer | null; clock: Clock }): Channel {
  const { url, secret, clock } = options;
  return {
    async send(notice, signal) {
      const body = webhookBody(notice);
      const headers = webhookHeaders({ secret, id: notice.id, now: clock.now(), body });
      const deadline = AbortSignal.any([signal, AbortSignal.timeout(sendTimeoutMs)]);
      try {
        const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal: deadline });
        // Whatever it says, and however it ends, only the status counts.
        response.body?.cancel().catch(() => undefined);
        return resultOf(response.status);
      } catch (error) {
        const errorCode = deadline.aborted ? (signal.aborted ? 'ABORTED' : 'TIMEOUT') : errorCodeOf(error);
        return { outcome: 'failed', errorCode, httpStatus: null };
      }
    },
  };
}

/** What an answer's status says of a webhook. */
export function resultOf(httpStatus: number): SendResult {
  if (httpStatus >= 200 && httpStatus < 300) return { outcome: 'delivered', httpStatus };
  if (httpStatus === 410) return { outcome: 'gone', errorCode: 'WEBHOOK_GONE', httpStatus };
  return { outcome: 'failed', errorCode: 'WEBHOOK_REFUSED', httpStatus };
}

export function webhookBody({ kind, text, at, data }: OutgoingNotice): string {
  return JSON.stringify({
    type: types[kind],
    timestamp: at.toISOString(),
    text: escapeSlack([text.title, ...text.lines].join('\n')),
    data,
  });
}

/** In Slack's text these three begin links and mentions: a store's name must not call a whole channel. */
const escapeSlack = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Of one attempt: `id` stays over all of them, the time does not. `secret` null: unsigned. */
export function webhookHeaders(sent: {
  secret: Buffer | null;
  id: string;
  now: Date;
  body: string;
}): Record<string, string> {
  const { secret, id, body } = sent;
  const timestamp = Math.floor(sent.now.getTime() / 1000);
  return {
    'content-type': 'application/json',
    'user-agent': 'Harian',
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    ...(secret && { 'webhook-signature': signWebhook({ secret, id, timestamp, body }) }),
  };
}

/** `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`; `timestamp` in Unix seconds. */
export function signWebhook(signed: { secret: Buffer; id: string; timestamp: number; body: string }): string {
  const mac = hmacSha256(signed.secret, [`${signed.id}.${signed.timestamp}.`, signed.body]);
  return `v1,${mac.toString('base64')}`;
}
