import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestHarian, type TestHarian } from '../support/harian.ts';
import { createHttpClient, type HttpClient } from '../support/http.ts';
import { openSql, type Sql } from '../support/sql.ts';

interface Growth {
  value: number | null;
  change: number | null;
  span_days: number | null;
  per_day: number | null;
  quality: string | null;
}
interface Page {
  items: (Record<string, Growth> & { snapshot_date: string; day_state: string; captured_at: string | null })[];
  next_cursor: string | null;
  freshness: { captured_at: string | null; next_sync_at: string | null; missing_days: number };
}

let harian: TestHarian;
let http: HttpClient;
let sql: Sql;
const account = '/api/stores/toko/growth';
const video = '/api/stores/toko/videos/v1/growth';
const get = async (path: string) => (await http.call<Page>('GET', path)).body;

/** A day's state, its followers and the views of its video: null where TikTok did not say, absent where nobody read. */
const days: [day: string, state: string, followers?: number | null, views?: number | null][] = [
  ['2026-11-01', 'complete', 100, 10],
  ['2026-11-02', 'missed'],
  ['2026-11-03', 'complete', 131, 15],
  ['2026-11-04', 'partial', 128],
  ['2026-11-05', 'complete', null, 14],
  ['2026-11-06', 'late', 140],
  ['2026-11-07', 'late', 141],
  ['2026-11-08', 'complete', 139],
  ['2026-11-09', 'pending'],
];

beforeAll(async () => {
  harian = await startTestHarian({ environment: { ROLES: 'api' } });
  http = await createHttpClient(harian.url);
  sql = await openSql(harian.database.url);
  await sql.query(
    `insert into stores (store_code, name, timezone, status) values ('toko', 'Toko', 'Asia/Jakarta', 'CONNECTED'), ('baru', 'Baru', 'UTC', 'PENDING')`,
  );
  await sql.query(
    `insert into videos (store_code, video_id, first_seen_date) values ('toko', 'v1', '2026-11-01'), ('toko', 'v2', '2026-11-01')`,
  );
  for (const [day, state, followers, views] of days) {
    await sql.query(`insert into store_days (store_code, snapshot_date, state) values ('toko', $1, $2)`, [day, state]);
    if (followers !== undefined) {
      await sql.query(
        `insert into user_daily values ('toko', $1, $2, 1, 2, 3, $1::date + time '18:00' at time zone 'UTC')`,
        [day, followers],
      );
    }
    if (views === undefined) continue;
    await sql.query(
      `insert into video_daily values ('toko', 'v1', $1, $2, 1, 2, 3, $1::date + time '18:01' at time zone 'UTC')`,
      [day, views],
    );
  }
});
afterAll(async () => {
  await sql.close();
  await harian.close();
});

const said = (growth: Growth | undefined) =>
  growth && [growth.value, growth.change, growth.span_days, growth.per_day, growth.quality];
const nothing = [null, null, null, null, null];

describe('growth', () => {
  test('is null on a day without a number, and that of the whole gap on the next one, once', async () => {
    const { items } = await get(account);
    expect(items.map((day) => [day.snapshot_date, day.day_state, ...(said(day.followers) ?? [])])).toEqual([
      ['2026-11-01', 'complete', 100, null, null, null, 'first'],
      ['2026-11-02', 'missed', ...nothing],
      ['2026-11-03', 'complete', 131, 31, 2, 15.5, 'gap'],
      ['2026-11-04', 'partial', 128, -3, 1, -3, 'partial'],
      ['2026-11-05', 'complete', ...nothing],
      ['2026-11-06', 'late', 140, 12, 2, 6, 'gap'],
      ['2026-11-07', 'late', 141, 1, 1, 1, 'late'],
      ['2026-11-08', 'complete', 139, -2, 1, -2, 'falling'],
      ['2026-11-09', 'pending', ...nothing],
    ]);
    expect(items.map(({ captured_at: at }) => at)).toEqual(
      days.map(([day, , followers]) => (followers === undefined ? null : `${day}T18:00:00.000Z`)),
    );
    expect(items.map((day) => day.videos?.quality)).toEqual([
      'first',
      null,
      'gap',
      'partial',
      'exact',
      'late',
      'late',
      'exact',
      null,
    ]);
  });

  test('of a video ends with its last reading, and tells of the days between', async () => {
    const { items, freshness } = await get(video);
    expect(items.map((day) => [day.snapshot_date, day.captured_at !== null, ...(said(day.views) ?? [])])).toEqual([
      ['2026-11-01', true, 10, null, null, null, 'first'],
      ['2026-11-02', false, ...nothing],
      ['2026-11-03', true, 15, 5, 2, 2.5, 'gap'],
      ['2026-11-04', false, ...nothing],
      ['2026-11-05', true, 14, -1, 2, -0.5, 'falling'],
    ]);
    expect(freshness).toMatchObject({ captured_at: '2026-11-05T18:01:00.000Z', missing_days: 2 });
    const never = await get('/api/stores/toko/videos/v2/growth');
    expect([never.items, never.freshness.captured_at, never.freshness.missing_days]).toEqual([[], null, 0]);
  });

  test('does not depend on where the range begins', async () => {
    const whole = await get(account);
    const part = await get(`${account}?from=2026-11-03&to=2026-11-06`);
    expect(part.items).toEqual(whole.items.slice(2, 6));
  });

  test('comes with how much of the range is known, whatever the page', async () => {
    const { freshness } = await get(`${account}?limit=1`);
    expect(freshness).toMatchObject({ captured_at: '2026-11-08T18:00:00.000Z', missing_days: 2 });
    expect(Date.parse(freshness.next_sync_at ?? '')).not.toBeNaN();
    const part = await get(`${account}?from=2026-11-03&to=2026-11-05`);
    expect(part.freshness).toMatchObject({ captured_at: '2026-11-05T18:00:00.000Z', missing_days: 0 });
    const { items, freshness: unread } = await get('/api/stores/baru/growth');
    expect([items, unread]).toEqual([[], { captured_at: null, next_sync_at: null, missing_days: 0 }]);
  });
});

