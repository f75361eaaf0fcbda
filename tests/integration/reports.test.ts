import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestHarian, type TestHarian } from '../support/harian.ts';
import { createHttpClient, type HttpClient, readAllPages } from '../support/http.ts';
import { openSql, type Sql } from '../support/sql.ts';

interface PeriodGrowth {
  value: number | null;
  change: number | null;
  span_days: number | null;
  per_day: number | null;
  quality: string | null;
  since: string | null;
  until: string | null;
}
interface Compared {
  current: PeriodGrowth;
  previous: PeriodGrowth;
}
interface Total {
  value: number | null;
  read: number;
  change: number | null;
  compared: number;
  first: number;
}
interface Day {
  snapshot_date: string;
  change: number;
}
type Counters<Name extends string, Value> = Record<Name, Value>;
interface StoreReport {
  period: { from: string; to: string; days: number };
  previous_period: StoreReport['period'];
  account: Counters<'followers' | 'likes', Compared & { best_day: Day | null; worst_day: Day | null }>;
  videos: Counters<'views' | 'likes', { current: Total; previous: Total }>;
  best_videos: { video_id: string; title: string | null; views: Compared }[];
  worst_videos: StoreReport['best_videos'];
  freshness: { captured_at: string | null; next_sync_at: string | null; missing_days: number };
}
interface RankedStore {
  rank: number | null;
  store_code: string;
  left_out: string | null;
  captured_at: string | null;
  missing_days: number;
  followers: Compared;
}
interface FleetReport {
  period: StoreReport['period'];
  totals: Counters<'followers' | 'likes', { current: Total; previous: Total }>;
  items: RankedStore[];
  next_cursor: string | null;
  freshness: StoreReport['freshness'] & { counted: number; left_out: Record<string, number> };
}

let harian: TestHarian;
let http: HttpClient;
let sql: Sql;
const get = async <T>(path: string) => (await http.call<T>('GET', path)).body;
const range = 'from=2026-11-04&to=2026-11-06';
const report = `/api/stores/toko/report?${range}`;
const fleet = `/api/report?${range}`;

/** From 1 November on: state and followers; null where TikTok did not say, no number where nobody read. */
type Days = [state: string, followers?: number | null][];
const steady = (first: number, perDay: number): Days =>
  Array.from({ length: 6 }, (_, day) => ['complete', first + day * perDay]);
const stores: Record<string, Days> = {
  toko: [['complete', 100], ['missed'], ['complete', 131], ['complete', 140], ['complete', 138], ['partial', 10]],
  cepat: steady(1_000, 50),
  lambat: steady(10, 0),
  turun: steady(90, -4),
  sebagian: [
    ['complete', 5],
    ['complete', 5],
    ['complete', 5],
    ['partial', 1],
    ['partial', 2],
    ['partial', 3],
  ],
  diam: [['complete', 5], ['complete', 5], ['complete', 5], ['missed'], ['missed'], ['missed']],
  sunyi: [
    ['complete', 5],
    ['complete', 5],
    ['complete', 5],
    ['complete', null],
    ['complete', null],
    ['complete', null],
  ],
  baru: [],
  sekali: [],
};
const date = (day: number) => `2026-11-0${day}`;

beforeAll(async () => {
  harian = await startTestHarian({ environment: { ROLES: 'api' } });
  http = await createHttpClient(harian.url);
  sql = await openSql(harian.database.url);
  for (const [code, days] of Object.entries(stores)) {
    await sql.query(
      `insert into stores (store_code, name, timezone, status) values ($1, $1, 'Asia/Jakarta', 'CONNECTED')`,
      [code],
    );
    for (const [at, [state, followers]] of days.entries()) await insertDay(code, at + 1, state, followers);
  }
  await insertDay('sekali', 5, 'complete', 70);
  // Of videos: their views from 1 November on; posted on 1 November at noon in UTC, but for an old and an unknown one.
  const views: Record<string, (number | null)[]> = {
    laris: [10, 40, 100, 400, 900, 1000],
    biasa: [10, 20, 30, 40, 50, 60],
    sepi: [5, 5, 5, 5, 5, 4],
    muda: [null, null, null, null, 7, 9],
    lama: [500, 500, 500, 500, 501, 501],
    entah: [1, 2, 3, 4, 5, 6],
  };
  const posted: Record<string, string | null> = {
    muda: '2026-11-05T12:00:00Z',
    lama: '2024-01-01T00:00:00Z',
    entah: null,
  };
  for (const [id, counts] of Object.entries(views)) {
    await sql.query(
      `insert into videos (store_code, video_id, title, posted_at, first_seen_date) values ('toko', $1, $1, $2, '2026-11-01')`,
      [id, id in posted ? posted[id] : '2026-11-01T12:00:00Z'],
    );
    for (const [at, count] of counts.entries()) {
      if (count === null) continue;
      await sql.query(
        `insert into video_daily values ('toko', $1, $2, $3, $4, null, 0, $2::date + time '18:00' at time zone 'UTC')`,
        [id, date(at + 1), count, id === 'biasa' && at === 1 ? null : count],
      );
    }
  }
});
afterAll(async () => {
  await sql.close();
  await harian.close();
});

