import type { Clock } from '../clock.ts';
import { sha256 } from '../crypto/hash.ts';
import type { TokenCipher } from '../crypto/token-cipher.ts';
import { type Database, inTransaction } from '../db/client.ts';
import { useLink } from '../db/connect-links.ts';
import { insertStoreEvent } from '../db/events.ts';
import { consumeOAuthState, type OAuthState, updateOAuthOutcome } from '../db/oauth-states.ts';
import { findStoreForUpdate, updateStore } from '../db/stores.ts';
import { findAccount, findStoreCodeByOpenId, updateProfile, upsertConnectedAccount } from '../db/tiktok-accounts.ts';
import type { ConnectOutcome } from '../domain/connect-outcome.ts';
import { scopeReason } from '../domain/snapshot-quality.ts';
import { errorCodeOf, type Logger } from '../logger.ts';
import type { TikTokDisplay } from '../tiktok/display.ts';
import { TikTokError } from '../tiktok/errors.ts';
import type { TikTokOAuth, TokenGrant } from '../tiktok/oauth.ts';
import { missingScopesOf } from '../tiktok/scopes.ts';
import { type AuditEntry, recordAudit, recordAuditAfterwards } from './audit.ts';
import type { JobQueue } from './job-queue.ts';
import { enqueueNow } from './resync-store.ts';
import { encryptPair } from './token-pair.ts';

export interface ConnectDependencies {
  db: Database;
  queue: JobQueue;
  clock: Clock;
  logger: Logger;
  cipher: TokenCipher;
  oauth: Pick<TikTokOAuth, 'exchangeCode' | 'revoke'>;
  display: Pick<TikTokDisplay, 'getUserInfo'>;
}

/** What TikTok sent the browser back with; all of it is untrusted. */
export interface CallbackRequest {
  state: string | null;
  code: string | null;
  error: string | null;
  browserToken: string | null;
}

/** The owner looks at a blank page for this long at most: the name can also come with the first sync. */
const profileTimeoutMs = 3_000;

/**
 * Ends one trip to TikTok. Unknown, expired, used and foreign states all give INVALID_STATE and change nothing; every
 * other outcome is kept for the browser that made the trip. Throws only what the database throws.
 */
export async function completeConnect(
  deps: ConnectDependencies,
  request: CallbackRequest,
): Promise<ConnectOutcome | 'INVALID_STATE'> {
  if (request.state === null || request.browserToken === null) return 'INVALID_STATE';
  const state = await consumeOAuthState(deps.db, {
    stateHash: sha256(request.state),
    browserHash: sha256(request.browserToken),
    now: deps.clock.now(),
  });
  if (!state) return 'INVALID_STATE';
  const outcome = await decideOutcome(deps, state, request);
  await updateOAuthOutcome(deps.db, state.stateHash, outcome);
  // A connection has its row already, from its own transaction.
  if (outcome !== 'CONNECTED') await recordAuditAfterwards(deps, connectEntry(state.storeCode, outcome));
  deps.logger.info('connect ended', { store_code: state.storeCode, status: outcome });
  return outcome;
}

const connectEntry = (storeCode: string, outcome: string): AuditEntry => ({
  actor: 'owner',
  action: 'store.connect',
  storeCode,
  outcome,
});

async function decideOutcome(
  deps: ConnectDependencies,
  state: OAuthState,
  request: CallbackRequest,
): Promise<ConnectOutcome> {
  if (request.error !== null) return request.error === 'access_denied' ? 'REFUSED' : 'TIKTOK_ERROR';
  if (request.code === null) return 'TIKTOK_ERROR';
  let grant: TokenGrant;
  try {
    grant = await deps.oauth.exchangeCode(request.code);
  } catch (error) {
    return outcomeOfRefusal(deps, state.storeCode, error);
  }
  const outcome = await storeConnection(deps, state, grant).catch(async (error: unknown) => {
    await returnUnusedGrant(deps, state.storeCode, grant).catch(() => undefined);
    throw error;
  });
  if (outcome === 'CONNECTED') await fetchProfile(deps, state.storeCode, grant);
  else await returnUnusedGrant(deps, state.storeCode, grant);
  return outcome;
}

