import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { updateStore } from '../../src/db/stores.ts';
import { planDay } from '../../src/services/plan-day.ts';
import { createTestClock } from '../support/clock.ts';
import { adminKey, startTestHarian, type TestHarian } from '../support/harian.ts';
import { openSql, type Sql } from '../support/sql.ts';
import { smallAccounts } from '../support/store-driver.ts';
import { insertConnectedStore } from '../support/stores.ts';

// ROLES=api: nothing plans and nothing works, so every store stays what the test makes of it.

interface Coverage {
  expected: number;
  pending: number;
  running: number;
  waiting: Record<string, number>;
  forecast: { stores_left: number; eta_at: string | null };
  items: { store_code: string; waits_for: string | null; explanation: string }[];
  next_cursor: string | null;
}

const clock = createTestClock();
const nothing = {
  worker: 0,
  running: 0,
  limit: 0,
  retry: 0,
  breaker: 0,
  owner: 0,
  pause: 0,
  admin: 0,
  local_time: 0,
};
let harian: TestHarian;
let sql: Sql;
beforeAll(async () => {
  harian = await startTestHarian({
    environment: { ROLES: 'api', TIKTOK_REQUESTS_PER_MINUTE: '600', SNAPSHOT_TIMEZONE: 'Asia/Jakarta' },
    clock,
    circuitBreaker: true,
    simulator: { accounts: smallAccounts(10, 3) },
  });
  sql = await openSql(harian.database.url);
});
beforeEach(async () => {
  clock.set(new Date('2026-03-10T20:00:00Z'));
  await sql.query('truncate stores, request_budgets, circuit_breakers cascade');
  await sql.query('delete from pgboss.job');
});
afterAll(async () => {
  await sql.close();
  await harian.close();
});

const deps = () => harian.harian.deps;
const addStores = async (codes: string[], timezone = 'Asia/Jakarta') => {
  for (const storeCode of codes) {
    const openId = harian.simulator.control.accounts[used++]?.openId ?? '';
    await insertConnectedStore(deps().db, harian.simulator, { storeCode, openId, timezone });
  }
};
let used = 0;
beforeEach(() => {
  used = 0;
});
const read = async (query = '?date=2026-03-11') => (await harian.api<Coverage>('GET', `/api/coverage${query}`)).body;
const openToday = async () => {
  const headers = { authorization: `Bearer ${adminKey}`, accept: 'text/html', 'accept-language': 'en' };
  return (await fetch(`${harian.url}/`, { headers })).text();
};
const setJob = (storeCode: string, change: string) =>
  sql.query(`update pgboss.job set ${change} where singleton_key = $1`, [storeCode]);
const logRun = (storeCode: string, pages: number) =>
  sql.query(
    `insert into sync_logs (id, store_code, snapshot_date, job_name, job_id, delivery, attempt, trigger, status, pages, started_at, finished_at)
     values (gen_random_uuid(), $1, '2026-03-10', 'sync-store', gen_random_uuid(), 0, 1, 'schedule', 'SUCCESS', $2, $3, $3)`,
    [storeCode, pages, clock.now()],
  );

test('says of every unread store what it waits for, and the counts add up', async () => {
  await addStores(['active', 'breaker', 'given-back', 'limit', 'owner', 'pause', 'retry', 'worker']);
  await addStores(['later'], 'Pacific/Pago_Pago');
  await planDay(deps(), 'schedule');
  const deferral = `state = 'retry', retry_count = 1, data = jsonb_set(data::jsonb, '{deferred_delivery}', '1')`;
  await setJob('active', `state = 'active'`);
  await setJob('limit', `${deferral}, output = '{"code":"RATE_LIMIT_EXCEEDED"}'`);
  await setJob('breaker', `${deferral}, output = '{"code":"CIRCUIT_OPEN"}'`);
  await setJob('given-back', `${deferral}, output = '{"code":"STOPPING"}'`);
  await setJob('retry', `state = 'retry', retry_count = 1`);
  await updateStore(deps().db, 'owner', { status: 'NEED_RECONNECT' });
  await updateStore(deps().db, 'pause', { paused: true });

  const coverage = await read();
  expect(coverage.waiting).toEqual({
    ...nothing,
    running: 1,
    limit: 1,
    // After the breaker has closed again nothing but its own time keeps it.
    retry: 2,
    owner: 1,
    pause: 1,
    worker: 2,
    local_time: 1,
  });
  expect(coverage.pending + coverage.running).toBe(8);
  expect(coverage.forecast).toEqual({ stores_left: 7, eta_at: null });
  const waits = Object.fromEntries(coverage.items.map((item) => [item.store_code, item.waits_for]));
  expect(waits).toMatchObject({ active: 'running', limit: 'limit', owner: 'owner', pause: 'pause', worker: 'worker' });
  expect(coverage.items.every(({ explanation }) => explanation.endsWith('.'))).toBe(true);

  await sql.query(`insert into circuit_breakers values ('user/info', 'open', now(), now() + interval '9 s')`);
  expect((await read()).waiting).toMatchObject({ breaker: 2, limit: 1, running: 0 });
  const queue = await harian.api<{ breaker: object; eta_seconds: null }>('GET', '/api/queue');
  expect(queue.body.breaker).toEqual({
    endpoint: 'user/info',
    open_since: expect.stringMatching(/Z$/),
    next_probe_at: expect.stringMatching(/Z$/),
  });
  expect(queue.body.eta_seconds).toBeNull();
});

test('a sync that was cancelled waits for an admin; it is not forecast', async () => {
  await addStores(['cancelled']);
  await planDay(deps(), 'schedule');
  await setJob('cancelled', `state = 'cancelled'`);
  expect(await read()).toMatchObject({ waiting: { admin: 1 }, forecast: { stores_left: 0, eta_at: null } });
});

