import pg from 'pg';

export interface Sql {
  query<T extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<T[]>;
  close(): Promise<void>;
}

/** One connection of the test's own, for looking behind the program. */
export async function openSql(url: string): Promise<Sql> {
  const client = new pg.Client(url);
  client.on('error', () => undefined);
  await client.connect();
  return {
    query: async <T extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
      (await client.query<T>(text, values)).rows,
    close: () => client.end(),
  };
}

/** The same over a small pool, for tests that run side by side. */
export function openSqlPool(url: string): Sql {
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  pool.on('error', () => undefined);
  return {
    query: async <T extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
      (await pool.query<T>(text, values)).rows,
    close: () => pool.end(),
  };
}

/** The tables in `public`; a month of one is none of its own. */
export async function listPublicTables(sql: Sql): Promise<string[]> {
  const tables = await sql.query<{ name: string }>(
    `select relname as name from pg_class
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition`,
  );
  return tables.map(({ name }) => name);
}
