import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
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

const run = promisify(execFile);

export interface EmbeddedPostgresOptions {
  /** Kept between runs; made when it is not there. */
  dataDir: string;
  /** A free port by default. A server that already runs on `dataDir` keeps its own. */
  port?: number;
  /** Made when missing, each owned by the role `harian`, which is no superuser. */
  databases?: string[];
  /** For tests: no durability, the role may create databases, and stopping deletes `dataDir`. */
  throwaway?: boolean;
}

export interface EmbeddedPostgres {
  /** Carries the role's password: not for logs. */
  url(database: string): string;
  /** Resolves once the server is down, or at once while another process still uses it. Safe to call twice. */
  stop(): Promise<void>;
}

const ROLE = 'harian';

interface Passwords {
  superuser: string;
  role: string;
}

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

  const { port, watcher } = await startServer({ place, binaries, account, passwords, options });
  const stop = once(async () => {
    await endWatcher(watcher);
    if (options.throwaway)
      for (const path of [place, options.dataDir]) await rm(path, { recursive: true, force: true });
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
  const draft = `${place}.init-${process.pid}`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(join(draft, 'users'), { recursive: true, mode: 0o700 });
  const passwords: Passwords = { superuser: randomBytes(24).toString('hex'), role: randomBytes(24).toString('hex') };
  const passwordFile = join(draft, 'superuser-password');
  await writeFile(passwordFile, passwords.superuser, { mode: 0o600 });
  await writeFile(join(draft, 'passwords.json'), JSON.stringify(passwords), { mode: 0o600 });
  await chmod(draft, 0o700);
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

/**
 * The watcher: a shell in a session of its own that starts the server, waits until our end of its stdin closes, however
 * we end, and stops the server unless another living watcher is registered in users/.
 */
const WATCHER = `
cd "$1" || exit 1
echo > "users/$$"
if ! "$2" status -D "$1/cluster" >/dev/null 2>&1; then
  "$2" start -D "$1/cluster" -l "$1/server.log" -o "$3" -w -s >/dev/null 2>&1 || { rm -f "users/$$"; exit 1; }
fi
echo ready
read -r _
rm -f "users/$$"
for user in users/*; do kill -0 "\${user#users/}" 2>/dev/null && exit 0; done
"$2" stop -D "$1/cluster" -m fast -w -s >/dev/null 2>&1
if [ "$4" = throwaway ]; then cd / && rm -rf "$1" 2>/dev/null; fi
exit 0
`;

interface Start {
  place: string;
  binaries: Binaries;
  account: Account;
  passwords: Passwords;
  options: EmbeddedPostgresOptions;
}

async function startServer(start: Start): Promise<{ port: number; watcher: ChildProcess }> {
  const { place, options, account } = start;
  const log = join(place, 'server.log');
  // Again when another process took the free port, or was starting or stopping the same server.
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    const running = await findRunningPort(start);
    if (running === undefined) await rm(log, { force: true });
    const port = running ?? options.port ?? (await findFreePort());
    const mode = options.throwaway ? 'throwaway' : 'keep';
    const watcher = spawn(
      '/bin/sh',
      ['-c', WATCHER, 'harian-postgres', place, start.binaries.pgCtl, serverFlags(port, options), mode],
      { detached: true, stdio: ['pipe', 'pipe', 'ignore'], env: SERVER_ENV, ...account },
    );
    if ((await isReady(watcher)) && (await connects(port, start.passwords)) === 'yes') {
      watcher.unref();
      return { port, watcher };
    }
    await endWatcher(watcher);
  }
  const tail = await readFile(log, 'utf8').catch(() => '');
  throw new Error(`embedded PostgreSQL did not start; ${log} ends:\n${tail.slice(-1000)}`);
}

function serverFlags(port: number, options: EmbeddedPostgresOptions): string {
  const flags = [`-p ${port}`, "-k ''", '-c listen_addresses=127.0.0.1', '-c timezone=UTC', '-c log_timezone=UTC'];
  flags.push('-c log_checkpoints=off', '-c max_connections=200');
  if (options.throwaway) flags.push('-c fsync=off', '-c synchronous_commit=off', '-c full_page_writes=off');
  return flags.join(' ');
}

/**
 * Undefined when no server runs on the place. The pid file of a killed run may name a process that lives but is not
 * ours: nobody answers on its port with our password, so the file goes, or PostgreSQL would refuse to start.
 */
async function findRunningPort({ place, passwords }: Start): Promise<number | undefined> {
  const pidFile = join(place, 'cluster/postmaster.pid');
  let refusals = 0;
  for (let polls = 0; polls < 300; polls += 1) {
    const lines = (await readFile(pidFile, 'utf8').catch(() => '')).split('\n');
    const pid = Number(lines[0]);
    if (!pid || !isAlive(pid)) return undefined;
    const port = Number(lines[3]);
    const answer = port ? await connects(port, passwords) : 'refused';
    if (answer === 'yes') return port;
    if (answer === 'refused') refusals += 1;
    if (refusals === 20) {
      await rm(pidFile, { force: true });
      return undefined;
    }
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`a PostgreSQL server on ${place} neither answers nor ends`);
}

/** `wait` is a server that is there but starting, stopping or stuck. */
async function connects(port: number, passwords: Passwords): Promise<'yes' | 'refused' | 'wait'> {
  const client = superuserClient(port, passwords);
  try {
    await client.connect();
    return 'yes';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return code === 'ECONNREFUSED' || code === '28P01' || code === '28000' ? 'refused' : 'wait';
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function prepareDatabases(port: number, passwords: Passwords, options: EmbeddedPostgresOptions): Promise<void> {
  const client = superuserClient(port, passwords);
  await client.connect();
  try {
    // Two processes that start at once must not both create; the session's end releases it.
    await client.query('SELECT pg_advisory_lock(1)');
    const role = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [ROLE]);
    const createdb = options.throwaway ? 'CREATEDB' : 'NOCREATEDB';
    if (role.rowCount === 0) await client.query(`CREATE ROLE ${ROLE} LOGIN ${createdb} PASSWORD '${passwords.role}'`);
    for (const database of options.databases ?? []) {
      const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
      if (found.rowCount === 0) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(database)} OWNER ${ROLE}`);
    }
  } finally {
    await client.end();
  }
}

function superuserClient(port: number, passwords: Passwords): pg.Client {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: 'postgres',
    password: passwords.superuser,
    database: 'postgres',
    connectionTimeoutMillis: 5_000,
  });
  client.on('error', () => undefined);
  return client;
}

async function isReady(watcher: ChildProcess): Promise<boolean> {
  const ready = await new Promise<boolean>((done) => {
    watcher.stdout?.once('data', () => done(true));
    watcher.once('error', () => done(false));
    watcher.once('exit', () => done(false));
  });
  watcher.stdout?.destroy();
  return ready;
}

async function endWatcher(watcher: ChildProcess): Promise<void> {
  if (watcher.exitCode !== null || watcher.signalCode !== null) return;
  watcher.ref();
  const exited = new Promise((done) => watcher.once('exit', done));
  watcher.stdin?.end();
  await exited;
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(0, '127.0.0.1', done);
  });
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string') throw new Error('no free port on 127.0.0.1');
  return address.port;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function once(action: () => Promise<void>): () => Promise<void> {
  let result: Promise<void> | undefined;
  return () => {
    result ??= action();
    return result;
  };
}
