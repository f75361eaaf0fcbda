import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestHarian, type TestHarian } from '../support/harian.ts';
import {
  createStoreDriver,
  expectRowsEqualOracle,
  type StoreDriver,
  smallAccounts,
  type TestStore,
} from '../support/store-driver.ts';

let harian: TestHarian;
let stores: StoreDriver;
beforeAll(async () => {
  harian = await startTestHarian({
    simulator: {
      accounts: [
        {
          openId: 'giant',
          username: 'giant',
          displayName: 'Giant',
          followers: 3_456_789_012,
          videoCount: 45,
          topVideoViews: Number.MAX_SAFE_INTEGER,
        },
        { openId: 'silent', username: 'silent', displayName: 'Posts nothing', videoCount: 0 },
        { openId: 'mute', username: 'mute', displayName: 'Posts nothing either', videoCount: 0 },
        { openId: 'endless', username: 'endless', displayName: 'Posts too much', videoCount: 10_001 },
        ...smallAccounts(30),
      ],
    },
  });
  stores = await createStoreDriver(harian);
});
afterAll(async () => {
  await stores.close();
  await harian.close();
});

const count = async (store: TestStore) => {
  const [row] = await stores.sql.query(
    `select (select count(*)::int from user_daily where store_code = $1) as account_days,
       (select count(*)::int from videos where store_code = $1) as videos,
       (select count(*)::int from video_daily where store_code = $1) as video_days`,
    [store.storeCode],
  );
  return row;
};
const accountDay = async (store: TestStore) => {
  const [row] = await stores.sql.query(
    'select follower_count::text, likes_count::text from user_daily where store_code = $1',
    [store.storeCode],
  );
  return row;
};
const viewsOf = async (store: TestStore) => {
  const rows = await stores.sql.query<{ video_id: string; view_count: string | null; like_count: string | null }>(
    'select video_id, view_count::text, like_count::text from video_daily where store_code = $1 order by video_id desc',
    [store.storeCode],
  );
  return rows;
};
const outcomes = async (store: TestStore) =>
  (await stores.logs(store)).map(({ status, error_code, pages, videos }) => [status, error_code, pages, videos]);

test('45 videos over three pages, followers above 2^31 and views up to 2^53 - 1 arrive digit by digit', async () => {
  const store = await stores.newStore({ openId: 'giant' });

  expect(await stores.sync(store)).toMatchObject({ state: 'completed', attempt: 1, error: null });

  await expectRowsEqualOracle(stores, store);
  expect(await count(store)).toEqual({ account_days: 1, videos: 45, video_days: 45 });
  expect(await accountDay(store)).toMatchObject({ follower_count: '3456789012' });
  expect((await viewsOf(store)).map((row) => row.view_count)).toContain('9007199254740991');
  expect(stores.journal(store, 'video/list')).toHaveLength(3);
  expect(await outcomes(store)).toEqual([['SUCCESS', null, 3, 45]]);
  expect(await stores.days(store)).toMatchObject([{ state: 'complete', reason: null, retry_after: null }]);
});

test('the API gives the same digits as the rows', async () => {
  const store = await stores.newStore();
  const huge = { view_count: Number.MAX_SAFE_INTEGER - 1 };
  await stores.sync(store);
  const [first] = await viewsOf(store);
  if (!first) throw new Error('no video');
  harian.simulator.control.setNumbers(store.openId, {
    follower_count: 2 ** 31 + 1,
    videos: { [first.video_id]: huge },
  });
  await stores.sync(store);

  const read = async (path: string) =>
    (await harian.api<{ items: unknown[] }>('GET', `/api/stores/${store.storeCode}${path}`)).body.items;
  expect(await read('/daily')).toMatchObject([{ follower_count: 2 ** 31 + 1 }]);
  expect(await read(`/videos/${first.video_id}/daily`)).toMatchObject([huge]);
});

