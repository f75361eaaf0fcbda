import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import {
  type Account,
  type Binaries,
  exists,
  findAccount,
  findBinaries,
  makePlace,
  SERVER_ENV,
} from './embedded-postgres-host.ts';
import { endWatcher, type Passwords, startServer, superuserClient } from './embedded-postgres-server.ts';

const run = promisify(execFile);

export interface EmbeddedPostgresOptions {
  /** Kept between runs; made when it is not there. */
  dataDir: string;
  /** A free port by default. A server that already runs on `dataDir` keeps its own. */
  port?: number;
  /** Made when missing, each owned by the role `harian`, which is no superuser. */
  databases?: string[];
  /** For tests: no durability, the role may create databases and roles, and stopping deletes `dataDir`. */
  throwaway?: boolean;
}

export interface EmbeddedPostgres {
  /** Carries the role's password: not for logs. */
  url(database: string): string;
  /** Resolves once the server is down, or at once while another process still uses it. Safe to call twice. */
  stop(): Promise<void>;
}

const ROLE = 'harian';

/**
 * Starts PostgreSQL on 127.0.0.1, or joins the server that runs on `dataDir` already. The server outlives a Ctrl-C in
 * the terminal until `stop()`, and never this process: a kill -9 stops it too. Throws with the end of the server's log.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  if (process.platform === 'win32') throw new Error('embedded PostgreSQL does not run on Windows: set DATABASE_URL');
  const account = await findAccount();
  const binaries = await findBinaries(account);
  const place = await makePlace(resolve(options.dataDir), account);
  if (!(await exists(join(place, 'passwords.json')))) await initialise(place, binaries, account);
  const passwords = JSON.parse(await readFile(join(place, 'passwords.json'), 'utf8')) as Passwords;

  const throwaway = options.throwaway ?? false;
  const { port, watcher } = await startServer({ place, binaries, account, passwords, port: options.port, throwaway });
  const stop = once(async () => {
    await endWatcher(watcher);
    if (throwaway) for (const path of [place, options.dataDir]) await rm(path, { recursive: true, force: true });
  });
  try {
    await prepareDatabases(port, passwords, options);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: (database) => `postgresql://${ROLE}:${passwords.role}@127.0.0.1:${port}/${database}`, stop };
}

/** The rename at the end makes a killed initialisation invisible, and of two at once one wins. */
async function initialise(place: string, binaries: Binaries, account: Account): Promise<void> {
  const draft = await mkdtemp(`${place}.init-`);
  await mkdir(join(draft, 'users'), { mode: 0o700 });
  const passwords: Passwords = { superuser: randomBytes(24).toString('hex'), role: randomBytes(24).toString('hex') };
  const passwordFile = join(draft, 'superuser-password');
  await writeFile(passwordFile, passwords.superuser, { mode: 0o600 });
  await writeFile(join(draft, 'passwords.json'), JSON.stringify(passwords), { mode: 0o600 });
  if (account)
    for (const path of [draft, join(draft, 'users'), passwordFile]) await chown(path, account.uid, account.gid);
  try {
    const flags = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--encoding=UTF8'];
    const locale = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
    const pgdata = ['-D', join(draft, 'cluster'), '--no-sync', '--no-instructions'];
    await run(binaries.initdb, [...pgdata, ...flags, ...locale], { cwd: draft, env: SERVER_ENV, ...account });
    await rm(passwordFile);
    await rename(draft, place).catch(async (error: unknown) => {
      if (!(await exists(join(place, 'passwords.json')))) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function prepareDatabases(port: number, passwords: Passwords, options: EmbeddedPostgresOptions): Promise<void> {
  const client = superuserClient(port, passwords);
  await client.connect();
  try {
    // Two processes that start at once must not both create; the session's end releases it.
    await client.query('SELECT pg_advisory_lock(1)');
    const role = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [ROLE]);
    const may = options.throwaway ? 'CREATEDB CREATEROLE' : '';
    if (role.rowCount === 0) await client.query(`CREATE ROLE ${ROLE} LOGIN ${may} PASSWORD '${passwords.role}'`);
    for (const database of options.databases ?? []) {
      const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
      if (found.rowCount === 0) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(database)} OWNER ${ROLE}`);
    }
  } finally {
    await client.end();
  }
}

function once(action: () => Promise<void>): () => Promise<void> {
  let result: Promise<void> | undefined;
  return () => {
    result ??= action();
    return result;
  };
}
