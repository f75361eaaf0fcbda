import { type SQL, sql } from 'drizzle-orm';
import type { Database } from './client.ts';

const rowsPerFetch = 2_000;

/**
 * Every row of a query as one line of JSON, in batches, by a cursor of the transaction at hand: memory holds one batch,
 * and the database is read as fast as the batches are taken. Counts, days and instants are exact, bytes are hex.
 */
export async function* streamJsonLines(tx: Database, query: SQL): AsyncGenerator<string[]> {
  await tx.execute(
    sql`declare json_lines no scroll cursor for select row_to_json(line)::text as line from (${query}) as line`,
  );
  for (;;) {
    const { rows } = await tx.execute<{ line: string }>(sql`fetch ${sql.raw(String(rowsPerFetch))} from json_lines`);
    if (rows.length > 0) yield rows.map(({ line }) => line);
    if (rows.length < rowsPerFetch) break;
  }
  await tx.execute(sql`close json_lines`);
}

/** Runs `work` on what the database holds at this instant, whatever is written meanwhile; it may take as long as it takes. */
export function inSnapshot<T>(db: Database, work: (tx: Database) => Promise<T>): Promise<T> {
  return db.transaction(
    async (tx) => {
      // Whoever takes the rows may be slow: a pipe, an upload.
      await tx.execute(sql`set local idle_in_transaction_session_timeout = 0`);
      await tx.execute(sql`set local timezone = 'UTC'`);
      return work(tx);
    },
    { isolationLevel: 'repeatable read', accessMode: 'read only' },
  );
}
