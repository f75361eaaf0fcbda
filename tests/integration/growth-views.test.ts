import { randomInt, randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DatabasePool, inTransaction } from '../../src/db/client.ts';
import { closeRun } from '../../src/db/close-run.ts';
import { insertStoreHistories } from '../../src/db/store-history.ts';
import { listViewChanges } from '../../src/db/video-trends.ts';
import {
  anyHistory,
  type Expected,
  type ExpectedDay,
  type ExpectedGrowth,
  expectedOf,
  type History,
  rerunOf,
  rerunRows,
  toStoreHistory,
} from '../support/growth-histories.ts';
import { startTestHarian, type TestHarian } from '../support/harian.ts';
import { createHttpClient, type HttpClient, readAllPages } from '../support/http.ts';
import { openSqlPool, type Sql } from '../support/sql.ts';
import { openTestPool } from '../support/stores.ts';

// 10,000 random histories through the tables, the views and the API, against the rules in domain/growth.ts.
// GROWTH_SEED repeats a run.

const batches = 20;
const storesPerBatch = 500;
/** Of each batch so many are asked for over HTTP too. */
const sampledPerBatch = 11;
const seed = Number(process.env.GROWTH_SEED ?? randomInt(2 ** 31 - 1));

interface Store {
  storeCode: string;
  history: History;
  expected: Expected;
}

let harian: TestHarian;
let http: HttpClient;
let pool: DatabasePool;
let sql: Sql;
const written: Store[][] = [];

beforeAll(async () => {
  console.log(`growth seed ${seed}`);
  harian = await startTestHarian({ environment: { ROLES: 'api' } });
  http = await createHttpClient(harian.url);
  pool = openTestPool(harian.database.url);
  sql = openSqlPool(harian.database.url);
  for (let batch = 0; batch < batches; batch += 1) {
    const stores = makeBatch(batch);
    await write(stores);
    written.push(stores);
  }
}, 120_000);
afterAll(async () => {
  await sql.close();
  await pool.close();
  await harian.close();
});

const makeBatch = (batch: number): Store[] =>
  fc.sample(anyHistory, { numRuns: storesPerBatch, seed: seed + batch }).map((history, index) => ({
    storeCode: `h-${batch}-${index}`,
    history,
    expected: expectedOf(history),
  }));

const unlogged = {
  status: 'SUCCESS',
  errorCode: null,
  httpStatus: null,
  tiktokLogId: null,
  pages: 0,
  videos: 0,
  retryAt: null,
} as const;
const nameless = { unionId: null, username: null, displayName: null, avatarUrl: null };

async function write(stores: readonly Store[]): Promise<void> {
  const histories = stores.map(({ storeCode, history }) => toStoreHistory(storeCode, history));
  await inTransaction(pool.db, (tx) => insertStoreHistories(tx, histories));
  await inTransaction(pool.db, async (tx) => {
    for (const { storeCode, history } of stores) {
      const rerun = rerunOf(history);
      if (rerun === null) continue;
      const { snapshotDate, capturedAt, state } = rerun;
      const { account, videos } = rerunRows(rerun);
      await closeRun(tx, {
        logId: randomUUID(),
        log: { ...unlogged, finishedAt: capturedAt },
        day: { storeCode, snapshotDate, capturedAt, state, reason: null, retryAfter: null },
        read: { account: { ...nameless, ...account }, statusReason: null, oldestListedAt: undefined },
        listed: videos,
        completes: null,
      });
    }
  });
}

/** How each counter's columns begin in the views. */
const stems = {
  account: { followers: 'follower', following: 'following', likes: 'likes', videos: 'video' },
  video: { views: 'view', likes: 'like', comments: 'comment', shares: 'share' },
};

type ViewRow = Record<string, string | number | null>;

