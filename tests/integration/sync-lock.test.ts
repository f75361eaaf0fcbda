import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lockKey } from '../../src/crypto/hash.ts';
import { createQueueDatabase } from '../../src/db/queue-database.ts';
import { createStoreLockConnection } from '../../src/db/store-lock.ts';
import { beginRun } from '../../src/db/sync-runs.ts';
import { createGate } from '../support/gate.ts';
import { startTestHarian, type TestHarian } from '../support/harian.ts';
import { openSql } from '../support/sql.ts';
import { createStoreDriver, expectRowsEqualOracle, type StoreDriver, smallAccounts } from '../support/store-driver.ts';

const gate = createGate();
let harian: TestHarian;
let stores: StoreDriver;
beforeAll(async () => {
  harian = await startTestHarian({ wrapFetch: gate.wrapFetch, simulator: { accounts: smallAccounts(10, 25) } });
  stores = await createStoreDriver(harian);
});
afterAll(async () => {
  await stores.close();
  await harian.close();
});

/** The backends that hold a store's lock right now. */
const lockHolders = () =>
  stores.sql.query<{ pid: number }>(
    `select l.pid from pg_locks l join pg_stat_activity a using (pid)
     where l.locktype = 'advisory' and l.granted and a.application_name = 'harian-sync' and a.datname = current_database()`,
  );

test('a store that another worker holds is left alone: no request, no attempt, again in a few seconds', async () => {
  const store = await stores.newStore();
  const other = await openSql(harian.database.url);
  await other.query('select pg_advisory_lock($1)', [String(lockKey(store.storeCode))]);

  const job = await stores.untilJob(await stores.resync(store), 'deferred');

  expect(job).toMatchObject({ state: 'deferred', attempt: 0, error: { code: 'STORE_BUSY' } });
  expect(Date.parse(job.retry_at ?? '') - Date.now()).toBeLessThan(3_000);
  expect(stores.journal(store)).toEqual([]);
  expect(await stores.account(store)).toMatchObject({ version: 1, refresh_state: 'IDLE' });
  await other.close();
  expect(await stores.untilJob(job.id, 'completed')).toMatchObject({ attempt: 1 });
  expect(await stores.logs(store)).toMatchObject([
    { status: 'SKIPPED', error_code: 'STORE_BUSY', attempt: 1 },
    { status: 'SUCCESS', attempt: 1 },
  ]);
});

test('a worker that loses its lock in the middle of a run writes nothing of it; the retry reads everything anew', async () => {
  const store = await stores.newStore();
  const list = gate.holdNext('video/list');
  const jobId = await stores.resync(store);
  await list.reached;
  const holders = await lockHolders();
  expect(holders).toHaveLength(1);
  await stores.sql.query('select pg_terminate_backend($1)', [holders[0]?.pid]);
  harian.simulator.control.setNumbers(store.openId, { follower_count: 4_321 });

  // It gives up at once, without waiting for TikTok's answer.
  const job = await stores.untilJob(jobId, 'retrying');
  list.release();
  expect(job).toMatchObject({ attempt: 1, error: { code: 'LOCK_LOST' } });
  expect(await stores.sql.query('select from user_daily where store_code = $1', [store.storeCode])).toEqual([]);
  expect(await stores.days(store)).toMatchObject([{ state: 'pending', captured_at: null }]);
  await stores.untilJob(jobId, 'completed');
  await expectRowsEqualOracle(stores, store);
  expect((await stores.logs(store)).map((log) => [log.status, log.attempt])).toEqual([
    ['FAILED', 1],
    ['SUCCESS', 2],
  ]);
});

test('a new pair is kept even when the worker’s own connection dies before it could be written', async () => {
  const store = await stores.newStore();
  await stores.expireAccessToken(store);
  const refresh = gate.holdAnswer('token');
  const jobId = await stores.resync(store);
  await refresh.reached;
  const holders = await lockHolders();
  await stores.sql.query('select pg_terminate_backend($1)', [holders[0]?.pid]);

  refresh.release();

  await stores.untilJob(jobId, 'completed');
  expect(await stores.account(store)).toMatchObject({ version: 2, refresh_state: 'IDLE' });
  expect(stores.journal(store, 'token')).toHaveLength(1);
  expect((await stores.logs(store)).at(-1)).toMatchObject({ status: 'SUCCESS' });
});

