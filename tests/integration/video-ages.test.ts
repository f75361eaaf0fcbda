import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database, DatabasePool } from '../../src/db/client.ts';
import { createLogger } from '../../src/logger.ts';
import { keepVideoAges } from '../../src/services/keep-video-ages.ts';
import { createTestClock } from '../support/clock.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { openSql, type Sql } from '../support/sql.ts';
import { openTestPool } from '../support/stores.ts';

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

test('what fails for some stores costs the others nothing, and is made up for a day later', async () => {
  // More than go into one statement.
  await sql.query(
    `insert into stores (store_code, name, timezone)
     select 's' || lpad(n::text, 2, '0'), 'S', 'UTC' from generate_series(1, 25) n`,
  );
  await sql.query(
    `insert into videos (store_code, video_id, posted_at, first_seen_date)
     select store_code, 'v', now() - interval '20 days', current_date - 20 from stores`,
  );
  await sql.query(
    `insert into video_daily (store_code, video_id, snapshot_date, view_count, like_count, comment_count, share_count, captured_at)
     select store_code, 'v', current_date - d, 100 - d, 1, 1, 1, now() - d * interval '1 day'
     from stores, generate_series(0, 20) d`,
  );
  const clock = createTestClock();
  const logs: string[] = [];
  const logger = createLogger({ level: 'info', write: (line) => logs.push(line), now: () => clock.now() });
  const keep = (db: Database) => keepVideoAges({ db, clock, logger, stopping: new AbortController().signal });
  const keptStores = async () => (await sql.query('select distinct store_code from video_ages')).length;
  // The first statement that keeps, after the claim.
  let asked = 0;
  const failing = {
    select: pool.db.select.bind(pool.db),
    execute: (query: never) => {
      asked += 1;
      return asked === 2 ? Promise.reject(new Error('too slow')) : pool.db.execute(query);
    },
  } as never as Database;

  await keep(failing);
  expect(await keptStores()).toBe(15);
  expect(logs.map((line) => JSON.parse(line).event)).toEqual(['video ages not kept', 'video ages kept']);
  await keep(pool.db);
  expect(await keptStores()).toBe(15);
  clock.advanceMs(86_400_000);
  await keep(pool.db);
  expect(await keptStores()).toBe(25);
  expect(await sql.query('select distinct age_days from video_ages order by 1')).toEqual(
    [1, 3, 7, 14].map((ageDays) => ({ age_days: ageDays })),
  );
});
