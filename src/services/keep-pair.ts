import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../db/client.ts';
import { storeRefreshedPair } from '../db/tiktok-accounts.ts';
import { errorCodeOf } from '../logger.ts';
import type { SpooledPair, TokenSpool } from '../spool/token-spool.ts';
import { type LandDependencies, landPair } from './land-pair.ts';

export interface KeepDependencies extends LandDependencies {
  spool: TokenSpool;
  stopping: AbortSignal;
}

/** A database that answers takes milliseconds: past this the pair goes to the disk, whatever becomes of the write. */
const patienceMs = 1_000;
const retryEveryMs = 500;
const retryForMs = 30_000;

/**
 * The first act on TikTok's answer: the only copy of the pair is in our hands. One compare-and-set on the connection at
 * hand; without an answer to it a file in the spool, then the pool again and again. False when the connection changed
 * meanwhile and the pair is dropped. Throws the database's error once it gives up: the file then waits for its replay.
 */
export async function keepPair(deps: KeepDependencies, db: Database, pair: SpooledPair): Promise<boolean> {
  const first = storeRefreshedPair(db, pair).then(
    (stored) => ({ stored }),
    (error: unknown) => ({ error }),
  );
  const result = await Promise.race([first, sleep(patienceMs, null, { ref: false })]);
  if (result && 'stored' in result) return result.stored || (await landPair(deps, pair));

  const fields = { store_code: pair.storeCode };
  const failure = result === null ? 'NO_ANSWER' : errorCodeOf(result.error);
  deps.logger.error('new token pair not stored yet', { ...fields, error_code: failure });
  const file = await spoolPair(deps, pair);
  const giveUpAtMs = performance.now() + retryForMs;
  for (;;) {
    try {
      const stored = await landPair(deps, pair);
      // What cannot be removed is found superseded by the next replay.
      if (file !== null) await deps.spool.remove(file).catch(() => undefined);
      return stored;
    } catch (error) {
      // Once it is on the disk, a stop need not wait for the database: the next start replays it.
      if (performance.now() > giveUpAtMs || (file !== null && deps.stopping.aborted)) {
        const event = file === null ? 'new token pair lost' : 'new token pair waits in the spool';
        deps.logger.error(event, { ...fields, error_code: errorCodeOf(error) });
        throw error;
      }
    }
    await sleep(retryEveryMs);
  }
}

/** Null when the disk does not take it either: then memory has to do. */
async function spoolPair(deps: KeepDependencies, pair: SpooledPair): Promise<string | null> {
  try {
    return await deps.spool.write(pair);
  } catch (error) {
    const fields = { store_code: pair.storeCode, error_code: errorCodeOf(error) };
    deps.logger.error('new token pair could not be spooled', fields);
    return null;
  }
}
