import { type SQL, sql } from 'drizzle-orm';
import type { Database } from './client.ts';

/** What to look for. */
export interface Needles {
  /** Short names, which are part of other words too: only a whole text, or a whole text within JSON, is one. */
  names: readonly string[];
  /** Identifiers that stand for nothing else, anywhere. */
  ids: readonly string[];
}

export interface Found {
  table: string;
  column: string;
  rows: number;
}

/**
 * Every column of this database that can hold a text, but those that refer to another one's, which is looked at itself.
 * Numbers, days, instants and UUIDs hold none.
 */
async function listTextColumns(
  db: Database,
): Promise<{ schema: string; table: string; column: string; type: string }[]> {
  const result = await db.execute<{ schema: string; table: string; column: string; type: string }>(sql`
    select n.nspname as schema, c.relname as table, a.attname as column, t.typname as type
    from pg_class c
      join pg_namespace n on n.oid = c.relnamespace
      join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      join pg_type t on t.oid = a.atttypid
    where c.relkind in ('r', 'm', 'p') and not c.relispartition and has_table_privilege(c.oid, 'select') and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'
      and t.typcategory not in ('B', 'D', 'E', 'I', 'N', 'R', 'T') and t.typname <> 'uuid'
      and not exists (
        select from pg_constraint k where k.contype = 'f' and k.conrelid = c.oid and a.attnum = any(k.conkey))
    order by 1, 2, 3`);
  return result.rows;
}

const holds = (column: string, type: string, { names, ids }: Needles): SQL => {
  const value = sql.identifier(column);
  const matches: SQL[] = [
    ...names.map((name) =>
      type === 'bytea'
        ? sql`${value} = convert_to(${name}, 'UTF8')`
        : sql`jsonb_path_exists(to_jsonb(${value}), '$.** ? (@ == $name)', jsonb_build_object('name', ${name}::text))`,
    ),
    ...ids.map((id) =>
      type === 'bytea'
        ? sql`position(convert_to(${id}, 'UTF8') in ${value}) > 0`
        : sql`strpos(${value}::text, ${id}) > 0 and ${value}::text ~ ${aloneIn(id)}`,
    ),
  ];
  return sql.join([sql`false`, ...matches], sql` or `);
};

/** The identifier, and not the beginning of a longer one. */
const aloneIn = (id: string) => `(^|[^A-Za-z0-9_-])${id.replaceAll(/[^A-Za-z0-9_-]/g, '\\$&')}($|[^A-Za-z0-9_-])`;

/** Where any of it still stands, by counting over every table: for after an erasure, not for a request of every day. */
export async function searchAllTables(db: Database, needles: Needles): Promise<{ columns: number; found: Found[] }> {
  const columns = await listTextColumns(db);
  const found: Found[] = [];
  for (const [name, own] of Map.groupBy(columns, ({ schema, table }) => `${schema}.${table}`)) {
    const [first] = own;
    if (!first) continue;
    const counts = own.map(
      ({ column, type }, index) =>
        sql`count(*) filter (where ${holds(column, type, needles)})::int as ${sql.identifier(`c${index}`)}`,
    );
    const result = await db.execute<Record<string, number>>(
      sql`select ${sql.join(counts, sql`, `)} from ${sql.identifier(first.schema)}.${sql.identifier(first.table)}`,
    );
    for (const [index, { column }] of own.entries()) {
      const rows = result.rows[0]?.[`c${index}`] ?? 0;
      if (rows > 0) found.push({ table: name, column, rows });
    }
  }
  return { columns: columns.length, found };
}
