import { randomUUID } from 'node:crypto';
import { sql as drizzleSql, type SQL } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Database, DatabasePool } from '../../src/db/client.ts';
import { deleteDaysBefore, deleteRowsBefore } from '../../src/db/sweep.ts';
import { type KeepChoice, tableRules } from '../../src/domain/retention.ts';
import { createLogger } from '../../src/logger.ts';
import { sweepOldRows } from '../../src/services/sweep-old-rows.ts';
import { createTestClock } from '../support/clock.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startTestHarian } from '../support/harian.ts';
import { listPublicTables, openSqlPool, type Sql } from '../support/sql.ts';
import { openTestPool } from '../support/stores.ts';

let database: TestDatabase;
let pool: DatabasePool;
let sql: Sql;
const clock = createTestClock();
const logs: string[] = [];
const logger = createLogger({ level: 'debug', write: (line) => logs.push(line), now: () => new Date() });

beforeAll(async () => {
  database = await createTestDatabase();
  pool = openTestPool(database.url);
  sql = openSqlPool(database.url);
});
beforeEach(async () => {
  await sql.query('truncate stores, user_daily, video_daily, audit_log, admin_keys, heartbeats, sweeps cascade');
  clock.reset();
  logs.length = 0;
});
afterAll(async () => {
  await sql.close();
  await pool.close();
  await database.drop();
});

const keepLong: KeepChoice = { syncLogsDays: 365, numbersDays: null };
const sweep = (keep = keepLong, db: Database = pool.db) =>
  sweepOldRows({ db, clock, logger, keep, stopping: new AbortController().signal });
const hourMs = 3_600_000;

const addStore = async (code: string) => {
  await sql.query(`insert into stores (store_code, name, timezone) values ($1, $1, 'UTC')`, [code]);
  return code;
};
const addLog = (code: string, daysAgo: number, status = 'SUCCESS') =>
  sql.query(
    `insert into sync_logs (id, store_code, snapshot_date, job_name, job_id, delivery, attempt, trigger, status, started_at, finished_at)
     values ($1, $2, current_date, 'sync-store', $1, 0, 1, 'schedule', $3, now() - make_interval(days => $4),
       case when $3 <> 'RUNNING' then now() end)`,
    [randomUUID(), code, status, daysAgo],
  );
const count = async (table: string) => (await sql.query(`select from ${table}`)).length;

test('every table of the database has one rule, and every rule its table', async () => {
  expect(Object.keys(tableRules(keepLong)).toSorted()).toEqual((await listPublicTables(sql)).toSorted());
});

