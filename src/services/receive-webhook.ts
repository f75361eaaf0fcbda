import { z } from 'zod';
import { equalInConstantTime } from '../crypto/hash.ts';
import type { Database } from '../db/client.ts';
import type { Logger } from '../logger.ts';
import { verifyWebhookSignature } from '../tiktok/webhook-signature.ts';
import { handleRemoval } from './handle-removal.ts';
import type { JobQueue } from './job-queue.ts';

export interface WebhookDependencies {
  db: Database;
  queue: JobQueue;
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

/**
 * One delivery of TikTok's webhook. `refused`: the signature is not TikTok's. Everything else is accepted, also what
 * is not for us: TikTok repeats whatever is not accepted for three days.
 */
export async function receiveWebhook(
  deps: WebhookDependencies,
  delivery: { signature: string | null; rawBody: Buffer },
): Promise<'accepted' | 'refused'> {
  const { clientKey, clientSecret, logger } = deps;
  const verified = verifyWebhookSignature({ header: delivery.signature, rawBody: delivery.rawBody, clientSecret });
  if (!verified.ok) return 'refused';
  const event = json.pipe(removal).safeParse(delivery.rawBody.toString());
  if (!event.success || !equalInConstantTime(event.data.client_key, clientKey)) {
    logger.info('webhook ignored');
    return 'accepted';
  }
  const { user_openid: openId, create_time: seconds, content } = event.data;
  await handleRemoval(deps, { openId, createdAt: new Date(seconds * 1000), reasonCode: content.reason });
  return 'accepted';
}
