import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { planDay } from '../../src/services/plan-day.ts';
import { reapAbandoned } from '../../src/services/reap-abandoned.ts';
import { createTestClock, noonZone } from '../support/clock.ts';
import { createGate } from '../support/gate.ts';
import { startTestHarian, type TestHarian } from '../support/harian.ts';
import { openSql } from '../support/sql.ts';
import { createStoreDriver, type StoreDriver, smallAccounts, type TestStore } from '../support/store-driver.ts';

const clock = createTestClock();
const gate = createGate();
let harian: TestHarian;
let stores: StoreDriver;
beforeAll(async () => {
  harian = await startTestHarian({ clock, wrapFetch: gate.wrapFetch, simulator: { accounts: smallAccounts(20, 3) } });
  stores = await createStoreDriver(harian);
});
beforeEach(() => {
  clock.reset();
});
afterAll(async () => {
  await stores.close();
  await harian.close();
});

const minute = 60_000;
const day = 24 * 60 * minute;
const plan = (trigger: 'schedule' | 'catch_up' = 'schedule') => planDay(harian.harian.deps, trigger);

const newStore = () => stores.newStore({ timezone: noonZone() });
/** The date on a wall calendar there, without the program's own reckoning. */
const dateIn = (timezone: string) => new Intl.DateTimeFormat('en-CA', { timeZone: timezone }).format(clock.now());
const followers = (store: TestStore) =>
  stores.sql.query(
    `select snapshot_date::text as day, follower_count::int as followers from user_daily
     where store_code = $1 order by 1`,
    [store.storeCode],
  );

test('a planned day is read by itself, and logged as scheduled', async () => {
  const store = await newStore();

  await plan();

  await expect.poll(() => stores.days(store)).toMatchObject([{ state: 'complete' }]);
  expect(await stores.logs(store)).toMatchObject([{ status: 'SUCCESS', trigger: 'schedule', attempt: 1 }]);
  await plan();
  expect(await stores.logs(store)).toHaveLength(1);
});

test('every day has rows of its own; what was read on an earlier day never changes', async () => {
  const store = await newStore();
  harian.simulator.control.setNumbers(store.openId, { follower_count: 100 });
  await stores.sync(store);
  const first = dateIn(noonZone());
  clock.advanceMs(day);
  harian.simulator.control.setNumbers(store.openId, { follower_count: 90 });

  await stores.sync(store);

  expect(await followers(store)).toEqual([
    { day: first, followers: 100 },
    { day: dateIn(noonZone()), followers: 90 },
  ]);
  const [videoDays] = await stores.sql.query(
    `select count(*)::int as rows, count(distinct snapshot_date)::int as days, count(distinct video_id)::int as videos
     from video_daily where store_code = $1`,
    [store.storeCode],
  );
  expect(videoDays).toEqual({ rows: 6, days: 2, videos: 3 });
});

test('stores on both sides of the date line are read at one moment into the day of each', async () => {
  const [east, west] = await Promise.all([
    stores.newStore({ timezone: 'Pacific/Kiritimati' }),
    stores.newStore({ timezone: 'Pacific/Pago_Pago' }),
  ]);

  await Promise.all([stores.sync(east), stores.sync(west)]);

  expect((await stores.days(east)).map((row) => row.day)).toEqual([dateIn('Pacific/Kiritimati')]);
  expect((await stores.days(west)).map((row) => row.day)).toEqual([dateIn('Pacific/Pago_Pago')]);
});

