import type { Clock } from '../clock.ts';
import type { Database } from '../db/client.ts';
import { setDayToRetry } from '../db/store-days.ts';
import { closeAbandonedLogs } from '../db/sync-logs.ts';

const dayRetryMs = 30 * 60_000;

/**
 * A job ended for good without its worker saying so: its last log row is closed, and its day is left for the planner
 * to try once more while it lasts.
 */
export async function buryJob(
  deps: { db: Database; clock: Clock },
  job: { storeCode: string; snapshotDate: string; jobId: string },
): Promise<void> {
  const now = deps.clock.now();
  await closeAbandonedLogs(deps.db, now);
  await setDayToRetry(deps.db, { ...job, retryAfter: new Date(now.getTime() + dayRetryMs) });
}
