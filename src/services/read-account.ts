import type { Clock } from '../clock.ts';
import type { Database } from '../db/client.ts';
import { findAccount, type TikTokAccount } from '../db/tiktok-accounts.ts';
import type { SyncFailureKind } from '../domain/sync-failure.ts';
import type { KnownVideo } from '../domain/video-presence.ts';
import type { RequestLane } from '../tiktok/budget.ts';
import type { TikTokDisplay, TikTokUserInfo } from '../tiktok/display.ts';
import { TikTokError, type TikTokErrorKind } from '../tiktok/errors.ts';
import { listAllVideos, type VideoListing } from '../tiktok/list-all-videos.ts';
import { missingScopesOf } from '../tiktok/scopes.ts';
import { askMissingVideos, type MissingVideos } from './ask-missing-videos.ts';
import {
  getUsableToken,
  type RefreshDependencies,
  storedToken,
  type TokenOutcome,
  type UsableToken,
} from './refresh-token.ts';
import type { TikTokRequests } from './request-budget.ts';
import { CircuitOpenError } from './turnstile.ts';

export interface SyncFailure {
  kind: SyncFailureKind;
  errorCode: string;
  httpStatus: number | null;
  tiktokLogId: string | null;
  retryAfterMs: number | null;
  /** Set when the owner has to connect again: why, and the version of the pair that is no good. */
  reconnect: { reason: string; version: number | null } | null;
}

/** All that one run read, up to its failure if it met one. */
export interface AccountReading {
  account: TikTokUserInfo | null;
  /** When TikTok gave the account's numbers. */
  capturedAt: Date | null;
  listing: VideoListing | null;
  /** What came of the videos that a complete list has not; null when it has all, or is not complete. */
  missing: MissingVideos | null;
  missingScopes: string[];
  failure: SyncFailure | null;
}

export interface ReadDependencies extends RefreshDependencies {
  display: Pick<TikTokDisplay, 'getUserInfo' | 'listVideos' | 'queryVideos'>;
  requests: Pick<TikTokRequests, 'enterToken'>;
  clock: Clock;
}

const kindOf: Readonly<Record<TikTokErrorKind, SyncFailureKind>> = {
  rate_limited: 'rate_limited',
  transient: 'transient',
  // Still refused after a refresh that succeeded: odd, but no proof that the owner took anything back.
  token_invalid: 'transient',
  scope_not_authorized: 'need_reconnect',
  grant_invalid: 'need_reconnect',
  app_credentials: 'permanent',
  bad_request: 'permanent',
  access_denied: 'permanent',
  unknown: 'permanent',
};

function failureOf(error: TikTokError, reconnect: SyncFailure['reconnect'] = null): SyncFailure {
  return {
    kind: kindOf[error.kind],
    errorCode: error.code.toUpperCase(),
    httpStatus: error.httpStatus,
    tiktokLogId: error.logId,
    retryAfterMs: error.retryAfterMs,
    reconnect,
  };
}

const ownFailure = (kind: SyncFailureKind, errorCode: string): SyncFailure => ({
  kind,
  errorCode,
  httpStatus: null,
  tiktokLogId: null,
  retryAfterMs: null,
  reconnect: null,
});

/**
 * Asks TikTok for everything about one account. Call it only while holding the store's lock. A failure is part of the
 * answer; it throws only an abort, StoppingError and what the database throws.
 */
