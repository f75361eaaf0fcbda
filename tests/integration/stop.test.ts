import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createTcpProxy } from '../../scripts/rig/tcp-proxy.ts';
import type { DatabasePool } from '../../src/db/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { newStoreCode } from '../support/harian.ts';
import { type HarianProcess, type ServedSimulator, serveSimulator, startHarianProcess } from '../support/processes.ts';
import { openSqlPool, type Sql } from '../support/sql.ts';
import { insertConnectedStore, openTestPool } from '../support/stores.ts';

vi.setConfig({ testTimeout: 150_000 });

interface Job {
  state: string;
  attempt: number;
}

const publicUrl = 'http://localhost:3998';
let database: TestDatabase;
let pool: DatabasePool;
let sql: Sql;
let tiktok: ServedSimulator;
const processes: HarianProcess[] = [];

const start = async (options: { ROLES: string; databaseUrl?: string }) => {
  const { databaseUrl = database.url, ...environment } = options;
  const started = await startHarianProcess({ databaseUrl, simulatorUrl: tiktok.url, publicUrl, environment });
  processes.push(started);
  return started;
};

/** A store whose sync waits for TikTok for longer than any stop. */
const beginEndlessSync = async (harian: HarianProcess, accountIndex: number) => {
  const storeCode = newStoreCode();
  const openId = tiktok.simulator.control.accounts[accountIndex]?.openId ?? '';
  await insertConnectedStore(pool.db, tiktok.simulator, { storeCode, openId });
  const fault = tiktok.simulator.control.faults.add({ endpoint: 'video/list', kind: 'delay', delayMs: 60_000, openId });
  const { body } = await harian.api<{ job: { id: string } }>('POST', `/api/stores/${storeCode}/resync`);
  const isAsked = () =>
    tiktok.simulator.control.journal
      .entries()
      .some((entry) => entry.openId === openId && entry.endpoint === 'user/info');
  await expect.poll(isAsked).toBe(true);
  await expect.poll(async () => (await jobRow(body.job.id))?.state).toBe('active');
  return { storeCode, jobId: body.job.id, fault };
};
const jobRow = async (id: string) =>
  (await sql.query<{ state: string }>('select state, retry_count, retry_limit from pgboss.job where id = $1', [id]))[0];
const logsOf = (storeCode: string) =>
  sql.query('select status, error_code, attempt from sync_logs where store_code = $1 order by started_at', [storeCode]);
const endTimed = async (harian: HarianProcess) => {
  const startedMs = performance.now();
  const code = await harian.end('SIGTERM');
  return { code, seconds: (performance.now() - startedMs) / 1000 };
};

beforeAll(async () => {
  database = await createTestDatabase();
  pool = openTestPool(database.url);
  sql = openSqlPool(database.url);
  tiktok = await serveSimulator([`${publicUrl}/oauth/tiktok/callback`]);
});
afterAll(async () => {
  await Promise.all(processes.map((each) => each.end('SIGKILL')));
  await sql.close();
  await pool.close();
  await tiktok.close();
  await database.drop();
});

test('SIGTERM in the middle of a sync that does not end: exit 0, nothing left active, no attempt used', async () => {
  const harian = await start({ ROLES: 'api,worker' });
  const { storeCode, jobId } = await beginEndlessSync(harian, 0);

  const { code, seconds } = await endTimed(harian);

  expect(code).toBe(0);
  expect(seconds).toBeGreaterThan(7);
  expect(seconds).toBeLessThan(25);
  expect((await jobRow(jobId))?.state).toBe('retry');
  expect(await logsOf(storeCode)).toEqual([{ status: 'SKIPPED', error_code: 'STOPPING', attempt: 1 }]);
  expect(await sql.query('select state from store_days where store_code = $1', [storeCode])).toEqual([
    { state: 'pending' },
  ]);
  expect(await sql.query('select from heartbeats')).toEqual([]);

  tiktok.simulator.control.faults.clear();
  const successor = await start({ ROLES: 'api,worker' });
  const job = async () => (await successor.api<Job>('GET', `/api/jobs/${jobId}`)).body;
  await expect.poll(async () => (await job()).state).toBe('completed');
  expect(await job()).toMatchObject({ attempt: 1 });
  expect((await endTimed(successor)).code).toBe(0);
});

test('SIGTERM while the database is away: exit 0 in time; another worker takes the job up', async () => {
  const proxy = await createTcpProxy(database.url);
  const harian = await start({ ROLES: 'api,worker', databaseUrl: proxy.url });
  const { jobId } = await beginEndlessSync(harian, 1);
  const survivor = await start({ ROLES: 'api,worker' });
  proxy.freeze();

  const { code, seconds } = await endTimed(harian);

  expect(code).toBe(0);
  expect(seconds).toBeLessThan(25);
  await proxy.restore();
  await proxy.cut();
  tiktok.simulator.control.faults.clear();
  const state = async () => (await survivor.api<Job>('GET', `/api/jobs/${jobId}`)).body.state;
  await expect.poll(state, { timeout: 30_000 }).toBe('completed');
  expect((await endTimed(survivor)).code).toBe(0);
});

test('SIGTERM while clients hang on to their connections: exit 0 in time', async () => {
  const harian = await start({ ROLES: 'api' });
  const { port, hostname } = new URL(harian.url);
  const half = connect(Number(port), hostname);
  half.on('error', () => undefined);
  await once(half, 'connect');
  half.write('POST /api/stores HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{');
  const idle = connect(Number(port), hostname);
  idle.on('error', () => undefined);
  await once(idle, 'connect');

  const { code, seconds } = await endTimed(harian);

  expect(code).toBe(0);
  expect(seconds).toBeLessThan(25);
  half.destroy();
  idle.destroy();
});
