import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { freePort } from './harian.ts';

const program = process.env.PGBOUNCER ?? '/usr/sbin/pgbouncer';

/** What the pooler sets on each session that it opens, as it should wherever we may not. */
export const limitMs = '3500';

/** Whether Debian's package `pgbouncer`, or another, has brought it. */
export const hasPgbouncer: Promise<boolean> = new Promise((done) => {
  execFile(program, ['--version'], (error) => done(error === null));
});

/** A transaction pooler of very few sessions before a database: whoever relies on one meets another's. */
export async function startPgbouncer(databaseUrl: string): Promise<{ url: string; close(): Promise<void> }> {
  const { hostname, port, pathname, username, password } = new URL(databaseUrl);
  const [name, listenPort] = [pathname.slice(1), await freePort()];
  const directory = await mkdtemp(join(tmpdir(), 'harian-pgbouncer-'));
  await chmod(directory, 0o755);
  const file = join(directory, 'pgbouncer.ini');
  await writeFile(
    file,
    `[databases]
${name} = host=${hostname} port=${port} dbname=${name} user=${decodeURIComponent(username)} password='${decodeURIComponent(password)}' connect_query='set statement_timeout = ${limitMs}'
[pgbouncer]
pool_mode = transaction
default_pool_size = 3
max_client_conn = 200
auth_type = any
listen_addr = 127.0.0.1
listen_port = ${listenPort}
unix_socket_dir =
`,
  );
  // It does not run as root.
  const child = spawn(program, [...(process.getuid?.() === 0 ? ['-u', 'nobody'] : []), file], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  const url = `postgresql://anybody@127.0.0.1:${listenPort}/${name}`;
  const close = async () => {
    child.kill('SIGKILL');
    await ended;
    await rm(directory, { recursive: true });
  };
  for (let tries = 0; ; tries += 1) {
    const client = new pg.Client(url);
    client.on('error', () => undefined);
    const answers = await client.connect().then(
      () => true,
      () => false,
    );
    await client.end().catch(() => undefined);
    if (answers) return { url, close };
    if (tries === 100 || child.exitCode !== null) break;
    await sleep(50);
  }
  await close();
  throw new Error('pgbouncer did not start');
}
