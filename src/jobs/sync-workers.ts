import type { PgBoss } from 'pg-boss';
import { createStoreLockConnection } from '../db/store-lock.ts';
import { errorCodeOf } from '../logger.ts';
import { attemptOf } from '../services/job-queue.ts';
import { type SyncDependencies, syncStore } from '../services/sync-store.ts';
import { claimOf } from './job-queue.ts';
import { syncQueue } from './queues.ts';

/** NOTIFY tells of a new job at once, but not of one whose wait is over: for those, one idle slot looks every second. */
const pollIntervalMs = 1_000;
const sleeperPollSeconds = 30;

/**
 * Call close() after the boss has stopped. `concurrency` slots, each one pg-boss worker with its own lock connection. pg-boss sleeps out its polling interval
 * after every job even with a backlog, so a slot that ends a job wakes itself, and one that begins a job wakes the next.
 */
export async function startSyncWorkers(options: {
  boss: PgBoss;
  databaseUrl: string;
  concurrency: number;
  sync: SyncDependencies;
}): Promise<{ close(): Promise<void> }> {
  const { boss, sync } = options;
  const slots = Array.from({ length: options.concurrency }, () => ({
    connection: createStoreLockConnection(options.databaseUrl),
    workerId: '',
    busy: false,
  }));
  const wakeIdleSlot = () => {
    const idle = slots.find((slot) => !slot.busy && slot.workerId !== '');
    if (idle) boss.notifyWorker(idle.workerId);
  };

  for (const slot of slots) {
    slot.workerId = await boss.work(
      syncQueue,
      {
        includeMetadata: true,
        pollingIntervalSeconds: sleeperPollSeconds,
        notifyPollingIntervalSeconds: sleeperPollSeconds,
      },
      async ([job]) => {
        if (!job) return;
        slot.busy = true;
        wakeIdleSlot();
        const startedAt = performance.now();
        const claim = claimOf(job);
        const fields = {
          job_name: syncQueue,
          job_id: claim.id,
          store_code: claim.storeCode,
          snapshot_date: claim.snapshotDate,
          trigger: claim.trigger,
          attempt: attemptOf(claim),
        };
        try {
          const result = await syncStore(sync, slot.connection, claim);
          sync.logger.info('sync ended', {
            ...fields,
            status: result.status,
            error_code: result.errorCode ?? undefined,
            http_status: result.httpStatus ?? undefined,
            tiktok_log_id: result.tiktokLogId ?? undefined,
            pages: result.pages,
            videos: result.videos,
            retry_at: result.retryAt?.toISOString(),
            duration_ms: Math.round(performance.now() - startedAt),
          });
        } catch (error) {
          const errorCode = errorCodeOf(error);
          sync.logger.error('sync could not be written down', { ...fields, error_code: errorCode });
          // pg-boss stores what is thrown: only a code of ours may get there. Its own retry brings the job back.
          throw new Error(errorCode);
        } finally {
          slot.busy = false;
          boss.notifyWorker(slot.workerId);
        }
      },
    );
  }
  const poll = setInterval(wakeIdleSlot, pollIntervalMs);
  return {
    async close() {
      clearInterval(poll);
      await Promise.all(slots.map((slot) => slot.connection.close()));
    },
  };
}