/** A day as its view has it, its instant as JavaScript writes it. */
const flat = ({ growth, ...day }: ExpectedDay, kind: keyof typeof stems): ViewRow =>
  Object.assign(
    { ...day },
    ...Object.entries(stems[kind]).map(([counter, stem]) => ({
      [`${stem}_count`]: growth[counter]?.value,
      [`${stem}_change`]: growth[counter]?.change,
      [`${stem}_span_days`]: growth[counter]?.span_days,
      [`${stem}_per_day`]: growth[counter]?.per_day,
      [`${stem}_quality`]: growth[counter]?.quality,
    })),
  );

async function readView(kind: keyof typeof stems, stores: readonly Store[]): Promise<Map<string, ViewRow[]>> {
  const key = kind === 'account' ? 'store_code' : `store_code || ' ' || video_id`;
  const rows = await sql.query<{ key: string; row: ViewRow }>(
    `select ${key} as key, to_jsonb(g) as row from ${kind}_growth g where store_code = any($1)
     order by store_code ${kind === 'video' ? ', video_id' : ''}, snapshot_date`,
    [stores.map(({ storeCode }) => storeCode)],
  );
  const byKey = new Map<string, ViewRow[]>();
  for (const { key: of, row } of rows) {
    const { store_code: _store, video_id: _video, captured_at: at, ...rest } = row;
    const capturedAt = typeof at === 'string' ? new Date(at).toISOString() : null;
    byKey.set(of, [...(byKey.get(of) ?? []), { ...rest, captured_at: capturedAt }]);
  }
  return byKey;
}

/** Says which history it was, so that the run can be repeated. */
function expectSame(store: Store, what: string, actual: unknown, expected: unknown): void {
  if (isDeepStrictEqual(actual, expected)) return;
  const told = `GROWTH_SEED=${seed} ${store.storeCode} ${what}\n${JSON.stringify(store.history)}`;
  expect(actual, told).toEqual(expected);
  throw new Error(`${told}\n${JSON.stringify(actual)}\nis not\n${JSON.stringify(expected)}`);
}

/** Whatever lies between: the changes add up to the last reading minus the first. */
function expectSums(store: Store, what: string, rows: readonly ViewRow[], kind: keyof typeof stems): void {
  for (const stem of Object.values(stems[kind])) {
    const values = rows.flatMap((row) => row[`${stem}_count`] ?? []).map(Number);
    const sum = rows.reduce((total, row) => total + Number(row[`${stem}_change`] ?? 0), 0);
    expectSame(
      store,
      `${what} sum of ${stem}`,
      sum,
      values.length === 0 ? 0 : Number(values.at(-1)) - Number(values[0]),
    );
  }
}

test(`${batches * storesPerBatch} random histories: both views are what the rules say, and changes add up`, async () => {
  const qualities = new Map<unknown, number>();
  for (const stores of written) {
    const [accounts, videos] = await Promise.all([readView('account', stores), readView('video', stores)]);
    for (const store of stores) {
      const { storeCode, expected } = store;
      const own = accounts.get(storeCode) ?? [];
      expectSame(
        store,
        'account_growth',
        own,
        expected.account.map((day) => flat(day, 'account')),
      );
      expectSums(store, 'account_growth', own, 'account');
      for (const row of own) qualities.set(row.follower_quality, (qualities.get(row.follower_quality) ?? 0) + 1);
      for (const [videoId, days] of expected.videos) {
        const rows = videos.get(`${storeCode} ${videoId}`) ?? [];
        expectSame(
          store,
          `video_growth ${videoId}`,
          rows,
          days.map((day) => flat(day, 'video')),
        );
        expectSums(store, `video_growth ${videoId}`, rows, 'video');
        videos.delete(`${storeCode} ${videoId}`);
      }
    }
    // Of a video that nobody ever read there is nothing.
    expect([...videos.keys()]).toEqual([]);
  }
  // Histories that never fall or have no gap would prove nothing.
  for (const quality of [null, 'first', 'partial', 'falling', 'gap', 'late', 'exact']) {
    expect(qualities.get(quality) ?? 0, `seed ${seed}: ${quality}`).toBeGreaterThan(500);
  }
}, 120_000);

