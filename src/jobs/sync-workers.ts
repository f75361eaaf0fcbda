import { setTimeout as sleep } from 'node:timers/promises';
import type { PgBoss } from 'pg-boss';
import { createStoreLockConnection, type StoreLockConnection } from '../db/store-lock.ts';
import { errorCodeOf } from '../logger.ts';
import { attemptOf } from '../services/job-queue.ts';
import { StoppingError } from '../services/stopping.ts';
import { type SyncDependencies, syncStore } from '../services/sync-store.ts';
import type { Boss } from './boss.ts';
import { claimOf } from './job-queue.ts';
import { deadLetterQueue, queueOptions, syncQueue } from './queues.ts';

/** NOTIFY tells of a new job at once, but not of one whose wait is over: for those, an idle slot looks every second. */
const pollIntervalMs = 1_000;
const sleeperPollSeconds = 30;
/** Between two slots that begin: those that begin together wait for each other at every step, and end together. */
const staggerMs = 15;

/** A stop lets jobs in flight end by themselves for so long; then what they read is given back. */
const graceMs = 8_000;
/** For what cannot be broken off: a refresh on its way has 15 s of its own, half of them over by then. */
const settleMs = 9_000;
const lastCallMs = 1_000;

/** Longer than any job may run: a slot that is busy for longer hangs. */
const longestRunMs = Math.max(...queueOptions.map(({ expireInSeconds = 0 }) => expireInSeconds)) * 1_000;

export interface SyncWorkers {
  /** How long ago a slot looked for a job, or is known to have been at work on one. */
  idleForMs(): number;
  /**
   * No job is begun from now on; those in flight end, or are given back. Resolves within 18 s; false when some hung on
   * even then: they are left to the heartbeat.
   */
  drain(): Promise<boolean>;
  /** Call it last: the connections hold the locks of the jobs in flight. */
  close(): Promise<void>;
}

interface Slot {
  connection: StoreLockConnection;
  workerId: string;
  /** Since when it works on a job, by performance.now(). */
  busySince: number | null;
}

/**
 * `concurrency` slots, each one pg-boss worker with its own lock connection. pg-boss sleeps out its polling interval
 * after every job even with a backlog, so a slot that ends a job wakes itself, and one that begins a job wakes the next.
 */
export async function startSyncWorkers(options: {
  boss: PgBoss;
  onNewJob: Boss['onNewJob'];
  databaseUrl: string;
  databaseTimeoutMs: number;
  concurrency: number;
  sync: SyncDependencies;
}): Promise<SyncWorkers> {
  const { boss, sync } = options;
  const giveBack = new AbortController();
  const lastCall = new AbortController();
  const connect = () => createStoreLockConnection(options.databaseUrl, options.databaseTimeoutMs);
  const slots = Array.from(
    { length: options.concurrency },
    (): Slot => ({ connection: connect(), workerId: '', busySince: null }),
  );
  let turn = 0;
  /** Another one each time: a slot can be idle and yet wait for an answer of the database that never comes. */
  const wakeIdleSlot = () => {
    for (let tries = 0; tries < slots.length; tries++) {
      turn = (turn + 1) % slots.length;
      const slot = slots[turn];
      if (slot === undefined || slot.busySince !== null || slot.workerId === '') continue;
      boss.notifyWorker(slot.workerId);
      return;
    }
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
        const startedAt = performance.now();
        slot.busySince = startedAt;
        setTimeout(wakeIdleSlot, staggerMs).unref();
        try {
          const claim = claimOf(job, { giveBack: giveBack.signal, lastCall: lastCall.signal });
          const fields = {
            job_name: syncQueue,
            job_id: claim.id,
            store_code: claim.storeCode,
            snapshot_date: claim.snapshotDate,
            trigger: claim.trigger,
            attempt: attemptOf(claim),
          };
          const result = await syncStore(sync, slot.connection, claim).catch((error: unknown) => {
            sync.observe.syncEnded(null, performance.now() - startedAt);
            sync.logger.error('sync could not be written down', { ...fields, error_code: errorCodeOf(error) });
            throw error;
          });
          const durationMs = performance.now() - startedAt;
          sync.observe.syncEnded(result.status, durationMs);
          sync.logger.info('sync ended', {
            ...fields,
            status: result.status,
            error_code: result.errorCode ?? undefined,
            http_status: result.httpStatus ?? undefined,
            tiktok_log_id: result.tiktokLogId ?? undefined,
            pages: result.pages,
            videos: result.videos,
            retry_at: result.retryAt?.toISOString(),
            duration_ms: Math.round(durationMs),
          });
        } catch (error) {
          // pg-boss stores what is thrown: only a code of ours may get there. Its own retry brings the job back.
          throw new Error(errorCodeOf(error));
        } finally {
          slot.busySince = null;
          boss.notifyWorker(slot.workerId);
        }
      },
    );
  }
  options.onNewJob(syncQueue, wakeIdleSlot);
  const poll = setInterval(wakeIdleSlot, pollIntervalMs);

  return {
    idleForMs() {
      const now = performance.now();
      const isAtWork = slots.every(({ busySince }) => busySince !== null && now - busySince < longestRunMs);
      if (isAtWork) return 0;
      const fetched = boss.getWipData().filter(({ name }) => name === syncQueue);
      return Date.now() - Math.max(0, ...fetched.map(({ lastFetchedOn }) => lastFetchedOn ?? 0));
    },
    async drain() {
      clearInterval(poll);
      const ended = Promise.all([boss.offWork(syncQueue), boss.offWork(deadLetterQueue)]).then(() => true as const);
      const endsWithin = (ms: number) => Promise.race([ended, sleep(ms, false as const, { ref: false })]);
      if (await endsWithin(graceMs)) return true;
      giveBack.abort(new StoppingError());
      if (await endsWithin(settleMs)) return true;
      lastCall.abort(new StoppingError());
      return endsWithin(lastCallMs);
    },
    async close() {
      await Promise.all(slots.map((slot) => slot.connection.close()));
    },
  };
}
