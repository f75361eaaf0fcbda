import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createStoreLockConnection } from '../../src/db/store-lock.ts';
import { addDays, dayStart } from '../../src/domain/snapshot-day.ts';
import type { JobClaim } from '../../src/services/job-queue.ts';
import { reapAbandoned } from '../../src/services/reap-abandoned.ts';
import { syncStore } from '../../src/services/sync-store.ts';
import { noonZone } from '../support/clock.ts';
import { createGate } from '../support/gate.ts';
import { startTestHarian, type TestHarian } from '../support/harian.ts';
import { createStoreDriver, type StoreDriver, smallAccounts, type TestStore } from '../support/store-driver.ts';

vi.setConfig({ testTimeout: 60_000 });

const gate = createGate();
let harian: TestHarian;
let stores: StoreDriver;
beforeAll(async () => {
  harian = await startTestHarian({ wrapFetch: gate.wrapFetch, simulator: { accounts: smallAccounts(20, 25) } });
  stores = await createStoreDriver(harian);
});
afterAll(async () => {
  await stores.close();
  await harian.close();
});

/** What pg-boss makes of a job whose worker went silent, without waiting for the heartbeat. */
const loseWorker = (jobId: string) =>
  stores.sql.query(
    `update pgboss.job set heartbeat_on = now() - interval '1 minute' where id = $1 and state = 'active'`,
    [jobId],
  );
/** A job whose first `deaths` deliveries ended without a word, about to be delivered again. */
const enqueueAfterDeaths = async (store: TestStore, deaths: number) => {
  const list = gate.holdNext('video/list');
  const jobId = await stores.resync(store);
  await list.reached;
  await stores.sql.query(`delete from sync_logs where job_id = $1`, [jobId]);
  const setJob = (startAfter: string) =>
    stores.sql.query(
      `update pgboss.job set state = 'retry', retry_count = $2, start_after = ${startAfter} where id = $1`,
      [jobId, deaths - 1],
    );
  await setJob(`now() + interval '1 hour'`);
  list.release();
  // The one that stood in for the dead is alive, and would say so.
  await stores.untilRunEnded(jobId);
  await setJob('now()');
  return jobId;
};
/** Every row with its version: what was written and undone in between does not show, what was written does. */
const everything = async (except: string[] = []) => {
  const tables = ['stores', 'tiktok_accounts', 'store_days', 'user_daily', 'videos', 'video_daily', 'sync_logs'];
  const rows = await Promise.all(
    [...tables, 'pgboss.job']
      .filter((table) => !except.includes(table))
      .map((table) => stores.sql.query(`select t.xmin::text, t.ctid::text, t.* from ${table} t order by 1, 2`)),
  );
  return JSON.stringify(rows);
};

test('a job that killed three workers is set aside with an alert, and its day is tried again an hour later', async () => {
  const store = await stores.newStore();
  const jobId = await enqueueAfterDeaths(store, 3);

  const job = await stores.untilJob(jobId, 'failed', 'completed');

  expect(job).toMatchObject({ state: 'failed', error: { code: 'KILLED_WORKER' } });
  const logs = await stores.logs(store);
  expect(logs.map(({ status, error_code }) => [status, error_code]).sort()).toEqual([
    ['FAILED', 'KILLED_WORKER'],
    ['FAILED', 'WORKER_DIED'],
    ['FAILED', 'WORKER_DIED'],
    ['FAILED', 'WORKER_DIED'],
  ]);
  const [day] = await stores.days(store);
  expect(day).toMatchObject({ state: 'pending', reason: 'KILLED_WORKER' });
  const waitMs = (day?.retry_after?.getTime() ?? 0) - Date.now();
  expect(waitMs).toBeGreaterThan(58 * 60_000);
  expect(waitMs).toBeLessThan(61 * 60_000);
  const alert = harian.logs.map((line) => JSON.parse(line)).find((line) => line.job_id === jobId && line.count === 3);
  expect(alert).toMatchObject({ level: 'error', error_code: 'KILLED_WORKER', store_code: store.storeCode });
  // That of the first run alone: the one that sets aside asks nothing.
  expect(stores.journal(store, 'user/info')).toHaveLength(1);
});

