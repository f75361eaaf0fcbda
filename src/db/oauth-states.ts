import { and, desc, eq, gt, isNotNull, isNull, sql } from 'drizzle-orm';
import type { Database } from './client.ts';
import { oauthStates, stores, tiktokAccounts } from './schema.ts';
import type { Store } from './stores.ts';
import { hasLiveJob } from './sync-jobs.ts';

export type OAuthState = typeof oauthStates.$inferSelect;

export async function insertOAuthState(
  db: Database,
  state: {
    stateHash: Buffer;
    browserHash: Buffer;
    linkHash: Buffer;
    storeCode: string;
    createdAt: Date;
    expiresAt: Date;
  },
): Promise<void> {
  await db.insert(oauthStates).values(state);
}

/** Uses the state up in one statement; undefined when it is unknown, used, expired or another browser's. */
export async function consumeOAuthState(
  db: Database,
  options: { stateHash: Buffer; browserHash: Buffer; now: Date },
): Promise<OAuthState | undefined> {
  const rows = await db
    .update(oauthStates)
    .set({ usedAt: options.now })
    .where(
      and(
        eq(oauthStates.stateHash, options.stateHash),
        eq(oauthStates.browserHash, options.browserHash),
        isNull(oauthStates.usedAt),
        gt(oauthStates.expiresAt, options.now),
      ),
    )
    .returning();
  return rows[0];
}

export async function updateOAuthOutcome(db: Database, stateHash: Buffer, outcome: string): Promise<void> {
  await db.update(oauthStates).set({ outcome }).where(eq(oauthStates.stateHash, stateHash));
}

/** What came of this browser's latest trip to TikTok, with the store and account it was for. */
export async function findLatestOutcome(
  db: Database,
  browserHash: Buffer,
): Promise<
  | {
      outcome: string | null;
      usedAt: Date | null;
      storeCode: string;
      storeName: string;
      status: Store['status'];
      statusReason: string | null;
      lastSyncedAt: Date | null;
      connectedAt: Date | null;
      /** A sync of it waits or runs: seen at the same moment as `lastSyncedAt`. */
      hasLiveJob: boolean;
      username: string | null;
      displayName: string | null;
    }
  | undefined
> {
  const rows = await db
    .select({
      outcome: oauthStates.outcome,
      usedAt: oauthStates.usedAt,
      storeCode: stores.storeCode,
      storeName: stores.name,
      status: stores.status,
      statusReason: stores.statusReason,
      lastSyncedAt: stores.lastSyncedAt,
      connectedAt: stores.connectedAt,
      hasLiveJob: hasLiveJob(stores.storeCode),
      username: tiktokAccounts.username,
      displayName: tiktokAccounts.displayName,
    })
    .from(oauthStates)
    .innerJoin(stores, eq(stores.storeCode, oauthStates.storeCode))
    .leftJoin(tiktokAccounts, eq(tiktokAccounts.storeCode, stores.storeCode))
    .where(and(eq(oauthStates.browserHash, browserHash), isNotNull(oauthStates.usedAt)))
    .orderBy(desc(oauthStates.createdAt))
    .limit(1);
  return rows[0];
}

/**
 * The store that this browser has connected since `since`, when that is the store's present connection and its first: the
 * account still has its first pair of tokens. Undefined for every other.
 */
export async function findFirstConnection(
  db: Database,
  options: { browserHash: Buffer; since: Date },
): Promise<{ storeCode: string; stateHash: Buffer } | undefined> {
  const result = await db.execute<{ store_code: string; state_hash: Buffer }>(sql`
    select o.store_code, o.state_hash
    from oauth_states o
      join stores s on s.store_code = o.store_code and s.status = 'CONNECTED'
      join tiktok_accounts a on a.store_code = o.store_code and a.connected_at >= o.used_at and a.version = 1
    where o.browser_hash = ${options.browserHash} and o.outcome = 'CONNECTED'
      and o.used_at >= ${options.since.toISOString()}::timestamptz
      and not exists (select from oauth_states later
        where later.store_code = o.store_code and later.outcome = 'CONNECTED' and later.used_at > o.used_at)
    order by o.created_at desc limit 1`);
  const [row] = result.rows;
  return row && { storeCode: row.store_code, stateHash: row.state_hash };
}