test('a resync right after a run does not find the store busy with the run that has just ended', async () => {
  const store = await stores.newStore();

  for (let run = 1; run <= 30; run++) {
    // Asked again and again while it runs, so that one request comes in the moment of its end.
    const ask = () => harian.api('POST', `/api/stores/${store.storeCode}/resync`);
    while ((await ask()).status === 409);
  }
  await expect.poll(async () => (await stores.logs(store)).length).toBe(30);

  const [jobs] = await stores.sql.query(
    `select count(*)::int as jobs, sum((data->>'deferrals')::int)::int as deferrals from pgboss.job
     where name = 'sync-store' and singleton_key = $1`,
    [store.storeCode],
  );
  expect(jobs).toEqual({ jobs: 30, deferrals: 0 });
});

test('no lock is left behind by runs that succeed, fail, wait or are cancelled', async () => {
  const [good, bad, waiting] = [await stores.newStore(), await stores.newStore(), await stores.newStore()];
  stores.fault(bad, { endpoint: 'user/info', kind: 'display_error', code: 'invalid_params' });
  stores.fault(waiting, { endpoint: 'user/info', kind: 'rate_limited' });

  const jobs = await Promise.all([good, bad, waiting].map((store) => stores.sync(store)));

  expect(jobs.map((job) => job.state)).toEqual(['completed', 'failed', 'deferred']);
  await expect.poll(lockHolders, { interval: 20 }).toEqual([]);
  await stores.cancel(jobs[2]?.id ?? '');
});

test('what is known during a run can be followed: the job is active and its progress grows', async () => {
  const store = await stores.newStore();
  const list = gate.holdNext('video/list');
  const jobId = await stores.resync(store);
  await list.reached;

  expect(await stores.job(jobId)).toMatchObject({ state: 'active', attempt: 1, error: null, retry_at: null });
  expect(await stores.logs(store)).toMatchObject([{ status: 'RUNNING', finished_at: null }]);
  expect(await stores.days(store)).toMatchObject([{ state: 'running' }]);
  const again = await harian.api('POST', `/api/stores/${store.storeCode}/resync`);
  expect(again).toMatchObject({ status: 409, body: { error: { code: 'SYNC_IN_PROGRESS' } } });
  expect(again.headers.get('location')).toBe(`/api/jobs/${jobId}`);
  list.release();

  expect(await stores.untilJob(jobId, 'completed')).toMatchObject({ progress: { pages: 2, videos: 25 } });
});

test('a worker that was taken for dead says that it lives: no death counts against its job', async () => {
  const store = await stores.newStore();
  const list = gate.holdNext('video/list');
  const jobId = await stores.resync(store);
  await list.reached;
  // What pg-boss and the reaper do when its heartbeat did not get through.
  await stores.sql.query(
    `update pgboss.job set state = 'retry', retry_count = retry_count + 1, start_after = now() + interval '1 hour' where id = $1`,
    [jobId],
  );
  await stores.sql.query(
    `update sync_logs set status = 'FAILED', error_code = 'WORKER_DIED', finished_at = now() where job_id = $1`,
    [jobId],
  );

  list.release();

  await expect.poll(() => stores.logs(store)).toMatchObject([{ status: 'SKIPPED', error_code: 'CLAIM_LOST' }]);
  await stores.cancel(jobId);
});

test('only what a crash may forget does not wait for the disk: the claim of a job and the opening of its log', async () => {
  const ask = 'show synchronous_commit';
  await stores.sql.query(
    `do $$ begin execute format('alter database %I set synchronous_commit = on', current_database()); end $$`,
  );
  const store = await stores.newStore();
  const list = gate.holdNext('video/list');
  const jobId = await stores.resync(store);
  await list.reached;
  const { snapshot_date: snapshotDate } = await stores.untilJob(jobId, 'active');
  const claimed = { jobId, delivery: 0, attempt: 1, storeCode: store.storeCode, snapshotDate, jobName: 'sync-store' };
  const queue = createQueueDatabase({ url: harian.database.url, maxConnections: 1, onError: () => undefined });
  const connection = createStoreLockConnection(harian.database.url);

  const log = { ...claimed, id: randomUUID(), trigger: 'manual' as const, startedAt: new Date() };
  const ofRun = await connection.withLockOf(
    'any',
    (db, key) => beginRun(db, key, log, 1),
    async ({ db, begun }) => ({ isOpen: begun.opened, settings: (await db.execute(ask)).rows }),
  );

  expect((await queue.executeSql(ask)).rows).toEqual([{ synchronous_commit: 'off' }]);
  expect(ofRun).toEqual({ isOpen: true, settings: [{ synchronous_commit: 'on' }] });
  // An answer that got lost with its connection is asked for again, under the same log.
  const again = await connection.withLockOf(
    'any',
    (db, key) => beginRun(db, key, log, 1),
    async ({ begun }) => begun.opened,
  );
  expect(again).toBe(true);
  expect((await stores.logs(store)).filter(({ status }) => status === 'RUNNING')).toHaveLength(1);
  await connection.close();
  await queue.close();
  list.release();
});
