import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { addDays, localDay } from '../../src/domain/snapshot-day.ts';
import { type PresenceSince, presenceAfter } from '../../src/domain/video-presence.ts';
import type { Visibility } from '../../src/simulator/numbers-override.ts';
import { roll } from '../../src/simulator/roll.ts';
import { createTestClock, noonZone } from '../support/clock.ts';
import { createGate } from '../support/gate.ts';
import { startTestHarian, type TestHarian } from '../support/harian.ts';
import { createHttpClient, type HttpClient, readAllPages } from '../support/http.ts';
import {
  createStoreDriver,
  expectRowsEqualOracle,
  type StoreDriver,
  smallAccounts,
  type TestStore,
} from '../support/store-driver.ts';

const clock = createTestClock();
const gate = createGate();
/** The ids of each call of video/query, of all stores; a test looks from where it began. */
const asked: string[][] = [];
/** What was said on connections that work on stores: only there statements have names. */
const statements: string[] = [];
let harian: TestHarian;
let stores: StoreDriver;
let http: HttpClient;
beforeAll(async () => {
  const query: (...args: unknown[]) => unknown = pg.Client.prototype.query;
  vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function spy(this: pg.Client, ...args: unknown[]) {
    const [statement] = args as [{ name?: string; text: string }];
    if (statement.name) statements.push(statement.text);
    return query.apply(this, args);
  });
  const wrapFetch: typeof gate.wrapFetch = (fetch) =>
    gate.wrapFetch((input, init) => {
      const { pathname } = new URL(input instanceof Request ? input.url : input);
      if (pathname.endsWith('/video/query/')) asked.push(JSON.parse(String(init?.body)).filters.video_ids);
      return fetch(input, init);
    });
  const named = (openId: string, videoCount: number) => ({ openId, username: openId, displayName: openId, videoCount });
  harian = await startTestHarian({
    clock,
    wrapFetch,
    simulator: { accounts: [named('many', 2_000), named('endless', 10_001), ...smallAccounts(40)] },
  });
  stores = await createStoreDriver(harian);
  http = await createHttpClient(harian.url);
});
afterEach(() => {
  harian.simulator.control.faults.clear();
  harian.simulator.control.configure({ missingVideos: 'omit', privateVideos: 'answer' });
});
afterAll(async () => {
  await stores.close();
  await harian.close();
  vi.restoreAllMocks();
});

const day = 24 * 60 * 60_000;
const today = () => localDay(clock.now(), noonZone());
/** The store's next local day, at the same time. */
const nextDay = () => clock.advanceMs(day);

interface VideoBody {
  video_id: string;
  presence: string;
  presence_since: string | null;
  first_seen_date: string;
  latest: { snapshot_date: string; view_count: number | null };
}

const videosOf = (store: TestStore, query = '') =>
  readAllPages<VideoBody>(http, `/api/stores/${store.storeCode}/videos${query}`, 200);
const videoOf = async (store: TestStore, id: string) => {
  const video = (await videosOf(store)).find((one) => one.video_id === id);
  if (!video) throw new Error(`no video ${id}`);
  return video;
};
const presenceOf = async (store: TestStore, id: string) => {
  const { presence, presence_since: since } = await videoOf(store, id);
  return [presence, since];
};
const counts = async (store: TestStore) => {
  const rows = await stores.sql.query<{ presence: string; videos: number }>(
    'select presence, count(*)::int as videos from videos where store_code = $1 group by 1',
    [store.storeCode],
  );
  return Object.fromEntries(rows.map(({ presence, videos }) => [presence, videos]));
};
/** How often each row of the store's videos was written, as far as one can see: what stays was not touched. */
const versions = (store: TestStore) =>
  stores.sql.query('select video_id, xmin::text from videos where store_code = $1 order by 1', [store.storeCode]);
const queries = (store: TestStore) => stores.journal(store, 'video/query');
const setVisibility = (store: TestStore, ids: readonly string[], to: Visibility) =>
  harian.simulator.control.setVisibility(store.openId, ids, to);
/** A sync of which nothing went wrong, and its day, which is whole. */
const syncWhole = async (store: TestStore) => {
  expect(await stores.sync(store)).toMatchObject({ state: 'completed', attempt: 1, error: null });
  expect((await stores.days(store)).at(-1)).toMatchObject({ day: today(), state: 'complete', reason: null });
};
/** A store that was read once, and the id of one of its videos. */
const readStore = async (options: { openId?: string } = {}) => {
  const store = await stores.newStore(options);
  await syncWhole(store);
  const [first] = await videosOf(store);
  if (!first) throw new Error('the store has no video');
  return { store, id: first.video_id, firstDay: today() };
};

