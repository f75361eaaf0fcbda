import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { type Database, inTransaction } from '../db/client.ts';
import { upsertDayWithJob } from '../db/store-days.ts';
import { findStoreForUpdate, type Store } from '../db/stores.ts';
import { listLiveSyncJobs, type SyncJobRow } from '../db/sync-jobs.ts';
import { priorityOf, type SyncTrigger } from '../domain/job-state.ts';
import { localDay } from '../domain/snapshot-day.ts';
import { AppError } from '../errors.ts';
import { closeGap } from './close-gap.ts';
import type { JobQueue } from './job-queue.ts';
import { isDeferred } from './read-jobs.ts';
import { storeNotFound } from './read-stores.ts';

export interface EnqueueDependencies {
  db: Database;
  queue: JobQueue;
  clock: Clock;
}

/**
 * A person wants this store's day now. A job that waits for its turn or its retry is pulled to the front; one that
 * runs, or was asked for already, is reported as SYNC_IN_PROGRESS with its Location. Returns the job's id.
 */
export async function resyncStore(deps: EnqueueDependencies, storeCode: string): Promise<string> {
  return inTransaction(deps.db, async (tx) => {
    const store = await findStoreForUpdate(tx, storeCode);
    if (!store) throw storeNotFound();
    if (store.status !== 'CONNECTED') {
      throw new AppError(
        'STORE_NOT_CONNECTED',
        'This store has no working TikTok connection: send its owner a new connect link.',
      );
    }
    const result = await enqueueNow(deps, tx, store, 'manual');
    if ('busyWith' in result) throw syncInProgress(result.busyWith);
    return result.jobId;
  });
}

const syncInProgress = (jobId: string) =>
  new AppError('SYNC_IN_PROGRESS', 'A sync of this store is under way: follow the job named in Location.', {
    Location: `/api/jobs/${jobId}`,
  });

/**
 * Puts a job for the store's present day at the front, inside the caller's transaction, which must hold the store's
 * row lock. `busyWith`: a job that needs no push is there already.
 */
export async function enqueueNow(
  deps: Omit<EnqueueDependencies, 'db'>,
  tx: Database,
  store: Store,
  trigger: SyncTrigger,
): Promise<{ jobId: string } | { busyWith: string }> {
  const { storeCode } = store;
  const snapshotDate = localDay(deps.clock.now(), store.timezone);
  const [live] = await listLiveSyncJobs(tx, [storeCode]);
  if (live?.bossState === 'active') return { busyWith: live.id };
  if (live && live.snapshotDate === snapshotDate) {
    if (!canBePromoted(live)) return { busyWith: live.id };
    const promoted = await deps.queue.promote(tx, { ...live, trigger });
    if (!promoted) return { busyWith: live.id };
    await upsertDayWithJob(tx, { storeCode, snapshotDate, jobId: live.id });
    return { jobId: live.id };
  }
  // A job of a day that is over can only find that out: today's takes its place.
  if (live) await deps.queue.cancel(tx, [live.id]);
  const jobId = randomUUID();
  const taken = await deps.queue.insert(tx, [{ id: jobId, storeCode, snapshotDate, trigger }]);
  if (!taken.has(jobId)) {
    const [winner] = await listLiveSyncJobs(tx, [storeCode]);
    return { busyWith: winner?.id ?? jobId };
  }
  await closeGap(deps, tx, store);
  await upsertDayWithJob(tx, { storeCode, snapshotDate, jobId });
  return { jobId };
}

/** A wait that TikTok asked for is kept; a job already at the front has nowhere to go. */
const canBePromoted = (job: SyncJobRow) =>
  !isDeferred(job) && (job.waits || priorityOf[job.trigger] < priorityOf.connect);
