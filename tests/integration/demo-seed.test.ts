import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTokenCipher } from '../../src/crypto/token-cipher.ts';
import { createDatabasePool, type DatabasePool } from '../../src/db/client.ts';
import { demoAccounts, demoStores } from '../../src/demo/demo-stores.ts';
import { historyDays } from '../../src/demo/history.ts';
import { type SeedOptions, seedDemo } from '../../src/demo/seed.ts';
import { createSimulator, type Simulator } from '../../src/simulator/app.ts';
import { createWorld } from '../../src/simulator/world.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { clientSecret, startTestHarian } from '../support/harian.ts';

const seed = 17;
const tokenKey = Buffer.alloc(32, 9);

let database: TestDatabase;
let pool: DatabasePool;
let client: pg.Client;
let simulator: Simulator;
let options: SeedOptions;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createDatabasePool({ url: database.url, maxConnections: 1, onError: () => undefined });
  client = new pg.Client(database.url);
  await client.connect();
  const now = new Date();
  simulator = createSimulator({
    clientKey: 'test-client-key',
    clientSecret,
    redirectUris: ['http://localhost:3000/oauth/tiktok/callback'],
    seed,
    clock: { now: () => new Date() },
    requestsPerMinute: 1_000_000,
    accounts: [...demoAccounts],
  });
  options = {
    db: pool.db,
    cipher: createTokenCipher([{ id: 't', key: tokenKey }]),
    control: simulator.control,
    seed,
    world: createWorld(seed),
    now,
    localTime: '01:00',
  };
  await seedDemo(options);
});
afterAll(async () => {
  await client.end();
  await pool.close();
  await simulator.close();
  await database.drop();
});

const rowsOf = async (query: string) => (await client.query(query)).rows;

const tables = ['stores', 'tiktok_accounts', 'store_days', 'user_daily', 'videos', 'video_daily', 'sync_logs'];
const countAll = () =>
  rowsOf(tables.map((table) => `select '${table}' as name, count(*)::int as rows from ${table}`).join(' union all '));

test('the seed leaves 25 stores in mixed states, each marked as simulated', async () => {
  expect(
    await rowsOf(`select status, status_reason as reason, paused, count(*)::int as stores from stores
      group by 1, 2, 3 order by 1, 2 nulls first, 3`),
  ).toEqual([
    { status: 'CONNECTED', reason: null, paused: false, stores: 17 },
    { status: 'CONNECTED', reason: null, paused: true, stores: 1 },
    { status: 'CONNECTED', reason: 'SCOPE_MISSING: user.info.stats', paused: false, stores: 1 },
    { status: 'CONNECTED', reason: 'SCOPE_MISSING: video.list', paused: false, stores: 1 },
    { status: 'DISCONNECTED', reason: 'DISCONNECTED_BY_ADMIN', paused: false, stores: 1 },
    { status: 'NEED_RECONNECT', reason: 'DISCONNECTED_IN_TIKTOK', paused: false, stores: 1 },
    { status: 'NEED_RECONNECT', reason: 'REFRESH_TOKEN_EXPIRED', paused: false, stores: 1 },
    { status: 'PENDING', reason: null, paused: false, stores: 2 },
  ]);
  expect(await rowsOf(`select name from stores where name not like '%(simulated)'`)).toEqual([]);
  expect((await rowsOf('select distinct timezone from stores')).map((row) => row.timezone).toSorted()).toEqual([
    'America/New_York',
    'Asia/Jakarta',
    'Asia/Jayapura',
    'Asia/Makassar',
    'Europe/Berlin',
  ]);
});

test('every expected day of the history stands in the ledger, gaps included, and none lies in the future', async () => {
  const spans = await rowsOf(`select store_code, count(*)::int as days,
      (max(snapshot_date) - min(snapshot_date) + 1)::int as span from store_days group by 1`);
  expect(spans).toHaveLength(23);
  for (const { days, span } of spans) expect(days).toBe(span);
  expect(spans.filter(({ days }) => days === historyDays)).toHaveLength(21);

  const states = await rowsOf(`select state, reason, count(*)::int as days from store_days group by 1, 2`);
  const seen = states.map(({ state, reason }) => [state, reason].join(' ').trim());
  expect(seen.toSorted()).toEqual([
    'complete',
    'missed INTERNAL_ERROR',
    'missed NEED_RECONNECT',
    'missed NOT_PLANNED',
    'partial INTERNAL_ERROR',
    'partial SCOPE_MISSING: user.info.stats',
    'partial SCOPE_MISSING: video.list',
  ]);
  expect(
    await rowsOf(`select store_code from store_days join stores using (store_code)
      where snapshot_date >= (now() at time zone timezone)::date`),
  ).toEqual([]);
});

