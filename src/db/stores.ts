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
  'name' | 'timezone' | 'paused' | 'status' | 'statusReason' | 'connectedAt' | 'lastSyncedAt' | 'lastSnapshotDate'
>;
export type StoreChanges = { [Column in keyof Changeable]?: Changeable[Column] | undefined };

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

/** Rows one statement removes: years of a large store in one would outlast what a statement may take. */
const rowsPerDelete = 50_000;

/** Removes the store and all that belongs to it, its numbers first. False when there is none. */
export async function deleteStore(tx: Database, storeCode: string): Promise<boolean> {
  for (let removed = rowsPerDelete; removed === rowsPerDelete; ) {
    const result = await tx.execute(sql`
      delete from video_daily where ctid = any(array(
        select ctid from video_daily where store_code = ${storeCode} limit ${rowsPerDelete}))`);
    removed = result.rowCount ?? 0;
  }
  const rows = await tx.delete(stores).where(eq(stores.storeCode, storeCode)).returning({ code: stores.storeCode });
  return rows.length === 1;
}

/** Takes a store back to before its first connection: no account, no numbers, no days. For one that was read for an hour at most. */
export async function deleteConnection(tx: Database, storeCode: string): Promise<void> {
  await tx.execute(sql`
    with gone as (delete from tiktok_accounts where store_code = ${storeCode}),
      days as (delete from store_days where store_code = ${storeCode}),
      account as (delete from user_daily where store_code = ${storeCode}),
      readings as (delete from video_daily where store_code = ${storeCode})
    delete from videos where store_code = ${storeCode}`);
}

/** Every time zone that some store lives in. */
export async function listTimezones(db: Database): Promise<string[]> {
  const rows = await db.selectDistinct({ timezone: stores.timezone }).from(stores);
  return rows.map((row) => row.timezone);
}
