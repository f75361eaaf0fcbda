import { getTableColumns, type SQL, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import type { Database } from './client.ts';
import { storeDays, stores, syncLogs, tiktokAccounts, userDaily, videoDaily, videos } from './schema.ts';

/** A store as it would stand in the tables after days of work. */
export interface StoreHistory {
  store: typeof stores.$inferInsert;
  account: typeof tiktokAccounts.$inferInsert | null;
  days: (typeof storeDays.$inferInsert)[];
  userDaily: (typeof userDaily.$inferInsert)[];
  videos: (typeof videos.$inferInsert)[];
  videoDaily: (typeof videoDaily.$inferInsert)[];
  syncLogs: (typeof syncLogs.$inferInsert)[];
}

/** Writes a store with all its days, one statement per table. Throws 23505 when the store is there already. */
export async function insertStoreHistory(tx: Database, history: StoreHistory): Promise<void> {
  await tx.insert(stores).values(history.store);
  if (history.account !== null) await tx.insert(tiktokAccounts).values(history.account);
  await insertRows(tx, storeDays, history.days);
  await insertRows(tx, userDaily, history.userDaily);
  await insertRows(tx, videos, history.videos);
  await insertRows(tx, videoDaily, history.videoDaily);
  await insertRows(tx, syncLogs, history.syncLogs);
}

/**
 * All rows in one statement, as one JSON parameter read by the table's own row type. The first row says which columns
 * are given: the others keep their defaults.
 */
async function insertRows<T extends PgTable>(
  tx: Database,
  table: T,
  rows: readonly T['$inferInsert'][],
): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  const given = Object.entries(getTableColumns(table)).filter(([key]) => key in first);
  const columns: SQL = sql.join(
    given.map(([, column]) => sql.identifier(column.name)),
    sql`, `,
  );
  const records = rows.map((row) =>
    Object.fromEntries(given.map(([key, column]) => [column.name, Reflect.get(row, key)])),
  );
  await tx.execute(sql`
    insert into ${table} (${columns})
    select ${columns} from json_populate_recordset(null::${table}, ${JSON.stringify(records)}::json)`);
}