async function insertDay(code: string, day: number, state: string, followers: number | null | undefined) {
  await sql.query(`insert into store_days (store_code, snapshot_date, state) values ($1, $2, $3)`, [
    code,
    date(day),
    state,
  ]);
  if (followers === undefined) return;
  await sql.query(`insert into user_daily values ($1, $2, $3, 1, 2, 3, $2::date + time '18:00' at time zone 'UTC')`, [
    code,
    date(day),
    followers,
  ]);
}

const said = ({ value, change, span_days: span, quality, since, until }: PeriodGrowth) => [
  value,
  change,
  span,
  quality,
  since,
  until,
];

describe('the report of a store', () => {
  test('has the period and the one before, each with what it rests on', async () => {
    const { period, previous_period: previous, account, freshness } = await get<StoreReport>(report);
    expect(period).toEqual({ from: '2026-11-04', to: '2026-11-06', days: 3 });
    expect(previous).toEqual({ from: '2026-11-01', to: '2026-11-03', days: 3 });
    expect(said(account.followers.current)).toEqual([10, -121, 3, 'partial', '2026-11-03', '2026-11-06']);
    expect(said(account.followers.previous)).toEqual([131, 31, 2, 'first', '2026-11-01', '2026-11-03']);
    expect(freshness).toMatchObject({ captured_at: '2026-11-06T18:00:00.000Z', missing_days: 0 });
    expect(Date.parse(freshness.next_sync_at ?? '')).not.toBeNaN();
  });

  test('counts the days without a reading, and takes none of them for 0', async () => {
    const { account, freshness } = await get<StoreReport>('/api/stores/diam/report?from=2026-11-03&to=2026-11-06');
    expect(freshness.missing_days).toBe(3);
    expect(said(account.followers.current)).toEqual([5, 0, 1, 'gap', '2026-11-02', '2026-11-03']);
    const nothing = await get<StoreReport>('/api/stores/diam/report?from=2026-11-04&to=2026-11-06');
    expect(said(nothing.account.followers.current)).toEqual([null, null, null, null, null, null]);
    expect(nothing.account.followers.best_day).toBeNull();
  });

  test('has the best and the worst day: whole ones, with the change of one day', async () => {
    const { account } = await get<StoreReport>('/api/stores/toko/report?from=2026-11-01&to=2026-11-06');
    expect(account.followers.best_day).toEqual({ snapshot_date: '2026-11-04', change: 9 });
    expect(account.followers.worst_day).toEqual({ snapshot_date: '2026-11-05', change: -2 });
  });

  test('has all videos together, and those that gained most and fewest views', async () => {
    const { videos, best_videos: best, worst_videos: worst } = await get<StoreReport>(report);
    expect(videos.views.current).toEqual({
      value: 1580,
      read: 6,
      change: 900 + 30 - 1 + 2 + 1 + 3,
      compared: 6,
      first: 1,
    });
    expect(videos.views.previous).toEqual({ value: 638, read: 5, change: 112, compared: 5, first: 5 });
    expect(best.map(({ video_id: id, views }) => [id, views.current.change])).toEqual([
      ['laris', 900],
      ['biasa', 30],
      ['entah', 3],
      ['muda', 2],
      ['lama', 1],
    ]);
    expect(worst.map(({ video_id: id }) => id)).toEqual(['sepi', 'lama', 'muda', 'entah', 'biasa']);
    expect(said(best[3]?.views.current as PeriodGrowth)).toEqual([9, 2, 1, 'first', '2026-11-05', '2026-11-06']);
  });

  test('is that of the last 30 days unless told', async () => {
    const { period, previous_period: previous } = await get<StoreReport>('/api/stores/baru/report');
    expect([period.days, previous.days]).toEqual([30, 30]);
  });
});