test('a second run of the day updates the same rows to the new numbers, and both runs are logged', async () => {
  const store = await stores.newStore();
  await stores.sync(store);
  const before = await count(store);
  const [first] = await viewsOf(store);
  if (!first) throw new Error('no video');
  harian.simulator.control.setNumbers(store.openId, {
    follower_count: 77,
    likes_count: 78,
    videos: { [first.video_id]: { view_count: 79, like_count: 0 } },
  });

  await stores.sync(store);

  expect(await count(store)).toEqual(before);
  await expectRowsEqualOracle(stores, store);
  expect(await accountDay(store)).toEqual({ follower_count: '77', likes_count: '78' });
  expect((await viewsOf(store))[0]).toMatchObject({ view_count: '79', like_count: '0' });
  const logs = await stores.logs(store);
  expect(logs.map((log) => [log.status, log.attempt, log.trigger])).toEqual([
    ['SUCCESS', 1, 'manual'],
    ['SUCCESS', 1, 'manual'],
  ]);
  expect(new Set(logs.map((log) => log.job_id)).size).toBe(2);
});

test('a store without videos has a complete day', async () => {
  const store = await stores.newStore({ openId: 'silent' });

  await stores.sync(store);

  await expectRowsEqualOracle(stores, store);
  expect(await outcomes(store)).toEqual([['SUCCESS', null, 1, 0]]);
  expect(await stores.days(store)).toMatchObject([{ state: 'complete' }]);
});

test('a video that vanished keeps what was read of it and stops being counted', async () => {
  const store = await stores.newStore();
  await stores.sync(store);
  const [first] = await viewsOf(store);
  if (!first) throw new Error('no video');
  harian.simulator.control.setVisibility(store.openId, [first.video_id], 'deleted');
  harian.simulator.control.setNumbers(store.openId, { follower_count: 5 });

  await stores.sync(store);

  expect(await outcomes(store)).toEqual([
    ['SUCCESS', null, 2, 25],
    ['SUCCESS', null, 2, 24],
  ]);
  expect((await viewsOf(store))[0]).toEqual(first);
});

test('a counter that TikTok left out is NULL and never 0, and the day is PARTIAL', async () => {
  const store = await stores.newStore();
  stores.fault(store, { endpoint: 'user/info', kind: 'missing_counters', fields: ['follower_count'] });
  stores.fault(store, { endpoint: 'video/list', kind: 'missing_counters', fields: ['view_count'], times: null });

  const job = await stores.sync(store);

  expect(job.state).toBe('completed');
  await expectRowsEqualOracle(stores, store);
  expect(await accountDay(store)).toEqual({ follower_count: null, likes_count: expect.stringMatching(/^\d+$/) });
  const rows = await viewsOf(store);
  expect(rows).toHaveLength(25);
  expect(rows.map((row) => row.view_count)).toEqual(rows.map(() => null));
  expect(rows.every((row) => row.like_count !== null)).toBe(true);
  expect(await outcomes(store)).toEqual([['PARTIAL', 'COUNTERS_MISSING', 2, 25]]);
  expect(await stores.days(store)).toMatchObject([{ state: 'partial', reason: 'COUNTERS_MISSING' }]);
});

test('a counter that is really 0 is 0 and no reason for a PARTIAL day', async () => {
  const store = await stores.newStore();
  harian.simulator.control.setNumbers(store.openId, { follower_count: 0, likes_count: 0, following_count: 0 });

  await stores.sync(store);

  expect(await accountDay(store)).toEqual({ follower_count: '0', likes_count: '0' });
  expect(await stores.days(store)).toMatchObject([{ state: 'complete' }]);
});

