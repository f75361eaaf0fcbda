import { sql } from 'drizzle-orm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { inTransaction } from '../../src/db/client.ts';
import { findStore, updateStore } from '../../src/db/stores.ts';
import { planDay } from '../../src/services/plan-day.ts';
import { enqueueNow } from '../../src/services/resync-store.ts';
import { changeStore } from '../../src/services/update-store.ts';
import { newStoreCode, startTestHarian, type TestHarian } from '../support/harian.ts';
import { insertConnectedStore } from '../support/stores.ts';

// ROLES=api: nothing plans and nothing works but what a test asks for.

let harian: TestHarian;
beforeEach(async () => {
  harian = await startTestHarian({ environment: { ROLES: 'api' } });
});
afterEach(async () => {
  await harian.close();
});

const at = (instant: string) => ({ ...harian.harian.deps, clock: { now: () => new Date(instant) } });

const change = (storeCode: string, instant: string, changes: { paused?: boolean; timezone?: string }) =>
  changeStore(at(instant), storeCode, changes);

const addStore = async (timezone = 'Asia/Jakarta', connectedAt = new Date('2026-03-01T12:00:00Z')) => {
  const storeCode = newStoreCode();
  const openId = harian.simulator.control.accounts[used++]?.openId ?? '';
  await insertConnectedStore(harian.harian.deps.db, harian.simulator, { storeCode, openId, timezone, connectedAt });
  return storeCode;
};
let used = 0;
beforeEach(() => {
  used = 0;
});

const days = async (storeCode: string) => {
  const result = await harian.harian.deps.db.execute<{ day: string; state: string; reason: string | null }>(sql`
    select snapshot_date::text as day, state, reason from store_days where store_code = ${storeCode} order by 1`);
  return result.rows.map(({ day, state, reason }) => [day, state, reason]);
};
const jobs = async () => {
  const result = await harian.harian.deps.db.execute<{
    store: string;
    day: string;
    trigger: string;
    state: string;
  }>(sql`
    select singleton_key as store, data->>'snapshot_date' as day, data->>'trigger' as trigger, state::text
    from pgboss.job where name = 'sync-store' order by created_on, 1`);
  return result.rows;
};

test('a day opens at its local time, with one job, and never twice', async () => {
  const store = await addStore();

  expect(await planDay(at('2026-03-10T17:59:59Z'), 'schedule')).toEqual({ opened: 0, enqueued: 0, missed: 0 });
  expect(await planDay(at('2026-03-10T18:00:00Z'), 'schedule')).toEqual({ opened: 1, enqueued: 1, missed: 0 });
  expect(await planDay(at('2026-03-10T18:05:00Z'), 'schedule')).toEqual({ opened: 0, enqueued: 0, missed: 0 });

  expect(await days(store)).toEqual([['2026-03-11', 'pending', null]]);
  expect(await jobs()).toEqual([{ store, day: '2026-03-11', trigger: 'schedule', state: 'created' }]);
});

test('any number of schedulers at once plan each store once', async () => {
  for (let index = 0; index < 8; index++) await addStore();

  const results = await Promise.all(Array.from({ length: 6 }, () => planDay(at('2026-03-10T20:00:00Z'), 'schedule')));

  expect(results.reduce((sum, result) => sum + result.enqueued, 0)).toBe(8);
  const planned = await jobs();
  expect(planned).toHaveLength(8);
  expect(new Set(planned.map((job) => job.store)).size).toBe(8);
});

test('what was missed while nothing ran is due at once as a catch-up; whole days are missed, never invented', async () => {
  const store = await addStore();
  await planDay(at('2026-03-10T18:00:00Z'), 'schedule');

  const result = await planDay(at('2026-03-13T22:00:00Z'), 'catch_up');

  expect(result).toEqual({ missed: 3, opened: 1, enqueued: 1 });
  expect(await days(store)).toEqual([
    ['2026-03-11', 'missed', 'NOT_READ_IN_TIME'],
    ['2026-03-12', 'missed', 'NOT_PLANNED'],
    ['2026-03-13', 'missed', 'NOT_PLANNED'],
    ['2026-03-14', 'pending', null],
  ]);
  expect((await jobs()).map((job) => [job.day, job.state, job.trigger])).toEqual([
    ['2026-03-11', 'cancelled', 'schedule'],
    ['2026-03-14', 'created', 'catch_up'],
  ]);
});

