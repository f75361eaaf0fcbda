import type { Clock } from '../clock.ts';
import { type Database, inTransaction } from '../db/client.ts';
import { findStoreForUpdate, updateStore } from '../db/stores.ts';
import { isPairStored, type RefreshedPair, storeRefreshedPair } from '../db/tiktok-accounts.ts';
import { scopeReason } from '../domain/snapshot-quality.ts';
import type { DeadGrantReason } from '../domain/token-life.ts';
import type { Logger } from '../logger.ts';
import { missingScopesOf } from '../tiktok/scopes.ts';
import type { JobQueue } from './job-queue.ts';
import { enqueueNow } from './resync-store.ts';

export interface LandDependencies {
  db: Database;
  queue: JobQueue;
  clock: Clock;
  logger: Logger;
}

const lost: DeadGrantReason = 'REFRESH_OUTCOME_UNKNOWN';

/**
 * Stores a pair that comes late. A store that was given up meanwhile for want of it is connected again and its day
 * enqueued, in the same transaction. False when another pair took its place; throws what the database throws.
 */
export async function landPair(deps: LandDependencies, pair: RefreshedPair): Promise<boolean> {
  const { storeCode } = pair;
  const outcome = await inTransaction(deps.db, async (tx) => {
    // The store's row first, as whoever changes a connection does: the verdict is then written or not yet begun.
    const store = await findStoreForUpdate(tx, storeCode);
    if (!store) return 'superseded';
    if (!(await storeRefreshedPair(tx, pair))) return (await isPairStored(tx, pair)) ? 'stored' : 'superseded';
    if (store.status !== 'NEED_RECONNECT' || store.statusReason !== lost) return 'stored';
    await updateStore(tx, storeCode, { status: 'CONNECTED', statusReason: scopeReason(missingScopesOf(pair.scopes)) });
    if (!store.paused) await enqueueNow(deps, tx, store, 'catch_up');
    return 'healed';
  });
  if (outcome === 'healed') deps.logger.warn('connection restored by a late token pair', { store_code: storeCode });
  return outcome !== 'superseded';
}