describe('a video that is not in a complete list', () => {
  test('and not answered by id is absent on that day, gone from a second day on, and its last numbers stay', async () => {
    const { store, id, firstDay } = await readStore();
    const before = await videoOf(store, id);
    expect([before.presence, before.presence_since]).toEqual(['listed', firstDay]);
    setVisibility(store, [id], 'deleted');

    nextDay();
    const secondDay = today();
    await syncWhole(store);
    expect(await presenceOf(store, id)).toEqual(['absent', secondDay]);
    // As often as one likes on one day: that is still one day.
    await syncWhole(store);
    expect(await presenceOf(store, id)).toEqual(['absent', secondDay]);
    expect(queries(store)).toHaveLength(2);
    // Out of the limit of their own, as all requests.
    expect(await stores.sql.query(`select from request_budgets where endpoint = 'video/query'`)).toHaveLength(1);

    nextDay();
    await syncWhole(store);
    expect(await presenceOf(store, id)).toEqual(['gone', secondDay]);
    expect(queries(store)).toHaveLength(3);

    nextDay();
    const rows = await versions(store);
    await syncWhole(store);
    expect(queries(store)).toHaveLength(3);
    expect(await versions(store)).toEqual(rows);
    const { latest } = await videoOf(store, id);
    expect(latest).toEqual(before.latest);
    expect(await counts(store)).toEqual({ listed: 24, gone: 1 });
  });

  test('but answered by id keeps its numbers day by day and is unlisted, until it is back in the list', async () => {
    const { store, id } = await readStore();
    setVisibility(store, [id], 'private');

    nextDay();
    const secondDay = today();
    await syncWhole(store);
    expect(await presenceOf(store, id)).toEqual(['unlisted', secondDay]);
    await expectRowsEqualOracle(stores, store);
    expect((await videoOf(store, id)).latest.snapshot_date).toBe(secondDay);

    nextDay();
    const rows = await versions(store);
    harian.simulator.control.setNumbers(store.openId, { videos: { [id]: { view_count: 777_777 } } });
    await syncWhole(store);
    expect(await presenceOf(store, id)).toEqual(['unlisted', secondDay]);
    expect((await videoOf(store, id)).latest).toMatchObject({ snapshot_date: today(), view_count: 777_777 });
    await expectRowsEqualOracle(stores, store);
    // Nothing became of it, so no row but those of the numbers was written.
    expect(await versions(store)).toEqual(rows);

    nextDay();
    setVisibility(store, [id], 'public');
    await syncWhole(store);
    expect(await presenceOf(store, id)).toEqual(['listed', today()]);
    expect(queries(store)).toHaveLength(2);
  });

  test('is unlisted again when it is answered after all, and listed at once when it comes back, from gone too', async () => {
    const { store, id } = await readStore();
    harian.simulator.control.configure({ privateVideos: 'omit' });
    setVisibility(store, [id], 'private');
    nextDay();
    const secondDay = today();
    await syncWhole(store);
    expect(await presenceOf(store, id)).toEqual(['absent', secondDay]);

    harian.simulator.control.configure({ privateVideos: 'answer' });
    nextDay();
    await syncWhole(store);
    expect(await presenceOf(store, id)).toEqual(['unlisted', today()]);

    harian.simulator.control.configure({ privateVideos: 'omit' });
    nextDay();
    const absentDay = today();
    await syncWhole(store);
    expect(await presenceOf(store, id)).toEqual(['absent', absentDay]);
    nextDay();
    await syncWhole(store);
    expect(await presenceOf(store, id)).toEqual(['gone', absentDay]);

    setVisibility(store, [id], 'public');
    await syncWhole(store);
    expect(await presenceOf(store, id)).toEqual(['listed', today()]);
    // And begins anew when it leaves again.
    setVisibility(store, [id], 'deleted');
    nextDay();
    await syncWhole(store);
    expect(await presenceOf(store, id)).toEqual(['absent', today()]);
  });

  test('because the list shifted between two pages loses no number, and is listed again with the next list', async () => {
    const { store } = await readStore();
    nextDay();
    stores.fault(store, { endpoint: 'video/list', kind: 'skipped_videos' });
    await syncWhole(store);
    expect(await counts(store)).toEqual({ listed: 22, unlisted: 3 });
    expect(queries(store)).toHaveLength(1);
    await expectRowsEqualOracle(stores, store);

    stores.fault(store, { endpoint: 'video/list', kind: 'duplicate_videos' });
    await syncWhole(store);
    expect(await counts(store)).toEqual({ listed: 25 });
    expect(queries(store)).toHaveLength(1);
    await expectRowsEqualOracle(stores, store);
  });

  test('is asked for on the day on which the question leaves, though the run belongs to the day before', async () => {
    const { store, id } = await readStore();
    setVisibility(store, [id], 'deleted');
    nextDay();
    const held = gate.holdNext('video/list');
    const jobId = await stores.resync(store);
    await held.reached;
    // It is noon there: thirteen hours later it is the next day.
    clock.advanceMs(13 * 60 * 60_000);
    held.release();
    await stores.untilJob(jobId, 'completed');
    expect((await stores.days(store)).at(-1)).toMatchObject({ day: addDays(today(), -1), state: 'late' });
    expect(await presenceOf(store, id)).toEqual(['absent', today()]);

    clock.advanceMs(11 * 60 * 60_000);
    await syncWhole(store);
    expect(await presenceOf(store, id)).toEqual(['absent', today()]);
  });
});

