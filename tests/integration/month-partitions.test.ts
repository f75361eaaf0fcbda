import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DatabasePool } from '../../src/db/client.ts';
import { deleteRowsOfStore } from '../../src/db/erase-rows.ts';
import { grantReader, readableRelations } from '../../src/db/grant-reader.ts';
import { migrateDatabase, migrateThrough } from '../../src/db/migrate.ts';
import { knownMigrations } from '../../src/db/migration-state.ts';
import { beginMonths, dropMonthsBefore, makeMonths } from '../../src/db/month-partitions.ts';
import { deleteDaysBefore } from '../../src/db/sweep.ts';
import { createLogger } from '../../src/logger.ts';
import { planDay } from '../../src/services/plan-day.ts';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../support/database.ts';
import { openSql, type Sql } from '../support/sql.ts';
import { openTestPool } from '../support/stores.ts';

/** The months came with the one after it. */
const beforeMonths = knownMigrations()[11] ?? 0;
let database: TestDatabase;
let pool: DatabasePool;
let sql: Sql;
beforeAll(async () => {
  database = await createTestDatabase();
  pool = openTestPool(database.url);
  sql = await openSql(database.url);
});
afterAll(async () => {
  await sql.close();
  await pool.close();
  await database.drop();
});

/** By table, with the days that they hold. */
const partsOf = async (table: string, on = sql) =>
  (
    await on.query<{ bound: string }>(
      `select bound from pg_inherits i join pg_class c on c.oid = i.inhrelid, pg_get_expr(c.relpartbound, c.oid) as bound
       where i.inhparent = $1::regclass order by (bound ~ 'MINVALUE') desc, bound`,
      [table],
    )
  ).map(({ bound }) => [...bound.matchAll(/MINVALUE|\d{4}-\d\d-\d\d/g)].join(' '));

test('months are made one after the other, by two at once only once, and nobody who reads or writes waits', async () => {
  const before = await partsOf('video_daily');
  const writer = await openSql(database.url);
  await writer.query('begin');
  await writer.query(
    `insert into video_daily (store_code, video_id, snapshot_date, captured_at) values ('s', 'v', current_date, now())`,
  );
  await writer.query('select count(*) from video_daily');

  const made = await Promise.all([makeMonths(pool.db, '2031-02-28'), makeMonths(pool.db, '2031-02-28')]);
  await writer.query('rollback');
  await writer.close();

  const after = await partsOf('video_daily');
  expect(after.slice(0, before.length)).toEqual(before);
  expect(after.at(-1)).toBe('2031-02-01 2031-03-01');
  for (const [index, part] of after.entries()) {
    expect(part.split(' ')[0]).toBe(index === 0 ? 'MINVALUE' : after[index - 1]?.split(' ')[1]);
  }
  expect(await partsOf('user_daily')).toEqual(after);
  expect(made.toSorted((a, b) => a - b)).toEqual([0, 2 * (after.length - before.length)]);
});

test('before the first reading the months can begin earlier, and not after it', async () => {
  const empty = await createTestDatabase();
  const [its, itsPool] = [await openSql(empty.url), openTestPool(empty.url)];
  const before = await partsOf('video_daily', its);
  await beginMonths(itsPool.db, '2025-11-17');
  const after = await partsOf('video_daily', its);
  expect(after.slice(0, 2)).toEqual(['MINVALUE 2025-11-01', '2025-11-01 2025-12-01']);
  expect(after.at(-1)).toBe(before.at(-1));
  expect(await partsOf('user_daily', its)).toEqual(after);
  await its.query(
    `insert into video_daily (store_code, video_id, snapshot_date, captured_at) values ('s', 'v', '2025-12-01', now())`,
  );
  await expect(beginMonths(itsPool.db, '2025-06-17')).rejects.toMatchObject({ cause: { code: 'P0001' } });
  expect(await its.query('select tableoid::regclass::text as part from video_daily')).toEqual([
    { part: 'video_daily_2025_12' },
  ]);
  await its.close();
  await itsPool.close();
  await empty.drop();
});

test('what is read is found wherever its month is, and months that are over go as a whole', async () => {
  await makeMonths(pool.db, '2031-02-28');
  const days = ['2019-05-01', '2030-12-31', '2031-01-01', '2031-01-31', '2031-02-01'];
  await sql.query(
    `insert into user_daily (store_code, snapshot_date, captured_at) select 'kept', day, now() from unnest($1::date[]) day`,
    [days],
  );
  const kept = async () =>
    (await sql.query<{ day: string }>(`select snapshot_date::text as day from user_daily order by 1`)).map(
      (r) => r.day,
    );
  expect(await kept()).toEqual(days);

  await dropMonthsBefore(pool.db, 'user_daily', '2031-01-31');
  // One that is not over stays, and what was before the first month has to be deleted row by row.
  expect(await kept()).toEqual(['2019-05-01', '2031-01-01', '2031-01-31', '2031-02-01']);
  expect(await dropMonthsBefore(pool.db, 'store_days', '2031-01-31')).toBe(0);
});

