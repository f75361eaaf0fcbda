import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';

export interface TestDatabase {
  url: string;
  /** Ends every connection to it first. */
  drop(): Promise<void>;
}

/** A migrated, empty database of the caller's own, with the queue installed. Call `drop` in `afterAll`. */
export async function createTestDatabase(): Promise<TestDatabase> {
  return createDatabase(`TEMPLATE ${templateOf(inject('testDatabases').prefix)}`);
}

/** A database without any table, to try migrations on. Call `drop` in `afterAll`. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  return createDatabase('');
}

async function createDatabase(options: string): Promise<TestDatabase> {
  const { serverUrl, prefix } = inject('testDatabases');
  const name = `${prefix}_${randomBytes(4).toString('hex')}`;
  await onServer(serverUrl, (client) => client.query(`CREATE DATABASE ${name} ${options}`));
  return {
    url: databaseUrl(serverUrl, name),
    drop: () => onServer(serverUrl, (client) => dropDatabases(client, name)),
  };
}

export function templateOf(prefix: string): string {
  return `${prefix}_template`;
}

export function databaseUrl(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}

/** Drops every database whose name begins with `prefix`, connections and all. */
export async function dropDatabases(client: pg.Client, prefix: string): Promise<void> {
  const found = await client.query<{ datname: string }>(
    'SELECT datname FROM pg_database WHERE starts_with(datname, $1)',
    [prefix],
  );
  for (const { datname } of found.rows) {
    await dropDatabase(client, pg.escapeIdentifier(datname));
  }
}

/** Autovacuum may be at work in it just now, and our role cannot send that away: it is gone in a moment. */
async function dropDatabase(client: pg.Client, name: string, tries = 50): Promise<void> {
  try {
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  } catch (error) {
    if (tries === 0 || !(error instanceof pg.DatabaseError) || error.code !== '42501') throw error;
    await new Promise((done) => setTimeout(done, 100));
    await dropDatabase(client, name, tries - 1);
  }
}

async function onServer(serverUrl: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client(serverUrl);
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
