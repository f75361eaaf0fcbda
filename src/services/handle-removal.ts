import type { Clock } from '../clock.ts';
import { type Database, inTransaction } from '../db/client.ts';
import { insertStoreEvent } from '../db/events.ts';
import { findStoreForUpdate, updateStore } from '../db/stores.ts';
import {
  clearProfile,
  findAccount,
  findStoreCodeByOpenId,
  listAccountsByOpenId,
  type TikTokAccount,
  wipeTokens,
} from '../db/tiktok-accounts.ts';
import { removalReason } from '../domain/removal-reason.ts';
import type { Logger } from '../logger.ts';
import { recordAudit } from './audit.ts';
import type { JobQueue } from './job-queue.ts';
import { cancelLiveJob } from './update-store.ts';

/**
 * TikTok says that an authorisation ended. An event from before the present connection is ignored, which also makes a
 * replay harmless. Returns whether anything changed.
 */
export async function handleRemoval(
  deps: { db: Database; queue: JobQueue; clock: Clock; logger: Logger },
  event: { openId: string; createdAt: Date; reasonCode: number },
): Promise<boolean> {
  const storeCode = await findStoreCodeByOpenId(deps.db, event.openId);
  if (storeCode === undefined) return false;
  return inTransaction(deps.db, async (tx) => {
    const store = await findStoreForUpdate(tx, storeCode);
    const account = await findAccount(tx, storeCode);
    if (!store || !account || store.status === 'DISCONNECTED') return false;
    const wasElsewhere = (await listAccountsByOpenId(tx, event.openId)).length > 1;
    if (isOfFormerConnection(event.createdAt, account, account.version > 1 || wasElsewhere)) return false;
    const { reason, forget } = removalReason(event.reasonCode);
    const isKnown = store.status === 'NEED_RECONNECT' && store.statusReason === reason;
    if (isKnown && account.refreshTokenEncrypted === null) return false;
    await wipeTokens(tx, storeCode);
    if (forget) await clearProfile(tx, storeCode);
    await updateStore(tx, storeCode, { status: 'NEED_RECONNECT', statusReason: reason });
    // Who has been told that its owner must act need not be told of a further reason.
    if (store.status === 'CONNECTED') {
      const at = deps.clock.now();
      await insertStoreEvent(tx, { type: 'store.needs_reconnect', storeCode, statusReason: reason, at });
    }
    await cancelLiveJob(tx, deps.queue, storeCode);
    const entry = { actor: 'tiktok', action: 'store.authorization_removed', storeCode, target: reason } as const;
    await recordAudit({ ...deps, db: tx }, { ...entry, outcome: 'OK' });
    deps.logger.warn('authorisation removed at TikTok', { store_code: storeCode, status: reason });
    return true;
  });
}

/**
 * TikTok counts in whole seconds. An event of the second of a first connection can only be about that one; where the
 * account was connected before, to this store or another, it may be about the former. That is left to the sync which
 * every connection begins with: it finds out, while tokens once wiped are lost.
 */
function isOfFormerConnection(createdAt: Date, account: TikTokAccount, hadFormer: boolean): boolean {
  const connectedSecondMs = Math.floor(account.connectedAt.getTime() / 1000) * 1000;
  return createdAt.getTime() < connectedSecondMs || (hadFormer && createdAt.getTime() === connectedSecondMs);
}
