import type { Queue } from 'pg-boss';
import { z } from 'zod';
import { syncJobName, syncTriggers } from '../domain/job-state.ts';
import { maxAttempts } from '../domain/retry.ts';

export const syncQueue = syncJobName;
export const deadLetterQueue = 'sync-store-dead';

const days = 86_400;

/** `exclusive`: one job per store waits or runs. Heartbeats find a killed worker within seconds instead of minutes. */
export const queueOptions: readonly (Queue & { name: string })[] = [
  {
    name: deadLetterQueue,
    heartbeatSeconds: 10,
    deleteAfterSeconds: 14 * days,
    retentionSeconds: 14 * days,
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
    deleteAfterSeconds: 14 * days,
    retentionSeconds: 14 * days,
    notify: true,
  },
];

/** What a job carries: names and counters, never a token. */
export const syncJobData = z.object({
  store_code: z.string(),
  snapshot_date: z.iso.date(),
  trigger: z.enum(syncTriggers),
  deferrals: z.int().nonnegative(),
  /** The delivery that ended in a wait: while it is the latest one, the job is `deferred`, not `retrying`. */
  deferred_delivery: z.int().nonnegative().nullable(),
});
export type SyncJobData = z.infer<typeof syncJobData>;