test('a job set aside gets its attempt when an admin asks for it', async () => {
  const store = await stores.newStore();
  const jobId = await enqueueAfterDeaths(store, 3);
  await stores.untilJob(jobId, 'failed');

  expect((await harian.api('POST', `/api/jobs/${jobId}/retry`)).status).toBe(202);

  await stores.untilJob(jobId, 'completed');
});

test('two deaths are no reason: the third delivery reads the day, and each dead one has its row', async () => {
  const store = await stores.newStore();
  const jobId = await enqueueAfterDeaths(store, 2);

  await stores.untilJob(jobId, 'completed');

  const logs = await stores.logs(store);
  expect(logs.map(({ status, error_code, attempt }) => [status, error_code, attempt]).sort()).toEqual([
    ['FAILED', 'WORKER_DIED', 1],
    ['FAILED', 'WORKER_DIED', 2],
    ['SUCCESS', null, 3],
  ]);
});

test('waits and failures that were told are no deaths, however many there were', async () => {
  const store = await stores.newStore();
  stores.fault(store, { endpoint: 'user/info', kind: 'rate_limited', retryAfterSeconds: 0, times: 4 });

  expect(await stores.untilJob(await stores.resync(store), 'completed', 'failed')).toMatchObject({
    state: 'completed',
    attempt: 1,
  });
});

test('a run that outlives its claim changes nothing but the end of its own log row', async () => {
  const store = await stores.newStore();
  const list = gate.holdNext('video/list');
  const jobId = await stores.resync(store);
  await list.reached;
  // As if the lease had run out and another worker had the job by now.
  await stores.sql.query(`update pgboss.job set retry_count = retry_count + 1 where id = $1`, [jobId]);
  const before = await everything(['sync_logs']);

  list.release();
  await expect.poll(async () => (await stores.logs(store))[0]?.status).toBe('SKIPPED');

  expect((await stores.logs(store)).map((log) => log.error_code)).toEqual(['CLAIM_LOST']);
  expect(await everything(['sync_logs'])).toBe(before);
  await stores.cancel(jobId);
});

test.for([
  ['the store is free', false],
  ['the store is locked by another', true],
] as const)('a delivery that is nobody’s any more changes 0 rows: %s', async ([, isLocked]) => {
  const store = await stores.newStore();
  const held = gate.holdNext('video/list');
  const jobId = await stores.resync(store);
  await held.reached;
  // The live run holds the lock; else the job is over.
  if (!isLocked) {
    held.release();
    await stores.untilJob(jobId, 'completed');
  }
  const job = await stores.job(jobId);
  const claim: JobClaim = {
    id: jobId,
    retryCount: 7,
    retryLimit: 7,
    storeCode: store.storeCode,
    snapshotDate: job.snapshot_date,
    trigger: 'manual',
    deferrals: 0,
    traceparent: null,
    signal: new AbortController().signal,
    giveBack: new AbortController().signal,
    lastCall: new AbortController().signal,
  };
  const connection = createStoreLockConnection(harian.database.url);
  const before = await everything();
  const asked = stores.journal(store).length;

  const result = await syncStore(harian.harian.deps, connection, claim);

  expect(result).toMatchObject({ status: 'SKIPPED', errorCode: 'CLAIM_LOST' });
  if (!isLocked) expect(await everything()).toBe(before);
  expect(stores.journal(store)).toHaveLength(asked);
  expect((await stores.logs(store)).map(({ status }) => status)).toEqual([isLocked ? 'RUNNING' : 'SUCCESS']);
  await connection.close();
  held.release();
  await stores.untilJob(jobId, 'completed');
});