test('what others made on the two tables is not left behind unnoticed: the migration names it and changes nothing', async () => {
  const old = await createEmptyDatabase();
  await migrateThrough(old.url, beforeMonths);
  const its = await openSql(old.url);
  await its.query('create view followers_of_all as select sum(follower_count) from user_daily');
  await expect(migrateDatabase(old.url)).rejects.toMatchObject({
    cause: { message: expect.stringContaining('view followers_of_all') },
  });
  expect(
    await its.query(`select relkind from pg_class where relname like 'user_daily%' and relkind in ('r', 'p')`),
  ).toEqual([{ relkind: 'r' }]);
  await its.query('drop view followers_of_all');
  await migrateDatabase(old.url);
  expect((await partsOf('user_daily', its))[0]).toMatch(/^MINVALUE/);
  await its.close();
  await old.drop();
});

test('who deletes in one month deletes nothing that has the same place in another', async () => {
  const own = await createTestDatabase();
  const [its, itsPool] = [await openSql(own.url), openTestPool(own.url)];
  await its.query(`insert into stores (store_code, name, timezone) values ('goes', 'G', 'UTC'), ('stays', 'S', 'UTC')`);
  const fill = async () => {
    await its.query('truncate user_daily');
    await its.query(`insert into user_daily (store_code, snapshot_date, captured_at)
      values ('goes', '2020-01-01', now()), ('stays', current_date, now())`);
    // Else the test would see nothing.
    expect(await its.query('select distinct ctid from user_daily')).toHaveLength(1);
  };
  const left = async () =>
    (await its.query<{ store_code: string }>('select store_code from user_daily')).map((row) => row.store_code);

  await fill();
  expect(await deleteRowsOfStore(itsPool.db, 'goes', ['user_daily'])).toEqual({ user_daily: 1 });
  expect(await left()).toEqual(['stays']);
  await fill();
  const old = { storeCodes: ['goes', 'stays'], beforeDay: '2020-02-01', limit: 10 };
  expect(await deleteDaysBefore(itsPool.db, 'user_daily', old)).toBe(1);
  expect(await left()).toEqual(['stays']);
  await its.close();
  await itsPool.close();
  await own.drop();
});

test('planning makes the months three ahead', async () => {
  const clock = { now: () => new Date('2032-05-17T12:00:00Z') };
  const logger = createLogger({ level: 'silent', write: () => undefined, now: clock.now });
  const queue = { insert: async () => new Set<string>(), cancel: async () => 0 } as never;
  await planDay({ db: pool.db, queue, clock, logger, localTime: '01:00' }, 'schedule');
  expect((await partsOf('user_daily')).at(-1)).toBe('2032-08-01 2032-09-01');
});

test('a database of the version before keeps its numbers, its views their readers, and all have their place', async () => {
  const old = await createEmptyDatabase();
  const reader = `reader_${old.url.match(/\w+$/)?.[0]}`;
  await migrateThrough(old.url, beforeMonths);
  const its = await openSql(old.url);
  const itsPool = openTestPool(old.url);
  try {
    await its.query(`insert into stores (store_code, name, timezone) values ('s', 'S', 'UTC')`);
    await its.query(`insert into videos (store_code, video_id, first_seen_date) values ('s', 'v', '2024-01-30')`);
    await its.query(`create role "${reader}"`);
    await grantReader(itsPool.db, reader);
    const days = `generate_series('2024-01-30'::date, now() at time zone 'UTC', interval '1 day') with ordinality as t(day, n)`;
    await its.query(
      `insert into store_days (store_code, snapshot_date, state) select 's', day, 'complete' from ${days}`,
    );
    await its.query(`insert into user_daily select 's', day, n, null, n, n, day from ${days} where n % 7 > 0`);
    await its.query(`insert into video_daily select 's', 'v', day, n, null, n, n, day from ${days} where n % 5 > 0`);
    const read = async () => [
      await its.query('select * from account_growth order by 1, 2'),
      await its.query('select * from video_growth order by 1, 2, 3'),
      await its.query(
        `select col_description(attrelid, attnum) from pg_attribute where attrelid = 'account_growth'::regclass`,
      ),
    ];
    const before = await read();

    await migrateDatabase(old.url);

    expect(await read()).toEqual(before);
    expect(await its.query('select from user_daily_earlier')).not.toEqual([]);
    // This month's days were there already, so the first month is the next.
    const [today] = await its.query<{ first: string }>(
      `select (date_trunc('month', now() at time zone 'UTC') + interval '1 month')::date::text as first`,
    );
    expect((await partsOf('video_daily', its))[0]).toBe(`MINVALUE ${today?.first}`);
    const open = await its.query<{ name: string }>(
      `select relname as name from pg_class where relkind in ('r', 'p', 'v') and relnamespace = 'public'::regnamespace
         and has_table_privilege($1, oid, 'select')`,
      [reader],
    );
    expect(open.map(({ name }) => name).toSorted()).toEqual([...readableRelations].toSorted());
  } finally {
    await its.query(`revoke all on all tables in schema public from "${reader}"`);
    await its.query(`revoke all on schema public from "${reader}"`);
    await its.query(`drop role "${reader}"`);
    await its.close();
    await itsPool.close();
    await old.drop();
  }
});