describe('a run without a complete list', () => {
  test.each([
    ['a page that fails', { endpoint: 'video/list', kind: 'internal_error', afterRequests: 1 }],
    ['a cursor that stands still', { endpoint: 'video/list', kind: 'cursor_loop' }],
    ['an account that fails', { endpoint: 'user/info', kind: 'internal_error' }],
  ] as const)('concludes nothing and asks for nothing: %s', async (_, fault) => {
    const { store, id } = await readStore();
    const [, lost = ''] = (await videosOf(store)).map((video) => video.video_id);
    setVisibility(store, [id], 'deleted');
    nextDay();
    const absentDay = today();
    await syncWhole(store);
    setVisibility(store, [lost], 'deleted');

    nextDay();
    stores.fault(store, { ...fault, times: null });
    const rows = await versions(store);
    const job = await stores.sync(store);
    expect(job.error).not.toBeNull();
    if (job.state === 'retrying') await stores.cancel(job.id);

    expect(queries(store)).toHaveLength(1);
    expect(await presenceOf(store, id)).toEqual(['absent', absentDay]);
    expect((await presenceOf(store, lost))[0]).toBe('listed');
    expect(await videosOf(store, '?presence=beyond_cap')).toEqual([]);
    expect(await versions(store)).toEqual(rows);
    harian.simulator.control.faults.clear();
    await syncWhole(store);
    expect(await presenceOf(store, id)).toEqual(['gone', absentDay]);
    expect(await presenceOf(store, lost)).toEqual(['absent', today()]);
  });

  test('concludes nothing where the owner does not share the list of videos', async () => {
    const { store, id } = await readStore();
    setVisibility(store, [id], 'deleted');
    await stores.sql.query(
      `update tiktok_accounts set scopes = array_remove(scopes, 'video.list') where store_code = $1`,
      [store.storeCode],
    );
    await stores.sync(store);
    expect((await stores.logs(store)).at(-1)?.error_code).toBe('SCOPE_MISSING: video.list');
    expect(queries(store)).toEqual([]);
    expect((await presenceOf(store, id))[0]).toBe('listed');
  });

  test('that the cap cut off says of older videos that nobody knows, of others nothing, until a list is whole again', async () => {
    const store = await stores.newStore({ openId: 'endless' });
    // The newest by id, so that the API has them on its first page.
    const known = { before: '91', between: '92', untimed: '93', gone: '94' };
    await stores.sql.query(
      `insert into videos (store_code, video_id, posted_at, first_seen_date, presence, presence_since)
       select $1, id, posted::timestamptz, '2025-06-01', presence, case presence when 'gone' then '2025-07-01'::date end
       from (values ('91', '2020-01-01', 'listed'), ('92', '2024-06-01', 'listed'), ('93', null, 'listed'),
         ('94', '2020-01-01', 'gone')) as v(id, posted, presence)`,
      [store.storeCode],
    );
    await stores.sql.query(
      `insert into video_daily (store_code, video_id, snapshot_date, view_count, captured_at)
       select store_code, video_id, '2025-06-01', 5, now() from videos where store_code = $1`,
      [store.storeCode],
    );
    const jobId = await stores.resync(store);
    await expect.poll(async () => (await stores.job(jobId)).state, { timeout: 90_000 }).toBe('completed');
    expect((await stores.days(store)).at(-1)).toMatchObject({ state: 'partial', reason: 'PAGE_LIMIT' });

    expect(queries(store)).toEqual([]);
    expect(await counts(store)).toEqual({ listed: 10_003, gone: 1 });
    const path = `/api/stores/${store.storeCode}/videos`;
    const idsWith = async (presence: string) => {
      const { body } = await http.call<{ items: VideoBody[] }>('GET', `${path}?presence=${presence}&limit=200`);
      return body.items.map((video) => [video.video_id, video.presence, video.presence_since]);
    };
    expect(await idsWith('beyond_cap')).toEqual([[known.before, 'beyond_cap', null]]);
    expect(await idsWith('gone')).toEqual([[known.gone, 'gone', '2025-07-01']]);
    expect((await idsWith('listed')).slice(0, 2)).toEqual([
      [known.untimed, 'listed', '2025-06-01'],
      [known.between, 'listed', '2025-06-01'],
    ]);

    const page = await http.call('GET', `/stores/${store.storeCode}?sort=posted&dir=asc`, { headers: browser });
    expect(page.text).toMatch(/title="The list was cut off[^"]*1 Jun 2025\."[^>]*>beyond the end of the list</);

    // All but the newest five go private: the list is one page, and the rest has its turn, 200 a run.
    const shown = stores.journal(store, 'video/list').flatMap((entry) => entry.videosReturned);
    setVisibility(
      store,
      shown.slice(5).map(({ id }) => id),
      'private',
    );
    await syncWhole(store);
    expect(queries(store)).toHaveLength(10);
    expect(await idsWith('beyond_cap')).toEqual([]);
    expect(await counts(store)).toMatchObject({ unlisted: 200, gone: 1 });
    expect(await idsWith('listed')).toContainEqual([known.before, 'listed', '2025-06-01']);
  }, 120_000);
});