test('when all attempts are used up the day is left to the planner: half an hour later it is caught up', async () => {
  const store = await newStore();
  stores.fault(store, { endpoint: 'user/info', kind: 'internal_error', times: 8 });
  await plan();
  const [planned] = await stores.sql.query<{ job_id: string }>('select job_id from store_days where store_code = $1', [
    store.storeCode,
  ]);
  const jobId = planned?.job_id ?? '';
  for (let attempt = 1; attempt < 8; attempt++) {
    const job = await stores.untilJob(jobId, 'retrying');
    expect(job.attempt).toBe(attempt);
    await stores.pullForward(store, job);
  }
  expect(await stores.untilJob(jobId, 'failed')).toMatchObject({ attempt: 8, error: { code: 'INTERNAL_ERROR' } });
  const [left] = await stores.days(store);
  expect(left).toMatchObject({ state: 'pending', reason: 'INTERNAL_ERROR' });
  const waitMs = (left?.retry_after?.getTime() ?? 0) - clock.now().getTime();
  expect(waitMs).toBeGreaterThan(28 * minute);
  expect(waitMs).toBeLessThanOrEqual(30 * minute);

  clock.advanceMs(28 * minute);
  await plan();
  expect(await stores.logs(store)).toHaveLength(8);
  clock.advanceMs(2 * minute);
  await plan();

  await expect.poll(() => stores.days(store)).toMatchObject([{ state: 'complete', retry_after: null }]);
  const last = (await stores.logs(store)).at(-1);
  expect(last).toMatchObject({ status: 'SUCCESS', trigger: 'catch_up', attempt: 1 });
  expect(last?.job_id).not.toBe(jobId);
});

test('a day whose attempts are used up shortly before its end is tried again before it ends', async () => {
  const store = await newStore();
  stores.fault(store, { endpoint: 'user/info', kind: 'internal_error', times: 8 });
  const today = dateIn(noonZone());
  // Half past eleven at night.
  clock.advanceMs(11.5 * 60 * minute - new Date().getUTCMinutes() * minute);
  await plan();
  const [planned] = await stores.sql.query<{ job_id: string }>('select job_id from store_days where store_code = $1', [
    store.storeCode,
  ]);
  const jobId = planned?.job_id ?? '';
  for (let attempt = 1; attempt < 8; attempt++) {
    await stores.pullForward(store, await stores.untilJob(jobId, 'retrying'));
  }
  await stores.untilJob(jobId, 'failed');
  const [left] = await stores.days(store);
  const waitMs = (left?.retry_after?.getTime() ?? 0) - clock.now().getTime();
  expect(waitMs).toBeGreaterThan(10 * minute);
  expect(waitMs).toBeLessThan(16 * minute);

  clock.advanceMs(16 * minute);
  await plan();

  await expect.poll(() => stores.days(store)).toMatchObject([{ day: today, state: 'complete', retry_after: null }]);
});

test('a worker that dies shortly before its day ends leaves the day to be tried again before it ends', async () => {
  const store = await newStore();
  clock.advanceMs(11.5 * 60 * minute - new Date().getUTCMinutes() * minute);
  const user = gate.holdNext('user/info');
  const jobId = await stores.resync(store);
  await user.reached;
  await stores.sql.query(`update pgboss.job set state = 'failed' where id = $1`, [jobId]);

  await reapAbandoned(harian.harian.deps);

  const [left] = await stores.days(store);
  const waitMs = (left?.retry_after?.getTime() ?? 0) - clock.now().getTime();
  expect(waitMs).toBeGreaterThan(10 * minute);
  expect(waitMs).toBeLessThan(16 * minute);
  user.release();
  await stores.untilRunEnded(jobId);
});

test('a job whose day is over reads nothing: today’s totals are never written under yesterday', async () => {
  const store = await newStore();
  stores.fault(store, { endpoint: 'user/info', kind: 'rate_limited', retryAfterSeconds: 1 });
  const job = await stores.sync(store);
  expect(job.state).toBe('deferred');
  clock.advanceMs(day);

  await stores.untilJob(job.id, 'cancelled');

  expect((await stores.logs(store)).map((log) => [log.status, log.error_code])).toEqual([
    ['SKIPPED', 'RATE_LIMIT_EXCEEDED'],
    ['SKIPPED', 'DAY_IS_OVER'],
  ]);
  expect(await followers(store)).toEqual([]);
  expect(stores.journal(store, 'user/info')).toHaveLength(1);
  expect(await stores.days(store)).toMatchObject([{ state: 'missed', reason: 'NOT_READ_IN_TIME' }]);
});

