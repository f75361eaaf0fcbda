import type { Clock } from '../clock.ts';
import type { Database } from '../db/client.ts';
import { findRetryOfDay } from '../db/store-days.ts';
import { findStore, type StoreStatus } from '../db/stores.ts';
import { listLiveSyncJobs } from '../db/sync-jobs.ts';
import { type LogEntry, listLogsOfJob } from '../db/sync-logs.ts';
import { AppError } from '../errors.ts';
import { getJob, type JobView, jobNotFound, mayRetryJob } from './read-jobs.ts';

export interface JobHistory {
  id: string;
  /** Null once it is no longer kept; its attempts still are. */
  job: JobView | null;
  /** Null when the store is gone. */
  store: { storeCode: string; name: string; status: StoreStatus } | null;
  mayRetry: boolean;
  /** When its day gets another job by itself; null: it does not. */
  dayRetryAt: Date | null;
  /** Newest first. */
  attempts: LogEntry[];
  /** There are older ones. */
  hasMore: boolean;
}

const attemptsShown = 50;

/** Throws JOB_NOT_FOUND when neither it nor any attempt of it is kept. */
export async function getJobHistory(deps: { db: Database; clock: Clock }, id: string): Promise<JobHistory> {
  const { db } = deps;
  const [job, logs] = await Promise.all([
    getJob(db, id).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'JOB_NOT_FOUND') return null;
      throw error;
    }),
    listLogsOfJob(db, id, attemptsShown + 1),
  ]);
  const storeCode = job?.storeCode ?? logs[0]?.storeCode;
  if (storeCode === undefined) throw jobNotFound();
  const [found, dayRetryAt, live] = await Promise.all([
    findStore(db, storeCode),
    job?.state === 'failed' ? findRetryOfDay(db, job) : null,
    job?.state === 'failed' ? listLiveSyncJobs(db, [storeCode]) : [],
  ]);
  return {
    id,
    job,
    store: found ? { storeCode, name: found.store.name, status: found.store.status } : null,
    mayRetry:
      job !== null &&
      mayRetryJob(job, found ? { ...found.store, hasLiveJob: live.length > 0 } : null, deps.clock.now()),
    dayRetryAt,
    attempts: logs.slice(0, attemptsShown),
    hasMore: logs.length > attemptsShown,
  };
}
