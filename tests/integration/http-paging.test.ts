import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestHarian, type TestHarian } from '../support/harian.ts';
import { createHttpClient, type HttpClient, readAllPages } from '../support/http.ts';
import { openSql, type Sql } from '../support/sql.ts';

let harian: TestHarian;
let http: HttpClient;
let sql: Sql;
const codes = Array.from({ length: 23 }, (_, index) => `page-${String(index).padStart(2, '0')}`);
const store = codes[0] ?? '';

beforeAll(async () => {
  harian = await startTestHarian({ environment: { ROLES: 'api' } });
  http = await createHttpClient(harian.url);
  sql = await openSql(harian.database.url);
  const states = "(array['pending', 'partial', 'complete', 'missed', 'late', 'running'])";
  await sql.query(
    `insert into stores (store_code, name, timezone, status)
     select code, code, 'Asia/Jakarta', case when n % 3 = 0 then 'CONNECTED' else 'PENDING' end
     from unnest($1::text[]) with ordinality as t(code, n)`,
    [codes],
  );
  await sql.query(
    `insert into store_days (store_code, snapshot_date, state)
     select code, '2026-03-01', ${states}[1 + n % 6] from unnest($1::text[]) with ordinality as t(code, n)`,
    [codes],
  );
  await sql.query(
    `insert into user_daily (store_code, snapshot_date, follower_count, captured_at)
     select $1, day, 1, day from generate_series('2026-01-01'::date, '2026-02-10', interval '1 day') as t(day)`,
    [store],
  );
  await sql.query(
    `insert into videos (store_code, video_id, first_seen_date)
     select $1, (7000000000000000000 + n)::text, '2026-01-01' from generate_series(1, 41) as t(n)`,
    [store],
  );
  await sql.query(
    `insert into video_daily (store_code, video_id, snapshot_date, view_count, captured_at)
     select store_code, video_id, day, extract(day from day), day
     from videos, generate_series('2026-01-01'::date, '2026-01-31', interval '1 day') as t(day)
     where video_id <= '7000000000000000003' or day = '2026-01-05'`,
  );
  // Several attempts begin in the same millisecond: only their id tells them apart.
  await sql.query(
    `insert into sync_logs (id, store_code, snapshot_date, job_name, job_id, delivery, attempt, trigger, status, started_at, finished_at)
     select gen_random_uuid(), code, '2026-03-01', 'sync-store', $2, 0, 1, 'schedule',
       case when n % 2 = 0 then 'SUCCESS' else 'FAILED' end,
       '2026-03-01T00:00:00.123Z'::timestamptz + (n / 4) * interval '1 millisecond', now()
     from unnest($1::text[]) with ordinality as t(code, n)`,
    [codes, randomUUID()],
  );
});
afterAll(async () => {
  await sql.close();
  await harian.close();
});