describe('past its time', () => {
  test('an attempt goes after a year, or when the operator says; one that runs stays', async () => {
    const code = await addStore('logs');
    for (const days of [364, 366, 20, 10]) await addLog(code, days);
    await addLog(code, 400, 'RUNNING');
    await sweep();
    expect(await count('sync_logs')).toBe(4);
    clock.advanceMs(hourMs);
    await sweep({ ...keepLong, syncLogsDays: 14 });
    expect(await sql.query('select status from sync_logs order by started_at')).toEqual([
      { status: 'RUNNING' },
      { status: 'SUCCESS' },
    ]);
    expect(logs.map((line) => JSON.parse(line)).filter(({ table }) => table === 'sync_logs')).toMatchObject([
      { event: 'old rows deleted', count: 1 },
      { event: 'old rows deleted', count: 2 },
    ]);
  });

  test('who was turned away unrecognised is forgotten after 90 days, what admins did never', async () => {
    for (const actor of ['unknown', 'an-admin', 'owner']) {
      for (const days of [89, 91, 4_000]) {
        await sql.query(
          `insert into audit_log (id, at, actor_name, action, outcome)
           values (gen_random_uuid(), now() - make_interval(days => $2), $1, 'admin_key.use', 'UNAUTHORIZED')`,
          [actor, days],
        );
      }
    }
    await sweep();
    expect(await sql.query('select actor_name, count(*)::int as rows from audit_log group by 1 order by 1')).toEqual([
      { actor_name: 'an-admin', rows: 3 },
      { actor_name: 'owner', rows: 3 },
      { actor_name: 'unknown', rows: 1 },
    ]);
  });

  test('links, trips to TikTok, repeatable requests and sessions go once they serve nobody, processes a day after their last word', async () => {
    const code = await addStore('links');
    const key = randomUUID();
    await sql.query(`insert into admin_keys (id, name, key_hash) values ($1, 'k', 'k')`, [key]);
    for (const [name, hours] of [
      ['open', -1],
      ['just over', 1],
      ['long over', 25],
    ] as const) {
      const over = `now() - make_interval(hours => ${hours})`;
      await sql.query(
        `insert into connect_links (token_hash, store_code, created_at, expires_at) values ($1::text::bytea, $2, now(), ${over})`,
        [name, code],
      );
      await sql.query(
        `insert into oauth_states (state_hash, browser_hash, link_hash, store_code, created_at, expires_at)
         values ($1::text::bytea, 'b', 'open', $2, now(), ${over})`,
        [name, code],
      );
      await sql.query(
        `insert into admin_sessions (token_hash, admin_key_id, created_at, expires_at) values ($1::text::bytea, $2, now(), ${over})`,
        [name, key],
      );
      await sql.query(
        `insert into idempotency_keys (admin_key_id, key_hash, request_hash, claimed_at) values ($1, $2::text::bytea, 'r', ${over})`,
        [key, name],
      );
      await sql.query(
        `insert into heartbeats (process_id, roles, started_at, seen_at) values ($1, '{api}', now(), ${over})`,
        [randomUUID()],
      );
    }
    await sweep();
    const left = {
      links: await count('connect_links'),
      states: await count('oauth_states'),
      requests: await count('idempotency_keys'),
      sessions: await count('admin_sessions'),
      processes: await count('heartbeats'),
      keys: await count('admin_keys'),
    };
    expect(left).toEqual({ links: 2, states: 2, requests: 2, sessions: 1, processes: 2, keys: 1 });
  });
});

describe('numbers', () => {
  const today = '2026-06-30';
  beforeEach(() => clock.set(new Date(`${today}T12:00:00Z`)));

  const fill = async (code: string, videos: number, days: number) => {
    await addStore(code);
    const all = `generate_series(date '${today}' - ${days - 1}, date '${today}', interval '1 day') as day`;
    await sql.query(
      `insert into store_days (store_code, snapshot_date, state) select $1, day, 'complete' from ${all}`,
      [code],
    );
    await sql.query(`insert into user_daily (store_code, snapshot_date, captured_at) select $1, day, day from ${all}`, [
      code,
    ]);
    await sql.query(
      `insert into videos (store_code, video_id, first_seen_date) select $1, 'v' || n, current_date from generate_series(1, $2::int) n`,
      [code, videos],
    );
    await sql.query(
      `insert into video_daily (store_code, video_id, snapshot_date, captured_at)
       select $1, 'v' || n, day, day from generate_series(1, $2::int) n, ${all}`,
      [code, videos],
    );
  };

  test('are kept for good unless the operator says otherwise, however old they are', async () => {
    await fill('forever', 2, 1_500);
    await sweep();
    expect(await count('video_daily')).toBe(3_000);
    expect(await count('user_daily')).toBe(1_500);
    expect(await count('store_days')).toBe(1_500);
  });

  test('go with their days and their names where he does: in more batches than one, to the day', async () => {
    await fill('large', 60, 200);
    await fill('small', 1, 200);
    // Left TikTok long ago: only old readings.
    await sql.query(
      `insert into videos (store_code, video_id, first_seen_date) values ('small', 'gone', '2020-01-01')`,
    );
    await sql.query(
      `insert into video_daily (store_code, video_id, snapshot_date, captured_at) values ('small', 'gone', '2020-01-01', now())`,
    );
    await sweep({ ...keepLong, numbersDays: 100 });
    const left = await sql.query(
      `select store_code, date '${today}' - min(snapshot_date) as oldest, count(*)::int as rows from video_daily group by 1 order by 1`,
    );
    expect(left).toEqual([
      { store_code: 'large', oldest: 100, rows: 60 * 101 },
      { store_code: 'small', oldest: 100, rows: 101 },
    ]);
    expect([await count('user_daily'), await count('store_days'), await count('videos')]).toEqual([202, 202, 61]);
    expect(await count('stores')).toBe(2);
  });
});