const browser = { accept: 'text/html', 'accept-language': 'en' };

describe('what a question by id comes to', () => {
  test.each([
    ['rate_limited', { kind: 'rate_limited', retryAfterSeconds: 3_600 }],
    ['a 500', { kind: 'internal_error' }],
    ['a reset', { kind: 'reset' }],
    ['a token that is refused', { kind: 'token_invalid' }],
    ['a code nobody knows', { kind: 'display_error', code: 'brand_new_code', status: 403 }],
    ['a scope that is missing', { kind: 'display_error', code: 'scope_not_authorized', status: 401 }],
    ['a question that is refused', { kind: 'display_error', code: 'invalid_params', status: 400 }],
  ] as const)('costs neither the day nor a retry when it fails: %s', async (_, fault) => {
    const { store, id } = await readStore();
    setVisibility(store, [id], 'deleted');
    nextDay();
    stores.fault(store, { endpoint: 'video/query', ...fault, times: null });
    await syncWhole(store);
    expect(queries(store)).toHaveLength(1);
    expect(await stores.logs(store)).toHaveLength(2);
    expect((await stores.logs(store)).at(-1)).toMatchObject({ status: 'SUCCESS', error_code: null, videos: 24 });
    expect((await presenceOf(store, id))[0]).toBe('listed');
    expect(await stores.store(store)).toMatchObject({ status: 'CONNECTED', status_reason: null });
    expect(await stores.account(store)).toMatchObject({ refresh_state: 'IDLE' });

    harian.simulator.control.faults.clear();
    await syncWhole(store);
    expect(await presenceOf(store, id)).toEqual(['absent', today()]);
  });

  test('keeps what was learned before the failure', async () => {
    const { store } = await readStore();
    const ids = (await videosOf(store)).map((video) => video.video_id);
    setVisibility(store, ids, 'private');
    nextDay();
    stores.fault(store, { endpoint: 'video/query', kind: 'rate_limited', afterRequests: 1, times: null });
    await syncWhole(store);
    expect(await counts(store)).toEqual({ listed: 5, unlisted: 20 });
    const failures = harian.logs.filter(
      (line) => line.includes('not all missing videos') && line.includes(store.storeCode),
    );
    expect(failures.map((line) => JSON.parse(line))).toMatchObject([
      { endpoint: 'video/query', error_code: 'rate_limit_exceeded', count: 5 },
    ]);
    // Who was left out goes first.
    harian.simulator.control.faults.clear();
    const from = asked.length;
    await syncWhole(store);
    expect(asked[from]?.slice(0, 5).toSorted()).toEqual(
      (await videosOf(store))
        .filter((video) => !queries(store)[0]?.videosReturned.some(({ id }) => id === video.video_id))
        .map((video) => video.video_id)
        .toSorted(),
    );
    expect(await counts(store)).toEqual({ unlisted: 25 });
  });

  test('is nothing for an id that fails the whole call, and the numbers for all others', async () => {
    const { store } = await readStore();
    const [deleted = '', ...others] = (await videosOf(store)).slice(0, 8).map((video) => video.video_id);
    harian.simulator.control.configure({ missingVideos: 'fail' });
    setVisibility(store, [deleted], 'deleted');
    setVisibility(store, others, 'private');
    nextDay();
    await syncWhole(store);
    expect(await counts(store)).toEqual({ listed: 18, unlisted: 7 });
    expect((await presenceOf(store, deleted))[0]).toBe('listed');
    expect((await videoOf(store, deleted)).latest.snapshot_date).not.toBe(today());
    expect(queries(store).length).toBeLessThanOrEqual(10);
    await expectRowsEqualOracle(stores, store);
  });

  test('is one turn for each of 2,000 that vanish at once: ten calls a run, those first that were asked longest ago', async () => {
    const { store } = await readStore({ openId: 'many' });
    const ids = (await videosOf(store)).map((video) => video.video_id);
    expect(ids).toHaveLength(2_000);
    setVisibility(store, ids, 'deleted');
    const begin = asked.length;
    nextDay();
    const absentDay = today();
    for (let run = 1; run <= 10; run += 1) {
      const before = asked.length;
      await syncWhole(store);
      expect(asked.slice(before).map((call) => call.length)).toEqual(Array.from({ length: 10 }, () => 20));
      expect(await counts(store)).toEqual({ absent: run * 200, ...(run < 10 && { listed: 2_000 - run * 200 }) });
    }
    expect(new Set(asked.slice(begin).flat())).toEqual(new Set(ids));

    nextDay();
    const before = asked.length;
    await syncWhole(store);
    expect(await counts(store)).toEqual({ absent: 1_800, gone: 200 });
    const gone = await videosOf(store, '?presence=gone');
    expect(gone.map((video) => video.video_id).toSorted()).toEqual(asked.slice(before).flat().toSorted());
    expect(gone.every((video) => video.presence_since === absentDay)).toBe(true);
    // A new one that is missing was never asked for, so it does not wait for the others.
    setVisibility(store, ids.slice(0, 1), 'public');
    await syncWhole(store);
    setVisibility(store, ids.slice(0, 1), 'private');
    await stores.sql.query('update videos set asked_on = null where store_code = $1 and video_id = $2', [
      store.storeCode,
      ids[0],
    ]);
    await syncWhole(store);
    expect((await presenceOf(store, ids[0] ?? ''))[0]).toBe('unlisted');
  }, 120_000);
});

