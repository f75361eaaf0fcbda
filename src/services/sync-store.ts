import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Database, inTransaction } from '../db/client.ts';
import { closeRun, type RunEnd } from '../db/close-run.ts';
import { insertStoreEvent } from '../db/events.ts';
import { closeDayAsMissed, isDayRead, releaseDay } from '../db/store-days.ts';
import { type StoreLockConnection, storeBusy } from '../db/store-lock.ts';
import { findStore, findStoreForUpdate, markNeedReconnect } from '../db/stores.ts';
import { closeLog, type NewLog, updateLogProgress, upsertClosedLog } from '../db/sync-logs.ts';
import { type BegunRun, beginRun, closeLostRun, countDeaths, countJobsOfDay } from '../db/sync-runs.ts';
import { isDatabaseUnavailable } from '../db/unavailable.ts';
import { updatePresences } from '../db/video-presence.ts';
import { isUrgent, syncJobName } from '../domain/job-state.ts';
import { dayRetryMs, nextTryAt } from '../domain/next-try.ts';
import { decideRetry, type RetryDecision } from '../domain/retry.ts';
import { localDay } from '../domain/snapshot-day.ts';
import { partialReason, scopeReason } from '../domain/snapshot-quality.ts';
import type { SyncOutcome } from '../domain/sync-outcome.ts';
import { oldestOf, presenceChanges } from '../domain/video-presence.ts';
import { errorCodeOf } from '../logger.ts';
import { mostVideosListed, type VideoListing } from '../tiktok/list-all-videos.ts';
import { mostAsked } from './ask-missing-videos.ts';
import { attemptOf, type JobClaim, type JobQueue, type OtherEnd, type Settlement } from './job-queue.ts';
import { type AccountReading, type ReadDependencies, readAccount, type SyncFailure } from './read-account.ts';
import { StoppingError, throwIfStopping } from './stopping.ts';

export interface SyncDependencies extends ReadDependencies {
  queue: JobQueue;
  /** In [0, 1). */
  random: () => number;
}

export interface SyncResult {
  status: SyncOutcome;
  errorCode: string | null;
  httpStatus: number | null;
  tiktokLogId: string | null;
  pages: number;
  videos: number;
  retryAt: Date | null;
}

/** As long as for a day that came to nothing, doubling with each job that a day read in part has had. */
const cureDelayMs = (jobs: number) => dayRetryMs * 2 ** Math.min(6, Math.max(0, jobs - 1));
const progressIntervalMs = 1_000;
/** A job whose worker died this often is taken to be the cause: it is set aside for so long. */
const maxDeaths = 3;
const setAsideMs = 60 * 60_000;
/** Between two tries to write down how a run ended while the database is away. */
const writeRetryMs = 500;

/** Among so many known videos more are missing in any list than one run may ask for, or all that are. */
const mostKnown = mostVideosListed + mostAsked + 1;

/** Thrown inside a transaction to undo it: the job was cancelled or belongs to another worker by now. */
class ClaimLostError extends Error {}

