import { and, asc, eq, exists, gt, inArray, sql } from 'drizzle-orm';
import type { Database } from './client.ts';
import { stores, tiktokAccounts } from './schema.ts';

export type StoreStatus = typeof stores.$inferSelect.status;
export type Store = typeof stores.$inferSelect;

export interface StoreWithAccount {
  store: Store;
  account: {
    openId: string;
    username: string | null;
    displayName: string | null;
    avatarUrl: string | null;
    scopes: string[];
    refreshExpiresAt: Date | null;
  } | null;
}

const accountColumns = {
  openId: tiktokAccounts.openId,
  username: tiktokAccounts.username,
  displayName: tiktokAccounts.displayName,
  avatarUrl: tiktokAccounts.avatarUrl,
  scopes: tiktokAccounts.scopes,
  refreshExpiresAt: tiktokAccounts.refreshExpiresAt,
};

const selectWithAccount = (db: Database) =>
  db
    .select({ store: stores, account: accountColumns })
    .from(stores)
    .leftJoin(tiktokAccounts, eq(tiktokAccounts.storeCode, stores.storeCode));

/** False when the code is taken. */
export async function insertStore(
  db: Database,
  store: { storeCode: string; name: string; timezone: string },
): Promise<boolean> {
  const rows = await db.insert(stores).values(store).onConflictDoNothing().returning({ code: stores.storeCode });
  return rows.length === 1;
}

export async function findStore(db: Database, storeCode: string): Promise<StoreWithAccount | undefined> {
  const rows = await selectWithAccount(db).where(eq(stores.storeCode, storeCode));
  return rows[0];
}

/** Of all stores up to `limit` after `afterCode`, by code. */
export async function listStoreCodes(db: Database, options: { afterCode: string; limit: number }): Promise<string[]> {
  const rows = await db
    .select({ code: stores.storeCode })
    .from(stores)
    .where(gt(stores.storeCode, options.afterCode))
    .orderBy(asc(stores.storeCode))
    .limit(options.limit);
  return rows.map(({ code }) => code);
}

/** Locks the store's row until the transaction ends: whoever changes a store's connection or jobs queues behind it. */
export async function findStoreForUpdate(tx: Database, storeCode: string): Promise<Store | undefined> {
  const rows = await tx.select().from(stores).where(eq(stores.storeCode, storeCode)).for('update');
  return rows[0];
}

/** By store code, after `afterCode`. */
export function listStores(
  db: Database,
  options: { status: StoreStatus | null; afterCode: string | null; limit: number },
): Promise<StoreWithAccount[]> {
  return selectWithAccount(db)
    .where(
      and(
        options.status === null ? undefined : eq(stores.status, options.status),
        options.afterCode === null ? undefined : gt(stores.storeCode, options.afterCode),
      ),
    )
    .orderBy(asc(stores.storeCode))
    .limit(options.limit);
}

/** Those of these that exist, in no particular order. */
export async function listStoresByCode(db: Database, storeCodes: readonly string[]): Promise<StoreWithAccount[]> {
  return storeCodes.length === 0 ? [] : selectWithAccount(db).where(inArray(stores.storeCode, [...storeCodes]));
}

type Changeable = Pick<
  Store,
  | 'name'
  | 'timezone'
  | 'paused'
  | 'status'
  | 'statusReason'
  | 'connectedAt'
  | 'lastSyncedAt'
  | 'lastSnapshotDate'
  | 'oldestListedAt'
>;
export type StoreChanges = { [Column in keyof Changeable]?: Changeable[Column] | undefined };

/** A store as it was before its first connection. */
export const neverConnected = {
  status: 'PENDING',
  statusReason: null,
  connectedAt: null,
  lastSyncedAt: null,
  lastSnapshotDate: null,
  oldestListedAt: null,
} satisfies StoreChanges;

/** What is left out, or undefined, stays as it is. */
export async function updateStore(db: Database, storeCode: string, changes: StoreChanges): Promise<void> {
  await db
    .update(stores)
    .set({ ...changes, updatedAt: sql`now()` })
    .where(eq(stores.storeCode, storeCode));
}

/**
 * The owner has to connect again. Says so only while the connection is the one that failed: after a reconnect or a
 * disconnect the verdict is about a pair that no longer exists. Returns whether it was said. The caller holds the
 * store's row lock: an update that waited for a reconnect would still see the pair of before it.
 */
export async function markNeedReconnect(
  tx: Database,
  storeCode: string,
  verdict: { reason: string; version: number | null },
): Promise<boolean> {
  const rows = await tx
    .update(stores)
    .set({ status: 'NEED_RECONNECT', statusReason: verdict.reason, updatedAt: sql`now()` })
    .where(
      and(
        eq(stores.storeCode, storeCode),
        eq(stores.status, 'CONNECTED'),
        verdict.version === null
          ? undefined
          : exists(
              tx
                .select({ one: sql`1` })
                .from(tiktokAccounts)
                .where(and(eq(tiktokAccounts.storeCode, storeCode), eq(tiktokAccounts.version, verdict.version))),
            ),
      ),
    )
    .returning({ code: stores.storeCode });
  return rows.length === 1;
}

/** Every time zone that some store lives in. */
export async function listTimezones(db: Database): Promise<string[]> {
  const rows = await db.selectDistinct({ timezone: stores.timezone }).from(stores);
  return rows.map((row) => row.timezone);
}