/** Half past eleven at night where a store lives; its job is delivered once more, to nobody but us. */
async function deliverLate(store: TestStore, retryCount: number) {
  const list = gate.holdNext('video/list');
  const jobId = await stores.resync(store);
  await list.reached;
  const { snapshot_date: snapshotDate } = await stores.job(jobId);
  await stores.sql.query('delete from sync_logs where job_id = $1', [jobId]);
  await stores.sql.query('update pgboss.job set retry_count = $2 where id = $1', [jobId, retryCount]);
  list.release();
  await stores.untilRunEnded(jobId);
  const midnight = dayStart(addDays(snapshotDate, 1), noonZone());
  const now = new Date(midnight.getTime() - 30 * 60_000);
  const { signal } = new AbortController();
  const claim: JobClaim = {
    ...{
      id: jobId,
      retryCount,
      retryLimit: 7,
      storeCode: store.storeCode,
      snapshotDate,
      trigger: 'manual',
      deferrals: 0,
      traceparent: null,
    },
    ...{ signal, giveBack: signal, lastCall: signal },
  };
  const retryAfter = new Date(now.getTime() + 15 * 60_000);
  return { claim, deps: { ...harian.harian.deps, clock: { now: () => now } }, retryAfter };
}

test('a day whose job is set aside shortly before its end is tried again before it ends', async () => {
  const store = await stores.newStore();
  const { claim, deps, retryAfter } = await deliverLate(store, 3);
  const connection = createStoreLockConnection(harian.database.url);

  expect(await syncStore(deps, connection, claim)).toMatchObject({ status: 'FAILED', errorCode: 'KILLED_WORKER' });

  expect(await stores.days(store)).toMatchObject([
    { state: 'pending', reason: 'KILLED_WORKER', retry_after: retryAfter },
  ]);
  await connection.close();
});

test('a day whose last attempt breaks off shortly before its end is tried again before it ends', async () => {
  const store = await stores.newStore();
  const { claim, deps, retryAfter } = await deliverLate(store, 7);
  const broken = Object.assign(new Error('broken'), { code: 'LOCK_LOST' });

  const result = await syncStore(deps, { withLockOf: () => Promise.reject(broken) }, claim);

  expect(result).toMatchObject({ status: 'FAILED', errorCode: 'LOCK_LOST' });
  expect(await stores.days(store)).toMatchObject([{ state: 'pending', reason: 'LOCK_LOST', retry_after: retryAfter }]);
});

test('a day whose job failed for good without a word is tried again while it lasts', async () => {
  const store = await stores.newStore();
  const list = gate.holdNext('video/list');
  const jobId = await stores.resync(store);
  await list.reached;
  await stores.sql.query(`update pgboss.job set state = 'failed', completed_on = now() where id = $1`, [jobId]);

  await reapAbandoned(harian.harian.deps);

  const [day] = await stores.days(store);
  expect(day).toMatchObject({ state: 'pending', reason: 'WORKER_DIED' });
  expect(day?.retry_after).not.toBeNull();
  expect((await stores.logs(store)).map((log) => log.error_code)).toEqual(['WORKER_DIED']);
  list.release();
  // Its next page must not stand in for that of another test.
  await stores.untilRunEnded(jobId);
});

test('a live run is left alone by whoever cleans up after dead ones', async () => {
  const store = await stores.newStore();
  const list = gate.holdNext('video/list');
  const jobId = await stores.resync(store);
  await list.reached;

  await reapAbandoned(harian.harian.deps);

  expect(await stores.days(store)).toMatchObject([{ state: 'running', retry_after: null }]);
  expect(await stores.logs(store)).toMatchObject([{ status: 'RUNNING' }]);
  list.release();
  await stores.untilJob(jobId, 'completed');
});

test('a worker that went silent loses its job within seconds of the heartbeat’s end, and the next one has it', async () => {
  const store = await stores.newStore();
  const list = gate.holdNext('video/list');
  const jobId = await stores.resync(store);
  await list.reached;
  const lostMs = performance.now();
  await loseWorker(jobId);

  // The silent one still holds the lock: until it lets go, the next one waits for free.
  await stores.untilJob(jobId, 'deferred', 'retrying');
  list.release();

  await stores.untilJob(jobId, 'completed');
  // Without the heartbeat it would be a quarter of an hour.
  expect(performance.now() - lostMs).toBeLessThan(60_000);
});