function outcomeOfRefusal(deps: ConnectDependencies, storeCode: string, error: unknown): ConnectOutcome {
  if (!(error instanceof TikTokError)) throw error;
  const fields = {
    store_code: storeCode,
    error_code: error.code,
    http_status: error.httpStatus,
    tiktok_log_id: error.logId,
  };
  if (error.kind === 'app_credentials') {
    deps.logger.error('TikTok does not accept our client key and secret', fields);
    return 'MISCONFIGURED';
  }
  deps.logger.warn('code exchange failed', fields);
  return error.kind === 'transient' || error.kind === 'rate_limited' ? 'TIKTOK_UNAVAILABLE' : 'TIKTOK_ERROR';
}

/** One transaction: link used up, tokens stored, store connected, first sync enqueued; or nothing of it. */
async function storeConnection(
  deps: ConnectDependencies,
  state: OAuthState,
  grant: TokenGrant,
): Promise<ConnectOutcome> {
  const { storeCode } = state;
  const now = deps.clock.now();
  const refuseUnless = async (tx: Database): Promise<ConnectOutcome | null> => {
    const owner = await findStoreCodeByOpenId(tx, grant.openId);
    if (owner !== undefined && owner !== storeCode) return 'ACCOUNT_ON_OTHER_STORE';
    const account = await findAccount(tx, storeCode);
    if (account && account.openId !== grant.openId) return 'OTHER_ACCOUNT';
    return (await useLink(tx, state.linkHash, now)) ? null : 'LINK_USED';
  };
  try {
    return await inTransaction(deps.db, async (tx) => {
      const store = await findStoreForUpdate(tx, storeCode);
      if (!store) return 'LINK_USED';
      const refusal = await refuseUnless(tx);
      if (refusal !== null) return refusal;
      const pair = encryptPair(deps.cipher, storeCode, grant, now);
      await upsertConnectedAccount(tx, {
        ...pair,
        storeCode,
        openId: grant.openId,
        scopes: grant.scopes,
        connectedAt: now,
      });
      const statusReason = scopeReason(missingScopesOf(grant.scopes));
      await updateStore(tx, storeCode, { status: 'CONNECTED', statusReason, connectedAt: now });
      if (store.status === 'NEED_RECONNECT') {
        await insertStoreEvent(tx, { type: 'store.recovered', storeCode, statusReason, at: now });
      }
      await enqueueNow(deps, tx, store, 'connect');
      // With the rest, so that whoever is connected is told so, also when they ask twice or we die right after.
      await updateOAuthOutcome(tx, state.stateHash, 'CONNECTED');
      await recordAudit({ ...deps, db: tx }, connectEntry(storeCode, 'OK'));
      return 'CONNECTED';
    });
  } catch (error) {
    // Two stores took the same account at the same moment: the unique index let one through.
    if (errorCodeOf(error) === '23505') return 'ACCOUNT_ON_OTHER_STORE';
    throw error;
  }
}

/** So that the page can name the account at once. The connection stands without it. */
async function fetchProfile(deps: ConnectDependencies, storeCode: string, grant: TokenGrant): Promise<void> {
  const { accessToken, scopes } = grant;
  const signal = AbortSignal.timeout(profileTimeoutMs);
  const caller = { storeCode, lane: 'person' as const };
  try {
    const profile = await deps.display.getUserInfo({ accessToken, scopes, caller, signal });
    // An answer about somebody else is nobody's name here.
    if (profile.openId === grant.openId) await updateProfile(deps.db, storeCode, profile);
  } catch (error) {
    deps.logger.info('profile left to the first sync', { store_code: storeCode, error_code: errorCodeOf(error) });
  }
}

/**
 * Gives back a grant nobody will use, best effort. Not when some store holds the same TikTok account: a revoke may
 * end that store's grant too.
 */
async function returnUnusedGrant(deps: ConnectDependencies, storeCode: string, grant: TokenGrant): Promise<void> {
  if ((await findStoreCodeByOpenId(deps.db, grant.openId)) !== undefined) return;
  await deps.oauth.revoke(grant.accessToken).catch((error: unknown) => {
    deps.logger.info('unused grant not given back', { store_code: storeCode, error_code: errorCodeOf(error) });
  });
}
