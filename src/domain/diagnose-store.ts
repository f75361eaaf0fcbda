import type { DayState } from './day-state.ts';
import { isUrgent, type JobState, type SyncTrigger } from './job-state.ts';
import { connectionEndsSoonMs } from './token-life.ts';

/** All that can stand between a store and its day. Times are instants. */
export interface StoreFacts {
  now: Date;
  status: 'PENDING' | 'CONNECTED' | 'NEED_RECONNECT' | 'DISCONNECTED';
  paused: boolean;
  /** Scopes of ours that the owner did not grant. */
  missingScopes: readonly string[];
  refreshExpiresAt: Date | null;
  /** The job that waits or runs. `errorCode`: how its latest attempt ended. */
  job: { state: JobState; trigger: SyncTrigger; errorCode: string | null } | null;
  /** The store's present day; null while it is not due, or nobody has planned it. */
  day: { state: DayState; hasJob: boolean; retryAfter: Date | null } | null;
  /** Whether the present day has fallen due. */
  isDue: boolean;
  breakerOpen: boolean;
  /** Processes that work as such right now. */
  workers: number;
  schedulers: number;
}

/** The one thing that stands in the way, or `well`. */
export type StoreMatter =
  | 'never_connected'
  | 'need_reconnect'
  | 'disconnected'
  | 'paused'
  | 'no_worker'
  | 'tiktok_silent'
  | 'reading'
  /** TikTok told us to wait. */
  | 'limit'
  /** An earlier run of the store holds its lock still. */
  | 'store_busy'
  /** The process that read it has ended, and gave it back. */
  | 'given_back'
  | 'retrying'
  | 'queued'
  /** The day came to nothing so far, and the planner will try it again. */
  | 'later'
  /** Nobody will try again by himself. */
  | 'stuck'
  | 'no_scheduler'
  /** Due, and the planner has not come by yet. */
  | 'unplanned'
  | 'scope_missing'
  /** The connection ends soon. */
  | 'ending'
  | 'partial'
  | 'well';

/** What a person can do about it. `start_process` is for whoever operates the machines. */
export type NextStep = 'connect_link' | 'resume' | 'resync' | 'start_process' | 'wait';

/** `blocked` does not sync; `under_way` will by itself, soon; `incomplete` syncs, but not all or not for long. */
export type Standing = 'blocked' | 'under_way' | 'incomplete' | 'well';

export interface Diagnosis {
  matter: StoreMatter;
  standing: Standing;
  next: NextStep;
}

const verdicts: Readonly<Record<StoreMatter, readonly [Standing, NextStep]>> = {
  never_connected: ['blocked', 'connect_link'],
  need_reconnect: ['blocked', 'connect_link'],
  disconnected: ['blocked', 'connect_link'],
  paused: ['blocked', 'resume'],
  no_worker: ['blocked', 'start_process'],
  tiktok_silent: ['blocked', 'wait'],
  reading: ['under_way', 'wait'],
  limit: ['blocked', 'wait'],
  store_busy: ['under_way', 'wait'],
  given_back: ['under_way', 'wait'],
  retrying: ['blocked', 'resync'],
  queued: ['under_way', 'wait'],
  later: ['blocked', 'resync'],
  stuck: ['blocked', 'resync'],
  no_scheduler: ['blocked', 'start_process'],
  unplanned: ['under_way', 'wait'],
  scope_missing: ['incomplete', 'connect_link'],
  ending: ['incomplete', 'connect_link'],
  partial: ['incomplete', 'resync'],
  well: ['well', 'wait'],
};

/** Why a store does not sync, if it does not: the first thing that would have to change. */
export function diagnoseStore(facts: StoreFacts): Diagnosis {
  const matter = matterOf(facts);
  const [standing, next] = verdicts[matter];
  // Whom nobody waits for can be put in front of the others.
  const canOvertake = matter === 'queued' && facts.job !== null && !isUrgent(facts.job.trigger);
  return { matter, standing, next: canOvertake ? 'resync' : next };
}

function matterOf(facts: StoreFacts): StoreMatter {
  const { status, job, day } = facts;
  if (status === 'PENDING') return 'never_connected';
  if (status === 'NEED_RECONNECT') return 'need_reconnect';
  if (status === 'DISCONNECTED') return 'disconnected';
  if (facts.paused) return 'paused';
  const isUnread = facts.isDue && (day === null || day.state === 'pending' || day.state === 'running');
  if (job !== null || isUnread) {
    // Without these nothing goes on, whatever else is the case.
    if (facts.workers === 0) return 'no_worker';
    if (facts.breakerOpen) return 'tiktok_silent';
  }
  if (job !== null) return matterOfJob(job);
  if (isUnread) return matterOfDay(facts);
  if (facts.missingScopes.length > 0) return 'scope_missing';
  const endsInMs = (facts.refreshExpiresAt?.getTime() ?? Infinity) - facts.now.getTime();
  if (endsInMs < connectionEndsSoonMs) return 'ending';
  return facts.isDue && day?.state === 'partial' ? 'partial' : 'well';
}

function matterOfJob({ state, errorCode }: NonNullable<StoreFacts['job']>): StoreMatter {
  if (state === 'active') return 'reading';
  if (state === 'retrying') return 'retrying';
  if (state !== 'deferred') return 'queued';
  if (errorCode === 'STORE_BUSY') return 'store_busy';
  if (errorCode === 'STOPPING') return 'given_back';
  return errorCode === 'CIRCUIT_OPEN' ? 'tiktok_silent' : 'limit';
}

function matterOfDay({ day, schedulers }: StoreFacts): StoreMatter {
  if (day?.hasJob && day.retryAfter === null) return 'stuck';
  // Only the planner gives it a job.
  if (schedulers === 0) return 'no_scheduler';
  return day === null || day.retryAfter === null ? 'unplanned' : 'later';
}