test('a number given earlier that day is not erased by a later NULL, and the day stays COMPLETE', async () => {
  const store = await stores.newStore();
  await stores.sync(store);
  const [before, viewsBefore] = [await accountDay(store), await viewsOf(store)];
  harian.simulator.control.setNumbers(store.openId, { likes_count: 4_242 });
  stores.fault(store, { endpoint: 'user/info', kind: 'missing_counters', fields: ['follower_count'] });
  stores.fault(store, { endpoint: 'video/list', kind: 'missing_counters', fields: ['view_count'], times: null });

  await stores.sync(store);

  expect(await accountDay(store)).toEqual({ ...before, likes_count: '4242' });
  expect((await viewsOf(store)).map((row) => row.view_count)).toEqual(viewsBefore.map((row) => row.view_count));
  expect((await outcomes(store)).map(([status]) => status)).toEqual(['SUCCESS', 'PARTIAL']);
  expect(await stores.days(store)).toMatchObject([{ state: 'complete', reason: null }]);
});

test('a PARTIAL day becomes COMPLETE once a later run of it sees everything', async () => {
  const store = await stores.newStore();
  stores.fault(store, { endpoint: 'user/info', kind: 'missing_counters', fields: ['follower_count'] });
  await stores.sync(store);

  await stores.sync(store);

  await expectRowsEqualOracle(stores, store);
  expect(await stores.days(store)).toMatchObject([{ state: 'complete', reason: null, retry_after: null }]);
});

test.each([
  ['a cursor that does not move', {}, 'cursor_loop', 'CURSOR_STUCK', 2, 25],
  ['empty pages that promise more', { openId: 'mute' }, 'empty_page_has_more', 'EMPTY_PAGES', 4, 0],
] as const)(
  '%s ends the walk: what was seen is kept, the day is PARTIAL',
  async (_, account, kind, reason, pages, videos) => {
    const store = await stores.newStore(account);
    stores.fault(store, { endpoint: 'video/list', kind, times: null });

    const job = await stores.sync(store);

    harian.simulator.control.faults.clear();
    expect(job).toMatchObject({ state: 'completed', error: { code: reason } });
    expect((await outcomes(store)).at(-1)).toEqual(['PARTIAL', reason, pages, videos]);
    expect(await stores.days(store)).toMatchObject([{ state: 'partial', reason, retry_after: expect.any(Date) }]);
    expect(await accountDay(store)).toEqual({ follower_count: expect.any(String), likes_count: expect.any(String) });
  },
);

test('after 500 pages a walk ends: 10,000 videos are kept, the day is PARTIAL and not tried again', async () => {
  const store = await stores.newStore({ openId: 'endless' });

  await stores.sync(store);

  expect(await outcomes(store)).toEqual([['PARTIAL', 'PAGE_LIMIT', 500, 10_000]]);
  expect(await count(store)).toEqual({ account_days: 1, videos: 10_000, video_days: 10_000 });
  expect(await stores.days(store)).toMatchObject([{ state: 'partial', reason: 'PAGE_LIMIT', retry_after: null }]);
});

test('videos that come twice across pages count once, and the day is COMPLETE', async () => {
  const store = await stores.newStore();
  stores.fault(store, { endpoint: 'video/list', kind: 'duplicate_videos' });

  await stores.sync(store);

  await expectRowsEqualOracle(stores, store);
  const answered = stores.journal(store, 'video/list').flatMap((entry) => entry.videosReturned);
  expect(answered.length).toBeGreaterThan(25);
  expect(await count(store)).toEqual({ account_days: 1, videos: 25, video_days: 25 });
  expect(await outcomes(store)).toEqual([['SUCCESS', null, 2, 25]]);
});

test('one empty page in the middle loses no video', async () => {
  const store = await stores.newStore();
  stores.fault(store, { endpoint: 'video/list', kind: 'empty_page_has_more', afterRequests: 1 });

  await stores.sync(store);

  await expectRowsEqualOracle(stores, store);
  expect(await outcomes(store)).toEqual([['SUCCESS', null, 3, 25]]);
});