test('a run that began in time and ended after midnight is kept under its day, as LATE', async () => {
  const store = await newStore();
  const list = gate.holdNext('video/list');
  const jobId = await stores.resync(store);
  await list.reached;
  const began = dateIn(noonZone());
  clock.advanceMs(day);

  list.release();

  await stores.untilJob(jobId, 'completed');
  expect(await stores.days(store)).toMatchObject([{ day: began, state: 'late', reason: null }]);
  expect((await followers(store)).map((row) => row.day)).toEqual([began]);
  expect((await stores.logs(store)).map((log) => log.status)).toEqual(['SUCCESS']);
});

test('a run that ends after midnight replaces nothing of a day that was read while it lasted', async () => {
  const store = await newStore();
  harian.simulator.control.setNumbers(store.openId, { follower_count: 100 });
  await stores.sync(store);
  const before = await stores.days(store);
  const user = gate.holdNext('user/info');
  const jobId = await stores.resync(store);
  await user.reached;
  harian.simulator.control.setNumbers(store.openId, { follower_count: 999 });
  clock.advanceMs(day);

  user.release();

  await stores.untilJob(jobId, 'cancelled');
  expect((await followers(store)).map((row) => row.followers)).toEqual([100]);
  expect((await stores.days(store))[0]).toMatchObject({ state: 'complete', captured_at: before[0]?.captured_at });
  expect((await stores.logs(store)).at(-1)).toMatchObject({ status: 'SKIPPED', error_code: 'DAY_IS_OVER' });
});

test('a resync takes the place of a job that still waits for a day that is over', async () => {
  const store = await newStore();
  stores.fault(store, { endpoint: 'user/info', kind: 'rate_limited', retryAfterSeconds: 600 });
  const old = await stores.sync(store);
  clock.advanceMs(day);

  const job = await stores.sync(store);

  expect(job).toMatchObject({ state: 'completed', snapshot_date: dateIn(noonZone()) });
  expect(job.id).not.toBe(old.id);
  expect(await stores.job(old.id)).toMatchObject({ state: 'cancelled', snapshot_date: old.snapshot_date });
});

test('while a store needs to be reconnected its days are missed with that reason, and TikTok is not asked', async () => {
  const store = await newStore();
  await stores.sync(store);
  stores.fault(store, { endpoint: 'user/info', kind: 'display_error', code: 'scope_not_authorized', status: 401 });
  await stores.sync(store);
  expect(await stores.store(store)).toMatchObject({ status: 'NEED_RECONNECT' });
  clock.advanceMs(day);
  await plan();
  clock.advanceMs(day);
  await plan();

  expect((await stores.days(store)).map((row) => [row.state, row.reason])).toEqual([
    ['complete', null],
    ['missed', 'NEED_RECONNECT'],
    ['pending', 'NEED_RECONNECT'],
  ]);
  expect(stores.journal(store, 'user/info')).toHaveLength(2);
});

test('a run whose day is over takes the day before its job, as the planner does: the two cannot wait for each other', async () => {
  const store = await newStore();
  stores.fault(store, { endpoint: 'user/info', kind: 'internal_error', times: 1 });
  const jobId = await stores.resync(store);
  await stores.untilJob(jobId, 'retrying');
  await stores.sql.query("update pgboss.job set start_after = now() + interval '1 hour' where id = $1", [jobId]);
  clock.advanceMs(day);
  const planner = await openSql(harian.database.url);
  await planner.query('begin');
  await planner.query('select from store_days where store_code = $1 for update', [store.storeCode]);
  await stores.sql.query('update pgboss.job set start_after = now() where id = $1', [jobId]);
  await vi.waitFor(
    async () => {
      const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
      expect(await stores.sql.query(waiting)).toHaveLength(1);
    },
    { timeout: 20_000, interval: 20 },
  );

  // Throws when the waiting run holds it.
  await planner.query('select from pgboss.job where id = $1 for update nowait', [jobId]);

  await planner.query('rollback');
  await planner.close();
  await stores.untilJob(jobId, 'cancelled');
  expect(await stores.days(store)).toMatchObject([{ state: 'missed' }]);
});
