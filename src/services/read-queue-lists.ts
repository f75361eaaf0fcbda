import type { Clock } from '../clock.ts';
import type { Database } from '../db/client.ts';
import { type ListedJob, listActiveJobs, listFailedJobs, listQueuedJobs, listWaitingJobs } from '../db/queue-lists.ts';
import { listLatestLogs, type SyncLog } from '../db/sync-logs.ts';
import type { JobState, SyncTrigger } from '../domain/job-state.ts';
import { dayStart, localDay } from '../domain/snapshot-day.ts';
import { attemptOf } from './job-queue.ts';
import { mayRetryJob, stateOf } from './read-jobs.ts';

export interface QueueJob {
  id: string;
  storeCode: string;
  /** The code where the store is gone. */
  storeName: string;
  trigger: SyncTrigger;
  state: JobState;
  /** Used so far, the running one included. */
  attempt: number;
  queuedAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
  /** When it goes on; of those that wait. */
  goesOnAt: Date;
  /** Of its latest attempt. */
  progress: { pages: number; videos: number } | null;
  errorCode: string | null;
  /** Whether its day can still be read by another attempt. */
  mayRetry: boolean;
}

/** What the queue holds, each list cut where nobody reads on. */
export interface QueueLists {
  running: QueueJob[];
  waiting: QueueJob[];
  queued: QueueJob[];
  /** Since the day began, in the installation's own time zone. */
  failed: QueueJob[];
}

const listed = 50;
const queuedListed = 20;

/** Five statements, whatever the queue holds. */
export async function getQueueLists(deps: { db: Database; clock: Clock; timezone: string }): Promise<QueueLists> {
  const { db, timezone } = deps;
  const now = deps.clock.now();
  const since = dayStart(localDay(now, timezone), timezone);
  const [running, waiting, queued, failed] = await Promise.all([
    listActiveJobs(db, listed),
    listWaitingJobs(db, listed),
    listQueuedJobs(db, queuedListed),
    listFailedJobs(db, { since, limit: listed }),
  ]);
  const ids = [...running, ...waiting, ...failed].map(({ id }) => id);
  const logs = ids.length === 0 ? [] : await listLatestLogs(db, ids);
  const logOf = new Map(logs.map((log) => [log.jobId, log]));
  const view = (jobs: ListedJob[]) => jobs.map((job) => toQueueJob(job, logOf.get(job.id), now));
  return { running: view(running), waiting: view(waiting), queued: view(queued), failed: view(failed) };
}

function toQueueJob(job: ListedJob, log: SyncLog | undefined, now: Date): QueueJob {
  const state = stateOf(job);
  // The row of a delivery is opened when its store is locked; until then the latest row is that of the one before.
  const current = state !== 'active' || log?.delivery === job.retryCount ? log : undefined;
  return {
    id: job.id,
    storeCode: job.storeCode,
    storeName: job.store?.name ?? job.storeCode,
    trigger: job.trigger,
    state,
    attempt: job.startedAt === null ? 0 : attemptOf(job),
    queuedAt: job.createdAt,
    startedAt: job.startedAt,
    finishedAt: job.finishedAt,
    goesOnAt: job.startAfter,
    progress: current ? { pages: current.pages, videos: current.videos } : null,
    errorCode: state === 'active' ? null : (log?.errorCode ?? job.failure),
    mayRetry: mayRetryJob(
      { state, snapshotDate: job.snapshotDate },
      job.store && { ...job.store, hasLiveJob: job.storeHasLiveJob },
      now,
    ),
  };
}
