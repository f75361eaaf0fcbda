import { sql } from 'drizzle-orm';
import type { Database } from './client.ts';
import { nameList } from './fragments.ts';
import { streamJsonLines } from './stream-rows.ts';

/** The columns of a table of ours that hold something of their own: not what PostgreSQL makes of others. */
export async function listColumns(db: Database, table: string): Promise<string[]> {
  const result = await db.execute<{ name: string }>(sql`
    select column_name as name from information_schema.columns
    where table_schema = 'public' and table_name = ${table} and is_generated = 'NEVER' order by ordinal_position`);
  return result.rows.map(({ name }) => name);
}

/** Every row of a table as lines of JSON, in batches. Call it in a transaction. */
export const streamTable = (tx: Database, table: string, columns: readonly string[]): AsyncGenerator<string[]> =>
  streamJsonLines(tx, sql`select ${nameList(columns)} from ${sql.identifier(table)}`);

/** Inserts lines of JSON as they were streamed. Throws when they do not fit the table. */
export async function insertJsonLines(
  tx: Database,
  table: string,
  columns: readonly string[],
  lines: readonly string[],
): Promise<void> {
  // Parsed by PostgreSQL alone: a number may have more digits than JavaScript's.
  await tx.execute(sql`
    insert into ${sql.identifier(table)} (${nameList(columns)}) overriding system value
    select ${nameList(columns)} from json_populate_recordset(null::${sql.identifier(table)}, ${`[${lines.join(',')}]`}::json)`);
}

/** A table of this database that holds something, in `public` or the queue; null: there is none. */
export async function findFilledTable(db: Database): Promise<string | null> {
  const tables = await db.execute<{ schema: string; name: string }>(sql`
    select table_schema as schema, table_name as name from information_schema.tables
    where table_type = 'BASE TABLE' and (table_schema = 'public' or (table_schema, table_name) = ('pgboss', 'job_common'))`);
  for (const { schema, name } of tables.rows) {
    const result = await db.execute<{ filled: boolean }>(
      sql`select exists (select from ${sql.identifier(schema)}.${sql.identifier(name)}) as filled`,
    );
    if (result.rows[0]?.filled === true) return name;
  }
  return null;
}

/** Sequences go on behind what their columns hold: rows that brought their numbers along did not move them. */
export async function moveSequences(tx: Database, tables: readonly string[]): Promise<void> {
  const owned = await tx.execute<{ table: string; column: string; sequence: string }>(sql`
    select table_name as table, column_name as column, sequence
    from information_schema.columns,
      lateral pg_get_serial_sequence(format('public.%I', table_name), column_name) as sequence
    where table_schema = 'public' and table_name = any(${sql.param([...tables])}::text[]) and sequence is not null`);
  for (const { table, column, sequence } of owned.rows) {
    await tx.execute(sql`
      select setval(${sequence}::regclass, coalesce(max(${sql.identifier(column)}), 0) + 1, false) from ${sql.identifier(table)}`);
  }
}

/** What the planner knows of tables just filled. */
export async function analyzeTables(db: Database, tables: readonly string[]): Promise<void> {
  await db.execute(sql`analyze ${nameList(tables)}`);
}
