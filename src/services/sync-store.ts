import { randomUUID } from 'node:crypto';
import { type Database, inTransaction } from '../db/client.ts';
import { upsertUserDaily, upsertVideoReadings } from '../db/snapshots.ts';
import { closeDayAsMissed, dayAfterRun } from '../db/store-days.ts';
import { type StoreLockConnection, storeBusy } from '../db/store-lock.ts';
import { findStore, findStoreForUpdate, markNeedReconnect } from '../db/stores.ts';
import { closeLog, insertClosedLog, type NewLog, updateLogProgress } from '../db/sync-logs.ts';
import { closeRun, openRun } from '../db/sync-runs.ts';
import { syncJobName } from '../domain/job-state.ts';
import { decideRetry, type RetryDecision } from '../domain/retry.ts';
import { localDay } from '../domain/snapshot-day.ts';
import { partialReason, scopeReason } from '../domain/snapshot-quality.ts';
import { errorCodeOf } from '../logger.ts';
import { attemptOf, type JobClaim, type JobQueue, type Settlement } from './job-queue.ts';
import { type AccountReading, type ReadDependencies, readAccount, type SyncFailure } from './read-account.ts';

export interface SyncDependencies extends ReadDependencies {
  queue: JobQueue;
  /** In [0, 1). */
  random: () => number;
}

/** `SKIPPED` did not get to read: it waits for a better time, or its job has lost its purpose. */
export type SyncStatus = 'SUCCESS' | 'PARTIAL' | 'FAILED' | 'SKIPPED' | 'NEED_RECONNECT';

export interface SyncResult {
  status: SyncStatus;
  errorCode: string | null;
  httpStatus: number | null;
  tiktokLogId: string | null;
  pages: number;
  videos: number;
  retryAt: Date | null;
}

/** A day that came to nothing is tried again by the planner after this long, for as long as the day lasts. */
const dayRetryMs = 30 * 60_000;
const progressIntervalMs = 1_000;

/** Thrown inside the final transaction to undo it: the job was cancelled or belongs to another worker by now. */
class ClaimLostError extends Error {}

const notRun = (status: SyncStatus, errorCode: string, retryAt: Date | null = null): SyncResult => ({
  status,
  errorCode,
  httpStatus: null,
  tiktokLogId: null,
  pages: 0,
  videos: 0,
  retryAt,
});

/**
 * One delivery of one job: reads the account and writes its day, its log and the job's end in one transaction on the
 * connection that holds the store's lock. Throws only when not even a failure could be written down.
 */
export async function syncStore(
  deps: SyncDependencies,
  connection: StoreLockConnection,
  claim: JobClaim,
): Promise<SyncResult> {
  const result = await connection.withLock(claim.storeCode, ({ db, lost }) =>
    syncLocked(deps, db, claim, AbortSignal.any([claim.signal, lost])),
  );
  if (result !== storeBusy) return result;
  const settlement = settlementOf(decide(deps, claim, { kind: 'store_busy', retryAfterMs: null }), 'STORE_BUSY');
  const skipped = notRun('SKIPPED', 'STORE_BUSY', retryAtOf(settlement));
  const now = deps.clock.now();
  await inTransaction(deps.db, async (tx) => {
    await insertClosedLog(tx, { ...newLog(claim, now), ...skipped, finishedAt: now });
    await deps.queue.settle(tx, claim, settlement);
  });
  return skipped;
}

const decide = (
  deps: SyncDependencies,
  claim: JobClaim,
  failure: Pick<SyncFailure, 'kind' | 'retryAfterMs'>,
): RetryDecision =>
  decideRetry({ ...failure, attempt: attemptOf(claim), now: deps.clock.now(), random: deps.random() });

const settlementOf = (decision: RetryDecision, errorCode: string) => ({ ...decision, errorCode }) satisfies Settlement;

const retryAtOf = (settlement: Settlement): Date | null => ('at' in settlement ? settlement.at : null);

async function syncLocked(
  deps: SyncDependencies,
  db: Database,
  claim: JobClaim,
  signal: AbortSignal,
): Promise<SyncResult> {
  const { storeCode, snapshotDate } = claim;
  const startedAt = deps.clock.now();
  const found = await findStore(db, storeCode);
  if (!found) return refuse(deps, db, claim, null, 'STORE_GONE');

  const isConnected = found.store.status === 'CONNECTED' && found.account !== null;
  const isOver = localDay(startedAt, found.store.timezone) > snapshotDate;
  const log = newLog(claim, startedAt);
  await openRun(db, log, isConnected && !isOver);
  if (!isConnected || !found.account) return refuse(deps, db, claim, log.id, 'STORE_NOT_CONNECTED');
  if (isOver) {
    // TikTok gives today's totals only: written under a past day they would be a lie.
    await closeDayAsMissed(db, { storeCode, snapshotDate, reason: 'NOT_READ_IN_TIME' });
    return refuse(deps, db, claim, log.id, 'DAY_IS_OVER');
  }

  let nextProgressAt = startedAt.getTime() + progressIntervalMs;
  try {
    const reading = await readAccount(deps, db, {
      storeCode,
      openId: found.account.openId,
      signal,
      async onPage(progress) {
        const now = deps.clock.now().getTime();
        if (now < nextProgressAt) return;
        nextProgressAt = now + progressIntervalMs;
        await updateLogProgress(db, log.id, progress);
      },
    });
    return await writeDown(deps, db, claim, { logId: log.id, timezone: found.store.timezone, reading });
  } catch (error) {
    return await writeDownError(deps, claim, log.id, error);
  }
}

