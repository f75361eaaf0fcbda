import type { TokenCipher } from '../crypto/token-cipher.ts';
import { type Database, inTransaction } from '../db/client.ts';
import { findStoreForUpdate, updateStore } from '../db/stores.ts';
import { findAccount, type TikTokAccount, wipeTokens } from '../db/tiktok-accounts.ts';
import { AppError } from '../errors.ts';
import { errorCodeOf, type Logger } from '../logger.ts';
import type { TikTokOAuth } from '../tiktok/oauth.ts';
import type { JobQueue } from './job-queue.ts';
import { storeNotFound } from './read-stores.ts';
import { decryptAccessToken } from './token-pair.ts';
import { cancelLiveJob } from './update-store.ts';

export interface DisconnectDependencies {
  db: Database;
  queue: JobQueue;
  cipher: TokenCipher;
  oauth: Pick<TikTokOAuth, 'revoke'>;
  logger: Logger;
}

/** Writes the audit row of the change, in its transaction. */
export type RecordChange = (tx: Database) => Promise<void>;

/** Wipes the tokens, keeps the numbers, and tells TikTok. Throws STORE_NOT_FOUND or STORE_NOT_CONNECTED. */
export async function disconnectStore(
  deps: DisconnectDependencies,
  storeCode: string,
  record: RecordChange,
): Promise<void> {
  const account = await inTransaction(deps.db, async (tx) => {
    const store = await findStoreForUpdate(tx, storeCode);
    if (!store) throw storeNotFound();
    const connected = await findAccount(tx, storeCode);
    if (!connected || store.status === 'DISCONNECTED') {
      throw new AppError('STORE_NOT_CONNECTED', 'This store is not connected: there is nothing to disconnect.');
    }
    await wipeTokens(tx, storeCode);
    await updateStore(tx, storeCode, { status: 'DISCONNECTED', statusReason: 'DISCONNECTED_BY_ADMIN' });
    await cancelLiveJob(tx, deps.queue, storeCode);
    await record(tx);
    return connected;
  });
  await revokeAtTikTok(deps, account);
}

/** Best effort: the local deletion has happened already and does not depend on TikTok's answer. Whether TikTok took it. */
export async function revokeAtTikTok(
  deps: Pick<DisconnectDependencies, 'cipher' | 'oauth' | 'logger'>,
  account: TikTokAccount,
): Promise<boolean> {
  const { storeCode, accessTokenEncrypted } = account;
  if (accessTokenEncrypted === null) return false;
  try {
    await deps.oauth.revoke(decryptAccessToken(deps.cipher, storeCode, accessTokenEncrypted));
    deps.logger.info('grant revoked at TikTok', { store_code: storeCode });
    return true;
  } catch (error) {
    deps.logger.warn('grant could not be revoked at TikTok', { store_code: storeCode, error_code: errorCodeOf(error) });
    return false;
  }
}
