import type { Queue } from 'pg-boss';
import { z } from 'zod';
import { mostDeliveryAttempts } from '../domain/feed-event.ts';
import { syncJobName, syncTriggers } from '../domain/job-state.ts';
import type { NoticeChannel } from '../domain/notice-kind.ts';
import { endedJobsDays } from '../domain/retention.ts';
import { maxAttempts } from '../domain/retry.ts';
import { traceparentForm } from '../tracing.ts';

export const syncQueue = syncJobName;
export const deadLetterQueue = 'sync-store-dead';
/** One for each channel, so that a dead one holds up nothing but itself. */
export const noticeQueues = { webhook: 'notice-webhook', email: 'notice-email' } as const satisfies Record<
  NoticeChannel,
  string
>;
export const deliveryQueue = 'webhook-delivery';

/** Of a job that has ended, and of one that nobody takes. */
const keptSeconds = endedJobsDays * 86_400;

/** `exclusive`: one job per store waits or runs. Heartbeats find a killed worker within seconds instead of minutes. */
export const queueOptions: readonly (Queue & { name: string })[] = [
  {
    name: deadLetterQueue,
    heartbeatSeconds: 10,
    deleteAfterSeconds: keptSeconds,
    retentionSeconds: keptSeconds,
    notify: true,
  },
  {
    name: syncQueue,
    policy: 'exclusive',
    deadLetter: deadLetterQueue,
    retryLimit: maxAttempts - 1,
    // For deliveries that ended without a word; what failed is sent back by us, at the time that domain/retry says.
    retryDelay: 1,
    retryBackoff: false,
    expireInSeconds: 1_800,
    heartbeatSeconds: 10,
    deleteAfterSeconds: keptSeconds,
    retentionSeconds: keptSeconds,
    notify: true,
  },
  ...[...Object.values(noticeQueues), deliveryQueue].map((name) => ({
    name,
    // After 10 to 20 s, doubling, at most an hour: about a day. What is still so then gets a new message; deliveries count
    // their attempts themselves, and are given up by us but for their last worker's death.
    retryLimit: name === deliveryQueue ? mostDeliveryAttempts + 10 : 30,
    retryDelay: 10,
    retryBackoff: true,
    retryDelayMax: 3_600,
    expireInSeconds: 120,
    heartbeatSeconds: 10,
    deleteAfterSeconds: keptSeconds,
    retentionSeconds: keptSeconds,
    notify: true,
  })),
];

/** What a job carries: names and counters, never a token. */
export const syncJobData = z.object({
  store_code: z.string(),
  snapshot_date: z.iso.date(),
  trigger: z.enum(syncTriggers),
  deferrals: z.int().nonnegative(),
  /** The delivery that ended in a wait: while it is the latest one, the job is `deferred`, not `retrying`. */
  deferred_delivery: z.int().nonnegative().nullable(),
  /** What led to it, where that is traced: ids and nothing else. */
  traceparent: z.string().regex(traceparentForm).nullish(),
});
export type SyncJobData = z.infer<typeof syncJobData>;

/** What to tell is read when it is told. */
export const noticeJobData = z.object({ message_id: z.uuid() });
export type NoticeJobData = z.infer<typeof noticeJobData>;

export const deliveryJobData = z.object({ store_code: z.string(), event_id: z.uuid(), webhook_id: z.uuid() });
export type DeliveryJobData = z.infer<typeof deliveryJobData>;
