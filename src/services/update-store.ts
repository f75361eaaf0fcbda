import type { Clock } from '../clock.ts';
import { type Database, inTransaction } from '../db/client.ts';
import { freeDaysOfStore } from '../db/store-days.ts';
import { findStoreForUpdate, updateStore } from '../db/stores.ts';
import { listLiveSyncJobs } from '../db/sync-jobs.ts';
import { localDay } from '../domain/snapshot-day.ts';
import { closeGap } from './close-gap.ts';
import type { JobQueue } from './job-queue.ts';
import { storeNotFound } from './read-stores.ts';

/**
 * Renames, moves to another time zone, pauses. Pausing also cancels the job that waits, moving one whose day is not the
 * store's present day any more: the planner gives what is due a new one. Throws STORE_NOT_FOUND.
 */
export async function changeStore(
  deps: { db: Database; queue: JobQueue; clock: Clock },
  storeCode: string,
  changes: { name?: string | undefined; timezone?: string | undefined; paused?: boolean | undefined },
): Promise<void> {
  await inTransaction(deps.db, async (tx) => {
    const store = await findStoreForUpdate(tx, storeCode);
    if (!store) throw storeNotFound();
    const { paused = store.paused, timezone = store.timezone } = changes;
    if (paused !== store.paused || timezone !== store.timezone) await closeGap(deps, tx, store);
    await updateStore(tx, storeCode, changes);
    if (changes.paused === true) return cancelLiveJob(tx, deps.queue, storeCode);
    if (paused === store.paused && timezone === store.timezone) return;
    const today = localDay(deps.clock.now(), timezone);
    const [live] = await listLiveSyncJobs(tx, [storeCode]);
    if (live?.bossState === 'active' || live?.snapshotDate === today) return;
    if (live) await deps.queue.cancel(tx, [live.id]);
    if (live || store.paused) await freeDaysOfStore(tx, { storeCode, fromDay: today });
  });
}

/** Cancels the store's job, waiting or running; a running one writes nothing more. */
export async function cancelLiveJob(tx: Database, queue: JobQueue, storeCode: string): Promise<void> {
  const jobs = await listLiveSyncJobs(tx, [storeCode]);
  await queue.cancel(
    tx,
    jobs.map((job) => job.id),
  );
}
