import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { equalInConstantTime } from '../crypto/hash.ts';
import type { Database } from '../db/client.ts';
import type { Logger } from '../logger.ts';
import { verifyWebhookSignature } from '../tiktok/webhook-signature.ts';
import { handleRemoval } from './handle-removal.ts';
import type { JobQueue } from './job-queue.ts';

export interface WebhookDependencies {
  db: Database;
  queue: JobQueue;
  clock: Clock;
  logger: Logger;
  clientKey: string;
  clientSecret: string;
}

const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue('not JSON');
    return z.NEVER;
  }
});

const removal = z.object({
  client_key: z.string(),
  event: z.literal('authorization.removed'),
  // The last second a Date can hold.
  create_time: z.int().nonnegative().max(8_640_000_000_000),
  user_openid: z.string().min(1),
  content: json.pipe(z.object({ reason: z.int() })),
});

/** Whether TikTok signed this body. */
export function isFromTikTok(
  deps: Pick<WebhookDependencies, 'clientSecret'>,
  delivery: { signature: string | null; rawBody: Buffer },
): boolean {
  const { signature: header, rawBody } = delivery;
  return verifyWebhookSignature({ header, rawBody, clientSecret: deps.clientSecret }).ok;
}

/**
 * One delivery that TikTok signed. What is not for us is accepted too: TikTok repeats for three days whatever is not.
 * Throws only what the database throws, so that an event that came while it was away comes again.
 */
export async function receiveWebhook(deps: WebhookDependencies, rawBody: Buffer): Promise<void> {
  const event = json.pipe(removal).safeParse(rawBody.toString());
  if (!event.success || !equalInConstantTime(event.data.client_key, deps.clientKey)) {
    deps.logger.info('webhook ignored');
    return;
  }
  const { user_openid: openId, create_time: seconds, content } = event.data;
  await handleRemoval(deps, { openId, createdAt: new Date(seconds * 1000), reasonCode: content.reason });
}
