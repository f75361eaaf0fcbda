import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { startQuerySpan } from '../tracing.ts';
import { createDeadNetwork, type DeadNetwork } from './dead-network.ts';
import * as schema from './schema.ts';
import { isConnectionBroken, isDatabaseElsewhere } from './unavailable.ts';

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

/** Connections allowed, open and idle, and how many statements wait for one. */
export interface PoolCounts {
  max: number;
  total: number;
  idle: number;
  waiting: number;
}

export interface DatabasePool {
  db: Database;
  counts(): PoolCounts;
  close(): Promise<void>;
}

/** What a request may wait for one statement, unless configured: longer means a dead network or a stuck server. */
const defaultTimeoutMs = 4_000;

/** At a start nobody waits for an answer: a machine that is busy starting everything at once is given time. */
export const startPatience: pg.ClientConfig = { connectionTimeoutMillis: 15_000, query_timeout: 15_000 };

/** Settings that keep a dead network from hanging a process: without them a half-open connection blocks for good. */
export function connectionSettings(
  url: string,
  applicationName: string,
  queryTimeoutMs = defaultTimeoutMs,
): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: applicationName,
    connectionTimeoutMillis: 0.75 * queryTimeoutMs,
    query_timeout: queryTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
}

/**
 * The server's side of the same: a session whose client has vanished must not keep a store's lock or a row for hours.
 * The statement's own limit is the shorter one, so that a slow statement ends cleanly and only silence breaks a connection.
 */
const sessionSettings = (queryTimeoutMs: number, awaitDisk: boolean) => `
  set statement_timeout = ${queryTimeoutMs - 500}; set idle_in_transaction_session_timeout = 30000;
  set client_connection_check_interval = 1000; set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5;
  set tcp_keepalives_count = 3; ${awaitDisk ? '' : 'set synchronous_commit = off'}`;

/** Ends it now, without waiting for a network that may be dead: the server notices by itself. */
export function dropConnection(client: pg.Client): void {
  client.end().catch(() => undefined);
  client.connection.stream.destroy();
}

/** Calls `onAsk` with each statement, and what that returns once it is answered or has failed; of a stream, at once. */
export function followQueries(
  target: pg.Pool | pg.ClientBase,
  onAsk: (statement: unknown) => (error?: unknown) => void,
): void {
  const query: (...args: unknown[]) => unknown = target.query.bind(target);
  const followed = (...args: unknown[]) => {
    // A pool asks its client with a callback, within a promise of its own.
    if (typeof args.at(-1) === 'function') return query(...args);
    const onAnswer = onAsk(args[0]);
    const answer = query(...args);
    if (answer instanceof Promise) answer.then(() => onAnswer(), onAnswer);
    else onAnswer();
    return answer;
  };
  Object.assign(target, { query: followed });
}

/** Calls `onError` with whatever a query of this client or pool rejects with, and when that was asked. */
function watchQueries(target: pg.Pool | pg.ClientBase, onError: (error: unknown, askedMs: number) => void): void {
  followQueries(target, (statement) => {
    const [span, askedMs] = [startQuerySpan(statement), performance.now()];
    return (error) => {
      span?.end(error);
      if (error !== undefined) onError(error, askedMs);
    };
  });
}

/** A plan kept under a name would be looked for in a session that somebody else has by then. */
function forgetNames(client: pg.Client): void {
  const query: (...args: unknown[]) => unknown = client.query.bind(client);
  const unnamed = (first: unknown, ...rest: unknown[]) =>
    query(
      typeof first === 'object' && first !== null && 'name' in first ? { ...first, name: undefined } : first,
      ...rest,
    );
  Object.assign(client, { query: unnamed });
}

/**
 * Makes a client just connected fit for use: its session set up, its errors heard (unheard, a dying backend ends the
 * process), and dropped on the first error after which pg would wait on it for good, or write to a standby.
 */
