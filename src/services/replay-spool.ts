import { setTimeout as sleep } from 'node:timers/promises';
import { TokenCipherError } from '../crypto/token-cipher.ts';
import { isDatabaseUnavailable } from '../db/unavailable.ts';
import { errorCodeOf } from '../logger.ts';
import { type SpooledPair, SpoolFileError, type TokenSpool } from '../spool/token-spool.ts';
import { type LandDependencies, landPair } from './land-pair.ts';
import { underCurrentKey } from './token-pair.ts';

export interface ReplayDependencies extends LandDependencies {
  spool: TokenSpool;
}

const intervalMs = 5_000;

/**
 * Hands the database what waits in this machine's spool, of one store or of all. A file that is no pair of ours is
 * logged and left. Where one cannot be read or handed over, it goes on with the others, and throws the first such error
 * at the end: nobody shall spend a token whose successor may be in there. What was not handed over stays.
 */
export async function replaySpool(deps: ReplayDependencies, storeCode?: string): Promise<void> {
  const { spool } = deps;
  const failures: unknown[] = [];
  for (const name of await spool.list(storeCode)) {
    try {
      await replayFile(deps, name);
    } catch (error) {
      if (isDatabaseUnavailable(error)) throw error;
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

async function replayFile(deps: ReplayDependencies, name: string): Promise<void> {
  const { spool, logger } = deps;
  const pair = await readPair(deps, name);
  if (pair === null) return;
  const stored = await landPair(deps, pair);
  await spool.remove(name);
  const fields = { store_code: pair.storeCode };
  if (stored) logger.warn('spooled token pair stored', fields);
  else logger.warn('spooled token pair dropped, the connection changed meanwhile', fields);
}

/** Decrypted before it may replace anything. Null when there is nothing to be had. */
async function readPair(deps: ReplayDependencies, name: string): Promise<SpooledPair | null> {
  try {
    const pair = await deps.spool.read(name);
    return pair && { ...pair, ...underCurrentKey(deps.cipher, pair.storeCode, pair) };
  } catch (error) {
    if (!(error instanceof SpoolFileError || error instanceof TokenCipherError)) throw error;
    deps.spool.setAside(name);
    const code = error instanceof TokenCipherError ? `TOKEN_${error.reason.toUpperCase()}` : error.code;
    deps.logger.error('spool file left alone', { error_code: code });
    return null;
  }
}

/** Replays every few seconds until `stopping` aborts. Never rejects. */
export async function keepReplaying(deps: ReplayDependencies, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    await replaySpool(deps).catch((error: unknown) =>
      deps.logger.error('spool not replayed', { error_code: errorCodeOf(error) }),
    );
    await sleep(intervalMs, undefined, { signal: stopping }).catch(() => undefined);
  }
}