const notRun = (status: SyncOutcome, errorCode: string, retryAt: Date | null = null): SyncResult => ({
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
  connection: Pick<StoreLockConnection, 'withLockOf'>,
  claim: JobClaim,
): Promise<SyncResult> {
  const log = newLog(claim, deps.clock.now());
  try {
    throwIfStopping(deps.stopping);
    const result = await connection.withLockOf(
      claim.storeCode,
      (db, key) => beginRun(db, key, log, mostKnown),
      ({ db, lost, begun }) =>
        syncLocked(deps, db, { claim, log, begun, signal: AbortSignal.any([claim.signal, claim.giveBack, lost]) }),
    );
    return result === storeBusy ? await writeDownBusy(deps, claim, log) : result;
  } catch (error) {
    return await writeDownError(deps, claim, log, error);
  }
}

async function writeDownBusy(deps: SyncDependencies, claim: JobClaim, log: NewLog): Promise<SyncResult> {
  const settlement = settlementOf(decide(deps, claim, { kind: 'store_busy', retryAfterMs: null }), 'STORE_BUSY');
  const skipped = notRun('SKIPPED', 'STORE_BUSY', retryAtOf(settlement));
  await inTransaction(deps.db, async (tx) => {
    await upsertClosedLog(tx, { ...log, ...skipped, finishedAt: deps.clock.now() });
    await settle(deps, tx, claim, settlement);
  });
  return skipped;
}

/**
 * Ends the delivery in the transaction at hand, or undoes the transaction: the job is somebody else's by now. Last of all:
 * log (which refers to the store), day, job, in the order of connects and of the planner, or they would wait for each other.
 */
async function settle(deps: SyncDependencies, tx: Database, claim: JobClaim, settlement: OtherEnd): Promise<void> {
  if (!(await deps.queue.settle(tx, claim, settlement))) throw new ClaimLostError();
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
  run: { claim: JobClaim; log: NewLog; begun: BegunRun; signal: AbortSignal },
): Promise<SyncResult> {
  const { claim, log, signal } = run;
  const { opened, store, account, videos } = run.begun;
  if (!store) return refuse(deps, db, claim, null, 'STORE_GONE');
  if (!opened) throw new ClaimLostError();
  const { timezone } = store;
  if (store.status !== 'CONNECTED' || !account) return refuse(deps, db, claim, log.id, 'STORE_NOT_CONNECTED');
  // TikTok gives today's totals only: written under a past day they would be a lie.
  if (localDay(log.startedAt, timezone) > claim.snapshotDate) return refuse(deps, db, claim, log.id, 'DAY_IS_OVER');
  if (claim.retryCount >= maxDeaths && (await countDeaths(db, claim.id)) >= maxDeaths) {
    return setAside(deps, db, claim, { logId: log.id, timezone });
  }

  let nextProgressAt = log.startedAt.getTime() + progressIntervalMs;
  const reading = await readAccount(deps, db, {
    account,
    knownVideos: videos,
    lane: isUrgent(claim.trigger) ? 'person' : 'routine',
    signal,
    async onPage(progress) {
      const now = deps.clock.now().getTime();
      if (now < nextProgressAt) return;
      nextProgressAt = now + progressIntervalMs;
      await updateLogProgress(db, log, progress);
    },
  });
  return writeDown(deps, db, claim, { logId: log.id, timezone, reading });
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
  errorCode: 'STORE_GONE' | 'STORE_NOT_CONNECTED' | 'DAY_IS_OVER',
): Promise<SyncResult> {
  const result = notRun('SKIPPED', errorCode);
  await inTransaction(db, async (tx) => {
    if (errorCode === 'DAY_IS_OVER') await closeDayAsMissed(tx, { ...claim, reason: 'NOT_READ_IN_TIME' });
    if (logId !== null)
      await closeLog(tx, { storeCode: claim.storeCode, id: logId }, { ...result, finishedAt: deps.clock.now() });
    await settle(deps, tx, claim, { action: 'cancel' });
  });
  return result;
}

/** Ends a job that kills whoever works on it, before it kills this one too; its day gets another one later. */
async function setAside(
  deps: SyncDependencies,
  db: Database,
  claim: JobClaim,
  run: { logId: string; timezone: string },
): Promise<SyncResult> {
  const errorCode = 'KILLED_WORKER';
  const finishedAt = deps.clock.now();
  const retryAfter = nextTryAt({ ...claim, now: finishedAt, delayMs: setAsideMs, timezone: run.timezone });
  const result = notRun('FAILED', errorCode);
  await inTransaction(db, async (tx) => {
    await releaseDay(tx, { ...claim, reason: errorCode, retryAfter });
    await closeLog(tx, { storeCode: claim.storeCode, id: run.logId }, { ...result, finishedAt });
    await settle(deps, tx, claim, { action: 'fail', errorCode });
  });
  deps.logger.error('job set aside: its workers died', {
    store_code: claim.storeCode,
    snapshot_date: claim.snapshotDate,
    job_id: claim.id,
    error_code: errorCode,
    count: maxDeaths,
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
  const { account, capturedAt, listing, missing, missingScopes, failure } = run.reading;
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
  const tooLate = notRun('SKIPPED', 'DAY_IS_OVER');
  const jobEnds = settlement.action === 'complete' || settlement.action === 'fail';

  // A run that ends past midnight has asked on another day than the one it reads.
  const presences =
    missing && presenceChanges(missing.missing, missing.sights, localDay(missing.askedAt, run.timezone));
  const end = (ownerMustAct: boolean, retryAfter: Date | null): RunEnd => ({
    logId: run.logId,
    log: { ...result, finishedAt },
    day: {
      storeCode,
      snapshotDate,
      state: account === null ? 'pending' : partial ? 'partial' : late ? 'late' : 'complete',
      reason: ownerMustAct ? 'NEED_RECONNECT' : (partial?.reason ?? null),
      retryAfter,
      capturedAt,
    },
    read: account && { account, statusReason: scopeReason(missingScopes), oldestListedAt: oldestListedAt(listing) },
    listed: listing?.videos ?? [],
    askedFor: missing?.answered,
    completes: settlement.action === 'complete' ? claim : null,
  });
  const close = async (tx: Database, ...given: Parameters<typeof end>) => {
    if (!(await closeRun(tx, end(...given)))) throw new ClaimLostError();
  };

  const writeAll = async (tx: Database) => {
    // The store's row first, as whoever changes a connection does. A store that was deleted has no day to write.
    if (!(await findStoreForUpdate(tx, storeCode))) throw new ClaimLostError();
    // What the day has was read while it lasted: numbers of the next day must not replace it.
    if (account !== null && late && (await isDayRead(tx, claim))) {
      await settle(deps, tx, claim, { action: 'cancel' });
      await closeLog(tx, { storeCode: claim.storeCode, id: run.logId }, { ...tooLate, finishedAt });
      return tooLate;
    }
    // After a reconnect in the meantime the verdict is void, and the day can be read with the new pair.
    const ownerMustAct = failure?.reconnect ? await markNeedReconnect(tx, storeCode, failure.reconnect) : false;
    if (failure?.reconnect && ownerMustAct) {
      const statusReason = failure.reconnect.reason;
      await insertStoreEvent(tx, { type: 'store.needs_reconnect', storeCode, statusReason, at: finishedAt });
    }
    const tryAgain = jobEnds && !ownerMustAct && partial?.mayCure === true;
    // What TikTok answered, but not in full, is asked for ever less often: it may stay so all day.
    const delayMs = tryAgain && failure === null ? cureDelayMs(await countJobsOfDay(tx, claim)) : dayRetryMs;
    const retryAfter = tryAgain ? nextTryAt({ ...claim, now: finishedAt, delayMs, timezone: run.timezone }) : null;
    await close(tx, ownerMustAct, retryAfter);
    // Once the videos that were answered are there.
    if (presences) await updatePresences(tx, storeCode, presences);
    if (settlement.action !== 'complete') await settle(deps, tx, claim, settlement);
    return result;
  };
  // Where nothing has to be looked up first, one statement is a transaction.
  const isPlain = settlement.action === 'complete' && partial === null && !late && !presences?.length;
  const written = isPlain ? await close(db, false, null).then(() => result) : await inTransaction(db, writeAll);
  if (written === result && capturedAt !== null) {
    const videos = (listing?.videos.length ?? 0) + (missing?.answered.length ?? 0);
    deps.observe.numbersWritten({ accounts: account === null ? 0 : 1, videos });
  }
  return written;
}

/** Where the cap cut off the list; null when the list is complete, undefined when it tells nothing. */
function oldestListedAt(listing: VideoListing | null): Date | null | undefined {
  if (listing?.complete) return null;
  return listing?.stoppedBy === 'PAGE_LIMIT' ? oldestOf(listing.videos) : undefined;
}

function statusOf(
  settlement: Exclude<Settlement, { action: 'cancel' }>,
  run: { wrote: boolean; partial: boolean },
): SyncOutcome {
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

/** The lock's connection may be what broke, so this is written through the pool; no number of the day is touched. */
async function writeDownError(
  deps: SyncDependencies,
  claim: JobClaim,
  log: NewLog,
  error: unknown,
): Promise<SyncResult> {
  const closeLost = async () => {
    const finishedAt = deps.clock.now();
    return notRun('SKIPPED', await closeLostRun(deps.db, { jobId: claim.id, delivery: claim.retryCount, finishedAt }));
  };
  if (error instanceof ClaimLostError) return insist(claim, closeLost);
  const isGivenBack = error instanceof StoppingError || claim.giveBack.aborted || deps.stopping.aborted;
  const errorCode = isGivenBack ? 'STOPPING' : errorCodeOf(error);
  if (!isGivenBack && !claim.signal.aborted) {
    deps.logger.error('sync broke off', { store_code: claim.storeCode, job_id: claim.id, error_code: errorCode });
  }
  return insist(claim, async () => {
    const finishedAt = deps.clock.now();
    const settlement: Exclude<Settlement, { action: 'cancel' }> = isGivenBack
      ? { action: 'defer', at: finishedAt, errorCode }
      : settlementOf(decide(deps, claim, { kind: 'transient', retryAfterMs: null }), errorCode);
    const result = notRun(isGivenBack ? 'SKIPPED' : 'FAILED', errorCode, retryAtOf(settlement));
    try {
      await inTransaction(deps.db, async (tx) => {
        const found = settlement.action === 'fail' ? await findStore(tx, claim.storeCode) : undefined;
        const timezone = found?.store.timezone;
        const retryAfter = timezone ? nextTryAt({ ...claim, now: finishedAt, delayMs: dayRetryMs, timezone }) : null;
        await upsertClosedLog(tx, { ...log, ...result, finishedAt });
        await releaseDay(tx, { ...claim, reason: errorCode, retryAfter });
        await settle(deps, tx, claim, settlement);
      });
      return result;
    } catch (failure) {
      if (failure instanceof ClaimLostError) return closeLost();
      throw failure;
    }
  });
}

/** A run whose end was not written down looks like a dead worker: so it waits for the database, for as long as it may. */
async function insist<T>(claim: JobClaim, write: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!isDatabaseUnavailable(error) || claim.signal.aborted || claim.lastCall.aborted) throw error;
      await sleep(writeRetryMs, undefined, { signal: claim.lastCall }).catch(() => undefined);
    }
  }
}