describe.each([1, 2, 7, 23, 24])('in pages of %i, every item comes exactly once and in order', (limit) => {
  test('stores', async () => {
    const all = await readAllPages<{ store_code: string }>(http, '/api/stores', limit);
    expect(all.map((one) => one.store_code)).toEqual(codes);
    const some = await readAllPages<{ store_code: string }>(http, '/api/stores?status=CONNECTED', limit);
    expect(some.map((one) => one.store_code)).toEqual(codes.filter((_, index) => (index + 1) % 3 === 0));
  });

  test('attempts, newest first', async () => {
    const expected = await sql.query<{ id: string }>('select id from sync_logs order by started_at desc, id desc');
    const all = await readAllPages<{ id: string }>(http, '/api/sync-logs', limit);
    expect(all.map((one) => one.id)).toEqual(expected.map((one) => one.id));
    const failed = await readAllPages<{ status: string }>(http, '/api/sync-logs?status=FAILED', limit);
    expect(failed.map((one) => one.status)).toEqual(Array.from({ length: 12 }, () => 'FAILED'));
    const own = await readAllPages<{ store_code: string }>(http, `/api/sync-logs?store_code=${store}`, limit);
    expect(own.map((one) => one.store_code)).toEqual([store]);
  });

  test('the stores of a day', async () => {
    const all = await readAllPages<{ store_code: string; status: string }>(
      http,
      '/api/coverage?date=2026-03-01',
      limit,
    );
    expect(all.map((one) => one.store_code)).toEqual(codes.filter((_, index) => (index + 1) % 6 !== 2));
    const missed = await readAllPages<{ store_code: string }>(
      http,
      '/api/coverage?date=2026-03-01&state=missed',
      limit,
    );
    expect(missed.map((one) => one.store_code)).toEqual(codes.filter((_, index) => (index + 1) % 6 === 3));
  });

  test("an account's days", async () => {
    const days = await readAllPages<{ snapshot_date: string }>(http, `/api/stores/${store}/daily`, limit);
    expect(days).toHaveLength(41);
    expect(days.map((day) => day.snapshot_date)).toEqual(days.map((day) => day.snapshot_date).toSorted());
    expect(new Set(days.map((day) => day.snapshot_date)).size).toBe(41);
  });

  test('videos, newest id first, each with its latest reading', async () => {
    type Video = { video_id: string; latest: { snapshot_date: string; view_count: number } };
    const videos = await readAllPages<Video>(http, `/api/stores/${store}/videos`, limit);
    const expected = Array.from({ length: 41 }, (_, index) => String(7000000000000000041n - BigInt(index)));
    expect(videos.map((video) => video.video_id)).toEqual(expected);
    expect(videos[0]?.latest).toMatchObject({ snapshot_date: '2026-01-05', view_count: 5 });
    expect(videos.at(-1)?.latest).toMatchObject({ snapshot_date: '2026-01-31', view_count: 31 });
  });

  test("a video's days", async () => {
    const path = `/api/stores/${store}/videos/7000000000000000001/daily`;
    const days = await readAllPages<{ view_count: number }>(http, path, limit);
    expect(days.map((day) => day.view_count)).toEqual(Array.from({ length: 31 }, (_, index) => index + 1));
  });
});

test('a coverage counts every store of the day on every page, and its states add up', async () => {
  type Coverage = Record<string, number> & { items: unknown[] };
  const answer = await http.call<Coverage>('GET', '/api/coverage?date=2026-03-01&limit=1');
  expect(answer.body).toMatchObject({
    expected: 23,
    pending: 3,
    partial: 4,
    complete: 4,
    missed: 4,
    late: 4,
    running: 4,
  });
  const empty = await http.call<Coverage>('GET', '/api/coverage?date=2020-01-01');
  expect(empty.body).toMatchObject({ expected: 0, complete: 0, items: [], next_cursor: null });
});

test('from and to are both included, and a range without days is empty', async () => {
  const days = async (query: string) =>
    (
      await http.call<{ items: { snapshot_date: string }[] }>('GET', `/api/stores/${store}/daily?${query}`)
    ).body.items.map((day) => day.snapshot_date);
  expect(await days('from=2026-01-30&to=2026-02-02')).toEqual(['2026-01-30', '2026-01-31', '2026-02-01', '2026-02-02']);
  expect(await days('from=2026-02-10')).toEqual(['2026-02-10']);
  expect(await days('to=2026-01-01')).toEqual(['2026-01-01']);
  expect(await days('from=2027-01-01')).toEqual([]);
  expect(await days('from=2026-02-01&to=2026-01-01')).toEqual([]);
});

test('the default page holds 50, and a query field nobody knows is not in the way', async () => {
  const videos = await http.call<{ items: unknown[]; next_cursor: null }>('GET', `/api/stores/${store}/videos?x=1`);
  expect([videos.body.items.length, videos.body.next_cursor]).toEqual([41, null]);
});