test('a store lives on its own clock: east and west of the date line have different days', async () => {
  const east = await addStore('Pacific/Kiritimati');
  const west = await addStore('Pacific/Pago_Pago');

  await planDay(at('2026-03-10T12:30:00Z'), 'schedule');

  expect(await days(east)).toEqual([['2026-03-11', 'pending', null]]);
  expect(await days(west)).toEqual([['2026-03-10', 'pending', null]]);
});

test('across a daylight-saving gap and a repeat every local day is planned exactly once', async () => {
  // New York loses 02:00–03:00 on 8 March and repeats 01:00–02:00 on 1 November 2026; due time is 01:00.
  const store = await addStore('America/New_York');
  for (const start of ['2026-03-07T00:00:00Z', '2026-10-31T00:00:00Z']) {
    for (let tick = 0; tick < 24 * 3; tick++) {
      await planDay(at(new Date(Date.parse(start) + tick * 3_600_000).toISOString()), 'schedule');
      // Whatever was planned is read at once, so that the next day finds no job in its way.
      await harian.harian.deps.db.execute(sql`update pgboss.job set state = 'completed' where name = 'sync-store'`);
      await harian.harian.deps.db.execute(sql`update store_days set state = 'complete' where state = 'pending'`);
    }
  }

  const planned = (await jobs()).map((job) => job.day);
  expect(planned).toEqual([
    '2026-03-06',
    '2026-03-07',
    '2026-03-08',
    '2026-03-09',
    '2026-10-30',
    '2026-10-31',
    '2026-11-01',
    '2026-11-02',
  ]);
  expect((await days(store)).filter(([, state]) => state === 'complete')).toHaveLength(8);
});

test('who is not expected gets no day; who has to reconnect gets a day without a job, missed when it is over', async () => {
  const broken = await addStore();
  const paused = await addStore();
  const gone = await addStore();
  const { db } = harian.harian.deps;
  await updateStore(db, broken, { status: 'NEED_RECONNECT', statusReason: 'REVOKED' });
  await updateStore(db, paused, { paused: true });
  await updateStore(db, gone, { status: 'DISCONNECTED' });
  await harian.api('POST', '/api/stores', { store_code: newStoreCode('pending'), name: 'Never connected' });

  expect(await planDay(at('2026-03-10T18:00:00Z'), 'schedule')).toEqual({ opened: 1, enqueued: 0, missed: 0 });
  await planDay(at('2026-03-11T18:00:00Z'), 'schedule');

  expect(await days(broken)).toEqual([
    ['2026-03-11', 'missed', 'NEED_RECONNECT'],
    ['2026-03-12', 'pending', 'NEED_RECONNECT'],
  ]);
  expect([...(await days(paused)), ...(await days(gone)), ...(await jobs())]).toEqual([]);
});

test('a day whose job came to nothing is planned again once its time has come', async () => {
  const store = await addStore();
  await planDay(at('2026-03-10T18:00:00Z'), 'schedule');
  const { db } = harian.harian.deps;
  await db.execute(sql`update pgboss.job set state = 'failed' where name = 'sync-store'`);
  await db.execute(sql`update store_days set retry_after = '2026-03-10T18:30:00Z' where store_code = ${store}`);

  expect((await planDay(at('2026-03-10T18:25:00Z'), 'schedule')).enqueued).toBe(0);
  expect((await planDay(at('2026-03-10T18:30:00Z'), 'schedule')).enqueued).toBe(1);
  expect((await planDay(at('2026-03-10T18:35:00Z'), 'schedule')).enqueued).toBe(0);

  expect((await jobs()).map((job) => [job.trigger, job.state])).toEqual([
    ['schedule', 'failed'],
    ['catch_up', 'created'],
  ]);
});

test('a job that waits when its store is paused is planned anew once the store goes on, the same day', async () => {
  const store = await addStore();
  await planDay(at('2026-03-10T18:00:00Z'), 'schedule');
  await change(store, '2026-03-10T19:00:00Z', { paused: true });
  expect((await planDay(at('2026-03-10T20:00:00Z'), 'schedule')).enqueued).toBe(0);
  await change(store, '2026-03-10T21:00:00Z', { paused: false });

  expect((await planDay(at('2026-03-10T21:05:00Z'), 'schedule')).enqueued).toBe(1);

  expect((await jobs()).map((job) => [job.day, job.state])).toEqual([
    ['2026-03-11', 'cancelled'],
    ['2026-03-11', 'created'],
  ]);
  expect(await days(store)).toEqual([['2026-03-11', 'pending', null]]);
});

