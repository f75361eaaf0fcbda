import { setTimeout as sleep } from 'node:timers/promises';
import type { PgBoss } from 'pg-boss';
import { z } from 'zod';
import type { DeadNetwork } from '../db/dead-network.ts';
import { createStoreLockConnection, type StoreLockConnection } from '../db/store-lock.ts';
import { isUrgent } from '../domain/job-state.ts';
import { errorCodeOf } from '../logger.ts';
import { attemptOf } from '../services/job-queue.ts';
import { StoppingError } from '../services/stopping.ts';
import { type SyncDependencies, syncStore } from '../services/sync-store.ts';
import { traced } from '../tracing.ts';
import type { Boss } from './boss.ts';
import { claimOf } from './job-queue.ts';
import { deadLetterQueue, queueOptions, syncQueue } from './queues.ts';

/** NOTIFY tells of a new job at once, but not of one whose wait is over: for those, idle slots look every second. */
const pollIntervalMs = 1_000;
/** Well within the time after which a job is taken from a silent worker. */
const heartbeatMs = 4_000;
/** Slots that become idle within so short a time look together: a look costs as much for ten jobs as for one. */
const betweenLooksMs = 10;
/** Between two slots that begin: those that begin together wait for each other at every step, and end together. */
const staggerMs = 5;

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
  job: HeldJob | null;
}

/** A delivery that this process works on. */
interface HeldJob {
  id: string;
  retryCount: number;
  /** By performance.now(). */
  since: number;
  /** Aborts when the job is no longer ours. */
  gone: AbortController;
}

const touched = z.object({ settled: z.array(z.string()) });

type FetchedJob = Omit<Parameters<typeof claimOf>[0], 'signal'>;

/**
 * `concurrency` slots, each with its own lock connection. Idle ones look for jobs together, and a slot that ends a job
 * looks at once: pg-boss's own loop sleeps between two jobs, and ends each once more after us.
 */
export function startSyncWorkers(options: {
  boss: PgBoss;
  onNewJob: Boss['onNewJob'];
  databaseUrl: string;
  databaseTimeoutMs: number;
  network: DeadNetwork;
  concurrency: number;
  sync: SyncDependencies;
}): SyncWorkers {
  const { boss, sync } = options;
  const giveBack = new AbortController();
  const lastCall = new AbortController();
  const { databaseUrl, databaseTimeoutMs: timeoutMs, network } = options;
  const connect = () => createStoreLockConnection(databaseUrl, { timeoutMs, network });
  const slots = Array.from({ length: options.concurrency }, (): Slot => ({ connection: connect(), job: null }));
  const running = new Set<Promise<void>>();
  let stopping = false;
  let fetching: Promise<void> | null = null;
  // One that has just been started is about to look: not to be taken for one that hangs.
  let fetchedAt = performance.now();
  let lookedAt = -Infinity;
  /** Set again while a look is under way, it is answered by another one. */
  let wanted = false;

  const reportError = (error: unknown) => sync.logger.error('queue error', { error_code: errorCodeOf(error) });

  /** As many jobs as there are idle slots, until there are no more of either. */
  const fill = async () => {
    while (wanted) {
      const pauseMs = lookedAt + betweenLooksMs - performance.now();
      if (pauseMs > 0) await sleep(pauseMs);
      wanted = false;
      lookedAt = performance.now();
      const idle = slots.filter(({ job }) => job === null);
      if (stopping || idle.length === 0) return;
      const jobs = await boss.fetch(syncQueue, { includeMetadata: true, batchSize: idle.length });
      fetchedAt = performance.now();
      for (const [index, slot] of idle.entries()) {
        const job = jobs[index];
        if (job) begin(slot, job, index * staggerMs);
      }
    }
  };
  const look = () => {
    wanted = true;
    fetching ??= fill()
      .catch((error: unknown) => {
        reportError(error);
        // Long enough was waited already.
        wanted ||= errorCodeOf(error) === 'QUERY_TIMEOUT';
      })
      .finally(() => {
        fetching = null;
        if (wanted && !stopping) look();
      });
  };

  const begin = (slot: Slot, fetched: FetchedJob, delayMs: number) => {
    const { id, retryCount } = fetched;
    // A heartbeat cannot tell two deliveries of a job apart: the older one has lost it.
    for (const { job } of slots) if (job?.id === id) job.gone.abort(new ClaimGoneError());
    const job = { id, retryCount, since: performance.now(), gone: new AbortController() };
    slot.job = job;
    const run = (delayMs === 0 ? Promise.resolve() : sleep(delayMs))
      .then(() => work(slot, { ...fetched, signal: job.gone.signal }))
      .catch((error: unknown) =>
        // What is thrown is stored: only a code of ours may get there. The queue's own retry brings the job back.
        boss.fail(syncQueue, { id, retryCount }, { code: errorCodeOf(error) }),
      )
      .then(() => undefined, reportError)
      .finally(() => {
        slot.job = null;
        running.delete(run);
        look();
      });
    running.add(run);
  };

  const work = async (slot: Slot, fetched: Parameters<typeof claimOf>[0]) => {
    const startedAt = performance.now();
    const claim = claimOf(fetched, { giveBack: giveBack.signal, lastCall: lastCall.signal });
    const fields = {
      job_name: syncQueue,
      job_id: claim.id,
      store_code: claim.storeCode,
      snapshot_date: claim.snapshotDate,
      trigger: claim.trigger,
      attempt: attemptOf(claim),
    };
    const { job_id: _id, ...about } = fields;
    const cause = { traceparent: claim.traceparent, isOfMany: !isUrgent(claim.trigger) };
    const run = traced(
      'sync-store',
      about,
      (span) =>
        syncStore(sync, slot.connection, claim).then((result) => {
          span.setAttributes({
            status: result.status,
            ...(result.errorCode !== null && { error_code: result.errorCode }),
          });
          return result;
        }),
      { kind: 'consumer', cause },
    );
    const result = await run.catch((error: unknown) => {
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
  };

  /** One that cannot be told says nothing about the claims; one that is not among those told is no longer ours. */
  const beat = async () => {
    const held = slots.flatMap(({ job }) => job ?? []);
    if (held.length === 0) return;
    const { settled } = touched.parse(await boss.touch(syncQueue, held));
    for (const job of held) if (!settled.includes(job.id)) job.gone.abort(new ClaimGoneError());
  };

  options.onNewJob(syncQueue, look);
  const poll = setInterval(look, pollIntervalMs);
  const heartbeat = setInterval(() => void beat().catch(reportError), heartbeatMs);
  look();

  return {
    idleForMs() {
      const now = performance.now();
      const isAtWork = slots.every(({ job }) => job !== null && now - job.since < longestRunMs);
      return isAtWork ? 0 : now - fetchedAt;
    },
    async drain() {
      stopping = true;
      clearInterval(poll);
      const empty = async () => {
        await fetching;
        await Promise.all(running);
      };
      const ended = Promise.all([empty(), boss.offWork(deadLetterQueue)]).then(() => true as const);
      const endsWithin = (ms: number) => Promise.race([ended, sleep(ms, false as const, { ref: false })]);
      if (await endsWithin(graceMs)) return true;
      giveBack.abort(new StoppingError());
      if (await endsWithin(settleMs)) return true;
      lastCall.abort(new StoppingError());
      return endsWithin(lastCallMs);
    },
    async close() {
      clearInterval(heartbeat);
      await Promise.all(slots.map((slot) => slot.connection.close()));
    },
  };
}

/** The job was cancelled, or belongs to another worker by now. */
class ClaimGoneError extends Error {
  readonly code = 'CLAIM_GONE';
}
