import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import { sha256 } from '../crypto/hash.ts';
import type { TokenCipher } from '../crypto/token-cipher.ts';
import type { Database } from '../db/client.ts';
import { beginRefresh, endRefresh, findAccount, type TikTokAccount } from '../db/tiktok-accounts.ts';
import { type DeadGrantReason, deadGrantReason, isFresh } from '../domain/token-life.ts';
import type { Observer } from '../observe.ts';
import { TikTokError } from '../tiktok/errors.ts';
import type { TikTokOAuth, TokenGrant } from '../tiktok/oauth.ts';
import { type KeepDependencies, keepPair } from './keep-pair.ts';
import { PairNotKeptError } from './pairs-in-hand.ts';
import { type ReplayDependencies, replaySpool } from './replay-spool.ts';
import { throwIfStopping } from './stopping.ts';
import { decryptAccessToken, decryptRefreshToken, encryptPair } from './token-pair.ts';

export interface RefreshDependencies extends KeepDependencies, ReplayDependencies {
  oauth: Pick<TikTokOAuth, 'refresh'>;
  clock: Clock;
  observe: Observer;
  /** This process, among all that share the database. */
  processId: string;
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

/** The stored access token, if it lasts the run and is not the one that TikTok refused; undefined when a refresh is due. */
export function storedToken(
  deps: Pick<RefreshDependencies, 'cipher' | 'clock'>,
  account: TikTokAccount,
  rejectedVersion: number | null,
): TokenOutcome | undefined {
  if (!account.refreshTokenEncrypted || account.accessExpiresAt === null) return { outcome: 'gone' };
  const lasts = account.version !== rejectedVersion && isFresh(account.accessExpiresAt, deps.clock.now());
  return lasts ? usable(deps.cipher, account) : undefined;
}

/**
 * An access token that lasts the run: the stored one, or a fresh pair made durable before it is used.
 * `rejectedVersion` names a pair TikTok just refused although it looked fresh. Call it only while holding the store's
 * lock; `known` is the account as read while holding it. Throws TikTokError on anything but a dead grant, StoppingError
 * instead of beginning a refresh, PairNotKeptError while its new pair is in memory alone; the stored pair is untouched.
 */
export async function getUsableToken(
  deps: RefreshDependencies,
  db: Database,
  storeCode: string,
  rejectedVersion: number | null,
  known?: TikTokAccount,
): Promise<TokenOutcome> {
  const { cipher, clock } = deps;
  const found = known ?? (await findAccount(db, storeCode));
  if (!found) return { outcome: 'gone' };
  const stored = storedToken(deps, found, rejectedVersion);
  if (stored) return stored;
  // The successor of what would be spent now may wait on this machine's disk, or in somebody's hands.
  await replaySpool(deps, storeCode);
  const account = await awaitOtherRefresh(deps, db, found);
  const again = () => getUsableToken(deps, db, storeCode, rejectedVersion);
  if (!account?.refreshTokenEncrypted || account.version !== found.version) return again();

  const refreshToken = decryptRefreshToken(cipher, storeCode, account.refreshTokenEncrypted);
  const spent = { storeCode, version: account.version, spentTokenHash: sha256(refreshToken) };
  // Only what this process will live to finish is begun: one in flight is finished, never aborted.
  throwIfStopping(deps.stopping);
  const intended = await beginRefresh(db, {
    ...spent,
    attemptId: randomUUID(),
    processId: deps.processId,
    startedAt: clock.now(),
  });
  if (!intended) return again();
  return spendToken(deps, db, { ...spent, account, refreshToken });
}

/** Its refresh token is being spent, or was when its process died. Another process may hold the new pair for any time. */
const isInFlight = (account: TikTokAccount, now: Date, processId: string) =>
  account.refreshState === 'IN_FLIGHT' &&
  account.refreshStartedAt !== null &&
  (account.refreshProcessId !== processId || now.getTime() - account.refreshStartedAt.getTime() < inFlightMs);

/** Longer than a call takes; a pair that this process holds is in its hand. */
const inFlightMs = 60_000;
/** Another process may be dead: a store must not wait long for it. Our own lives, and ends its call in this time. */
const otherPatienceMs = 3_000;
const ownPatienceMs = 20_000;
const pollEveryMs = 250;

/**
 * Whoever began a refresh and lost the store's lock may hold the new pair, and stores it as soon as the database takes
 * it: gives them a moment. The account as it is after that; throws PairNotKeptError when it is us who hold it.
 */
async function awaitOtherRefresh(
  deps: RefreshDependencies,
  db: Database,
  found: TikTokAccount,
): Promise<TikTokAccount | undefined> {
  const startedMs = performance.now();
  const patienceMs = found.refreshProcessId === deps.processId ? ownPatienceMs : otherPatienceMs;
  let account: TikTokAccount | undefined = found;
  for (;;) {
    if (deps.pairsInHand.has(found.storeCode)) throw new PairNotKeptError();
    const isAwaited = account && isInFlight(account, deps.clock.now(), deps.processId);
    if (!isAwaited || performance.now() - startedMs > patienceMs) return account;
    throwIfStopping(deps.stopping);
    await sleep(pollEveryMs);
    account = await findAccount(db, found.storeCode);
  }
}

interface SpentToken {
  account: TikTokAccount;
  refreshToken: string;
  storeCode: string;
  version: number;
  spentTokenHash: Buffer;
}

async function spendToken(deps: RefreshDependencies, db: Database, spent: SpentToken): Promise<TokenOutcome> {
  const { cipher, clock, logger, observe } = deps;
  const { storeCode, version, spentTokenHash, account } = spent;
  let grant: TokenGrant;
  try {
    // Once it has left, TikTok may have spent the token, and only the answer has the new one.
    grant = await deps.oauth.refresh(spent.refreshToken);
  } catch (error) {
    if (!(error instanceof TikTokError)) throw error;
    return await refuse(deps, db, account, error);
  }
  const answeredAtMs = performance.now();
  const receivedAt = clock.now();
  const scopes = grant.scopes.length > 0 ? grant.scopes : account.scopes;
  const pair = encryptPair(cipher, storeCode, grant, receivedAt);
  const keeping = keepPair(deps, db, { ...pair, storeCode, version, spentTokenHash, scopes, receivedAt });
  const stored = await keeping.catch((error: unknown) => {
    observe.refreshEnded('not_kept');
    throw error;
  });
  observe.refreshEnded(stored ? 'stored' : 'superseded');
  if (!stored) {
    // A reconnect or a disconnect came between: its word counts, our pair is dropped.
    logger.warn('refreshed pair dropped, the connection changed meanwhile', { store_code: storeCode });
    const now = await findAccount(db, storeCode);
    return now ? usable(cipher, now) : { outcome: 'gone' };
  }
  // From TikTok's answer until a crash can no longer take the pair away.
  const durationMs = Math.round((performance.now() - answeredAtMs) * 1_000) / 1_000;
  logger.info('token refreshed', { store_code: storeCode, duration_ms: durationMs });
  return { outcome: 'usable', token: { accessToken: grant.accessToken, scopes, version: version + 1 } };
}

async function refuse(
  deps: RefreshDependencies,
  db: Database,
  account: TikTokAccount,
  error: TikTokError,
): Promise<TokenOutcome> {
  const { storeCode, version } = account;
  // One unknown outcome stays unknown until a pair arrives: a later clear refusal says nothing about the earlier call.
  const outcomeWasUnknown = account.refreshState !== 'IDLE';
  const fields = { store_code: storeCode, error_code: error.code, tiktok_log_id: error.logId };
  if (error.outcomeUnknown) deps.logger.warn('refresh without a readable answer', fields);
  if (error.kind !== 'grant_invalid') deps.observe.refreshEnded(error.outcomeUnknown ? 'unknown' : 'failed');
  await endRefresh(db, account, error.outcomeUnknown || outcomeWasUnknown ? 'OUTCOME_UNKNOWN' : 'IDLE');
  if (error.kind !== 'grant_invalid') throw error;
  const now = await findAccount(db, storeCode);
  if (now?.version !== version) {
    deps.observe.refreshEnded('superseded');
    return now ? usable(deps.cipher, now) : { outcome: 'gone' };
  }
  const reason = deadGrantReason({
    outcomeWasUnknown,
    refreshExpiresAt: account.refreshExpiresAt,
    now: deps.clock.now(),
  });
  deps.observe.refreshEnded(reason === 'REFRESH_OUTCOME_UNKNOWN' ? 'lost' : 'refused');
  if (reason === 'REFRESH_OUTCOME_UNKNOWN') deps.logger.error('token pair lost', { ...fields, status: reason });
  return { outcome: 'dead', reason, version, error };
}