describe('as a file', () => {
  const csv = (path: string, accept?: string) => http.call('GET', path, accept ? { headers: { accept } } : {});
  const typeOf = async (path: string, accept?: string) => (await csv(path, accept)).headers.get('content-type');

  test('it has the names of the API and every day, whatever the limit', async () => {
    const answer = await csv(`${account}?format=csv&limit=1`);
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="harian-growth-toko.csv"');
    const lines = answer.text.split('\r\n');
    const columns = (name: string) => `${name},${name}_change,${name}_span_days,${name}_per_day,${name}_quality`;
    expect(lines[0]).toBe(
      `snapshot_date,day_state,captured_at,${['followers', 'following', 'likes', 'videos'].map(columns).join()}`,
    );
    expect(lines.slice(1).map((line) => line.split(',').slice(0, 8).join())).toEqual([
      '2026-11-01,complete,2026-11-01T18:00:00.000Z,100,,,,first',
      '2026-11-02,missed,,,,,,',
      '2026-11-03,complete,2026-11-03T18:00:00.000Z,131,31,2,15.5,gap',
      '2026-11-04,partial,2026-11-04T18:00:00.000Z,128,-3,1,-3,partial',
      '2026-11-05,complete,2026-11-05T18:00:00.000Z,,,,,',
      '2026-11-06,late,2026-11-06T18:00:00.000Z,140,12,2,6,gap',
      '2026-11-07,late,2026-11-07T18:00:00.000Z,141,1,1,1,late',
      '2026-11-08,complete,2026-11-08T18:00:00.000Z,139,-2,1,-2,falling',
      '2026-11-09,pending,,,,,,',
      '',
    ]);
    const { headers } = await csv(`${video}?format=csv`);
    expect(headers.get('content-disposition')).toBe('attachment; filename="harian-growth-toko-v1.csv"');
  });

  test('it keeps to the range, and goes on after a page', async () => {
    const { next_cursor: cursor } = await get(`${account}?limit=3`);
    const firstCells = async (query: string) =>
      (await csv(`${account}?format=csv&${query}`)).text
        .split('\r\n')
        .slice(1, -1)
        .map((line) => line.split(',')[0]);
    expect(await firstCells('from=2026-11-05&to=2026-11-06')).toEqual(['2026-11-05', '2026-11-06']);
    expect((await firstCells(`cursor=${cursor}`))[0]).toBe('2026-11-04');
  });

  test('it comes when it is asked for, and JSON else', async () => {
    const [file, json] = ['text/csv; charset=utf-8; header=present', 'application/json'];
    expect(await typeOf(account, 'text/csv')).toBe(file);
    expect(await typeOf(account, 'application/json;q=0.5, text/csv')).toBe(file);
    expect(await typeOf(`${account}?format=json`, 'text/csv')).toBe(json);
    expect(await typeOf(`${account}?format=csv`, 'application/json')).toBe(file);
    for (const accept of ['*/*', 'text/html,*/*;q=0.8', 'image/png', 'text/csv;q=0.5, application/json']) {
      expect(await typeOf(account, accept), accept).toBe(json);
    }
    expect((await csv(account)).headers.get('vary')).toMatch(/\bAccept\b(?!-)/);
  });
});

test.each([
  ['/api/stores/nobody/growth', 404, 'STORE_NOT_FOUND'],
  ['/api/stores/nobody/videos/v1/growth', 404, 'STORE_NOT_FOUND'],
  ['/api/stores/toko/videos/nothing/growth', 404, 'VIDEO_NOT_FOUND'],
  ['/api/stores/baru/videos/v1/growth', 404, 'VIDEO_NOT_FOUND'],
  [`${account}?format=xml`, 400, 'INVALID_REQUEST'],
  [`${account}?from=2026-02-30`, 400, 'INVALID_REQUEST'],
  [`${account}?cursor=x`, 400, 'INVALID_REQUEST'],
  [`${account}?limit=1001`, 400, 'INVALID_REQUEST'],
])('%s is refused in JSON, also to whoever wants a file', async (path, status, code) => {
  for (const accept of ['application/json', 'text/csv']) {
    const answer = await http.call('GET', path, { headers: { accept } });
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
  }
});

test('both views, and each of their columns, say what they are', async () => {
  const rows = await sql.query<{ name: string; comment: string | null }>(
    `select c.relname || coalesce('.' || a.attname, '') as name,
       case when a.attnum is null then obj_description(c.oid, 'pg_class') else col_description(c.oid, a.attnum) end as comment
     from pg_class c left join lateral (
       select null::name as attname, null::int2 as attnum
       union all select attname, attnum from pg_attribute where attrelid = c.oid and attnum > 0) a on true
     where c.relname in ('account_growth', 'video_growth')`,
  );
  expect(rows).toHaveLength(2 + 24 + 25);
  for (const { name, comment } of rows) expect(comment, name).toMatch(/^[^\s].{8,}\.$/);
});
