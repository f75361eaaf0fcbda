import { inTransaction } from '../db/client.ts';
import { deleteJobsOfStore, deleteRowsOfStore } from '../db/erase-rows.ts';
import { findStoreForUpdate } from '../db/stores.ts';
import { findAccount } from '../db/tiktok-accounts.ts';
import type { TokenSpool } from '../spool/token-spool.ts';
import { type DisconnectDependencies, type RecordChange, revokeAtTikTok } from './disconnect-store.ts';
import { storeNotFound } from './read-stores.ts';

export interface RemovalDependencies extends Omit<DisconnectDependencies, 'queue'> {
  spool: Pick<TokenSpool, 'list' | 'remove'>;
}

/**
 * Removes the store with all that is kept of it, but for the audit log, and tells TikTok. A sync under way finds nothing
 * to write to. Throws STORE_NOT_FOUND.
 */
export async function removeStore(deps: RemovalDependencies, storeCode: string, record: RecordChange): Promise<void> {
  const account = await inTransaction(deps.db, async (tx) => {
    if (!(await findStoreForUpdate(tx, storeCode))) throw storeNotFound();
    const connected = await findAccount(tx, storeCode);
    // Days before jobs, as the planner takes them; and no delivery is left then that could be given a job.
    await deleteRowsOfStore(tx, storeCode);
    await deleteJobsOfStore(tx, storeCode);
    await record(tx);
    return connected;
  });
  if (account) await revokeAtTikTok(deps, account);
  await dropSpooledPairs(deps, storeCode);
}

/** Of this machine: another one drops its own at its next look, for want of the pair that was spent. Returns how many. */
export async function dropSpooledPairs(
  { spool }: Pick<RemovalDependencies, 'spool'>,
  storeCode: string,
): Promise<number> {
  const names = await spool.list(storeCode);
  for (const name of names) await spool.remove(name);
  return names.length;
}