test('days of a pause are missed because of it, those of a downtime before it are not', async () => {
  const store = await addStore();
  await planDay(at('2026-03-10T18:00:00Z'), 'schedule');
  await change(store, '2026-03-12T19:00:00Z', { paused: true });
  await planDay(at('2026-03-12T19:05:00Z'), 'schedule');
  await change(store, '2026-03-14T19:00:00Z', { paused: false });
  await planDay(at('2026-03-14T19:05:00Z'), 'schedule');

  expect(await days(store)).toEqual([
    ['2026-03-11', 'missed', 'PAUSED'],
    ['2026-03-12', 'missed', 'NOT_PLANNED'],
    ['2026-03-13', 'missed', 'PAUSED'],
    ['2026-03-14', 'missed', 'PAUSED'],
    ['2026-03-15', 'pending', null],
  ]);
});

test('an owner who reconnects while no scheduler runs leaves no day without a word', async () => {
  const store = await addStore();
  await planDay(at('2026-03-10T18:00:00Z'), 'schedule');
  const { db } = harian.harian.deps;
  await updateStore(db, store, { status: 'NEED_RECONNECT', statusReason: 'REVOKED' });
  await db.execute(sql`update pgboss.job set state = 'cancelled' where name = 'sync-store'`);
  const before = await findStore(db, store);
  if (!before) throw new Error('the store is gone');

  await inTransaction(db, (tx) => enqueueNow(at('2026-03-13T20:00:00Z'), tx, before.store, 'connect'));
  await updateStore(db, store, { status: 'CONNECTED' });
  await planDay(at('2026-03-13T20:05:00Z'), 'catch_up');

  expect(await days(store)).toEqual([
    ['2026-03-11', 'missed', 'NOT_READ_IN_TIME'],
    ['2026-03-12', 'missed', 'NEED_RECONNECT'],
    ['2026-03-13', 'missed', 'NEED_RECONNECT'],
    ['2026-03-14', 'pending', null],
  ]);
  expect((await jobs()).filter((job) => job.state === 'created').map((job) => job.day)).toEqual(['2026-03-14']);
});

test('a store that moves west over the date line has its day once, when that day has come there', async () => {
  const store = await addStore('Pacific/Kiritimati');
  await planDay(at('2026-03-10T12:30:00Z'), 'schedule');
  expect(await days(store)).toEqual([['2026-03-11', 'pending', null]]);

  await change(store, '2026-03-10T12:40:00Z', { timezone: 'Pacific/Pago_Pago' });
  await planDay(at('2026-03-10T13:00:00Z'), 'schedule');
  expect((await jobs()).map((job) => [job.day, job.state])).toEqual([['2026-03-11', 'cancelled']]);
  await planDay(at('2026-03-11T12:00:00Z'), 'schedule');

  expect(await days(store)).toEqual([['2026-03-11', 'pending', null]]);
  expect((await jobs()).map((job) => [job.day, job.state])).toEqual([
    ['2026-03-11', 'cancelled'],
    ['2026-03-11', 'created'],
  ]);
});

test('a store that moves east has the day that is present there, and the one it left unread is missed', async () => {
  const store = await addStore('Pacific/Pago_Pago');
  await planDay(at('2026-03-10T12:30:00Z'), 'schedule');
  await change(store, '2026-03-10T12:40:00Z', { timezone: 'Pacific/Kiritimati' });

  await planDay(at('2026-03-10T12:45:00Z'), 'schedule');

  expect(await days(store)).toEqual([
    ['2026-03-10', 'missed', 'NOT_READ_IN_TIME'],
    ['2026-03-11', 'pending', null],
  ]);
  expect((await jobs()).map((job) => [job.day, job.state])).toEqual([
    ['2026-03-10', 'cancelled'],
    ['2026-03-11', 'created'],
  ]);
});

test('a day that a wrong clock closed is read after all once the clock is right again', async () => {
  const store = await addStore();
  await planDay(at('2026-03-10T18:00:00Z'), 'schedule');
  await planDay(at('2026-03-11T16:59:00Z'), 'schedule');
  await planDay(at('2026-03-11T18:00:00Z'), 'schedule');
  expect(await days(store)).toEqual([
    ['2026-03-11', 'missed', 'NOT_READ_IN_TIME'],
    ['2026-03-12', 'pending', null],
  ]);
  await harian.harian.deps.db.execute(sql`update pgboss.job set state = 'completed' where name = 'sync-store'`);

  expect(await planDay(at('2026-03-11T10:00:00Z'), 'schedule')).toMatchObject({ opened: 0, enqueued: 1, missed: 0 });

  expect(await days(store)).toEqual([
    ['2026-03-11', 'pending', null],
    ['2026-03-12', 'pending', null],
  ]);
});