describe('a sweep', () => {
  test('happens once an hour, however many processes look', async () => {
    const code = await addStore('hourly');
    const others = [openTestPool(database.url), openTestPool(database.url)];
    for (let round = 0; round < 3; round++) {
      await addLog(code, 400);
      await Promise.all([pool, ...others].map(({ db }) => sweep(keepLong, db)));
      expect(await count('sync_logs')).toBe(0);
      await addLog(code, 400);
      clock.advanceMs(hourMs - 60_000);
      await Promise.all([pool, ...others].map(({ db }) => sweep(keepLong, db)));
      expect(await count('sync_logs')).toBe(1);
      clock.advanceMs(60_000);
    }
    await Promise.all(others.map((other) => other.close()));
  });

  test('is not kept from its work by a clock that was wrong', async () => {
    const code = await addStore('future');
    await sql.query(`insert into sweeps (name, begun_at) values ('old rows', now() + interval '10 years')`);
    await addLog(code, 400);
    await sweep();
    expect(await count('sync_logs')).toBe(0);
  });

  test('ends after its batch when the process stops', async () => {
    const code = await addStore('stopping');
    await addLog(code, 400);
    const stopping = AbortSignal.abort();
    await sweepOldRows({ db: pool.db, clock, logger, keep: keepLong, stopping });
    expect(await count('sync_logs')).toBe(1);
  });

  test('finds what is old by an index, among rows that stay', async () => {
    const code = await addStore('plans');
    await sql.query(
      `insert into sync_logs (id, store_code, snapshot_date, job_name, job_id, delivery, attempt, trigger, status, started_at, finished_at)
       select gen_random_uuid(), $1, current_date, 'sync-store', gen_random_uuid(), 0, 1, 'schedule', 'SUCCESS', now() - make_interval(mins => n), now()
       from generate_series(1, 20000) n`,
      [code],
    );
    await sql.query(
      `insert into audit_log (id, at, actor_name, action, outcome)
       select gen_random_uuid(), now() - make_interval(mins => n), case when n % 100 = 0 then 'unknown' else 'admin' end, 'store.update', 'OK'
       from generate_series(1, 20000) n`,
    );
    await sql.query(
      `insert into videos (store_code, video_id, first_seen_date) select $1, 'v' || n, current_date from generate_series(1, 50) n`,
      [code],
    );
    await sql.query(
      `insert into video_daily (store_code, video_id, snapshot_date, captured_at)
       select $1, 'v' || n, current_date - d, now() from generate_series(1, 50) n, generate_series(0, 399) d`,
      [code],
    );
    await sql.query('analyze');
    const plans: string[] = [];
    const explaining = {
      execute: async (query: SQL) => {
        const plan = await pool.db.execute<{ 'QUERY PLAN': string }>(drizzleSql`explain ${query}`);
        const text = plan.rows.map((row) => row['QUERY PLAN']).join('\n');
        // Which parts there are has to be known before.
        if (text.includes('pg_inherits')) return pool.db.execute(query);
        plans.push(text);
        return plan;
      },
    } as never as Database;
    const before = new Date(Date.now() - 10 * 24 * hourMs);
    await deleteRowsBefore(explaining, 'sync_logs', { before, limit: 5_000 });
    await deleteRowsBefore(explaining, 'audit_log', { before, limit: 5_000 });
    await deleteDaysBefore(explaining, 'video_daily', { storeCodes: [code], beforeDay: '2025-01-01', limit: 5_000 });
    expect(plans[0]).toContain('sync_logs_newest_first');
    expect(plans[1]).toContain('audit_log_of_strangers');
    expect(plans[2]).toMatch(/video_daily_\w+_pk/);
    for (const plan of plans) expect(plan).not.toMatch(/Seq Scan on (sync_logs|audit_log|video_daily)/);
  });

  test('is made by the scheduler', async () => {
    const own = await createTestDatabase();
    const look = openSqlPool(own.url);
    await look.query(
      `insert into heartbeats (process_id, roles, started_at, seen_at) values ($1, '{api}', now(), now() - interval '2 days')`,
      [randomUUID()],
    );
    const harian = await startTestHarian({ database: own, environment: { ROLES: 'api,scheduler' } });
    await expect
      .poll(() => look.query(`select from heartbeats where seen_at < now() - interval '1 day'`), { timeout: 20_000 })
      .toEqual([]);
    await harian.close();
    await look.close();
    await own.drop();
  });
});
