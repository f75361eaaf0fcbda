import type { Clock } from '../clock.ts';
import { randomToken, sha256 } from '../crypto/hash.ts';
import type { Database } from '../db/client.ts';
import { findUsableLink } from '../db/connect-links.ts';
import { countMissed } from '../db/day-views.ts';
import { insertOAuthState } from '../db/oauth-states.ts';
import { findStore } from '../db/stores.ts';
import { addDays, localDay } from '../domain/snapshot-day.ts';
import { AppError } from '../errors.ts';
import { errorCodeOf } from '../logger.ts';
import type { TikTokOAuth } from '../tiktok/oauth.ts';

const stateLifeMs = 15 * 60_000;

const linkNotFound = () =>
  new AppError('LINK_NOT_FOUND', 'This link is no longer valid: ask the person who sent it for a new one.');

/**
 * The store a link is for, since which of its days it needs to be reconnected, and what that has cost. Throws
 * LINK_NOT_FOUND.
 */
export async function getInvitation(
  deps: { db: Database; clock: Clock },
  token: string,
): Promise<{ storeCode: string; storeName: string; since: string | null; daysMissing: number }> {
  const link = await findUsableLink(deps.db, sha256(token), deps.clock.now());
  const found = link && (await findStore(deps.db, link.storeCode));
  if (!found) throw linkNotFound();
  const { storeCode, name, status, timezone, connectedAt, lastSnapshotDate } = found.store;
  if (status !== 'NEED_RECONNECT') return { storeCode, storeName: name, since: null, daysMissing: 0 };
  const daysMissing = await countMissed(deps.db, storeCode, lastSnapshotDate);
  const today = localDay(deps.clock.now(), timezone);
  const unread = lastSnapshotDate ? addDays(lastSnapshotDate, 1) : localDay(connectedAt ?? deps.clock.now(), timezone);
  return { storeCode, storeName: name, since: unread < today ? unread : today, daysMissing };
}

/**
 * Begins one trip to TikTok: a state that only this browser can bring back. Returns where to send the browser and the
 * secret for its cookie; both are kept as hashes. Throws LINK_NOT_FOUND.
 */
export async function startConnect(
  deps: { db: Database; clock: Clock; oauth: Pick<TikTokOAuth, 'buildAuthorizeUrl'> },
  token: string,
): Promise<{ authorizeUrl: string; browserToken: string }> {
  const now = deps.clock.now();
  const linkHash = sha256(token);
  const link = await findUsableLink(deps.db, linkHash, now);
  if (!link) throw linkNotFound();
  const state = randomToken();
  const browserToken = randomToken();
  await insertOAuthState(deps.db, {
    stateHash: sha256(state),
    browserHash: sha256(browserToken),
    linkHash,
    storeCode: link.storeCode,
    createdAt: now,
    expiresAt: new Date(now.getTime() + stateLifeMs),
  }).catch((error: unknown) => {
    // The store, and the link with it, was deleted at this very moment.
    throw errorCodeOf(error) === '23503' ? linkNotFound() : error;
  });
  return { authorizeUrl: deps.oauth.buildAuthorizeUrl({ state }), browserToken };
}
