import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ExportSeries, exportKeys, exportSeries } from '../../src/domain/export-series.ts';
import { adminKey, startTestHarian, type TestHarian } from '../support/harian.ts';
import { openSql, type Sql } from '../support/sql.ts';

let harian: TestHarian;
let sql: Sql;
const codes = ['toko-01', '-minus', 'jauh.timur'];
const nasty = ['=1+1', '+62', '-5', '@me', '\tTab', 'plain', 'with "quotes", comma', 'two\nlines', 'a\r\nb', '', null];

beforeAll(async () => {
  harian = await startTestHarian({ environment: { ROLES: 'api' } });
  sql = await openSql(harian.database.url);
  await sql.query(
    `insert into stores (store_code, name, timezone, status)
     select code, '=' || code, zone, 'CONNECTED' from unnest($1::text[], $2::text[]) as t(code, zone)`,
    [codes, ['Asia/Jakarta', 'America/New_York', 'Pacific/Kiritimati']],
  );
  await sql.query(
    `insert into store_days (store_code, snapshot_date, state, reason, captured_at)
     select code, day, case when extract(day from day) = 3 then 'missed' else 'complete' end, null, day + interval '20 hours'
     from unnest($1::text[]) as t(code), generate_series('2026-02-26'::date, '2026-03-06', interval '1 day') as d(day)`,
    [codes],
  );
  await sql.query(
    `insert into user_daily (store_code, snapshot_date, follower_count, likes_count, captured_at)
     select store_code, snapshot_date, 9007199254740991 - extract(day from snapshot_date)::int, null, captured_at
     from store_days where state = 'complete'`,
  );
  await sql.query(
    `insert into videos (store_code, video_id, title, description, posted_at, first_seen_date)
     select code, (7000000000000000000 + n)::text, words, words, '2026-01-01T23:59:59.987Z', '2026-02-26'
     from unnest($1::text[]) as s(code), unnest($2::text[]) with ordinality as t(words, n)`,
    [codes, nasty],
  );
  await sql.query(
    `insert into video_daily (store_code, video_id, snapshot_date, view_count, share_count, captured_at)
     select u.store_code, video_id, u.snapshot_date, right(video_id, 2)::int * 10, null, captured_at
     from user_daily u join videos v using (store_code)`,
  );
});
afterAll(async () => {
  await sql.close();
  await harian.close();
});

const get = (path: string, init: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> } = {}) =>
  fetch(`${harian.url}/api/export/${path}`, {
    ...init,
    headers: { authorization: `Bearer ${adminKey}`, ...init.headers },
  });
const textOf = async (path: string) => {
  const response = await get(path);
  expect(response.status).toBe(200);
  return response.text();
};