describe('the report of the fleet', () => {
  test('ranks by growth, leaves days read in part out, and says who could not be compared and why', async () => {
    const { items, freshness, totals } = await get<FleetReport>(fleet);
    expect(items.map((one) => [one.rank, one.store_code, one.followers.current.change, one.left_out])).toEqual([
      [1, 'cepat', 150, null],
      [2, 'toko', 7, null],
      [3, 'lambat', 0, null],
      [4, 'turun', -12, null],
      [null, 'baru', null, 'not_expected'],
      [null, 'diam', null, 'unread'],
      [null, 'sebagian', null, 'partial'],
      [null, 'sekali', null, 'one_reading'],
      [null, 'sunyi', null, 'not_said'],
    ]);
    const toko = items.find((one) => one.store_code === 'toko');
    expect(said(toko?.followers.current as PeriodGrowth)).toEqual([138, 7, 2, 'gap', '2026-11-03', '2026-11-05']);
    expect(freshness).toMatchObject({
      captured_at: '2026-11-06T18:00:00.000Z',
      missing_days: 3,
      counted: 4,
      left_out: { not_expected: 1, unread: 1, partial: 1, one_reading: 1, not_said: 1 },
    });
    expect(Date.parse(freshness.next_sync_at ?? '')).toBeGreaterThan(Date.now());
    const { current, previous } = totals.followers;
    expect(current).toEqual({ value: 1250 + 138 + 10 + 70 + 70, read: 5, change: 145, compared: 4, first: 0 });
    expect(previous).toMatchObject({ read: 7, change: 100 + 31 - 8, compared: 7, first: 7 });
  });

  test('turns round, and ranks the same', async () => {
    const { items } = await get<FleetReport>(`${fleet}&order=asc`);
    expect(items.slice(0, 5).map((one) => [one.rank, one.store_code])).toEqual([
      [4, 'turun'],
      [3, 'lambat'],
      [2, 'toko'],
      [1, 'cepat'],
      [null, 'baru'],
    ]);
  });

  test.each(['desc', 'asc'])('comes in pages without a repetition or a hole (%s)', async (order) => {
    const whole = await get<FleetReport>(`${fleet}&order=${order}&sort=likes`);
    for (const limit of [1, 2, 4]) {
      expect(await readAllPages(http, `${fleet}&order=${order}&sort=likes`, limit)).toEqual(whole.items);
    }
  });

  test('comes as a file, with every store and what the API says of it', async () => {
    const answer = await http.call('GET', `${fleet}&format=csv&limit=1`);
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="harian-report.csv"');
    const [head = '', ...lines] = answer.text
      .trimEnd()
      .split('\r\n')
      .map((line) => line.split(','));
    expect(lines).toHaveLength(Object.keys(stores).length);
    const names = [
      'rank',
      'store_code',
      'left_out',
      'followers_change',
      'followers_quality',
      'followers_previous_change',
    ];
    const cells = lines.slice(0, 5).map((line) => names.map((name) => line[head.indexOf(name)]));
    expect(cells).toEqual([
      ['1', 'cepat', '', '150', 'exact', '100'],
      ['2', 'toko', '', '7', 'gap', '31'],
      ['3', 'lambat', '', '0', 'exact', '0'],
      ['4', 'turun', '', '-12', 'falling', '-8'],
      ['', 'baru', 'not_expected', '', '', ''],
    ]);
  });
});

interface Point {
  value: number | null;
  quality: string | null;
  span_days: number | null;
  missing: string | null;
  median: number | null;
  videos: number;
  place: number | null;
  times_median: number | null;
}
interface VideoCurve {
  posted_at: string | null;
  readings: number;
  items: (Record<'views' | 'likes' | 'comments', Point> & { age_days: number; at: string | null })[];
  freshness: StoreReport['freshness'];
}
interface TypicalCurve {
  items: Record<'views', { lower_quartile: number; median: number; upper_quartile: number; videos: number }>[];
  freshness: StoreReport['freshness'];
}
const curveOf = (id: string) => get<VideoCurve>(`/api/stores/toko/videos/${id}/curve`);
const read = ({ value, quality, span_days: span, missing }: Point) => [value, quality, span, missing];

