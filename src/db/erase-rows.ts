import { type SQL, sql } from 'drizzle-orm';
import { allTables } from './all-tables.ts';
import type { Database } from './client.ts';
import { listParts } from './month-partitions.ts';

/** Rows one statement removes: years of a large store in one would outlast what a statement may take. */
const rowsPerDelete = 50_000;

/** What belongs to a store, what refers to others first. The audit log is no part of it: it outlives what it names. */
const storeTables: readonly string[] = allTables
  .filter(({ name, ofStore }) => ofStore && name !== 'audit_log')
  .map(({ name }) => name)
  .toReversed();

/** Of a store's tables, those that hold what was read of its account: all but what the admin made it. */
export const accountTables = storeTables.filter((table) => table !== 'stores');

/** Rows by table; of tables that had none it says nothing. */
export type RowCounts = Record<string, number>;

/** Deletes what these tables hold of a store, in an order that no reference minds. All of them: the store too. */
export async function deleteRowsOfStore(
  tx: Database,
  storeCode: string,
  tables: readonly string[] = storeTables,
): Promise<RowCounts> {
  const counts: RowCounts = {};
  for (const table of storeTables.filter((name) => tables.includes(name))) {
    for (const part of await listParts(tx, table)) {
      const name = sql.identifier(part);
      for (let removed = rowsPerDelete; removed === rowsPerDelete; ) {
        const result = await tx.execute(sql`
          delete from ${name} where ctid = any(array(
            select ctid from ${name} where store_code = ${storeCode} limit ${rowsPerDelete}))`);
        removed = result.rowCount ?? 0;
        if (removed > 0) counts[table] = (counts[table] ?? 0) + removed;
      }
    }
  }
  return counts;
}

/** Of a job of pg-boss, of whatever queue: whether its data name the store. */
export const namesStore = (storeCode: string): SQL =>
  sql`jsonb_path_exists(data, '$.**.store_code ? (@ == $code)', jsonb_build_object('code', ${storeCode}::text))`;

/** Jobs that name the store, of any queue and in any state. One in flight finds that it is nobody's any more. */
export async function deleteJobsOfStore(tx: Database, storeCode: string): Promise<number> {
  const result = await tx.execute(sql`delete from pgboss.job where ${namesStore(storeCode)}`);
  return result.rowCount ?? 0;
}

/**
 * Takes out of the audit log which store it was, what else was named and from where owners and strangers came; that an
 * admin did something stays. `byOutsiders`: only in rows of those who are no admins. Returns how many rows.
 */
export async function stripAuditRows(tx: Database, storeCode: string, byOutsiders: boolean): Promise<number> {
  const who: SQL = byOutsiders ? sql`and actor_name in ('owner', 'tiktok', 'unknown')` : sql``;
  const result = await tx.execute(sql`
    update audit_log set store_code = null, target = null,
      client = case when actor_key_id is not null then client end
    where store_code = ${storeCode} ${who}`);
  return result.rowCount ?? 0;
}