const newLog = (claim: JobClaim, startedAt: Date): NewLog => ({
  id: randomUUID(),
  storeCode: claim.storeCode,
  snapshotDate: claim.snapshotDate,
  jobName: syncJobName,
  jobId: claim.id,
  delivery: claim.retryCount,
  attempt: attemptOf(claim),
  trigger: claim.trigger,
  startedAt,
});

/** Ends a job that has lost its purpose, without asking TikTok. */
async function refuse(
  deps: SyncDependencies,
  db: Database,
  claim: JobClaim,
  logId: string | null,
  errorCode: string,
): Promise<SyncResult> {
  const result = notRun('SKIPPED', errorCode);
  await inTransaction(db, async (tx) => {
    if (logId !== null) await closeLog(tx, logId, { ...result, finishedAt: deps.clock.now() });
    await deps.queue.settle(tx, claim, { action: 'cancel' });
  });
  return result;
}

async function writeDown(
  deps: SyncDependencies,
  db: Database,
  claim: JobClaim,
  run: { logId: string; timezone: string; reading: AccountReading },
): Promise<SyncResult> {
  const { storeCode, snapshotDate } = claim;
  const { account, capturedAt, listing, missingScopes, failure } = run.reading;
  const finishedAt = deps.clock.now();
  const partial = partialReason({
    missingScopes,
    stoppedBy: listing?.stoppedBy ?? null,
    failureCode: failure?.errorCode ?? null,
    missingCounters: (account?.missingCounters ?? 0) + (listing?.missingCounters ?? 0),
  });
  const settlement =
    failure === null
      ? ({ action: 'complete' } as const)
      : settlementOf(decide(deps, claim, failure), failure.errorCode);
  const result: SyncResult = {
    status: failure?.reconnect
      ? 'NEED_RECONNECT'
      : statusOf(settlement, { wrote: account !== null, partial: partial !== null }),
    errorCode: partial?.reason ?? null,
    httpStatus: failure?.httpStatus ?? null,
    tiktokLogId: failure?.tiktokLogId ?? null,
    pages: listing?.pages ?? 0,
    videos: listing?.videos.length ?? 0,
    retryAt: retryAtOf(settlement),
  };
  const late = localDay(finishedAt, run.timezone) > snapshotDate;
  const jobEnds = settlement.action === 'complete' || settlement.action === 'fail';

  await inTransaction(db, async (tx) => {
    // The store's row first, as whoever changes a connection does. A store that was deleted has no day to write.
    if (!(await findStoreForUpdate(tx, storeCode))) throw new ClaimLostError();
    if (account !== null && capturedAt !== null) {
      await upsertUserDaily(tx, { ...account, storeCode, snapshotDate, capturedAt });
      await upsertVideoReadings(tx, { storeCode, snapshotDate, capturedAt }, listing?.videos ?? []);
    }
    // After a reconnect in the meantime the verdict is void, and the day can be read with the new pair.
    const ownerMustAct = failure?.reconnect ? await markNeedReconnect(tx, storeCode, failure.reconnect) : false;
    const tryAgain = jobEnds && !ownerMustAct && partial?.mayCure === true;
    await closeRun(tx, {
      logId: run.logId,
      log: { ...result, finishedAt },
      day: {
        storeCode,
        snapshotDate,
        state: account === null ? 'pending' : partial ? 'partial' : late ? 'late' : 'complete',
        reason: ownerMustAct ? 'NEED_RECONNECT' : (partial?.reason ?? null),
        retryAfter: tryAgain ? new Date(finishedAt.getTime() + dayRetryMs) : null,
        capturedAt,
      },
      read: account && { profile: account, statusReason: scopeReason(missingScopes), at: finishedAt },
    });
    if (!(await deps.queue.settle(tx, claim, settlement))) throw new ClaimLostError();
  });
  return result;
}

function statusOf(
  settlement: Exclude<Settlement, { action: 'cancel' }>,
  run: { wrote: boolean; partial: boolean },
): SyncStatus {
  switch (settlement.action) {
    case 'complete':
      return run.partial ? 'PARTIAL' : 'SUCCESS';
    case 'defer':
      return run.wrote ? 'PARTIAL' : 'SKIPPED';
    case 'retry':
    case 'fail':
      return run.wrote ? 'PARTIAL' : 'FAILED';
  }
}

/** The lock's connection may be what broke, so this is written through the pool; nothing of the day is touched. */
async function writeDownError(
  deps: SyncDependencies,
  claim: JobClaim,
  logId: string,
  error: unknown,
): Promise<SyncResult> {
  const finishedAt = deps.clock.now();
  const cancelled = error instanceof ClaimLostError || claim.signal.aborted;
  const errorCode = cancelled ? 'JOB_CANCELLED' : errorCodeOf(error);
  if (cancelled) {
    const result = notRun('SKIPPED', errorCode);
    await closeLog(deps.db, logId, { ...result, finishedAt });
    await dayAfterRun(deps.db, {
      ...claim,
      state: 'pending',
      reason: errorCode,
      retryAfter: null,
      capturedAt: null,
    });
    return result;
  }
  deps.logger.error('sync broke off', { store_code: claim.storeCode, job_id: claim.id, error_code: errorCode });
  const settlement = settlementOf(decide(deps, claim, { kind: 'transient', retryAfterMs: null }), errorCode);
  const result = notRun('FAILED', errorCode, retryAtOf(settlement));
  const retryAfter = settlement.action === 'fail' ? new Date(finishedAt.getTime() + dayRetryMs) : null;
  await inTransaction(deps.db, async (tx) => {
    await closeLog(tx, logId, { ...result, finishedAt });
    await dayAfterRun(tx, { ...claim, state: 'pending', reason: errorCode, retryAfter, capturedAt: null });
    await deps.queue.settle(tx, claim, settlement);
  });
  return result;
}
