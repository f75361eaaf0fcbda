import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database, DatabasePool } from '../../src/db/client.ts';
import { beginMonths } from '../../src/db/month-partitions.ts';
import {
  findBestDays,
  listAccountReadings,
  listVideoReadings,
  type Periods,
  rankStores,
  rankVideos,
} from '../../src/db/period-growth.ts';
import { bossSqlTag as sqlTag } from '../../src/db/sync-jobs.ts';
import { listAgedCounters } from '../../src/db/video-curves.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { openSql, type Sql } from '../support/sql.ts';
import { openTestPool } from '../support/stores.ts';

let database: TestDatabase;
let pool: DatabasePool;
let sql: Sql;
let filled: string[];

beforeAll(async () => {
  database = await createTestDatabase();
  pool = openTestPool(database.url);
  sql = await openSql(database.url);
  await beginMonths(pool.db, '2026-08-01');
  await sql.query(
    `insert into stores (store_code, name, timezone) select 's' || n, 's' || n, 'UTC' from generate_series(1, 150) n`,
  );
  await sql.query(
    `insert into store_days (store_code, snapshot_date, state)
     select store_code, day, 'complete' from stores, generate_series('2026-08-01'::date, '2026-10-31', interval '1 day') day`,
  );
  await sql.query(
    `insert into user_daily select store_code, snapshot_date, 1, 2, 3, 4, snapshot_date + time '18:00' from store_days
     order by snapshot_date`,
  );
  await sql.query(
    `insert into videos (store_code, video_id, posted_at, first_seen_date)
     select store_code, n::text, '2026-08-01T12:00:00Z', '2026-08-01' from stores, generate_series(1, 5) n`,
  );
  await sql.query(
    `insert into video_daily select store_code, video_id, snapshot_date, 1, 2, 3, 4, snapshot_date + time '18:00'
     from videos join store_days using (store_code) order by snapshot_date`,
  );
  const [parts] = await sql.query<{ names: string[] }>(
    `select array_agg(distinct part::regclass::text) as names from (
       select tableoid as part from video_daily union all select tableoid from user_daily) as rows`,
  );
  // A month without a row is read in no time, and PostgreSQL knows.
  filled = ['store_days', ...(parts?.names ?? [])];
  expect(filled.length).toBeGreaterThan(6);
  for (const table of ['stores', 'store_days', 'user_daily', 'videos', 'video_daily'])
    await sql.query(`analyze ${table}`);
}, 60_000);
afterAll(async () => {
  await sql.close();
  await pool.close();
  await database.drop();
});

const periods: Periods = {
  current: { from: '2026-10-01', to: '2026-10-30' },
  previous: { from: '2026-09-01', to: '2026-09-30' },
};

/** The plan of the one statement that `ask` sends, or would have prepared. */
async function planOf(ask: (db: Database) => Promise<unknown>): Promise<string> {
  const onlyThePlan = new Error('only the plan was asked for');
  let plan: { 'QUERY PLAN': string }[] = [];
  const db = {
    ...pool.db,
    execute: async (query: Parameters<Database['execute']>[0]) => {
      ({ rows: plan } = await pool.db.execute<{ 'QUERY PLAN': string }>(sqlTag`explain ${query}`));
      throw onlyThePlan;
    },
    select: (columns: never) => ({
      from: (source: never) => ({
        prepare: () => ({
          execute: async (values: Record<string, unknown>) => {
            const query = pool.db.select(columns).from(source).toSQL();
            const given = query.params.map((param) => (isPlaceholder(param) ? values[param.name] : param));
            plan = await sql.query(`explain ${query.sql}`, given);
            throw onlyThePlan;
          },
        }),
      }),
    }),
  };
  await expect(ask(db as never)).rejects.toBe(onlyThePlan);
  return plan.map((row) => row['QUERY PLAN']).join('\n');
}

const isPlaceholder = (param: unknown): param is { name: string } =>
  typeof param === 'object' && param !== null && 'name' in param;

test.each<[string, (db: Database) => Promise<unknown>]>([
  ['the fleet', (db) => rankStores(db, { periods, sort: 'followers', ascending: false, after: null, limit: 51 })],
  ['a page of it', (db) => listAccountReadings(db, ['s1', 's2'], periods, { leaveOutPartial: true })],
  ['the videos of a store', (db) => rankVideos(db, 's1', periods, 5)],
  ['some of them', (db) => listVideoReadings(db, 's1', ['1', '2'], periods)],
  ['the best days', (db) => findBestDays(db, 's1', periods.current)],
  ['the curves of a store', (db) => listAgedCounters(db, 's1', '1')],
])('the report of %s reads days by an index alone', async (_what, ask) => {
  const plan = await planOf(ask);
  expect(plan).toMatch(/Index (Only )?Scan/);
  const read = [...plan.matchAll(/Seq Scan on (\w+)/g)].map(([, table]) => table ?? '');
  expect(read.filter((table) => filled.includes(table))).toEqual([]);
});