export async function prepareClient(
  client: pg.Client,
  options: {
    queryTimeoutMs?: number;
    awaitDisk?: boolean;
    pooled?: boolean;
    onBroken?: (error: unknown, askedMs: number) => void;
  } = {},
): Promise<void> {
  client.on('error', () => undefined);
  if (options.pooled === true) forgetNames(client);
  else await client.query(sessionSettings(options.queryTimeoutMs ?? defaultTimeoutMs, options.awaitDisk ?? true));
  watchQueries(client, (error, askedMs) => {
    if (!isConnectionBroken(error)) return;
    dropConnection(client);
    options.onBroken?.(error, askedMs);
  });
}

/** Tells `network` when an error means that what was opened before is no better. */
export const reportTo =
  (network: DeadNetwork) =>
  (error: unknown, askedMs: number): void => {
    if (isDatabaseElsewhere(error)) network.report(askedMs);
  };

/** Parts with its idle clients that `network` is reported dead for. */
export function dropIdleOn(network: DeadNetwork, pool: pg.Pool): void {
  const idle = new Set<pg.Client>();
  const openedMs = new WeakMap<pg.Client, number>();
  pool.on('connect', (client) => openedMs.set(client, performance.now()));
  pool.on('acquire', (client) => idle.delete(client));
  pool.on('release', (_error, client) => idle.add(client));
  pool.on('remove', (client) => idle.delete(client));
  network.onReport((askedMs) => {
    for (const client of [...idle]) {
      if ((openedMs.get(client) ?? 0) > askedMs) continue;
      // The pool's own way to part with an idle client is to hear an error of it.
      client.emit('error', new Error('Connection terminated: another one got no answer'));
      client.connection.stream.destroy();
    }
  });
}

export interface PoolOptions {
  url: string;
  applicationName?: string;
  maxConnections: number;
  /** Of one statement; for work that nobody waits for it may be longer than the default of 4 s. */
  queryTimeoutMs?: number;
  /** False: a commit does not wait for the disk, and a crash of the server may forget the last of them. */
  awaitDisk?: boolean;
  /**
   * True: a transaction pooler lends its sessions to everybody in turn, so nothing is set on them, neither our time limits
   * nor `awaitDisk`, and no plan kept. The role's own settings count.
   */
  pooled?: boolean;
  /** Shared with all that reach the same server on the same way. */
  network?: DeadNetwork;
  onError: (error: unknown) => void;
}

/** A pool that outlives its server: broken clients are dropped, and one that met silence takes the idle ones with it. */
export function openPool(options: PoolOptions): pg.Pool {
  const { queryTimeoutMs = defaultTimeoutMs, awaitDisk = true, pooled = false } = options;
  const { network = createDeadNetwork() } = options;
  const onBroken = reportTo(network);
  // pg-pool waits for it, though its type does not say so.
  const onConnect = (client: pg.ClientBase): unknown =>
    prepareClient(client as pg.Client, { queryTimeoutMs, awaitDisk, pooled, onBroken });
  const pool = new pg.Pool({
    ...connectionSettings(options.url, options.applicationName ?? 'harian', queryTimeoutMs),
    max: options.maxConnections,
    idleTimeoutMillis: 30_000,
    onConnect,
  });
  pool.on('error', options.onError);
  dropIdleOn(network, pool);
  watchQueries(pool, onBroken);
  return pool;
}

export const countsOf = (pool: pg.Pool): PoolCounts => ({
  max: pool.options.max,
  total: pool.totalCount,
  idle: pool.idleCount,
  waiting: pool.waitingCount,
});

export function createDatabasePool(options: PoolOptions): DatabasePool {
  const pool = openPool(options);
  // Drizzle's own never gives the client back when `begin` fails: ten of those, and the pool is dead for good.
  const transaction: NodePgDatabase<Schema>['transaction'] = async (work, config) => {
    const client = await pool.connect();
    try {
      return await drizzle({ client, schema }).transaction(work, config);
    } finally {
      client.release();
    }
  };
  return {
    db: Object.assign(drizzle({ client: pool, schema }), { transaction }),
    counts: () => countsOf(pool),
    close: () => pool.end(),
  };
}

/** Runs `work` in one transaction: committed when it resolves, rolled back when it throws. */
export function inTransaction<T>(db: Database, work: (tx: Database) => Promise<T>): Promise<T> {
  return db.transaction(work);
}
