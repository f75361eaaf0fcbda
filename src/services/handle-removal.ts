import { type Database, inTransaction } from '../db/client.ts';
import { findStoreForUpdate, updateStore } from '../db/stores.ts';
import { clearProfile, findAccount, findStoreCodeByOpenId, wipeTokens } from '../db/tiktok-accounts.ts';
import { removalReason } from '../domain/removal-reason.ts';
import type { Logger } from '../logger.ts';
import type { JobQueue } from './job-queue.ts';
import { cancelLiveJob } from './update-store.ts';

/**
 * TikTok says that an authorisation ended. An event from before the present connection is ignored, which also makes a
 * replay harmless. Returns whether anything changed.
 */
export async function handleRemoval(
  deps: { db: Database; queue: JobQueue; logger: Logger },
  event: { openId: string; createdAt: Date; reasonCode: number },
): Promise<boolean> {
  const storeCode = await findStoreCodeByOpenId(deps.db, event.openId);
  if (storeCode === undefined) return false;
  return inTransaction(deps.db, async (tx) => {
    const store = await findStoreForUpdate(tx, storeCode);
    const account = await findAccount(tx, storeCode);
    if (!store || !account || store.status === 'DISCONNECTED') return false;
    // TikTok counts in whole seconds: an event of the second in which we connected may be about this connection.
    if (event.createdAt.getTime() < Math.floor(account.connectedAt.getTime() / 1000) * 1000) return false;
    const { reason, forget } = removalReason(event.reasonCode);
    await wipeTokens(tx, storeCode);
    if (forget) await clearProfile(tx, storeCode);
    await updateStore(tx, storeCode, { status: 'NEED_RECONNECT', statusReason: reason });
    await cancelLiveJob(tx, deps.queue, storeCode);
    deps.logger.warn('authorisation removed at TikTok', { store_code: storeCode, status: reason });
    return true;
  });
}