describe('what it costs the database', () => {
  /** Each once: how often a turn is booked, and whether progress is noted, depends on the moment. */
  const statementsOf = async (work: () => Promise<void>): Promise<string[]> => {
    const before = statements.length;
    await work();
    const said = new Set(statements.slice(before));
    return [...said].filter((text) => !text.includes('request_budgets') && !text.startsWith('update "sync_logs"'));
  };

  test('is no statement while nothing is missing, and a transaction on the day on which something became of a video', async () => {
    const { store, id } = await readStore();
    const sync = () => statementsOf(() => syncWhole(store));
    const usual = await sync();
    expect(usual.length).toBeGreaterThan(2);
    expect(usual.join()).not.toContain('update videos');

    setVisibility(store, [id], 'private');
    const more = (await sync()).filter((text) => !usual.includes(text));
    expect(more.map((text) => text.trim().slice(0, 27))).toEqual([
      'begin',
      'select "store_code", "name"',
      'update videos v set presenc',
      'commit',
    ]);
    expect(await sync()).toEqual(usual);
  });
});

describe('the API and the console', () => {
  test('tell what became of each video, and growth ends where a video is gone', async () => {
    const { store } = await readStore();
    const [gone = '', absent = '', unlisted = '', missing = ''] = (await videosOf(store)).map((one) => one.video_id);
    setVisibility(store, [gone], 'deleted');
    nextDay();
    await syncWhole(store);
    const goneSince = today();
    nextDay();
    setVisibility(store, [absent], 'deleted');
    setVisibility(store, [unlisted], 'private');
    await syncWhole(store);
    // A list in which one more is missing, while nobody could be asked.
    setVisibility(store, [missing], 'deleted');
    nextDay();
    stores.fault(store, { endpoint: 'video/query', kind: 'internal_error', times: null });
    await syncWhole(store);

    for (const [presence, ids] of Object.entries({
      gone: [gone],
      absent: [absent],
      unlisted: [unlisted],
      beyond_cap: [],
    })) {
      const found = await videosOf(store, `?presence=${presence}`);
      expect(found.map((video) => [video.video_id, video.presence])).toEqual(ids.map((id) => [id, presence]));
    }
    expect((await videosOf(store, '?presence=listed')).map((video) => video.video_id)).toContain(missing);
    expect(await videosOf(store, '?presence=listed')).toHaveLength(22);
    expect((await http.call('GET', `/api/stores/${store.storeCode}/videos?presence=lost`)).status).toBe(400);

    const { text } = await http.call('GET', `/stores/${store.storeCode}?sort=posted`, { headers: browser });
    const words = [...text.matchAll(/<small class="line" title="([^"]+)">([^<]+)<\/small>/g)];
    expect(new Set(words.map(([, , word]) => word))).toEqual(
      new Set(['gone', 'not found', 'no longer listed', 'not in the latest list']),
    );
    const titleOfGone = words.find(([, , word]) => word === 'gone')?.[1];
    expect(titleOfGone).toContain('Why, TikTok does not say.');
    const rowOfGone = /<tr role="row"><th scope="row"[^>]*>(?:(?!<\/tr>)[\s\S])*?>gone<\/small>[\s\S]*?<\/tr>/.exec(
      text,
    )?.[0];
    expect(rowOfGone).toMatch(/data-label="7 days"><span><span aria-hidden/);
    const indonesian = await http.call('GET', `/stores/${store.storeCode}`, {
      headers: { ...browser, 'accept-language': 'id' },
    });
    expect(indonesian.text).toContain('>hilang</small>');
    expect(goneSince).toBe((await videoOf(store, gone)).presence_since);
  });
});

