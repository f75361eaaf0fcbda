import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { DatabasePool } from '../../src/db/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { newStoreCode } from '../support/harian.ts';
import { type HarianProcess, type ServedSimulator, serveSimulator, startHarianProcess } from '../support/processes.ts';
import { insertConnectedStore, openTestPool } from '../support/stores.ts';

interface Job {
  state: string;
  attempt: number;
}
interface SyncLogs {
  items: { status: string; error_code: string | null; started_at: string; finished_at: string | null }[];
}

// Processes start slowly on a machine that does other things too.
vi.setConfig({ testTimeout: 120_000 });

const publicUrl = 'http://localhost:3999';
let database: TestDatabase;
let pool: DatabasePool;
let tiktok: ServedSimulator;
const processes: HarianProcess[] = [];

const start = async (environment: Record<string, string> = {}) => {
  const started = await startHarianProcess({
    databaseUrl: database.url,
    simulatorUrl: tiktok.url,
    publicUrl,
    environment,
  });
  processes.push(started);
  return started;
};

const connect = async (accountIndex: number) => {
  const storeCode = newStoreCode();
  const openId = tiktok.simulator.control.accounts[accountIndex]?.openId ?? '';
  await insertConnectedStore(pool.db, tiktok.simulator, { storeCode, openId });
  return { storeCode, openId };
};

/** From then on the run's token is fresh: no refresh begins any more, and none is lost with the process. */
const isReading = (openId: string) =>
  tiktok.simulator.control.journal.entries().some((entry) => entry.openId === openId && entry.endpoint === 'user/info');

beforeAll(async () => {
  database = await createTestDatabase();
  pool = openTestPool(database.url);
  tiktok = await serveSimulator([`${publicUrl}/oauth/tiktok/callback`]);
});
afterAll(async () => {
  await Promise.all(processes.map((each) => each.end('SIGKILL')));
  await pool.close();
  await tiktok.close();
  await database.drop();
});

test('thirty resyncs at once over two processes become one sync; the others are told where it is', async () => {
  const { storeCode, openId } = await connect(0);
  const [first, second] = await Promise.all([start({ ROLES: 'api,worker' }), start({ ROLES: 'api,worker' })]);
  tiktok.simulator.control.setLatencyMs(50);
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, index) =>
      (index % 2 === 0 ? first : second).api<{ job?: { id: string }; error?: { code: string } }>(
        'POST',
        `/api/stores/${storeCode}/resync`,
      ),
    ),
  );

  const accepted = answers.filter((answer) => answer.status === 202);
  const refused = answers.filter((answer) => answer.status === 409);
  expect([accepted.length, refused.length]).toEqual([1, 29]);
  const location = accepted[0]?.headers.get('location');
  expect(location).toBe(`/api/jobs/${accepted[0]?.body.job?.id}`);
  for (const answer of refused) {
    expect(answer.body.error?.code).toBe('SYNC_IN_PROGRESS');
    expect(answer.headers.get('location')).toBe(location);
  }
  await expect.poll(async () => (await first.api<Job>('GET', location ?? '')).body.state).toBe('completed');
  tiktok.simulator.control.setLatencyMs(0);

  const asked = tiktok.simulator.control.journal.entries().filter((entry) => entry.openId === openId);
  expect(asked.filter((entry) => entry.endpoint === 'user/info')).toHaveLength(1);
  expect(asked.filter((entry) => entry.detail === 'refresh spent')).toEqual([]);
});

test('a store never syncs twice at once, however often two processes are asked; no refresh token is spent twice', async () => {
  const { storeCode, openId } = await connect(1);
  const [first, second] = processes;
  if (!first || !second) throw new Error('the processes of the first test are gone');
  // Every run has to refresh: each pair is too short-lived to last.
  tiktok.simulator.control.setTokenLife({ accessTokenLifeSeconds: 60 });
  tiktok.simulator.control.setLatencyMs(20);
  let accepted = 0;
  const deadline = Date.now() + 4_000;
  while (accepted < 4 || Date.now() < deadline) {
    const answers = await Promise.all(
      [first, second, first, second].map((each) => each.api('POST', `/api/stores/${storeCode}/resync`)),
    );
    accepted += answers.filter((answer) => answer.status === 202).length;
  }
  tiktok.simulator.control.setLatencyMs(0);
  const queue = async () => (await first.api<{ queued: number; active: number }>('GET', '/api/queue')).body;
  await expect.poll(queue).toMatchObject({ queued: 0, active: 0 });

  expect(accepted).toBeGreaterThan(3);
  const { body } = await first.api<SyncLogs>('GET', `/api/sync-logs?store_code=${storeCode}&limit=200`);
  const runs = body.items.toReversed();
  expect(runs).toHaveLength(accepted);
  for (const [index, run] of runs.entries()) {
    expect(run.status).toBe('SUCCESS');
    const next = runs[index + 1];
    if (next) expect(Date.parse(run.finished_at ?? '')).toBeLessThanOrEqual(Date.parse(next.started_at));
  }
  const spent = tiktok.simulator.control.journal
    .entries()
    .filter((entry) => entry.openId === openId && entry.endpoint === 'token')
    .map((entry) => entry.tokenHash);
  expect(new Set(spent).size).toBe(spent.length);
});

test("a killed worker's store is picked up by another, and its log row is closed", async () => {
  const { storeCode, openId } = await connect(2);
  const [first, second] = processes;
  if (!first || !second) throw new Error('the processes of the first test are gone');
  await second.end('SIGTERM');
  tiktok.simulator.control.faults.add({ endpoint: 'video/list', kind: 'delay', delayMs: 60_000 });
  const { body } = await first.api<{ job: { id: string } }>('POST', `/api/stores/${storeCode}/resync`);
  await expect.poll(() => isReading(openId), { interval: 5 }).toBe(true);

  await first.end('SIGKILL');
  tiktok.simulator.control.faults.clear();
  const survivor = await start({ ROLES: 'api,worker,scheduler' });
  const state = async () => (await survivor.api<Job>('GET', `/api/jobs/${body.job.id}`)).body.state;
  // Without heartbeats it would be a quarter of an hour; how fast it is `npm run chaos -- --only kill-workers` tells.
  await expect.poll(state, { timeout: 60_000, interval: 100 }).toBe('completed');

  const logs = await survivor.api<SyncLogs>('GET', `/api/sync-logs?store_code=${storeCode}`);
  expect(logs.body.items.map((log) => [log.status, log.error_code])).toEqual([
    ['SUCCESS', null],
    ['FAILED', 'WORKER_DIED'],
  ]);
});

test('SIGTERM ends a process with exit code 0 after the sync in flight is written', async () => {
  const { storeCode, openId } = await connect(3);
  const survivor = processes.at(-1);
  if (!survivor) throw new Error('the process of the test before is gone');
  tiktok.simulator.control.faults.add({ endpoint: 'video/list', kind: 'delay', delayMs: 1_000 });
  const { body } = await survivor.api<{ job: { id: string } }>('POST', `/api/stores/${storeCode}/resync`);
  await expect.poll(() => isReading(openId), { interval: 5 }).toBe(true);

  expect(await survivor.end('SIGTERM')).toBe(0);

  const successor = await start({ ROLES: 'api' });
  const { body: job } = await successor.api<Job>('GET', `/api/jobs/${body.job.id}`);
  expect([job.state, job.attempt]).toEqual(['completed', 1]);
});
