import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { type Account, type Binaries, SERVER_ENV } from './embedded-postgres-host.ts';

export interface Passwords {
  superuser: string;
  role: string;
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
  port: number | undefined;
  throwaway: boolean;
}

/** The server's port and the watcher to end when done with it. Throws with the end of the server's log. */
export async function startServer(start: Start): Promise<{ port: number; watcher: ChildProcess }> {
  const { place, account, throwaway } = start;
  const log = join(place, 'server.log');
  // Again when another process took the free port, or was starting or stopping the same server.
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    const running = await findRunningPort(start);
    if (running === undefined) await rm(log, { force: true });
    const port = running ?? start.port ?? (await findFreePort());
    const mode = throwaway ? 'throwaway' : 'keep';
    const watcher = spawn(
      '/bin/sh',
      ['-c', WATCHER, 'harian-postgres', place, start.binaries.pgCtl, serverFlags(port, throwaway), mode],
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

function serverFlags(port: number, throwaway: boolean): string {
  const flags = [`-p ${port}`, "-k ''", '-c listen_addresses=127.0.0.1', '-c timezone=UTC', '-c log_timezone=UTC'];
  flags.push('-c log_checkpoints=off', '-c max_connections=200');
  if (throwaway) flags.push('-c fsync=off', '-c synchronous_commit=off', '-c full_page_writes=off');
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

export function superuserClient(port: number, passwords: Passwords): pg.Client {
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

/** Resolves once the server is down, or at once while another watcher still wants it. */
export async function endWatcher(watcher: ChildProcess): Promise<void> {
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
