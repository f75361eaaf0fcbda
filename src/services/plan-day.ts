import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { type Database, inTransaction } from '../db/client.ts';
import { makeMonths } from '../db/month-partitions.ts';
import {
  claimDaysToEnqueue,
  closePastDays,
  insertDueDays,
  reopenDays,
  setJobsOfDays,
  type ZoneDay,
} from '../db/store-days.ts';
import { listTimezones } from '../db/stores.ts';
import { listOverdueJobs } from '../db/sync-jobs.ts';
import { addDays, dayStart, dueDay, isTimezone, localDay } from '../domain/snapshot-day.ts';
import { errorCodeOf, type Logger } from '../logger.ts';
import { recentlySkipped } from './close-gap.ts';
import type { JobQueue } from './job-queue.ts';
import { tellClosedDays } from './tell-closed-days.ts';

/** Stores opened or enqueued per transaction: bounds memory and how long a row stays locked. */
const batchSize = 2_000;

/** So far ahead there is a place for numbers: time enough to mend what keeps it from being made. */
const monthsAheadDays = 92;

/** Days, not stores: one store can have missed many. */
export interface PlanResult {
  opened: number;
  enqueued: number;
  missed: number;
}

/**
 * Makes the ledger and the queue agree with the clock: past days closed, due days opened, one job for each that wants
 * one, and who wants to know of closed days told. Idempotent; any number of schedulers may run it at once.
 */
export async function planDay(
  deps: { db: Database; queue: JobQueue; clock: Clock; logger: Logger; localTime: string },
  trigger: 'schedule' | 'catch_up',
): Promise<PlanResult> {
  const { db, queue, localTime } = deps;
  const now = deps.clock.now();
  const listed = await listTimezones(db);
  // One that this machine's Node does not know costs its own stores the day, not all others too.
  const timezones = listed.filter(isTimezone);
  if (timezones.length < listed.length) deps.logger.error('stores left out', { error_code: 'UNKNOWN_TIMEZONE' });
  const today = timezones.map((timezone) => ({ timezone, day: localDay(now, timezone) }));
  const due = today.filter(({ timezone }) => dueDay(now, timezone, localTime) !== null);

  await makeMonths(db, addDays(localDay(now, 'UTC'), monthsAheadDays)).catch((error: unknown) => {
    // There are months left: today must not wait for it.
    deps.logger.error('months not made', { error_code: errorCodeOf(error) });
  });

  const skipped = timezones.flatMap((timezone) => recentlySkipped(now, timezone).map((day) => ({ timezone, day })));

  const closed = await closeOverDays(db, queue, today);
  await reopenDays(db, due);
  // Where today is still to come, what a downtime took is written down all the same, up to the day before.
  const isDue = new Set(due.map(({ timezone }) => timezone));
  const before = today
    .filter(({ timezone }) => !isDue.has(timezone))
    .map(({ timezone, day }) => ({
      timezone,
      day: localDay(new Date(dayStart(day, timezone).getTime() - 1), timezone),
    }));
  const { opened, missed } = await openDays(db, { lastDays: due, over: false, skipped });
  const gap = await openDays(db, { lastDays: before, over: true, skipped });
  const enqueued = await enqueueDueDays(db, queue, due, now, trigger);
  await tellClosedDays(deps, today);
  return { opened, enqueued, missed: closed + missed + gap.missed };
}

async function closeOverDays(db: Database, queue: JobQueue, today: readonly ZoneDay[]): Promise<number> {
  let total = 0;
  for (;;) {
    const batch = await inTransaction(db, async (tx) => {
      const { closed, jobIds } = await closePastDays(tx, today, batchSize);
      // Also of days that were read in part: a job that waits for long would keep the next day's from coming.
      const overdue = await listOverdueJobs(tx, today, batchSize);
      await queue.cancel(tx, [...new Set([...jobIds, ...overdue])]);
      return { closed, most: Math.max(closed, overdue.length) };
    });
    total += batch.closed;
    if (batch.most < batchSize) return total;
  }
}

async function openDays(
  db: Database,
  days: { lastDays: readonly ZoneDay[]; over: boolean; skipped: readonly ZoneDay[] },
): Promise<{ opened: number; missed: number }> {
  const total = { opened: 0, missed: 0 };
  for (;;) {
    const batch = await insertDueDays(db, { ...days, limit: batchSize });
    total.opened += batch.opened;
    total.missed += batch.missed;
    // Every store of a batch gets a row at least.
    if (batch.opened + batch.missed < batchSize) return total;
  }
}

async function enqueueDueDays(
  db: Database,
  queue: JobQueue,
  due: readonly ZoneDay[],
  now: Date,
  trigger: 'schedule' | 'catch_up',
): Promise<number> {
  let enqueued = 0;
  for (;;) {
    const batch = await inTransaction(db, async (tx) => {
      const days = await claimDaysToEnqueue(tx, { dueDays: due, now, limit: batchSize });
      const jobs = days.map((day) => ({
        id: randomUUID(),
        storeCode: day.storeCode,
        snapshotDate: day.snapshotDate,
        trigger: day.triedBefore ? 'catch_up' : trigger,
      }));
      const taken = await queue.insert(tx, jobs);
      const placed = jobs.filter((job) => taken.has(job.id));
      await setJobsOfDays(
        tx,
        placed.map((job) => ({ ...job, jobId: job.id })),
      );
      return { claimed: days.length, placed: placed.length };
    });
    enqueued += batch.placed;
    // A batch that placed nothing met only stores whose other job still lives: the next tick comes back to them.
    if (batch.claimed < batchSize || batch.placed === 0) return enqueued;
  }
}
