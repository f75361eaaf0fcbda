import { sql } from 'drizzle-orm';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { ExportFilter } from '../domain/export-series.ts';
import { connectionSettings, type Database, dropConnection, dropIdleOn, prepareClient } from './client.ts';
import type { DeadNetwork } from './dead-network.ts';
import { copyStatement } from './export-series.ts';

/** One part may take as long as its reader does, within reason. */
const partMs = 60 * 60_000;

export interface ExportPool {
  /** The rows of one statement as bytes; ends its connection when it is left early. Rejects as a query does. */
  copyRows(filter: ExportFilter, options: { header: boolean }): AsyncGenerator<Uint8Array>;
  close(): Promise<void>;
}

/** Connections of their own: whoever reads slowly keeps none from the requests of others. */
export function createExportPool(options: {
  url: string;
  maxConnections: number;
  pooled: boolean;
  /** Tells when its idle connections are no good any more: a stream waits for its next row as long as it takes. */
  network: DeadNetwork;
  onError: (error: unknown) => void;
}): ExportPool {
  const settings = connectionSettings(options.url, 'harian-export');
  const pool = new pg.Pool({
    ...settings,
    // Of pg's own a stream is not aware.
    query_timeout: 0,
    max: options.maxConnections,
    onConnect: (client: pg.ClientBase): unknown =>
      prepareClient(client as pg.Client, { queryTimeoutMs: partMs, pooled: options.pooled }),
  });
  pool.on('error', options.onError);
  dropIdleOn(options.network, pool);
  return {
    async *copyRows(filter, shape) {
      const client = await pool.connect();
      let isWhole = false;
      try {
        // Through a pooler the session's limits are everybody's: this one's own last as long as its transaction.
        if (options.pooled) await client.query(`begin read only; set local statement_timeout = ${partMs}`);
        yield* client.query(copyTo(copyStatement(filter, shape)));
        if (options.pooled) await client.query('commit');
        isWhole = true;
      } finally {
        if (!isWhole) dropConnection(client);
        client.release(!isWhole);
      }
    },
    close: () => pool.end(),
  };
}

/** The first and last day of the ledger; null when it is empty. */
export async function findLedgerSpan(db: Database): Promise<{ first: string; last: string } | null> {
  const { rows } = await db.execute<{ first: string | null; last: string | null }>(
    sql`select min(snapshot_date)::text as first, max(snapshot_date)::text as last from store_days`,
  );
  const [span] = rows;
  return span?.first && span.last ? { first: span.first, last: span.last } : null;
}