describe('of these histories', () => {
  /** Of every batch some, several at once. Returns how many were looked at. */
  const checkSome = async (check: (store: Store, index: number) => Promise<void>): Promise<number> => {
    const left = [...written.flatMap((stores) => stores.slice(0, sampledPerBatch)).entries()];
    let checked = 0;
    const worker = async () => {
      for (let next = left.pop(); next !== undefined; next = left.pop()) {
        await check(next[1], next[0]);
        checked += 1;
      }
    };
    await Promise.all([worker(), worker(), worker(), worker()]);
    return checked;
  };
  const series = ({ storeCode, expected }: Store): [string, string[], ExpectedDay[]][] => [
    [`/api/stores/${storeCode}/growth`, Object.keys(stems.account), expected.account],
    ...[...expected.videos].map(([videoId, days]): [string, string[], ExpectedDay[]] => [
      `/api/stores/${storeCode}/videos/${videoId}/growth`,
      Object.keys(stems.video),
      days,
    ]),
  ];

  test('the API says the same as JSON, in whatever pages, with how much of it is known', async () => {
    const checked = await checkSome(async (store, index) => {
      for (const [path, , days] of series(store)) {
        const items = days.map(({ growth, ...day }) => ({ ...day, ...growth }));
        const whole = await http.call<{ items: unknown[]; freshness: unknown }>('GET', path);
        expectSame(store, path, whole.body.items, items);
        expectSame(store, `${path} freshness`, whole.body.freshness, {
          captured_at: days.reduce(
            (last: string | null, { captured_at: at }) => (at && at > (last ?? '') ? at : last),
            null,
          ),
          next_sync_at: null,
          missing_days: days.filter(({ captured_at: at }) => at === null).length,
        });
        if (index % 5 === 0) expectSame(store, `${path} paged`, await readAllPages(http, path, 1 + (index % 4)), items);
      }
    });
    expect(checked).toBeGreaterThanOrEqual(200);
  }, 120_000);

  test('the API says the same as CSV', async () => {
    const cells = ({ value, change, span_days: span, per_day: perDay, quality }: ExpectedGrowth) =>
      [value, change, span, perDay, quality].map((cell) => (cell === null ? '' : String(cell)));
    const checked = await checkSome(async (store) => {
      for (const [path, counters, days] of series(store)) {
        const { text } = await http.call('GET', path, { headers: { accept: 'text/csv' } });
        const head = counters.flatMap((name) => [
          name,
          ...['change', 'span_days', 'per_day', 'quality'].map((part) => `${name}_${part}`),
        ]);
        const lines = days.map(({ growth, ...day }) => [
          day.snapshot_date,
          day.day_state,
          day.captured_at ?? '',
          ...Object.values(growth).flatMap(cells),
        ]);
        const expected = [['snapshot_date', 'day_state', 'captured_at', ...head], ...lines, ['']];
        expectSame(
          store,
          path,
          text.split('\r\n').map((line) => line.split(',')),
          expected,
        );
      }
    });
    expect(checked).toBeGreaterThanOrEqual(200);
  }, 120_000);

  test('the console’s views per day are the changes of one day, added up', async () => {
    const checked = await checkSome(async (store) => {
      const changes = new Map<string, bigint>();
      for (const { snapshot_date: day, growth } of [...store.expected.videos.values()].flat()) {
        const { change = null, span_days: span = null } = growth.views ?? {};
        if (span === 1 && change !== null) changes.set(day, (changes.get(day) ?? 0n) + BigInt(change));
      }
      const told = await listViewChanges(pool.db, store.storeCode, { from: '2000-01-01', to: '2100-01-01' });
      const expected = [...changes].sort().map(([day, change]) => [day, Number(change)]);
      expectSame(store, 'listViewChanges', [...told].sort(), expected);
    });
    expect(checked).toBeGreaterThanOrEqual(200);
  }, 60_000);
});
