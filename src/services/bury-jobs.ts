import type { Clock } from '../clock.ts';
import type { Database } from '../db/client.ts';
import { releaseOrphanedDays } from '../db/store-days.ts';
import { listTimezones } from '../db/stores.ts';
import { closeAbandonedLogs } from '../db/sync-logs.ts';
import { dayRetryMs, nextTryAt } from '../domain/next-try.ts';
import { isTimezone, localDay } from '../domain/snapshot-day.ts';

/**
 * Jobs ended without their worker saying so: their last log rows are closed, and days whose job failed for good are left
 * for the planner to try once more while they last. Returns how many log rows there were.
 */
export async function buryJobs(deps: { db: Database; clock: Clock }): Promise<number> {
  const now = deps.clock.now();
  const closed = await closeAbandonedLogs(deps.db, now);
  const zones = (await listTimezones(deps.db)).filter(isTimezone).map((timezone) => {
    const today = { now, delayMs: dayRetryMs, snapshotDate: localDay(now, timezone), timezone };
    return { timezone, retryAfter: nextTryAt(today) };
  });
  await releaseOrphanedDays(deps.db, zones);
  return closed;
}
