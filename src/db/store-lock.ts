import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { lockKey } from '../crypto/hash.ts';
import { errorCodeOf } from '../logger.ts';
import { connectionSettings, type Database, dropConnection, prepareClient, reportTo } from './client.ts';
import { createDeadNetwork, type DeadNetwork } from './dead-network.ts';
import * as schema from './schema.ts';
import { watchForSilence } from './silent-session.ts';

/** The store is locked by somebody else: nothing was done. */
export const storeBusy = Symbol('store busy');

/**
 * One dedicated connection that locks a store and writes its numbers: if it dies, the lock and the write die together.
 * One caller at a time. A broken connection is replaced at the next use.
 */
export interface StoreLockConnection {
  /** Runs `work` while holding the store's lock. `work`'s signal aborts when the connection, and so the lock, is lost. */
  withLock<T>(
    storeCode: string,
    work: (held: { db: Database; lost: AbortSignal }) => Promise<T>,
  ): Promise<T | typeof storeBusy>;
  /** The same, where a statement of the caller's tries to take the lock of this key, with pg_try_advisory_lock. */
  withLockOf<R extends { locked: boolean }, T>(
    storeCode: string,
    begin: (db: Database, key: bigint) => Promise<R>,
    work: (held: { db: Database; lost: AbortSignal; begun: R }) => Promise<T>,
  ): Promise<T | typeof storeBusy>;
  close(): Promise<void>;
}

interface OpenConnection {
  client: pg.Client;
  db: Database;
  lost: AbortController;
  /** By performance.now(). */
  openedMs: number;
}

const lockLost = () => Object.assign(new Error('the lock connection is lost'), { code: 'LOCK_LOST' });

/** A job has ended a moment before its run lets go of the lock: who comes in that moment need not be sent away. */
const lockTries = 8;
const lockPauseMs = 25;

async function tryLock(db: Database, key: bigint): Promise<{ locked: boolean }> {
  const { rows } = await db.execute<{ locked: boolean }>(sql`select pg_try_advisory_lock(${key}) as locked`);
  return { locked: rows[0]?.locked === true };
}

/** Of the time to connect: one that begins while nothing passes may stay silent, so a second one begins before it is up. */
const connectShares = [1 / 3, 2 / 3];

/** Longer than for a request: a machine that stood still for some seconds is no reason to give up a run. */
const defaultRunTimeoutMs = 10_000;

/**
 * Names each statement by its text, so that the server plans it once for the connection and not at each run: what a run
 * asks is always the same few, by key, and planning one of them costs more than running it.
 */
async function keepPlans(client: pg.Client): Promise<void> {
  await client.query('set plan_cache_mode = force_generic_plan');
  const query: (...args: unknown[]) => unknown = client.query.bind(client);
  const names = new Map<string, string>();
  const named = (statement: unknown, ...rest: unknown[]) => {
    if (!isUnnamed(statement) || rest.length === 0) return query(statement, ...rest);
    const name = names.get(statement.text) ?? `run_${names.size}`;
    names.set(statement.text, name);
    return query({ ...statement, name }, ...rest);
  };
  Object.assign(client, { query: named });
}

const isUnnamed = (statement: unknown): statement is { text: string } =>
  typeof statement === 'object' &&
  statement !== null &&
  'text' in statement &&
  typeof statement.text === 'string' &&
  !('name' in statement && statement.name);

/** Reported dead on `network`, it is replaced between two runs; what it meets itself it reports there. */
export function createStoreLockConnection(
  url: string,
  options: { timeoutMs?: number; network?: DeadNetwork } = {},
): StoreLockConnection {
  const queryTimeoutMs = Math.max(defaultRunTimeoutMs, options.timeoutMs ?? 0);
  const { network = createDeadNetwork() } = options;
  let current: OpenConnection | undefined;
  let condemned: OpenConnection | undefined;
  let isInUse = false;

  const discard = (broken: OpenConnection) => {
    if (current === broken) current = undefined;
    broken.lost.abort(lockLost());
    dropConnection(broken.client);
  };

  const connect = async (share: number): Promise<OpenConnection> => {
    const settings = connectionSettings(url, 'harian-sync', queryTimeoutMs);
    const connectionTimeoutMillis = share * (settings.connectionTimeoutMillis ?? 0);
    // A run that begins need not wait until the one before has let go of its lock.
    const client = new pg.Client({ ...settings, connectionTimeoutMillis, pipeline: true });
    const [lost, openedMs] = [new AbortController(), performance.now()];
    const opened: OpenConnection = { client, db: drizzle({ client, schema }), lost, openedMs };
    const onGone = () => {
      lost.abort(lockLost());
      if (current === opened) current = undefined;
    };
    client.on('error', onGone);
    client.on('end', onGone);
    const report = reportTo(network);
    const onBroken: typeof report = (...what) => {
      onGone();
      report(...what);
    };
    try {
      await client.connect();
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
      const onSilent = (sinceMs: number) => {
        discard(opened);
        network.report(sinceMs);
      };
      if (rows[0]) watchForSilence(client, { url, pid: rows[0].pid }, onSilent);
      await prepareClient(client, { queryTimeoutMs, onBroken });
      await keepPlans(client);
    } catch (error) {
      dropConnection(client);
      throw error;
    }
    return opened;
  };

  const open = async (): Promise<OpenConnection> => {
    for (const [index, share] of connectShares.entries()) {
      try {
        current ??= await connect(share);
      } catch (error) {
        if (index === connectShares.length - 1 || errorCodeOf(error) !== 'CONNECT_TIMEOUT') throw error;
      }
    }
    if (!current) throw lockLost();
    return current;
  };

  /** The connection on which it was tried to lock the store. One that died unnoticed is replaced once. */
  const lock = async <R extends { locked: boolean }>(begin: (db: Database) => Promise<R>) => {
    const isFresh = current === undefined;
    const opened = await open();
    try {
      for (let tries = 1; ; tries++) {
        const begun = await begin(opened.db);
        if (begun.locked || tries === lockTries) return { opened, begun };
        await sleep(lockPauseMs);
      }
    } catch (error) {
      discard(opened);
      if (isFresh) throw error;
      return lock(begin);
    }
  };

  /** Nobody waits for it. A lock that cannot be given back would outlive its run: then the connection goes, and it too. */
  const unlock = async (opened: OpenConnection, key: bigint) => {
    const { rows } = await opened.db.execute<{ ok: boolean }>(sql`select pg_advisory_unlock(${key}) as ok`);
    if (rows[0]?.ok !== true) discard(opened);
  };

  const withLockOf: StoreLockConnection['withLockOf'] = async (storeCode, begin, work) => {
    const key = lockKey(storeCode);
    isInUse = true;
    try {
      const { opened, begun } = await lock((db) => begin(db, key));
      if (!begun.locked) return storeBusy;
      try {
        return await work({ db: opened.db, lost: opened.lost.signal, begun });
      } finally {
        unlock(opened, key).catch(() => discard(opened));
      }
    } finally {
      isInUse = false;
      if (condemned) discard(condemned);
      condemned = undefined;
    }
  };
  network.onReport((askedMs) => {
    if (!current || current.openedMs > askedMs) return;
    // A run that has it may still end well: only silence of its own breaks it off.
    if (isInUse) condemned = current;
    else discard(current);
  });
  return {
    withLockOf,
    withLock: (storeCode, work) => withLockOf(storeCode, tryLock, work),
    close: async () => {
      if (current) discard(current);
    },
  };
}
