import { type Database, inTransaction } from '../db/client.ts';
import { findStoreForUpdate, updateStore } from '../db/stores.ts';
import { listLiveSyncJobs } from '../db/sync-jobs.ts';
import type { JobQueue } from './job-queue.ts';
import { storeNotFound } from './read-stores.ts';

/** Renames, moves to another time zone, pauses. Pausing also cancels the job that waits. Throws STORE_NOT_FOUND. */
export async function changeStore(
  deps: { db: Database; queue: JobQueue },
  storeCode: string,
  changes: { name?: string | undefined; timezone?: string | undefined; paused?: boolean | undefined },
): Promise<void> {
  await inTransaction(deps.db, async (tx) => {
    const store = await findStoreForUpdate(tx, storeCode);
    if (!store) throw storeNotFound();
    await updateStore(tx, storeCode, changes);
    if (changes.paused === true) await cancelLiveJob(tx, deps.queue, storeCode);
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