test('a day that a zone never had is missed by nobody', async () => {
  // Samoa had no 30 December 2011.
  const store = await addStore('Pacific/Apia');
  await planDay(at('2011-12-29T12:00:00Z'), 'schedule');
  await planDay(at('2011-12-31T12:00:00Z'), 'catch_up');

  expect(await days(store)).toEqual([
    ['2011-12-29', 'missed', 'NOT_READ_IN_TIME'],
    ['2011-12-31', 'missed', 'NOT_PLANNED'],
    ['2012-01-01', 'pending', null],
  ]);
});

test('a store that somebody is changing is left to the next tick, and neither waits for the other', async () => {
  const [held, free] = [await addStore(), await addStore()];
  const { db } = harian.harian.deps;

  await inTransaction(db, async (tx) => {
    await tx.execute(sql`select from stores where store_code = ${held} for update`);
    expect(await planDay(at('2026-03-10T18:00:00Z'), 'schedule')).toEqual({ opened: 1, enqueued: 1, missed: 0 });
  });
  expect((await jobs()).map(({ store }) => store)).toEqual([free]);
  expect(await planDay(at('2026-03-10T18:05:00Z'), 'schedule')).toEqual({ opened: 1, enqueued: 1, missed: 0 });

  await db.execute(sql`update store_days set job_id = null; delete from pgboss.job`);
  await inTransaction(db, async (tx) => {
    await tx.execute(sql`select from stores where store_code = ${held} for update`);
    expect(await planDay(at('2026-03-10T18:10:00Z'), 'schedule')).toMatchObject({ enqueued: 1 });
  });
});

test('a job that waits long for a day read in part does not keep the next day from coming', async () => {
  const store = await addStore();
  const { db } = harian.harian.deps;
  await planDay(at('2026-03-10T18:00:00Z'), 'schedule');
  await db.execute(sql`update store_days set state = 'partial'`);
  await db.execute(sql`update pgboss.job set start_after = now() + interval '3 days'`);

  expect(await planDay(at('2026-03-11T18:00:00Z'), 'schedule')).toEqual({ opened: 1, enqueued: 1, missed: 0 });

  expect(await jobs()).toEqual([
    { store, day: '2026-03-11', trigger: 'schedule', state: 'cancelled' },
    { store, day: '2026-03-12', trigger: 'schedule', state: 'created' },
  ]);
});

test('days that a downtime took are in the ledger before today is due; a store that had none before gets none', async () => {
  const [store, fresh] = [await addStore(), await addStore('Asia/Jakarta', new Date('2026-03-13T12:00:00Z'))];
  await harian.harian.deps.db.execute(
    sql`insert into store_days (store_code, snapshot_date, state) values (${store}, '2026-03-11', 'complete')`,
  );

  // Half past midnight on the 14th there.
  expect(await planDay(at('2026-03-13T17:30:00Z'), 'schedule')).toEqual({ opened: 0, enqueued: 0, missed: 2 });

  const gap = [
    ['2026-03-11', 'complete', null],
    ['2026-03-12', 'missed', 'NOT_PLANNED'],
    ['2026-03-13', 'missed', 'NOT_PLANNED'],
  ];
  expect([await days(store), await days(fresh)]).toEqual([gap, []]);
  expect(await planDay(at('2026-03-13T17:35:00Z'), 'schedule')).toEqual({ opened: 0, enqueued: 0, missed: 0 });
  expect(await planDay(at('2026-03-13T18:00:00Z'), 'schedule')).toEqual({ opened: 2, enqueued: 2, missed: 0 });
});

test('a store whose time zone this machine does not know waits and is logged; the others have their day', async () => {
  const [lost, other] = [await addStore(), await addStore()];
  await harian.harian.deps.db.execute(sql`update stores set timezone = 'Mars/Olympus' where store_code = ${lost}`);

  expect(await planDay(at('2026-03-10T18:00:00Z'), 'schedule')).toEqual({ opened: 1, enqueued: 1, missed: 0 });

  expect([await days(lost), await days(other)]).toEqual([[], [['2026-03-11', 'pending', null]]]);
  expect(harian.logs.join('')).toContain('UNKNOWN_TIMEZONE');
  expect((await harian.api('GET', '/api/coverage')).status).toBe(200);
});
