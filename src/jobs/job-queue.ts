import { fromDrizzle, type PgBoss } from 'pg-boss';
import { z } from 'zod';
import type { Database } from '../db/client.ts';
import { allowOneMoreRetry, allowRetry, bossSqlTag, forbidRetry } from '../db/sync-jobs.ts';
import { priorityOf } from '../domain/job-state.ts';
import type { JobClaim, JobQueue, NewSyncJob, OtherEnd } from '../services/job-queue.ts';
import { traceparentHere } from '../tracing.ts';
import { type SyncJobData, syncJobData, syncQueue } from './queues.ts';

const commandAnswer = z.object({ affected: z.number() });
const affected = (answer: unknown) => commandAnswer.parse(answer).affected;

const dataOf = (job: Pick<NewSyncJob, 'storeCode' | 'snapshotDate' | 'trigger'>): SyncJobData => ({
  store_code: job.storeCode,
  snapshot_date: job.snapshotDate,
  trigger: job.trigger,
  deferrals: 0,
  deferred_delivery: null,
  // Left out where nobody traces: a job's data stay as small as they were.
  traceparent: traceparentHere() ?? undefined,
});

/** The JobQueue of services on pg-boss: each call joins the transaction it is given. */
export function createJobQueue(boss: PgBoss): JobQueue {
  const on = (tx: Database) => ({ db: fromDrizzle(tx, bossSqlTag) });

  const settleClaim = async (tx: Database, claim: JobClaim, settlement: OtherEnd): Promise<boolean> => {
    // The whole attempt, not the id alone: pg-boss then refuses a worker that lost its job to another.
    const attempt = { id: claim.id, retryCount: claim.retryCount };
    switch (settlement.action) {
      case 'cancel':
        return affected(await boss.cancel(syncQueue, attempt, on(tx))) === 1;
      case 'fail':
        await forbidRetry(tx, claim);
        return affected(await boss.fail(syncQueue, attempt, { code: settlement.errorCode }, on(tx))) === 1;
      case 'retry': {
        await allowRetry(tx, claim);
        if (affected(await boss.fail(syncQueue, attempt, { code: settlement.errorCode }, on(tx))) !== 1) return false;
        await boss.update(syncQueue, undefined, { id: claim.id, startAfter: settlement.at, ...on(tx) });
        return true;
      }
      case 'defer': {
        await allowOneMoreRetry(tx, claim);
        if (affected(await boss.fail(syncQueue, attempt, { code: settlement.errorCode }, on(tx))) !== 1) return false;
        const data: SyncJobData = {
          ...dataOf(claim),
          deferrals: claim.deferrals + 1,
          deferred_delivery: claim.retryCount,
        };
        await boss.update(syncQueue, data, { id: claim.id, startAfter: settlement.at, ...on(tx) });
        return true;
      }
    }
  };

  return {
    async insert(tx, jobs) {
      const rows = jobs.map((job) => ({
        id: job.id,
        singletonKey: job.storeCode,
        priority: priorityOf[job.trigger],
        data: dataOf(job),
      }));
      const taken = await boss.insert(syncQueue, rows, { returnId: true, ...on(tx) });
      return new Set(taken ?? []);
    },
    async promote(tx, job) {
      const data: SyncJobData = { ...dataOf(job), deferrals: job.deferrals };
      const priority = priorityOf[job.trigger];
      const { updated } = await boss.update(syncQueue, data, { id: job.id, startAfter: 0, priority, ...on(tx) });
      return updated === 1;
    },
    async cancel(tx, ids) {
      return ids.length === 0 ? 0 : affected(await boss.cancel(syncQueue, [...ids], on(tx)));
    },
    async retry(tx, id) {
      return affected(await boss.retry(syncQueue, id, on(tx))) === 1;
    },
    settle: settleClaim,
  };
}

/** Parses what pg-boss hands to a worker. Throws when the payload is not ours. */
export function claimOf(
  job: { id: string; data: unknown; retryCount: number; retryLimit: number; signal: AbortSignal },
  process: Pick<JobClaim, 'giveBack' | 'lastCall'>,
): JobClaim {
  const data = syncJobData.parse(job.data);
  return {
    id: job.id,
    retryCount: job.retryCount,
    retryLimit: job.retryLimit,
    storeCode: data.store_code,
    snapshotDate: data.snapshot_date,
    trigger: data.trigger,
    deferrals: data.deferrals,
    traceparent: data.traceparent ?? null,
    signal: job.signal,
    ...process,
  };
}
