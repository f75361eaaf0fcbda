import { sql } from 'drizzle-orm';
import type { Database } from './client.ts';
import { namesStore } from './erase-rows.ts';
import { nameList } from './fragments.ts';
import { streamJsonLines } from './stream-rows.ts';

/** These columns of a store's rows in a table, in order, as lines of JSON, in batches. Call it in a transaction. */
export function streamRowsOfStore(
  tx: Database,
  storeCode: string,
  from: { table: string; columns: readonly string[]; orderBy: readonly string[] },
): AsyncGenerator<string[]> {
  return streamJsonLines(
    tx,
    sql`select ${nameList(from.columns)} from ${sql.identifier(from.table)}
      where store_code = ${storeCode} order by ${nameList(from.orderBy)}`,
  );
}

/** The jobs of the queue that name the store, as lines of JSON, in batches. Call it in a transaction. */
export function streamJobsOfStore(tx: Database, storeCode: string): AsyncGenerator<string[]> {
  return streamJsonLines(
    tx,
    sql`select name, state, created_on, started_on, completed_on, data from pgboss.job
      where ${namesStore(storeCode)}
      order by created_on, id`,
  );
}