/** By the letter of RFC 4180; a cell that is empty and not in quotes is null. */
function parseCsv(text: string): (string | null)[][] {
  const rows: (string | null)[][] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  let row: (string | null)[] = [];
  while (cell.lastIndex < text.length) {
    const found = cell.exec(text);
    if (!found) throw new Error('no CSV');
    const [, quoted, bare, end] = found;
    row.push(quoted === undefined ? bare || null : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

const tables: Readonly<Record<ExportSeries, string>> = {
  stores: `select store_code, name, timezone, status from stores`,
  store_days: `select snapshot_date::text, store_code, state, reason, captured_at from store_days`,
  user_daily: `select snapshot_date::text, store_code, follower_count::text, likes_count::text, captured_at from user_daily`,
  videos: `select store_code, video_id, title, description, posted_at, presence from videos`,
  account_growth: `select store_code, snapshot_date::text, day_state, follower_count::text, follower_change::text,
    follower_span_days::text, follower_per_day::float8::text, follower_quality, video_quality from account_growth`,
  video_growth: `select store_code, video_id, snapshot_date::text, view_count::text, view_change::text, view_span_days::text,
    view_per_day::float8::text, view_quality, share_quality from video_growth`,
  video_daily: `select snapshot_date::text, store_code, video_id, view_count::text, share_count::text, captured_at from video_daily`,
};
const rowsOf = async (series: ExportSeries) => {
  const rows = await sql.query<Record<string, unknown>>(
    `${tables[series]} order by ${exportKeys[series].map((name) => `${series}.${name}`).join(', ')}`,
  );
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([k, v]) => [k, v instanceof Date ? v.toISOString() : v])),
  );
};
const unguarded = (value: string | null) => value?.replace(/^'(?=[=+\-@\t\r])/, '') ?? null;
/** 15.50 is 15.5. */
const sameForm = (name: string, value: unknown) =>
  value !== null && name.endsWith('_per_day')
    ? String(Number(value))
    : typeof value === 'number'
      ? String(value)
      : value;

describe.each(exportSeries)('%s', (series) => {
  const key = exportKeys[series];

  test('as CSV is every row of the table, in order, and nothing a spreadsheet would calculate', async () => {
    const text = await textOf(series);
    const [names = [], ...rows] = parseCsv(text);
    const wanted = await rowsOf(series);
    const shown = rows.map((cells) => Object.fromEntries(cells.map((value, i) => [names[i], value])));

    expect(
      shown.map((row) =>
        Object.fromEntries(Object.keys(wanted[0] ?? {}).map((k) => [k, sameForm(k, unguarded(row[k] ?? null))])),
      ),
    ).toEqual(wanted);
    expect(names.slice(0, key.length)).toEqual(key);
    const isNumber = (value: string) => /^-\d+(\.\d+)?$/.test(value);
    expect(rows.flat().filter((value) => value && /^[=+\-@\t\r]/.test(value) && !isNumber(value))).toEqual([]);
  });

  test('as NDJSON is the same, and changes no text', async () => {
    const lines = (await textOf(`${series}?format=ndjson`)).split('\n');
    expect(lines.pop()).toBe('');
    const shown = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const wanted = await rowsOf(series);
    expect(
      shown.map((row) => Object.fromEntries(Object.keys(wanted[0] ?? {}).map((k) => [k, sameForm(k, row[k])]))),
    ).toEqual(wanted);
  });

  test('goes on behind any row it was broken off at, of one store too', async () => {
    for (const scope of ['', '&store_code=toko-01']) {
      const lines = (await textOf(`${series}?format=ndjson${scope}`)).split('\n').slice(0, -1);
      const step = Math.max(1, Math.floor(lines.length / 7));
      for (let at = 0; at < lines.length; at += step) {
        const last = JSON.parse(lines[at] ?? '') as Record<string, string>;
        const after = encodeURIComponent(key.map((name) => last[name]).join('/'));
        expect(await textOf(`${series}?format=ndjson${scope}&after=${after}`)).toBe(
          lines
            .slice(at + 1)
            .map((line) => `${line}\n`)
            .join(''),
        );
      }
    }
  });
});

test('as CSV it goes on without the names of the columns, behind a guarded key as it stands in the file', async () => {
  const text = await textOf('user_daily');
  const lines = text.split('\r\n').slice(0, -1);
  const at = lines.findIndex((line) => line.includes("'-minus"));
  const after = encodeURIComponent(lines[at]?.split(',').slice(0, 2).join('/') ?? '');
  expect(await textOf(`user_daily?after=${after}`)).toBe(
    lines
      .slice(at + 1)
      .map((line) => `${line}\r\n`)
      .join(''),
  );
});

test('moments are shown in UTC and on the store’s own clock', async () => {
  const [names = [], row = []] = parseCsv(await textOf('user_daily?store_code=jauh.timur&from=2026-03-06'));
  expect(row[names.indexOf('captured_at')]).toBe('2026-03-06T20:00:00.000Z');
  expect(row[names.indexOf('captured_at_local')]).toBe('2026-03-07T10:00:00');
});

test('a range of days is both ends included, and one without rows is the names of the columns alone', async () => {
  const days = async (query: string) =>
    parseCsv(await textOf(`user_daily?${query}`))
      .slice(1)
      .map(([day]) => day);
  expect(new Set(await days('from=2026-03-02&to=2026-03-04'))).toEqual(new Set(['2026-03-02', '2026-03-04']));
  expect(await textOf('user_daily?from=2030-01-01')).toMatch(/^snapshot_date,store_code,[a-z_,]+\r\n$/);
  expect(await textOf('user_daily?to=2020-01-01')).toMatch(/^snapshot_date,store_code,[a-z_,]+\r\n$/);
  expect(await textOf('account_growth?to=2020-01-01')).toMatch(/^store_code,snapshot_date,[a-z_,]+\r\n$/);
});

test.each([
  ['video_dailies', 400],
  ['user_daily?format=xml', 400],
  ['user_daily?from=2026-02-30', 400],
  ['user_daily?after=2026-03-01', 400],
  ["user_daily?after=2026-03-01/a'b", 400],
  ['videos?after=toko-01', 400],
  ['user_daily?store_code=nobody', 404],
  ['stores?from=2026-03-01', 400],
  ['videos?to=2026-03-01', 400],
])('%s is refused with %i', async (path, status) => {
  const response = await get(path);
  expect(response.status).toBe(status);
  expect(await response.json()).toEqual({ error: { code: expect.any(String), message: expect.any(String) } });
});

const large = 'video_daily?from=2026-03-06&to=2026-03-06';
test('a large one is sent as it is read; two at once, a third is told to wait, and who hangs up leaves their place', async () => {
  await sql.query(
    `insert into videos (store_code, video_id, first_seen_date)
     select 'toko-01', (7100000000000000000 + n)::text, '2026-03-06' from generate_series(1, 200000) as t(n)`,
  );
  await sql.query(
    `insert into video_daily (store_code, video_id, snapshot_date, view_count, captured_at)
     select store_code, video_id, '2026-03-06', 1, '2026-03-06T20:00:00Z' from videos where video_id > '71'`,
  );
  const begin = async () => {
    const leaving = new AbortController();
    const response = await get(large, { signal: leaving.signal, headers: { 'accept-encoding': 'identity' } });
    expect(response.status).toBe(200);
    const reader = response.body?.getReader();
    await reader?.read();
    return leaving;
  };
  for (let round = 0; round < 2; round++) {
    const [first, second] = [await begin(), await begin()];

    const third = await get(large);
    expect([third.status, third.headers.get('retry-after')]).toEqual([429, '30']);

    first.abort();
    second.abort();
    await expect.poll(async () => (await get(large, { method: 'HEAD' })).status, { timeout: 20_000 }).toBe(200);
  }
  const whole = await get(large, { headers: { 'accept-encoding': 'gzip' } });
  expect(whole.headers.get('content-encoding')).toBe('gzip');
  const ndjson = await get('stores?format=ndjson', { headers: { 'accept-encoding': 'gzip' } });
  expect([ndjson.headers.get('content-encoding'), (await ndjson.text()).split('\n').length]).toEqual(['gzip', 4]);
  expect((await whole.text()).split('\r\n')).toHaveLength(1 + 200_000 + codes.length * nasty.length + 1);
}, 60_000);

// After the test before, which fills it: a small one is read to its end, whoever is there.
test('who hangs up before the first byte leaves their place too', async () => {
  const locker = await openSql(harian.database.url);
  const copying = async () =>
    (await sql.query(`select from pg_stat_activity where application_name = 'harian-export' and state = 'active'`))
      .length;
  for (let round = 0; round < 2; round++) {
    // Nothing can be read while the table is held, so that no byte is there yet.
    await locker.query('begin; lock table video_daily in access exclusive mode');
    const leaving = new AbortController();
    const answers = [1, 2].map(() =>
      get(large, { signal: leaving.signal, headers: { 'accept-encoding': 'identity' } }),
    );
    await expect.poll(copying).toBe(2);
    leaving.abort();
    await Promise.allSettled(answers);
    await locker.query('rollback');
    await expect.poll(async () => (await get(large, { method: 'HEAD' })).status, { timeout: 20_000 }).toBe(200);
    await expect.poll(copying).toBe(0);
  }
  await locker.close();
});