const day = '2026-03-01';
const twoStores = (low: string, high: string) =>
  `insert into stores (store_code, name, timezone) values ('${low}', 'n', 'Asia/Jakarta'), ('${high}', 'n', 'Asia/Jakarta')`;
const twoDays = `values ('${store}', '2025-06-01', 1, now()), ('${store}', '2026-06-01', 1, now())`;
const video = '7000000000000000002';

test.for([
  ['stores', '/api/stores', 'store_code', twoStores('aaa-1', 'zzz-1')],
  [
    'attempts',
    '/api/sync-logs',
    'id',
    `insert into sync_logs (id, store_code, snapshot_date, job_name, job_id, delivery, attempt, trigger, status, started_at, finished_at)
     select gen_random_uuid(), '${store}', '${day}', 'sync-store', gen_random_uuid(), 0, 1, 'schedule', 'SUCCESS', at, now()
     from unnest('{2025-01-01, 2027-01-01}'::timestamptz[]) as t(at)`,
  ],
  [
    'the stores of a day',
    `/api/coverage?date=${day}`,
    'store_code',
    `with added as (${twoStores('aaa-2', 'zzz-2')} returning store_code)
     insert into store_days (store_code, snapshot_date, state) select store_code, '${day}', 'missed' from added`,
  ],
  [
    "an account's days",
    `/api/stores/${store}/daily`,
    'snapshot_date',
    `insert into user_daily (store_code, snapshot_date, follower_count, captured_at) ${twoDays}`,
  ],
  [
    'videos',
    `/api/stores/${store}/videos`,
    'video_id',
    `with added as (insert into videos (store_code, video_id, first_seen_date)
       values ('${store}', '6000000000000000000', '${day}'), ('${store}', '8000000000000000000', '${day}') returning video_id)
     insert into video_daily (store_code, video_id, snapshot_date, captured_at) select '${store}', video_id, '${day}', now() from added`,
  ],
  [
    "a video's days",
    `/api/stores/${store}/videos/${video}/daily`,
    'snapshot_date',
    `insert into video_daily (store_code, video_id, snapshot_date, captured_at)
     values ('${store}', '${video}', '2025-06-01', now()), ('${store}', '${video}', '2026-06-01', now())`,
  ],
  [
    'admin keys',
    '/api/admin-keys',
    'id',
    `insert into admin_keys (id, name, key_hash) select gen_random_uuid(), name, sha256(name::bytea) from unnest('{aaa, zzz}'::text[]) as t(name)`,
  ],
  [
    'the audit log',
    '/api/audit',
    'id',
    `insert into audit_log (id, at, actor_name, action, outcome)
     select gen_random_uuid(), at, 'cli', 'store.create', 'OK' from unnest('{2025-01-01, 2099-01-01}'::timestamptz[]) as t(at)`,
  ],
] as const)(
  '%s: what arrives before and behind a page neither hides nor repeats another',
  async ([, path, key, arrive]) => {
    // Some of which there would be one otherwise.
    await sql.query(
      `insert into admin_keys (id, name, key_hash) select gen_random_uuid(), 'k' || n, sha256(('k' || n)::bytea) from generate_series(1, 4) n
     on conflict do nothing`,
    );
    await sql.query(
      `insert into audit_log (id, at, actor_name, action, outcome)
     select gen_random_uuid(), '2026-01-01', 'cli', 'store.create', 'OK' from generate_series(1, 4)`,
    );
    const keysOf = (items: readonly unknown[]) => items.map((item) => (item as Record<string, string>)[key]);
    const expected = keysOf(await readAllPages(http, path, 200));
    const query = path.includes('?') ? '&' : '?';
    const first = await http.call<{ items: unknown[]; next_cursor: string }>('GET', `${path}${query}limit=3`);
    await sql.query(arrive);
    const rest = await readAllPages(http, path, 5, first.body.next_cursor);
    const seen = keysOf([...first.body.items, ...rest]);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter((one) => expected.includes(one))).toEqual(expected);
  },
);
