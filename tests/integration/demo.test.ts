import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { runSmoke } from '../../scripts/smoke.ts';

const demo = resolve('src/demo.ts');
const developersSecret = 'developers-own-secret-canary';

let checkout: string;
const running = new Set<ChildProcess>();

beforeAll(async () => {
  checkout = await mkdtemp(join(tmpdir(), 'harian-demo-'));
  // As root PostgreSQL runs under another account, which has to get in.
  await chmod(checkout, 0o755);
});
afterAll(async () => {
  await Promise.all([...running].map((child) => stop(child, 'SIGKILL')));
  await rm(checkout, { recursive: true, force: true });
});

/** A demo in its own directory, as a developer with a configured shell would start it. */
function start(environment: Record<string, string>) {
  const own = { DATABASE_URL: 'postgres://127.0.0.1:1/none', TIKTOK_CLIENT_SECRET: developersSecret };
  const env = { PATH: process.env.PATH, ...own, ...environment };
  const child = spawn(process.execPath, [demo], { cwd: checkout, env, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  child.once('exit', () => running.delete(child));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return { child, output: () => output };
}

async function stop(child: ChildProcess, ...signals: NodeJS.Signals[]): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode;
  const exited = new Promise<number | null>((done) => child.once('exit', done));
  for (const signal of signals) child.kill(signal);
  return exited;
}

/** What stands behind a word at the beginning of a line of the welcome text. */
const told = (output: string, word: string) => new RegExp(`^ *${word} +(\\S+)`, 'm').exec(output)?.[1] ?? '';

async function listenSomewhere(): Promise<{ server: Server; port: number }> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  return { server, port: typeof address === 'object' && address !== null ? address.port : 0 };
}

const close = (server: Server) => new Promise((done) => server.close(done));

test('it refuses production in one sentence and leaves nothing behind', async () => {
  const { child, output } = start({ NODE_ENV: 'production' });
  expect(await stop(child)).toBe(1);
  expect(output()).toMatch(/^The demo does not run with NODE_ENV=production: .+\n$/);
  expect(await readdir(checkout)).toEqual([]);
});

test('it says that its port is taken, and does not start', async () => {
  const { server, port } = await listenSomewhere();
  const { child, output } = start({ PORT: String(port) });
  expect(await stop(child)).toBe(1);
  await close(server);
  expect(output()).toMatch(new RegExp(`^Port ${port} is taken: .+\\n$`));
  expect(await readdir(join(checkout, '.data/demo'))).toEqual(['keys.json']);
});

test('it starts, tells how to try it, passes the smoke test, stops at Ctrl-C, and goes on with its data', async () => {
  const { server, port } = await listenSomewhere();
  await close(server);
  const begin = async () => {
    const started = start({ PORT: String(port) });
    await vi.waitFor(() => expect(started.output()).toContain('Ctrl-C stops it'), { timeout: 25_000, interval: 50 });
    const key = told(started.output(), 'Key');
    const wrong: string[] = [];
    const print = (line: string) => line.startsWith('ok') || wrong.push(line);
    const works = await runSmoke({ url: told(started.output(), 'Console'), key, fetch, print });
    expect(wrong).toEqual([]);
    expect(works).toBe(true);
    return { ...started, key };
  };

  const first = await begin();
  expect(told(first.output(), 'Console')).toBe(`http://localhost:${port}`);
  const page = await fetch(told(first.output(), 'Connect')).then((response) => response.text());
  expect(page).toContain('(simulated)');
  expect(page).toContain('SIMULATED');
  const keys = join(checkout, '.data/demo/keys.json');
  expect(((await stat(keys)).mode & 0o777).toString(8)).toBe('600');
  expect(await readFile(keys, 'utf8')).not.toContain(developersSecret);
  // A terminal and npm each send one.
  expect(await stop(first.child, 'SIGINT', 'SIGINT')).toBe(0);
  await expect(stat(join(checkout, '.data/demo/postgres/cluster/postmaster.pid'))).rejects.toThrow('ENOENT');

  const second = await begin();
  expect(second.key).toBe(first.key);
  expect(await stop(second.child, 'SIGTERM')).toBe(0);
}, 60_000);

test('told to stop while it starts, it stops without a word of failure', async () => {
  const { server, port } = await listenSomewhere();
  await close(server);
  const { child, output } = start({ PORT: String(port) });
  await vi.waitFor(() => expect(output()).toContain('Starting the demo'), { timeout: 25_000, interval: 10 });
  expect(await stop(child, 'SIGTERM')).toBe(0);
  expect(output()).toMatch(/^Starting the demo.+\n$/);
}, 60_000);