test('a page that fails costs only what it held: the rest is kept, and the retry completes the day', async () => {
  const store = await stores.newStore();
  stores.fault(store, { endpoint: 'video/list', kind: 'internal_error', afterRequests: 1 });

  const jobId = await stores.resync(store);
  expect(await stores.untilJob(jobId, 'retrying', 'completed')).toMatchObject({ state: 'retrying', attempt: 1 });

  expect(await count(store)).toEqual({ account_days: 1, videos: 20, video_days: 20 });
  expect(await stores.days(store)).toMatchObject([{ state: 'partial', reason: 'INTERNAL_ERROR' }]);
  await stores.untilJob(jobId, 'completed');
  await expectRowsEqualOracle(stores, store);
  expect(await count(store)).toEqual({ account_days: 1, videos: 25, video_days: 25 });
  expect(await outcomes(store)).toEqual([
    ['PARTIAL', 'INTERNAL_ERROR', 1, 20],
    ['SUCCESS', null, 2, 25],
  ]);
  expect(await stores.days(store)).toMatchObject([{ state: 'complete', reason: null, retry_after: null }]);
});

test('a video list that fails for ever leaves the account’s numbers, a PARTIAL day to try again, and a failed job', async () => {
  const store = await stores.newStore();
  stores.fault(store, { endpoint: 'video/list', kind: 'internal_error', times: null });

  const jobId = await stores.resync(store);
  for (let attempt = 1; attempt < 8; attempt++) {
    const job = await stores.untilJob(jobId, 'retrying');
    expect(job).toMatchObject({ attempt, max_attempts: 8 });
    await stores.pullForward(store, job);
  }

  expect(await stores.untilJob(jobId, 'failed')).toMatchObject({
    attempt: 8,
    error: { code: 'INTERNAL_ERROR', http_status: 500 },
  });
  expect(await accountDay(store)).toEqual({
    follower_count: String(stores.oracle(store).user?.follower_count),
    likes_count: String(stores.oracle(store).user?.likes_count),
  });
  expect(await count(store)).toEqual({ account_days: 1, videos: 0, video_days: 0 });
  expect((await stores.logs(store)).map((log) => [log.status, log.attempt])).toEqual(
    Array.from({ length: 8 }, (_, index) => ['PARTIAL', index + 1]),
  );
  expect(await stores.days(store)).toMatchObject([
    { state: 'partial', reason: 'INTERNAL_ERROR', retry_after: expect.any(Date) },
  ]);
});

test('without video.list only the account is read, and the day says which scope is missing', async () => {
  const store = await stores.newStore({ scopes: ['user.info.basic', 'user.info.profile', 'user.info.stats'] });

  await stores.sync(store);

  const reason = 'SCOPE_MISSING: video.list';
  expect(stores.journal(store, 'video/list')).toEqual([]);
  expect(await accountDay(store)).toEqual({ follower_count: expect.any(String), likes_count: expect.any(String) });
  expect(await outcomes(store)).toEqual([['PARTIAL', reason, 0, 0]]);
  expect(await stores.days(store)).toMatchObject([{ state: 'partial', reason, retry_after: null }]);
  expect(await stores.store(store)).toMatchObject({ status: 'CONNECTED', status_reason: reason });
});

test('without user.info.stats the account’s counters are NULL, its videos are read, and no refused field is asked for', async () => {
  const store = await stores.newStore({ scopes: ['user.info.basic', 'video.list'] });

  await stores.sync(store);

  const reason = 'SCOPE_MISSING: user.info.profile, user.info.stats';
  expect(await accountDay(store)).toEqual({ follower_count: null, likes_count: null });
  expect(await count(store)).toEqual({ account_days: 1, videos: 25, video_days: 25 });
  expect(stores.journal(store).every((entry) => entry.errorCode === null)).toBe(true);
  expect(await stores.days(store)).toMatchObject([{ state: 'partial', reason, retry_after: null }]);
  expect(await stores.store(store)).toMatchObject({ status: 'CONNECTED', status_reason: reason });
});