test('numbers are there for exactly the days that were read, and are what the world showed at that moment', async () => {
  expect(
    await rowsOf(`select store_code from store_days d full join user_daily u using (store_code, snapshot_date)
      where (d.state in ('complete', 'partial')) is distinct from (u.store_code is not null)
        or d.captured_at is distinct from u.captured_at`),
  ).toEqual([]);

  const days = await rowsOf(`select snapshot_date::text as day, follower_count::int, following_count::int,
      likes_count::int, video_count::int, u.captured_at,
      (select sum(view_count) from video_daily v where v.store_code = u.store_code and v.snapshot_date = u.snapshot_date)::float8 as views
    from user_daily u join store_days d using (store_code, snapshot_date) where store_code = 'jkt-01' and d.state = 'complete'`);
  const account = demoStores.find((store) => store.storeCode === 'jkt-01')?.account;
  if (!account) throw new Error('no such store');
  expect(days.length).toBeGreaterThan(50);
  for (const { captured_at: at, views, day: _day, ...numbers } of days) {
    expect(numbers).toEqual(options.world.numbersAt(account, at));
    const videos = options.world.videosAt(account, at);
    expect(views).toBe(videos.reduce((sum, video) => sum + video.view_count, 0));
  }
});

test('without user.info.stats the counts are NULL, without video.list there are no videos', async () => {
  const [stats] = await rowsOf(`select count(*)::int as days, count(follower_count)::int as followers,
      count(likes_count)::int as likes from user_daily where store_code = 'sby-02'`);
  expect(stats).toMatchObject({ followers: 0, likes: 0 });
  expect(stats.days).toBeGreaterThan(50);
  expect(await rowsOf(`select 1 from videos where store_code = 'jkt-05'`)).toEqual([]);
});

test('a video that left the simulated world is what two days without it make of it, and every other one is listed', async () => {
  const videos = await rowsOf(`
    select v.presence, v.presence_since as since, without.days, without.first
    from videos v cross join lateral (
      select count(*)::int as days, min(snapshot_date) as first from store_days d
      where d.store_code = v.store_code and d.state in ('complete', 'partial') and d.reason is distinct from 'INTERNAL_ERROR'
        and d.snapshot_date > (select max(snapshot_date) from video_daily r where (r.store_code, r.video_id) = (v.store_code, v.video_id))
    ) as without`);
  expect(new Set(videos.map(({ presence }) => presence))).toContain('gone');
  for (const { presence, since, days, first } of videos) {
    expect(presence).toBe(days === 0 ? 'listed' : days === 1 ? 'absent' : 'gone');
    if (days > 0) expect(since).toEqual(first);
  }
});

test('a second seed changes nothing', async () => {
  const before = await countAll();
  expect(await seedDemo(options)).toBe(false);
  expect(await countAll()).toEqual(before);
});

test('a seeded store syncs with the tokens it was given, and its known videos are not rewritten', async () => {
  const described = () => rowsOf(`select video_id, xmin::text from videos where store_code = 'jkt-01' order by 1`);
  const before = await described();
  expect(before.length).toBeGreaterThan(0);
  const harian = await startTestHarian({
    database,
    sharedSimulator: simulator,
    environment: { TOKEN_ENC_KEY: `t:${tokenKey.toString('base64')}` },
  });
  try {
    expect((await harian.api('POST', '/api/stores/jkt-01/resync')).status).toBe(202);
    const manual = () => rowsOf(`select status, error_code from sync_logs where trigger = 'manual'`);
    await expect.poll(manual).toEqual([{ status: 'SUCCESS', error_code: null }]);
  } finally {
    await harian.close();
  }
  expect(await described()).toEqual(expect.arrayContaining(before));
});