test.each([1, 2])('through days of all kinds it is what the rule makes of the history (seed %i)', async (seed) => {
  const { store } = await readStore();
  const ids = (await videosOf(store)).slice(0, 8).map((video) => video.video_id);
  const firstDay = today();
  const model = new Map<string, PresenceSince>(ids.map((id) => [id, { presence: 'listed', since: null }]));
  const visible = new Map<string, Visibility>();
  for (let round = 0; round < 14; round += 1) {
    const draw = (...what: (string | number)[]) => roll(seed, round, ...what);
    if (draw('same day') < 0.7) nextDay();
    for (const id of ids) {
      if (draw('moves', id) < 0.4) {
        visible.set(id, draw('to', id) < 0.4 ? 'public' : draw('to', id) < 0.6 ? 'private' : 'deleted');
      }
    }
    for (const [id, state] of visible) setVisibility(store, [id], state);
    const answers = draw('private') < 0.5;
    harian.simulator.control.configure({ privateVideos: answers ? 'answer' : 'omit' });
    const luck = draw('luck');
    if (luck < 0.2) stores.fault(store, { endpoint: 'video/list', kind: 'cursor_loop', times: null });
    else if (luck < 0.4) stores.fault(store, { endpoint: 'video/query', kind: 'rate_limited', times: null });
    await stores.sync(store);
    harian.simulator.control.faults.clear();

    for (const [id, before] of model) {
      const state = visible.get(id) ?? 'public';
      if (luck < 0.2) {
        // A page may have shown it all the same, and what was seen is listed.
        const seen = stores.oracle(store).latestWalk?.videos.has(id) === true;
        if (seen) model.set(id, presenceAfter(before, 'in_list', today()));
      } else if (state === 'public') model.set(id, presenceAfter(before, 'in_list', today()));
      else if (luck >= 0.4 && before.presence !== 'gone') {
        const isAnswered = state === 'private' && answers;
        model.set(id, presenceAfter(before, isAnswered ? 'answered' : 'not_answered', today()));
      }
    }
    const found = new Map((await videosOf(store)).map((video) => [video.video_id, video]));
    for (const [id, { presence, since }] of model) {
      const video = found.get(id);
      expect([round, video?.presence, video?.presence_since]).toEqual([round, presence, since ?? firstDay]);
    }
  }
});