describe('the curve of a video', () => {
  test('is in proportion between the readings around each age, and nothing beyond them', async () => {
    const { posted_at: postedAt, readings, items, freshness } = await curveOf('laris');
    expect([postedAt, readings]).toEqual(['2026-11-01T12:00:00.000Z', 6]);
    expect(items.map((one) => [one.age_days, one.at?.slice(0, 10), ...read(one.views)])).toEqual([
      [1, '2026-11-02', 33, 'interpolated', 1, null],
      [3, '2026-11-04', 325, 'interpolated', 1, null],
      ...[7, 14, 30, 90].map((age) => [
        age,
        new Date(Date.UTC(2026, 10, 1 + age)).toISOString().slice(0, 10),
        null,
        null,
        null,
        Date.UTC(2026, 10, 1 + age, 12) > Date.now() ? 'not_that_old' : 'after_last_reading',
      ]),
    ]);
    expect(freshness).toMatchObject({ captured_at: '2026-11-06T18:00:00.000Z', missing_days: 0 });
  });

  test('passes over a number that TikTok did not say, and one it never says is none', async () => {
    const [first] = (await curveOf('biasa')).items;
    expect(read(first?.likes as Point)).toEqual([18, 'interpolated', 2, null]);
    expect(read(first?.comments as Point)).toEqual([null, null, null, 'never_read']);
  });

  test('has no beginning where nobody could read it, and is unknown without a time of posting', async () => {
    const young = await curveOf('muda');
    expect(read(young.items[0]?.views as Point)).toEqual([9, 'interpolated', 1, null]);
    const old = await curveOf('lama');
    expect(old.items.map((one) => one.views.missing)).toEqual(Array.from({ length: 6 }, () => 'before_first_reading'));
    const unknown = await curveOf('entah');
    expect(unknown.items.map((one) => [one.at, one.views.missing])).toEqual(
      Array.from({ length: 6 }, () => [null, 'posting_time_unknown']),
    );
  });

  test('stands beside the typical video of its store', async () => {
    const typical = await get<TypicalCurve>('/api/stores/toko/curve');
    // 33, 18, 5 and 9 after a day; 325, 38 and 5 after three.
    expect(typical.items.slice(0, 3).map(({ views }) => Object.values(views))).toEqual([
      [8, 13.5, 21.75, 4],
      [21.5, 38, 181.5, 3],
      [null, null, null, 0],
    ]);
    expect(typical.freshness.captured_at).toBe('2026-11-06T18:00:00.000Z');
    const standing = (await curveOf('laris')).items.slice(0, 3).map(({ views }) => [views.place, views.times_median]);
    expect(standing).toEqual([
      [1, 2.44],
      [1, 8.55],
      [null, null],
    ]);
    const other = (await curveOf('sepi')).items[1]?.views;
    expect([other?.place, other?.times_median, other?.median, other?.videos]).toEqual([3, 0.13, 38, 3]);
  });

  test('comes as a file, both of it', async () => {
    const lines = async (path: string) => (await http.call('GET', path)).text.split('\r\n');
    const own = await lines('/api/stores/toko/videos/laris/curve?format=csv');
    expect(own[0]).toMatch(/^age_days,at,views,views_quality,views_span_days,views_missing,views_place,/);
    expect(own[2]).toMatch(/^3,2026-11-04T12:00:00.000Z,325,interpolated,1,,1,8.55,21.5,38,181.5,3,/);
    expect(own).toHaveLength(8);
    const [head, , third] = await lines('/api/stores/toko/curve?format=csv');
    expect(head).toMatch(/^age_days,views_lower_quartile,views_median,views_upper_quartile,views_videos,likes_/);
    expect(third).toMatch(/^3,21.5,38,181.5,3,/);
  });
});

test.each([
  ['/api/stores/nobody/report', 404, 'STORE_NOT_FOUND'],
  ['/api/stores/nobody/curve', 404, 'STORE_NOT_FOUND'],
  ['/api/stores/nobody/videos/laris/curve', 404, 'STORE_NOT_FOUND'],
  ['/api/stores/toko/videos/nothing/curve', 404, 'VIDEO_NOT_FOUND'],
  ['/api/report?from=2026-11-02&to=2026-11-01', 400, 'INVALID_REQUEST'],
  ['/api/stores/toko/report?from=2026-11-02&to=2026-11-01', 400, 'INVALID_REQUEST'],
  ['/api/report?from=2000-01-01&to=2026-11-01', 400, 'INVALID_REQUEST'],
  ['/api/report?from=1999-12-31', 400, 'INVALID_REQUEST'],
  ['/api/report?sort=views', 400, 'INVALID_REQUEST'],
  ['/api/report?cursor=WyIxIl0', 400, 'INVALID_REQUEST'],
  [`/api/report?cursor=${Buffer.from('["99999999999999999","toko"]').toString('base64url')}`, 400, 'INVALID_REQUEST'],
])('%s is refused', async (path, status, code) => {
  const answer = await http.call('GET', path);
  expect([answer.status, answer.body.error.code]).toEqual([status, code]);
});
