import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../db/client.ts';
import { storeRefreshedPair } from '../db/tiktok-accounts.ts';
import { errorCodeOf } from '../logger.ts';
import type { SpooledPair, TokenSpool } from '../spool/token-spool.ts';
import { type LandDependencies, landPair } from './land-pair.ts';
import { PairNotKeptError, type PairsInHand } from './pairs-in-hand.ts';

export interface KeepDependencies extends LandDependencies {
  spool: TokenSpool;
  pairsInHand: PairsInHand;
  stopping: AbortSignal;
  /** Aborts when the process ends now: what is tried then is tried for the last time. */
  lastCall: AbortSignal;
}

/** A database that answers takes milliseconds: past this the pair goes to the disk, whatever becomes of the write. */
const patienceMs = 1_000;
/** Past this its run ends: with the disk refusing too, nobody knows how long it takes, and others need the worker. */
const inHandPatienceMs = 5_000;
const firstPauseMs = 100;
/** Shorter than another process waits for us before it spends the same token. */
const longestPauseMs = 2_000;
const retryEveryMs = 500;
const retryForMs = 30_000;

/**
 * The first act on TikTok's answer: the only copy of the pair is in our hands. One compare-and-set on the connection at
 * hand; without an answer to it a file in the spool, then the pool again and again. False when the connection changed
 * meanwhile and the pair is dropped. Throws the database's error once it gives up: the file then waits for its replay.
 * Throws PairNotKeptError while neither has taken it: the keeping goes on without the run, for as long as the process lives.
 */
export async function keepPair(deps: KeepDependencies, db: Database, pair: SpooledPair): Promise<boolean> {
  const first = storeRefreshedPair(db, pair).then(
    (stored) => ({ stored }),
    (error: unknown) => ({ error }),
  );
  const result = await Promise.race([first, sleep(patienceMs, null, { ref: false })]);
  const answered = result !== null && 'stored' in result;
  if (answered && result.stored) return true;

  const fields = { store_code: pair.storeCode };
  if (!answered) {
    const failure = result === null ? 'NO_ANSWER' : errorCodeOf(result.error);
    deps.logger.error('new token pair not stored yet', { ...fields, error_code: failure });
  }
  const keeping = makeDurable(deps, pair);
  deps.pairsInHand.hold(pair.storeCode, keeping);
  const kept = await Promise.race([keeping, sleep(inHandPatienceMs, null, { ref: false })]);
  if (kept === null) {
    deps.logger.error('new token pair is in memory alone', fields);
    throw new PairNotKeptError();
  }
  return 'file' in kept ? landSpooled(deps, pair, kept.file) : kept.stored;
}

/** Tries disk and database until one has it, and gives up only when the process ends: then it throws the database's error. */
async function makeDurable(deps: KeepDependencies, pair: SpooledPair): Promise<{ file: string } | { stored: boolean }> {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    const isLast = deps.lastCall.aborted;
    const file = await spoolPair(deps, pair);
    if (file !== null) return { file };
    try {
      return { stored: await landPair(deps, pair) };
    } catch (error) {
      if (isLast) {
        deps.logger.error('new token pair lost', { store_code: pair.storeCode, error_code: errorCodeOf(error) });
        throw error;
      }
    }
    await sleep(pauseMs, undefined, { signal: deps.lastCall }).catch(() => undefined);
  }
}

/** It is on the disk: a stop need not wait for the database, the next start replays it. */
async function landSpooled(deps: KeepDependencies, pair: SpooledPair, file: string): Promise<boolean> {
  const giveUpAtMs = performance.now() + retryForMs;
  for (;;) {
    try {
      const stored = await landPair(deps, pair);
      // What cannot be removed is found superseded by the next replay.
      await deps.spool.remove(file).catch(() => undefined);
      return stored;
    } catch (error) {
      if (performance.now() > giveUpAtMs || deps.stopping.aborted) {
        const fields = { store_code: pair.storeCode, error_code: errorCodeOf(error) };
        deps.logger.error('new token pair waits in the spool', fields);
        throw error;
      }
    }
    await sleep(retryEveryMs);
  }
}

/** Null when the disk does not take it: then memory has to do. */
async function spoolPair(deps: KeepDependencies, pair: SpooledPair): Promise<string | null> {
  try {
    return await deps.spool.write(pair);
  } catch (error) {
    const fields = { store_code: pair.storeCode, error_code: errorCodeOf(error) };
    deps.logger.error('new token pair could not be spooled', fields);
    return null;
  }
}
