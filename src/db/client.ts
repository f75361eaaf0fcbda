import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import * as schema from './schema.ts';

type Schema = typeof schema;

/**
 * A handle on the database: the pool, one connection or a running transaction. Callers outside db/ only pass it on.
 * It is what both the pool's Drizzle and a transaction of it have in common.
 */
export type Database = Pick<
  NodePgDatabase<Schema>,
  | 'with'
  | '$with'
  | 'select'
  | 'selectDistinct'
  | 'selectDistinctOn'
  | 'insert'
  | 'update'
  | 'delete'
  | 'execute'
  | 'transaction'
  | '$count'
>;

export interface DatabasePool {
  db: Database;
  /** Connections open, idle and waited for. */
  counts(): { total: number; idle: number; waiting: number };
  close(): Promise<void>;
}

/** Settings that keep a dead network from hanging a process: without them a half-open connection blocks for good. */
export function connectionSettings(url: string, applicationName: string): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: applicationName,
    connectionTimeoutMillis: 5_000,
    query_timeout: 30_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
}

export function createDatabasePool(options: {
  url: string;
  maxConnections: number;
  onError: (error: unknown) => void;
}): DatabasePool {
  const pool = new pg.Pool({
    ...connectionSettings(options.url, 'harian'),
    max: options.maxConnections,
    idleTimeoutMillis: 30_000,
  });
  pool.on('error', options.onError);
  return {
    db: drizzle({ client: pool, schema }),
    counts: () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    close: () => pool.end(),
  };
}

/** Runs `work` in one transaction: committed when it resolves, rolled back when it throws. */
export function inTransaction<T>(db: Database, work: (tx: Database) => Promise<T>): Promise<T> {
  return db.transaction(work);
}