export async function readAccount(
  deps: ReadDependencies,
  db: Database,
  options: {
    /** As read under the lock; what another connection has stored since then is found when TikTok refuses this one. */
    account: TikTokAccount;
    /** The videos that its list should have, longest unasked first. */
    knownVideos: readonly KnownVideo[];
    lane: RequestLane;
    signal: AbortSignal;
    onPage: (progress: { pages: number; videos: number }) => Promise<void>;
  },
): Promise<AccountReading> {
  const { lane, signal, onPage } = options;
  const { storeCode, openId } = options.account;
  const caller = { storeCode, lane };
  const reading: AccountReading = {
    account: null,
    capturedAt: null,
    listing: null,
    missing: null,
    missingScopes: [],
    failure: null,
  };
  let token: UsableToken | null = null;

  /** Waits while TikTok refreshes nobody's token, before any intent is written; null when it still does not. */
  const askForToken = async (rejectedVersion: number | null): Promise<TokenOutcome | null> => {
    const known = rejectedVersion === null ? options.account : await findAccount(db, storeCode);
    const stored = known && storedToken(deps, known, rejectedVersion);
    if (stored) return stored;

    const pass = await deps.requests.enterToken({ ...caller, signal });
    const oauth: typeof deps.oauth = {
      refresh: (token, stop) => pass.watch(() => deps.oauth.refresh(token, stop)),
    };
    try {
      return await getUsableToken({ ...deps, oauth }, db, storeCode, rejectedVersion, known);
    } catch (error) {
      if (!(error instanceof TikTokError) || !pass.probeFailed()) throw error;
      reading.failure = { ...failureOf(error), kind: 'unavailable', errorCode: 'CIRCUIT_OPEN' };
      return null;
    } finally {
      await pass.end();
    }
  };

  /** False when there is none to be had: the failure is then on record. */
  const takeToken = async (rejectedVersion: number | null): Promise<boolean> => {
    const result = await askForToken(rejectedVersion);
    if (result === null) return false;
    if (result.outcome === 'usable') {
      token = result.token;
      reading.missingScopes = missingScopesOf(result.token.scopes);
      return true;
    }
    reading.failure =
      result.outcome === 'gone'
        ? ownFailure('permanent', 'STORE_NOT_CONNECTED')
        : failureOf(result.error, { reason: result.reason, version: result.version });
    return false;
  };

  let refreshed = false;
  /** Repeats a call once with a fresh token when TikTok refuses the present one; once in a run, not once per call. */
  const withToken = async <T>(call: (token: UsableToken) => Promise<T>): Promise<T> => {
    if (token === null) throw new Error('no token was taken');
    try {
      return await call(token);
    } catch (error) {
      if (!(error instanceof TikTokError) || error.kind !== 'token_invalid' || refreshed) throw error;
      refreshed = true;
      if (!(await takeToken(token.version))) throw error;
      return await call(token);
    }
  };

  /** Keeps the first failure: losing the token says more than the refused call that led to it. */
  const fail = (error: TikTokError) => {
    const missing = error.kind === 'scope_not_authorized';
    reading.failure ??= failureOf(error, missing ? { reason: 'SCOPE_MISSING', version: token?.version ?? null } : null);
  };

  /** With the token at hand, and without patience: the day is whole without it, and the next run asks again. */
  const askFor = async (missing: KnownVideo[]): Promise<MissingVideos | null> => {
    if (missing.length === 0 || token === null) return null;
    const { accessToken } = token;
    const query = (videoIds: string[]) =>
      deps.display.queryVideos({ accessToken, videoIds, caller: { ...caller, patienceMs: 0 }, signal });
    const found = await askMissingVideos({ missing, now: () => deps.clock.now(), query });
    if (found.failure !== null) {
      deps.logger.warn('not all missing videos could be asked for', {
        store_code: storeCode,
        endpoint: 'video/query',
        error_code: found.failure.code,
        tiktok_log_id: found.failure instanceof TikTokError ? found.failure.logId : null,
        count: missing.length - found.sights.size,
      });
    }
    return found;
  };

  try {
    if (!(await takeToken(null))) return reading;
    const account = await withToken(({ accessToken, scopes }) =>
      deps.display.getUserInfo({ accessToken, scopes, caller, signal }),
    );
    if (account.openId !== openId) {
      reading.failure = ownFailure('permanent', 'OPEN_ID_MISMATCH');
      return reading;
    }
    reading.account = account;
    reading.capturedAt = deps.clock.now();
    if (!reading.missingScopes.includes('video.list')) {
      reading.listing = await listAllVideos({
        listPage: (cursor) =>
          withToken(({ accessToken }) => deps.display.listVideos({ accessToken, cursor, caller, signal })),
        onPage,
      });
      if (reading.listing.failure !== null) fail(reading.listing.failure);
      if (reading.listing.complete) reading.missing = await askFor(missingIn(reading.listing, options.knownVideos));
    }
  } catch (error) {
    if (error instanceof CircuitOpenError) reading.failure = ownFailure('unavailable', error.code);
    else if (error instanceof TikTokError) fail(error);
    else throw error;
  }
  return reading;
}

function missingIn(listing: VideoListing, known: readonly KnownVideo[]): KnownVideo[] {
  const listed = new Set(listing.videos.map(({ id }) => id));
  return known.filter(({ videoId }) => !listed.has(videoId));
}