test('while TikTok’s limit holds work up, the end of the night comes from it and from what a store needs', async () => {
  await addStores(['a', 'b', 'c', 'd']);
  await planDay(deps(), 'schedule');
  await logRun('a', 300);
  await logRun('b', 200);
  // Ahead by no more than the next one or two: that holds nobody up, and how fast it goes nobody has seen yet.
  await sql.query(`insert into request_budgets values ('video/list', now() + interval '200 ms')`);
  expect((await read()).forecast.eta_at).toBeNull();

  await sql.query(`update request_budgets set next_at = now() + interval '1 minute'`);
  const { forecast } = await read();
  // 4 stores × 250 requests at about 578 a minute.
  const minutes = (Date.parse(forecast.eta_at ?? '') - clock.now().getTime()) / 60_000;
  expect(minutes).toBeGreaterThan(1.6);
  expect(minutes).toBeLessThan(1.85);
  const queue = await harian.api<{ eta_seconds: number }>('GET', '/api/queue');
  expect(queue.body.eta_seconds / 60).toBeCloseTo(minutes, 1);
});

test('the requests of the last minute are those of the runs at work in it, and never said to be more than the limit lets out', async () => {
  await addStores(['a', 'b', 'c', 'd']);
  const log = (storeCode: string, pages: number, status: string, startedAgo: string, finishedAgo: string | null) =>
    sql.query(
      `insert into sync_logs (id, store_code, snapshot_date, job_name, job_id, delivery, attempt, trigger, status, pages, started_at, finished_at)
       values (gen_random_uuid(), $1, '2026-03-10', 'sync-store', gen_random_uuid(), 0, 1, 'schedule', $2, $3,
         now() - $4::interval, now() - $5::interval)`,
      [storeCode, status, pages, startedAgo, finishedAgo],
    );
  await log('a', 120, 'SUCCESS', '5 minutes', '1 second');
  await log('b', 30, 'RUNNING', '10 minutes', null);
  await log('c', 999, 'SUCCESS', '20 minutes', '10 minutes');
  await log('d', 999, 'SKIPPED', '5 minutes', '1 second');
  await expect
    .poll(openToday, { timeout: 10_000 })
    .toMatch(/2 of 600 requests[\s\S]*width="25"[\s\S]*150 of 600 requests/);

  await log('c', 700, 'PARTIAL', '5 minutes', '0 seconds');
  await expect
    .poll(openToday, { timeout: 10_000 })
    .toMatch(/3 of 600 requests[\s\S]*width="100"[\s\S]*600 of 600 requests/);
});

test('the end of a night is not before its last time zone has begun', async () => {
  await addStores(['west'], 'Pacific/Pago_Pago');
  await logRun('west', 3);
  const { forecast } = await read();
  expect(forecast.stores_left).toBe(1);
  // 01:00 in Pago Pago.
  expect(Date.parse(forecast.eta_at ?? '')).toBeGreaterThanOrEqual(Date.parse('2026-03-11T12:00:00Z'));
  expect(Date.parse(forecast.eta_at ?? '')).toBeLessThan(Date.parse('2026-03-11T12:01:00Z'));
});

test('a store whose day is due and not planned yet is expected and waits, exactly as once it is planned', async () => {
  await addStores(['planned', 'late', 'owner', 'pause']);
  await planDay(deps(), 'schedule');
  await sql.query(`delete from store_days where store_code <> 'planned'`);
  await updateStore(deps().db, 'owner', { status: 'NEED_RECONNECT' });
  await updateStore(deps().db, 'pause', { paused: true });
  await sql.query(`insert into stores (store_code, name, timezone) values ('never', 'Never', 'Asia/Jakarta')`);

  const before = await read();
  expect(before).toMatchObject({ expected: 3, pending: 3, waiting: { ...nothing, worker: 2, owner: 1 } });
  expect(before.forecast.stores_left).toBe(2);
  expect(before.items.map(({ store_code, waits_for }) => [store_code, waits_for])).toEqual([
    ['late', 'worker'],
    ['owner', 'owner'],
    ['planned', 'worker'],
  ]);
  const first = await read('?date=2026-03-11&limit=1&state=pending');
  const rest = await read(`?date=2026-03-11&limit=2&state=pending&cursor=${first.next_cursor}`);
  expect([...first.items, ...rest.items].map((item) => item.store_code)).toEqual(['late', 'owner', 'planned']);
  expect((await read('?date=2026-03-11&state=running')).items).toEqual([]);
  // The console's own look may be that of a moment ago.
  await expect.poll(openToday, { timeout: 10_000 }).toContain('0 of 3 stores read');

  await planDay(deps(), 'schedule');
  const { items: _before, ...counts } = before;
  expect(await read()).toMatchObject(counts);
});

test('a day that is over, still to come, or after which a store has another, is not expected of an unplanned store', async () => {
  await addStores(['moved', 'unplanned']);
  await sql.query(
    `insert into store_days (store_code, snapshot_date, state) values ('moved', '2026-03-12', 'pending')`,
  );
  expect(await read('?date=2026-03-10')).toMatchObject({ expected: 0, pending: 0, waiting: nothing });
  expect(await read('?date=2026-03-11')).toMatchObject({ expected: 1, pending: 1 });
  // 00:59 in Jakarta, a minute before it is due.
  clock.set(new Date('2026-03-10T17:59:00Z'));
  expect(await read('?date=2026-03-11')).toMatchObject({ expected: 0, waiting: { worker: 0, local_time: 2 } });
});

test('a day nobody is left in has no end to come', async () => {
  expect(await read('?date=2026-03-01')).toMatchObject({
    expected: 0,
    waiting: nothing,
    forecast: { stores_left: 0, eta_at: null },
  });
});
