import type { Clock } from '../clock.ts';
import { sha256 } from '../crypto/hash.ts';
import type { Database } from '../db/client.ts';
import { findLatestOutcome } from '../db/oauth-states.ts';
import { type ConnectOutcome, connectOutcomes } from '../domain/connect-outcome.ts';
import { mayUndoConnect } from './undo-connect.ts';

export interface ConnectResult {
  /** `IN_PROGRESS`: TikTok sent the browser back a moment ago, and is being asked. `ENDED`: connected then, and no longer. */
  outcome: ConnectOutcome | 'IN_PROGRESS' | 'ENDED';
  storeCode: string;
  storeName: string;
  /** The account the store is connected to, where naming it tells the owner what to do. */
  account: { displayName: string | null; username: string | null } | null;
  statusReason: string | null;
  /** `later`: its job came to nothing, and the planner makes the next one. */
  firstSync: 'waiting' | 'done' | 'later' | null;
  /** The owner may still say that it is not their store. */
  mayUndo: boolean;
}

/** Longer than the exchange with TikTok and the look at the account take. */
const exchangeMs = 60_000;

/** What came of this browser's latest trip to TikTok; null when it made none. */
export async function getConnectResult(
  deps: { db: Database; clock: Clock },
  browserToken: string | null,
): Promise<ConnectResult | null> {
  if (browserToken === null) return null;
  const row = await findLatestOutcome(deps.db, sha256(browserToken));
  if (!row) return null;
  const isRecent = row.usedAt !== null && deps.clock.now().getTime() - row.usedAt.getTime() < exchangeMs;
  const made = connectOutcomes.find((known) => known === row.outcome);
  const unmade = row.outcome === null && isRecent ? 'IN_PROGRESS' : undefined;
  const outcome = made === 'CONNECTED' && row.status !== 'CONNECTED' ? 'ENDED' : (made ?? unmade);
  if (!outcome) return null;
  const connected = outcome === 'CONNECTED';
  const synced = row.lastSyncedAt !== null && row.connectedAt !== null && row.lastSyncedAt >= row.connectedAt;
  return {
    outcome,
    storeCode: row.storeCode,
    storeName: row.storeName,
    account: connected || outcome === 'OTHER_ACCOUNT' ? { displayName: row.displayName, username: row.username } : null,
    statusReason: row.statusReason,
    firstSync: connected ? (synced ? 'done' : row.hasLiveJob ? 'waiting' : 'later') : null,
    mayUndo: connected && (await mayUndoConnect(deps, browserToken)),
  };
}
