import type { Clock } from '../clock.ts';
import { sha256 } from '../crypto/hash.ts';
import type { TokenCipher } from '../crypto/token-cipher.ts';
import { type Database, inTransaction } from '../db/client.ts';
import { insertStoreEvent } from '../db/events.ts';
import { findStoreForUpdate, type Store, updateStore } from '../db/stores.ts';
import {
  findAccountForUpdate,
  listGivenUpTooEarly,
  type RefreshedPair,
  storeRefreshedPair,
} from '../db/tiktok-accounts.ts';
import { scopeReason } from '../domain/snapshot-quality.ts';
import type { DeadGrantReason } from '../domain/token-life.ts';
import { errorCodeOf, type Logger } from '../logger.ts';
import { missingScopesOf } from '../tiktok/scopes.ts';
import type { JobQueue } from './job-queue.ts';
import { enqueueNow } from './resync-store.ts';
import { decryptRefreshToken } from './token-pair.ts';

export interface LandDependencies {
  cipher: TokenCipher;
  db: Database;
  queue: JobQueue;
  clock: Clock;
  logger: Logger;
}

/** What a store is called when its token is refused: the token may only have been spent, for the pair we hold. */
const refusals: readonly DeadGrantReason[] = ['REVOKED', 'REFRESH_TOKEN_EXPIRED', 'REFRESH_OUTCOME_UNKNOWN'];

/**
 * Stores a pair that comes late. A store that was given up meanwhile for want of it is connected again and its day
 * enqueued, in the same transaction. False only when the store is gone, or its row holds no token or another one than
 * was spent for this pair. Throws what the database throws, and TokenCipherError when nobody can tell what it holds.
 */
export async function landPair(deps: LandDependencies, pair: RefreshedPair): Promise<boolean> {
  const { storeCode } = pair;
  const outcome = await inTransaction(deps.db, async (tx) => {
    // The store's row first, as whoever changes a connection does: the verdict is then written or not yet begun.
    const store = await findStoreForUpdate(tx, storeCode);
    if (!store) return 'superseded';
    const landing = (await storeRefreshedPair(tx, pair)) ? 'stored' : await landWithoutIntent(deps, tx, pair);
    if (landing !== 'stored') return landing;
    const lost = refusals.find((reason) => reason === store.statusReason);
    if (store.status !== 'NEED_RECONNECT' || store.statusReason !== lost) return 'stored';
    await connectAgain(deps, tx, store, pair.scopes);
    return 'healed';
  });
  if (outcome === 'healed') tellHealed(deps, storeCode);
  return outcome !== 'superseded';
}

const healedAtOnce = 100;

/**
 * Connects stores again whose pair was stored after all, by whoever held it, without a look at what had become of the
 * store. What fails for one is left to the next time. Throws when the database cannot tell which they are.
 */
export async function healGivenUp(deps: LandDependencies): Promise<void> {
  for (const { storeCode } of await listGivenUpTooEarly(deps.db, { limit: healedAtOnce })) {
    try {
      if (await inTransaction(deps.db, (tx) => healStore(deps, tx, storeCode))) tellHealed(deps, storeCode);
    } catch (error) {
      deps.logger.warn('connection not restored', { store_code: storeCode, error_code: errorCodeOf(error) });
    }
  }
}

async function healStore(deps: LandDependencies, tx: Database, storeCode: string): Promise<boolean> {
  const store = await findStoreForUpdate(tx, storeCode);
  // Its owner may have come back, or an admin let go of it, until it was locked.
  const [still] = await listGivenUpTooEarly(tx, { storeCode, limit: 1 });
  if (!store || !still) return false;
  await connectAgain(deps, tx, store, still.scopes);
  return true;
}

const tellHealed = (deps: LandDependencies, storeCode: string) =>
  deps.logger.warn('connection restored by a late token pair', { store_code: storeCode });

async function connectAgain(deps: LandDependencies, tx: Database, store: Store, scopes: string[]): Promise<void> {
  const { storeCode } = store;
  const statusReason = scopeReason(missingScopesOf(scopes));
  await updateStore(tx, storeCode, { status: 'CONNECTED', statusReason });
  await insertStoreEvent(tx, { type: 'store.recovered', storeCode, statusReason, at: deps.clock.now() });
  if (!store.paused) await enqueueNow(deps, tx, store, 'catch_up');
}

/**
 * The row knows of no refresh that this pair could come from. That may be true, or the database forgot: a standby that was
 * behind took over, or a backup was restored. Then the row still holds the token that was spent.
 */
async function landWithoutIntent(
  deps: LandDependencies,
  tx: Database,
  pair: RefreshedPair,
): Promise<'stored' | 'already there' | 'superseded'> {
  const held = (await findAccountForUpdate(tx, pair.storeCode))?.refreshTokenEncrypted;
  if (!held) return 'superseded';
  // A write may have been done although its answer was lost.
  if (held.equals(pair.refreshTokenEncrypted)) return 'already there';
  const isSpent = sha256(decryptRefreshToken(deps.cipher, pair.storeCode, held)).equals(pair.spentTokenHash);
  return isSpent && (await storeRefreshedPair(tx, pair, held)) ? 'stored' : 'superseded';
}
