import type { Database } from '../db/client.ts';
import type { StoreStatus } from '../db/stores.ts';
import { findSyncJob, type SyncJobRow } from '../db/sync-jobs.ts';
import { listLatestLogs } from '../db/sync-logs.ts';
import type { JobState, SyncTrigger } from '../domain/job-state.ts';
import { maxAttempts } from '../domain/retry.ts';
import { localDay } from '../domain/snapshot-day.ts';
import { AppError } from '../errors.ts';
import { attemptOf } from './job-queue.ts';

export interface JobView {
  id: string;
  storeCode: string;
  snapshotDate: string;
  trigger: SyncTrigger;
  state: JobState;
  attempt: number;
  maxAttempts: number;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
  /** When it goes on; null unless it waits for a time. */
  retryAt: Date | null;
  progress: { pages: number; videos: number } | null;
  error: { code: string; httpStatus: number | null; tiktokLogId: string | null } | null;
}

/** Its latest delivery ended in a wait that cost no attempt. */
export const isDeferred = (job: SyncJobRow): boolean =>
  job.bossState === 'retry' && job.deferredDelivery === job.retryCount;

export function stateOf(job: SyncJobRow): JobState {
  switch (job.bossState) {
    case 'created':
      return job.waits ? 'deferred' : 'queued';
    case 'retry':
      return isDeferred(job) ? 'deferred' : 'retrying';
    case 'active':
    case 'completed':
    case 'failed':
    case 'cancelled':
      return job.bossState;
  }
}

/** As retryJob decides it, which has the last word: whether a failed job's day can still be read by another attempt. */
export function mayRetryJob(
  job: Pick<JobView, 'state' | 'snapshotDate'>,
  store: { status: StoreStatus; timezone: string; hasLiveJob: boolean } | null,
  now: Date,
): boolean {
  if (job.state !== 'failed' || store === null || store.hasLiveJob || store.status !== 'CONNECTED') return false;
  return localDay(now, store.timezone) === job.snapshotDate;
}

export const jobNotFound = () =>
  new AppError('JOB_NOT_FOUND', 'There is no job with this id: jobs are kept for 14 days after their end.');

/** Throws JOB_NOT_FOUND. */
export async function getJob(db: Database, id: string): Promise<JobView> {
  const job = await findSyncJob(db, id);
  if (!job) throw jobNotFound();
  const [log] = await listLatestLogs(db, [id]);
  const state = stateOf(job);
  const waits = state === 'deferred' || state === 'retrying';
  const errorCode = log?.errorCode ?? job.failure;
  const used = job.startedAt === null ? 0 : attemptOf(job);
  return {
    id: job.id,
    storeCode: job.storeCode,
    snapshotDate: job.snapshotDate,
    trigger: job.trigger,
    state,
    attempt: used,
    maxAttempts: Math.max(maxAttempts, used),
    createdAt: job.createdAt,
    startedAt: job.startedAt,
    finishedAt: job.finishedAt,
    retryAt: waits ? job.startAfter : null,
    progress: log ? { pages: log.pages, videos: log.videos } : null,
    error:
      errorCode && state !== 'active'
        ? { code: errorCode, httpStatus: log?.httpStatus ?? null, tiktokLogId: log?.tiktokLogId ?? null }
        : null,
  };
}
