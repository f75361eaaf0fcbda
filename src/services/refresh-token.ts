import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import { sha256 } from '../crypto/hash.ts';
import type { TokenCipher } from '../crypto/token-cipher.ts';
import type { Database } from '../db/client.ts';
import {
  beginRefresh,
  type EncryptedPair,
  endRefresh,
  findAccount,
  storeRefreshedPair,
  type TikTokAccount,
} from '../db/tiktok-accounts.ts';
import { type DeadGrantReason, deadGrantReason, isFresh } from '../domain/token-life.ts';
import { errorCodeOf, type Logger } from '../logger.ts';
import { TikTokError } from '../tiktok/errors.ts';
import type { TikTokOAuth, TokenGrant } from '../tiktok/oauth.ts';
import { decryptAccessToken, decryptRefreshToken, encryptPair } from './token-pair.ts';

export interface RefreshDependencies {
  /** The pool: where a new pair goes when the connection at hand breaks. */
  db: Database;
  oauth: Pick<TikTokOAuth, 'refresh'>;
  cipher: TokenCipher;
  clock: Clock;
  logger: Logger;
}

export interface UsableToken {
  accessToken: string;
  scopes: string[];
  version: number;
}

export type TokenOutcome =
  | { outcome: 'usable'; token: UsableToken }
  /** The owner has to connect again. */
  | { outcome: 'dead'; reason: DeadGrantReason; version: number; error: TikTokError }
  /** There are no tokens any more: disconnected meanwhile. */
  | { outcome: 'gone' };

const usable = (cipher: TokenCipher, account: TikTokAccount): TokenOutcome => {
  if (account.accessTokenEncrypted === null) return { outcome: 'gone' };
  const accessToken = decryptAccessToken(cipher, account.storeCode, account.accessTokenEncrypted);
  return { outcome: 'usable', token: { accessToken, scopes: account.scopes, version: account.version } };
};

/**
 * An access token that lasts the run: the stored one, or a fresh pair made durable before it is used.
 * `rejectedVersion` names a pair TikTok just refused although it looked fresh. Call it only while holding the store's
 * lock. Throws TikTokError on anything but a dead grant; the stored pair is then untouched.
 */
export async function getUsableToken(
  deps: RefreshDependencies,
  db: Database,
  storeCode: string,
  rejectedVersion: number | null,
): Promise<TokenOutcome> {
  const { cipher, clock, oauth, logger } = deps;
  const account = await findAccount(db, storeCode);
  if (!account?.refreshTokenEncrypted || account.accessExpiresAt === null) return { outcome: 'gone' };
  if (account.version !== rejectedVersion && isFresh(account.accessExpiresAt, clock.now()))
    return usable(cipher, account);

  const refreshToken = decryptRefreshToken(cipher, storeCode, account.refreshTokenEncrypted);
  const expected = { storeCode, version: account.version };
  const outcomeWasUnknown = account.refreshState !== 'IDLE';
  const intended = await beginRefresh(db, {
    ...expected,
    attemptId: randomUUID(),
    spentTokenHash: sha256(refreshToken),
    startedAt: clock.now(),
  });
  if (!intended) return getUsableToken(deps, db, storeCode, rejectedVersion);

  let grant: TokenGrant;
  try {
    // Never aborted from outside: once it has left, TikTok may have spent the token, and only the answer has the new one.
    grant = await oauth.refresh(refreshToken);
  } catch (error) {
    if (!(error instanceof TikTokError)) throw error;
    return await refuse(
      deps,
      db,
      { ...expected, outcomeWasUnknown, refreshExpiresAt: account.refreshExpiresAt },
      error,
    );
  }
  const pair = encryptPair(cipher, storeCode, grant, clock.now());
  const scopes = grant.scopes.length > 0 ? grant.scopes : account.scopes;
  const stored = await persistPair(deps, db, expected, { ...pair, scopes });
  if (!stored) {
    // A reconnect or a disconnect came between: its word counts, our pair is dropped.
    logger.warn('refreshed pair dropped, the connection changed meanwhile', { store_code: storeCode });
    const now = await findAccount(db, storeCode);
    return now ? usable(cipher, now) : { outcome: 'gone' };
  }
  logger.info('token refreshed', { store_code: storeCode });
  return { outcome: 'usable', token: { accessToken: grant.accessToken, scopes, version: expected.version + 1 } };
}

/** How long a spent token's successor is held in memory while the database is away: past that it is lost. */
const persistDelaysMs = [0, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000];

/**
 * The first act on TikTok's answer: one compare-and-set on the connection at hand, then again through the pool for as
 * long as that can help. The only copy of the pair is in our hands; throws the last error when it could not be kept.
 */
async function persistPair(
  deps: RefreshDependencies,
  db: Database,
  expected: { storeCode: string; version: number },
  pair: EncryptedPair,
): Promise<boolean> {
  let failure: unknown;
  try {
    return await storeRefreshedPair(db, expected, pair);
  } catch (error) {
    failure = error;
  }
  for (const delayMs of persistDelaysMs) {
    deps.logger.error('new token pair not stored yet', {
      store_code: expected.storeCode,
      error_code: errorCodeOf(failure),
    });
    await sleep(delayMs);
    try {
      return await storeRefreshedPair(deps.db, expected, pair);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

async function refuse(
  deps: RefreshDependencies,
  db: Database,
  spent: { storeCode: string; version: number; outcomeWasUnknown: boolean; refreshExpiresAt: Date | null },
  error: TikTokError,
): Promise<TokenOutcome> {
  // One unknown outcome stays unknown until a pair arrives: a later clear refusal says nothing about the earlier call.
  const unknown = error.outcomeUnknown || spent.outcomeWasUnknown;
  await endRefresh(db, spent, unknown ? 'OUTCOME_UNKNOWN' : 'IDLE');
  if (error.kind !== 'grant_invalid') throw error;
  const account = await findAccount(db, spent.storeCode);
  if (!account) return { outcome: 'gone' };
  if (account.version !== spent.version) return usable(deps.cipher, account);
  const reason = deadGrantReason({ ...spent, now: deps.clock.now() });
  return { outcome: 'dead', reason, version: spent.version, error };
}
