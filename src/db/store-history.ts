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

/** Writes stores with all their days, one statement per table. Throws 23505 when one of them is there already. */
export async function insertStoreHistories(tx: Database, histories: readonly StoreHistory[]): Promise<void> {
  await tx.insert(stores).values(histories.map(({ store }) => store));
  const accounts = histories.flatMap(({ account }) => account ?? []);
  if (accounts.length > 0) await tx.insert(tiktokAccounts).values(accounts);
  const all = <Part extends 'days' | 'userDaily' | 'videos' | 'videoDaily' | 'syncLogs'>(part: Part) =>
    histories.flatMap((history): StoreHistory[Part][number][] => history[part]);
  await insertRows(tx, storeDays, all('days'));
  await insertRows(tx, userDaily, all('userDaily'));
  await insertRows(tx, videos, all('videos'));
  await insertRows(tx, videoDaily, all('videoDaily'));
  await insertRows(tx, syncLogs, all('syncLogs'));
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
