import type { Database } from '../db/client.ts';
import type { SyncTrigger } from '../domain/job-state.ts';

/** One delivery of a job to a worker. `retryCount` fences it: a settlement by an older delivery is refused. */
export interface JobClaim {
  id: string;
  retryCount: number;
  retryLimit: number;
  storeCode: string;
  snapshotDate: string;
  trigger: SyncTrigger;
  /** Waits so far that cost no attempt. */
  deferrals: number;
  /** What led to the job; null where that was not traced. */
  traceparent: string | null;
  /** Aborts when the claim is gone: cancelled, expired, or taken over. */
  signal: AbortSignal;
  /** Aborts when this process has to end soon: what is being read is given back. */
  giveBack: AbortSignal;
  /** Aborts when this process ends now: what could not be written down by then is left to others. */
  lastCall: AbortSignal;
}

export interface NewSyncJob {
  id: string;
  storeCode: string;
  snapshotDate: string;
  trigger: SyncTrigger;
}

/** How a delivery ends. Complete it is with what it wrote, in the same statement. */
export type Settlement = { action: 'complete' } | OtherEnd;
export type OtherEnd =
  | { action: 'retry'; at: Date; errorCode: string }
  | { action: 'defer'; at: Date; errorCode: string }
  | { action: 'fail'; errorCode: string }
  /** The job has lost its purpose: nothing went wrong. */
  | { action: 'cancel' };

/**
 * What services need of a job queue; jobs/ builds it on pg-boss. Everything happens inside the transaction handed in.
 * A store has at most one job that waits or runs.
 */
export interface JobQueue {
  /** Returns the ids that were taken; the others met a job of the same store. */
  insert(tx: Database, jobs: readonly NewSyncJob[]): Promise<ReadonlySet<string>>;
  /** Moves a waiting job to the front, now. False when it no longer waits. */
  promote(tx: Database, job: NewSyncJob & { deferrals: number }): Promise<boolean>;
  /** Returns how many were cancelled; one that has ended already is not counted. */
  cancel(tx: Database, ids: readonly string[]): Promise<number>;
  /** Gives a failed job one more attempt; false when it has not failed. Throws when the store has a newer live job. */
  retry(tx: Database, id: string): Promise<boolean>;
  /** False when the claim is gone: then the caller must not commit what it wrote. */
  settle(tx: Database, claim: JobClaim, settlement: OtherEnd): Promise<boolean>;
}

/** Attempts used so far, this delivery included. Waits for quota are not attempts. */
export const attemptOf = (job: { retryCount: number; deferrals: number }): number => job.retryCount - job.deferrals + 1;
