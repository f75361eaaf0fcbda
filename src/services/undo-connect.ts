import type { Clock } from '../clock.ts';
import { sha256 } from '../crypto/hash.ts';
import { type Database, inTransaction } from '../db/client.ts';
import { deleteRowsOfStore } from '../db/erase-rows.ts';
import { findFirstConnection, updateOAuthOutcome } from '../db/oauth-states.ts';
import { findStoreForUpdate, neverConnected, updateStore } from '../db/stores.ts';
import { findAccount } from '../db/tiktok-accounts.ts';
import { AppError } from '../errors.ts';
import { recordAudit } from './audit.ts';
import { type DisconnectDependencies, revokeAtTikTok } from './disconnect-store.ts';
import { cancelLiveJob } from './update-store.ts';

/** As long as the cookie that binds the browser to its trip. */
const undoMs = 60 * 60_000;
/** What came with the connection. Links, trips and attempts stay: the owner is told what came of them. */
const connectionTables = ['tiktok_accounts', 'store_days', 'user_daily', 'video_daily', 'videos'];

/** Whether this browser may still say that it connected the wrong store. */
export async function mayUndoConnect(deps: { db: Database; clock: Clock }, browserToken: string): Promise<boolean> {
  return (await findUndoable(deps, deps.db, browserToken)) !== undefined;
}

/**
 * "This is not my store": takes the first connection of a store back, with all that was read of the account, and tells
 * TikTok. Throws NOT_FOUND when there is nothing that this browser may take back, or it has connected another store since
 * the page that asks.
 */
export async function undoConnect(
  deps: DisconnectDependencies & { clock: Clock },
  browserToken: string | null,
  storeCode: string | null,
): Promise<void> {
  const nothing = new AppError(
    'NOT_FOUND',
    'There is nothing left to undo here: ask your admin to disconnect the store.',
  );
  if (browserToken === null || storeCode === null) throw nothing;
  const account = await inTransaction(deps.db, async (tx) => {
    const seen = await findUndoable(deps, tx, browserToken);
    if (seen?.storeCode !== storeCode || !(await findStoreForUpdate(tx, storeCode))) throw nothing;
    // Again, now that nothing else can change it.
    const connection = await findUndoable(deps, tx, browserToken);
    if (connection?.storeCode !== storeCode) throw nothing;
    const { stateHash } = connection;
    const connected = await findAccount(tx, storeCode);
    // Days before jobs, as the planner takes them.
    await deleteRowsOfStore(tx, storeCode, connectionTables);
    await cancelLiveJob(tx, deps.queue, storeCode);
    await updateStore(tx, storeCode, {
      ...neverConnected,
      statusReason: 'UNDONE_BY_OWNER',
    });
    await updateOAuthOutcome(tx, stateHash, 'UNDONE');
    await recordAudit({ ...deps, db: tx }, { actor: 'owner', action: 'store.undo_connect', storeCode, outcome: 'OK' });
    return connected;
  });
  if (account) await revokeAtTikTok(deps, account);
}

const findUndoable = (deps: { clock: Clock }, db: Database, browserToken: string) =>
  findFirstConnection(db, {
    browserHash: sha256(browserToken),
    since: new Date(deps.clock.now().getTime() - undoMs),
  });
