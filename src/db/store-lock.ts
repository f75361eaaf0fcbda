import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { lockKey, sha256 } from '../crypto/hash.ts';
import { connectionSettings, type Database, dropConnection, prepareClient } from './client.ts';
import * as schema from './schema.ts';

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
  close(): Promise<void>;
}

interface OpenConnection {
  client: pg.Client;
  db: Database;
  lost: AbortController;
}

const lockLost = () => Object.assign(new Error('the lock connection is lost'), { code: 'LOCK_LOST' });

/** A job has ended a moment before its run lets go of the lock: who comes in that moment need not be sent away. */
const lockTries = 8;
const lockPauseMs = 25;

async function tryLock(db: Database, key: bigint): Promise<boolean> {
  for (let tries = 1; ; tries++) {
    const locked = await db.execute<{ ok: boolean }>(sql`select pg_try_advisory_lock(${key}) as ok`);
    if (locked.rows[0]?.ok === true) return true;
    if (tries === lockTries) return false;
    await sleep(lockPauseMs);
  }
}

/** Longer than for a request: a machine that stood still for some seconds is no reason to give up a run. */
const defaultRunTimeoutMs = 10_000;

/**
 * Names each statement by its text, so that the server plans it once for a connection, not once for a run: a run's
 * statements are always the same few, and planning one of them costs more than running it.
 */
function keepPlans(client: pg.Client): void {
  const query: (...args: unknown[]) => unknown = client.query.bind(client);
  const named = (statement: unknown, ...rest: unknown[]) =>
    isUnnamed(statement) && rest.length > 0
      ? query({ ...statement, name: sha256(statement.text).toString('base64url') }, ...rest)
      : query(statement, ...rest);
  Object.assign(client, { query: named });
}

const isUnnamed = (statement: unknown): statement is { text: string } =>
  typeof statement === 'object' &&
  statement !== null &&
  'text' in statement &&
  typeof statement.text === 'string' &&
  !('name' in statement && statement.name);

export function createStoreLockConnection(url: string, timeoutMs = 0): StoreLockConnection {
  const queryTimeoutMs = Math.max(defaultRunTimeoutMs, timeoutMs);
  let current: OpenConnection | undefined;

  const discard = () => {
    const broken = current;
    current = undefined;
    broken?.lost.abort(lockLost());
    if (broken) dropConnection(broken.client);
  };

  const open = async (): Promise<OpenConnection> => {
    if (current) return current;
    const client = new pg.Client(connectionSettings(url, 'harian-sync', queryTimeoutMs));
    const opened: OpenConnection = { client, db: drizzle({ client, schema }), lost: new AbortController() };
    const onGone = () => {
      opened.lost.abort(lockLost());
      if (current === opened) current = undefined;
    };
    client.on('error', onGone);
    client.on('end', onGone);
    try {
      await client.connect();
      await prepareClient(client, { queryTimeoutMs, onBroken: onGone });
      keepPlans(client);
    } catch (error) {
      dropConnection(client);
      throw error;
    }
    current = opened;
    return opened;
  };

  /** Whether the store is locked now, and the connection that holds it. A connection that died unnoticed is replaced once. */
  const lock = async (key: bigint): Promise<OpenConnection & { locked: boolean }> => {
    const isFresh = current === undefined;
    const opened = await open();
    try {
      return { ...opened, locked: await tryLock(opened.db, key) };
    } catch (error) {
      discard();
      if (isFresh) throw error;
      return lock(key);
    }
  };

  return {
    async withLock(storeCode, work) {
      const key = lockKey(storeCode);
      const { db, lost, locked } = await lock(key);
      if (!locked) return storeBusy;
      try {
        return await work({ db, lost: lost.signal });
      } finally {
        // A lock that cannot be given back would outlive its run: then the connection goes, and the lock with it.
        const released = await db
          .execute<{ ok: boolean }>(sql`select pg_advisory_unlock(${key}) as ok`)
          .then((result) => result.rows[0]?.ok === true)
          .catch(() => false);
        if (!released) discard();
      }
    },
    close: async () => discard(),
  };
}
