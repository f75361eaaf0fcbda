import { type Database, inTransaction } from '../db/client.ts';
import { markDayCancelled, upsertDayWithJob } from '../db/store-days.ts';
import { findStoreForUpdate } from '../db/stores.ts';
import { findSyncJob, listLiveSyncJobs } from '../db/sync-jobs.ts';
import { localDay } from '../domain/snapshot-day.ts';
import { AppError } from '../errors.ts';
import { jobNotFound } from './read-jobs.ts';
import type { EnqueueDependencies } from './resync-store.ts';

/** A waiting job never starts; a running one writes nothing more. Throws JOB_NOT_FOUND or JOB_NOT_CANCELLABLE. */
export async function cancelJob(deps: Omit<EnqueueDependencies, 'clock'>, id: string): Promise<void> {
  await inTransaction(deps.db, async (tx: Database) => {
    if (!(await findSyncJob(tx, id))) throw jobNotFound();
    // Day before job, as the planner and the workers do.
    await markDayCancelled(tx, id);
    if ((await deps.queue.cancel(tx, [id])) === 0) {
      throw new AppError('JOB_NOT_CANCELLABLE', 'This job has ended already: there is nothing to cancel.');
    }
  });
}

/** One more attempt for a failed job, at the front. Throws JOB_NOT_FOUND, JOB_NOT_RETRYABLE or SYNC_IN_PROGRESS. */
export async function retryJob(deps: EnqueueDependencies, id: string): Promise<void> {
  await inTransaction(deps.db, async (tx) => {
    const seen = await findSyncJob(tx, id);
    if (!seen) throw jobNotFound();
    // The store's row lock first: nobody else gives this store a job meanwhile.
    const store = await findStoreForUpdate(tx, seen.storeCode);
    const job = await findSyncJob(tx, id);
    if (!store || !job) throw jobNotFound();
    const { storeCode, snapshotDate } = job;
    if (store.status !== 'CONNECTED' || localDay(deps.clock.now(), store.timezone) !== snapshotDate) {
      throw new AppError('JOB_NOT_RETRYABLE', 'The day of this job can no longer be read: resync the store instead.');
    }
    const [live] = await listLiveSyncJobs(tx, [storeCode]);
    if (live) {
      throw new AppError('SYNC_IN_PROGRESS', 'The store has a newer job: follow the one named in Location.', {
        Location: `/api/jobs/${live.id}`,
      });
    }
    if (!(await deps.queue.retry(tx, id))) {
      throw new AppError('JOB_NOT_RETRYABLE', 'Only a failed job can be retried: resync the store instead.');
    }
    await deps.queue.promote(tx, { ...job, trigger: 'manual' });
    await upsertDayWithJob(tx, { storeCode, snapshotDate, jobId: id });
  });
}
