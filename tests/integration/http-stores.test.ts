import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newStoreCode, startTestHarian, type TestHarian } from '../support/harian.ts';
import { createHttpClient, type HttpClient } from '../support/http.ts';
import { connectStore, createOwner } from '../support/owner.ts';
import { openSql, type Sql } from '../support/sql.ts';

interface StoreBody {
  store_code: string;
  name: string;
  timezone: string;
  status: string;
  status_reason: string | null;
  paused: boolean;
  account: { open_id: string; display_name: string | null } | null;
  connected_at: string | null;
  last_synced_at: string | null;
  last_snapshot_date: string | null;
  next_sync_at: string | null;
  job: { id: string; state: string } | null;
  created_at: string;
  updated_at: string;
}

let harian: TestHarian;
let http: HttpClient;
let sql: Sql;
let accounts = 0;

beforeAll(async () => {
  harian = await startTestHarian({ environment: { SNAPSHOT_TIMEZONE: 'Asia/Makassar' } });
  http = await createHttpClient(harian.url);
  sql = await openSql(harian.database.url);
});
afterAll(async () => {
  await sql.close();
  await harian.close();
});

const create = async (name = 'Toko Melati') => {
  const code = newStoreCode();
  const made = await http.call<StoreBody>('POST', '/api/stores', { json: { store_code: code, name } });
  expect(made.status).toBe(201);
  return { code, made };
};
const read = async (code: string) => (await http.call<StoreBody>('GET', `/api/stores/${code}`)).body;

/** A store of its own account whose first snapshot has arrived. */
const connectAndSync = async () => {
  const code = newStoreCode();
  const account = harian.simulator.control.accounts[accounts++];
  if (!account) throw new Error('the simulator has too few accounts');
  await connectStore(harian, code, { openId: account.openId });
  await expect.poll(() => read(code)).toMatchObject({ job: null, status: 'CONNECTED' });
  expect((await read(code)).last_synced_at).not.toBeNull();
  return { code, openId: account.openId };
};

describe('a store', () => {
  test('is made with the default time zone, PENDING, with nothing planned', async () => {
    const { code, made } = await create();
    expect(made.headers.get('location')).toBe(`/api/stores/${code}`);
    expect(made.headers.get('cache-control')).toBe('no-store');
    expect(made.body).toEqual({
      store_code: code,
      name: 'Toko Melati',
      timezone: 'Asia/Makassar',
      status: 'PENDING',
      status_reason: null,
      paused: false,
      account: null,
      connected_at: null,
      last_synced_at: null,
      last_snapshot_date: null,
      next_sync_at: null,
      job: null,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      updated_at: made.body.created_at,
    });
    expect(await read(code)).toEqual(made.body);
  });

  test('keeps its own time zone, and its name as it was written, trimmed', async () => {
    const json = { store_code: newStoreCode(), name: '  Toko “Ñandú” <b>🛍️</b> ', timezone: 'America/St_Johns' };
    const made = await http.call<StoreBody>('POST', '/api/stores', { json });
    expect(made.body).toMatchObject({ name: 'Toko “Ñandú” <b>🛍️</b>', timezone: 'America/St_Johns' });
  });

  test('may have any code the contract allows, and is found by it', async () => {
    for (const code of ['-', '...', '.a', 'x'.repeat(64), `A.b_c-${newStoreCode('')}`]) {
      await http.call('POST', '/api/stores', { json: { store_code: code, name: code } });
      expect((await read(code)).store_code).toBe(code);
    }
  });

  test('of two made at once with one code, one is refused', async () => {
    const json = { store_code: newStoreCode(), name: 'Twice' };
    const answers = await Promise.all([1, 2, 3, 4].map(() => http.call('POST', '/api/stores', { json })));
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([201, 409, 409, 409]);
  });

  test('is renamed and moved; what is left out stays', async () => {
    const { code, made } = await create();
    const renamed = await http.call<StoreBody>('PATCH', `/api/stores/${code}`, { json: { name: 'Toko Mawar' } });
    expect(renamed.body).toEqual({ ...made.body, name: 'Toko Mawar', updated_at: renamed.body.updated_at });
    expect(Date.parse(renamed.body.updated_at)).toBeGreaterThan(Date.parse(made.body.updated_at));
    const moved = await http.call<StoreBody>('PATCH', `/api/stores/${code}`, { json: { timezone: 'Asia/Jayapura' } });
    expect(moved.body).toMatchObject({ name: 'Toko Mawar', timezone: 'Asia/Jayapura', paused: false });
  });

  test('is listed by status, in the order of its code', async () => {
    const { code } = await create();
    const { code: connected } = await connectAndSync();
    const list = async (status: string) =>
      (await http.call<{ items: StoreBody[] }>('GET', `/api/stores?limit=200&status=${status}`)).body.items;
    const pending = (await list('PENDING')).map((store) => store.store_code);
    expect(pending).toContain(code);
    expect(pending).not.toContain(connected);
    expect((await list('CONNECTED')).map((store) => store.store_code)).toContain(connected);
    expect(await list('DISCONNECTED')).not.toContainEqual(expect.objectContaining({ store_code: code }));
    const all = (await http.call<{ items: StoreBody[] }>('GET', '/api/stores?limit=200')).body.items;
    const codes = all.map((store) => store.store_code);
    const inOrder = await sql.query<{ store_code: string }>('select store_code from stores order by store_code');
    expect(codes).toEqual(inOrder.map((row) => row.store_code));
  });
});

describe('a connected store', () => {
  test('shows its account, its last snapshot and when the next one comes: the first due time after its last day', async () => {
    const { code, openId } = await connectAndSync();
    const store = await read(code);
    const account = harian.simulator.control.accounts.find((one) => one.openId === openId);
    expect(store).toMatchObject({
      status: 'CONNECTED',
      status_reason: null,
      account: { open_id: openId, display_name: account?.displayName, username: account?.username },
    });
    // Makassar is UTC+8 all year: 01:00 there on the day after the last snapshot.
    const due = new Date(`${store.last_snapshot_date}T01:00:00+08:00`).getTime() + 86_400_000;
    expect(store.next_sync_at).toBe(new Date(due).toISOString());
    expect(Date.parse(store.next_sync_at ?? '')).toBeGreaterThan(Date.now());
  });

  test('plans nothing while it is paused, and plans again afterwards', async () => {
    const { code } = await connectAndSync();
    const before = await read(code);
    const pause = (paused: boolean) => http.call<StoreBody>('PATCH', `/api/stores/${code}`, { json: { paused } });
    expect((await pause(true)).body).toMatchObject({ paused: true, next_sync_at: null, status: 'CONNECTED' });
    expect((await pause(false)).body).toMatchObject({ paused: false, next_sync_at: before.next_sync_at });
  });

  test('is disconnected: tokens wiped, revoked at TikTok, numbers kept, the same account may come back', async () => {
    const { code, openId } = await connectAndSync();
    harian.simulator.control.journal.clear();
    const answer = await http.call<StoreBody>('POST', `/api/stores/${code}/disconnect`);
    expect(answer.body).toMatchObject({
      status: 'DISCONNECTED',
      status_reason: 'DISCONNECTED_BY_ADMIN',
      next_sync_at: null,
      account: { open_id: openId },
    });
    const [tokens] = await sql.query(
      'select access_token_encrypted, refresh_token_encrypted, access_expires_at from tiktok_accounts where store_code = $1',
      [code],
    );
    expect(tokens).toEqual({ access_token_encrypted: null, refresh_token_encrypted: null, access_expires_at: null });
    expect(harian.simulator.control.journal.entries().map((entry) => entry.endpoint)).toEqual(['revoke']);
    const days = await http.call<{ items: unknown[] }>('GET', `/api/stores/${code}/daily`);
    expect(days.body.items).toHaveLength(1);

    const again = await http.call('POST', `/api/stores/${code}/disconnect`);
    expect([again.status, again.body.error.code]).toEqual([409, 'STORE_NOT_CONNECTED']);
    const resync = await http.call('POST', `/api/stores/${code}/resync`);
    expect([resync.status, resync.body.error.code]).toEqual([409, 'STORE_NOT_CONNECTED']);
  });

  test('is disconnected here also when TikTok cannot be told', async () => {
    const { code, openId } = await connectAndSync();
    harian.simulator.control.faults.add({ endpoint: 'revoke', kind: 'reset', openId });
    const answer = await http.call<StoreBody>('POST', `/api/stores/${code}/disconnect`);
    expect([answer.status, answer.body.status]).toEqual([200, 'DISCONNECTED']);
    harian.simulator.control.faults.clear();
  });

  test('is removed with everything that belonged to it', async () => {
    const { code } = await connectAndSync();
    await http.call('POST', `/api/stores/${code}/connect-links`);
    // The audit log tells who removed it.
    const tables = await sql.query<{ table_name: string }>(
      `select table_name from information_schema.columns
       where table_schema = 'public' and column_name = 'store_code' and table_name <> 'audit_log' order by 1`,
    );
    const rowsOf = async (table: string) =>
      (await sql.query(`select from ${table} where store_code = $1`, [code])).length;
    const before: Record<string, number> = {};
    for (const { table_name: table } of tables) before[table] = await rowsOf(table);
    for (const table of [
      'stores',
      'tiktok_accounts',
      'user_daily',
      'videos',
      'video_daily',
      'sync_logs',
      'store_days',
    ]) {
      expect(before[table], table).toBeGreaterThan(0);
    }
    const answer = await http.call('DELETE', `/api/stores/${code}`);
    expect([answer.status, answer.text]).toEqual([204, '']);
    for (const { table_name: table } of tables) expect(await rowsOf(table), table).toBe(0);

    for (const [method, path] of [
      ['GET', `/api/stores/${code}`],
      ['DELETE', `/api/stores/${code}`],
      ['GET', `/api/stores/${code}/daily`],
    ] as const) {
      const gone = await http.call(method, path);
      expect([gone.status, gone.body.error.code]).toEqual([404, 'STORE_NOT_FOUND']);
    }
  });

  test('answers with numbers of the right kind', async () => {
    const { code, openId } = await connectAndSync();
    const days = await http.call<{ items: Record<string, unknown>[] }>('GET', `/api/stores/${code}/daily`);
    expect(days.body.items[0]).toMatchObject({ follower_count: expect.any(Number), likes_count: expect.any(Number) });
    const videos = await http.call<{ items: { video_id: string; latest: Record<string, unknown> }[] }>(
      'GET',
      `/api/stores/${code}/videos?limit=1`,
    );
    const [video] = videos.body.items;
    expect(video?.latest).toMatchObject({ view_count: expect.any(Number) });
    const one = await http.call<{ items: unknown[] }>('GET', `/api/stores/${code}/videos/${video?.video_id}/daily`);
    expect(one.body.items).toEqual([video?.latest]);

    // NULL is not 0: what TikTok did not say stays null on the way out.
    await sql.query('update user_daily set follower_count = null, likes_count = 0 where store_code = $1', [code]);
    const unknown = await http.call<{ items: unknown[] }>('GET', `/api/stores/${code}/daily`);
    expect(unknown.body.items[0]).toMatchObject({ follower_count: null, likes_count: 0 });
    // Counters reach beyond 32 bits, up to 2^53 - 1.
    await sql.query('update user_daily set follower_count = $2 where store_code = $1', [code, '9007199254740991']);
    const large = await http.call<{ items: unknown[] }>('GET', `/api/stores/${code}/daily`);
    expect(large.body.items[0]).toMatchObject({ follower_count: Number.MAX_SAFE_INTEGER });
    expect(openId).not.toBe('');
  });
});

describe('a connect link', () => {
  test('is built from PUBLIC_URL alone, good for 72 hours, and kept only as a hash', async () => {
    const { code } = await create();
    const before = Date.now();
    const link = await http.call<{ url: string; expires_at: string }>('POST', `/api/stores/${code}/connect-links`, {
      headers: { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
    });
    expect(link.status).toBe(201);
    const token = link.body.url.replace(`${harian.config.publicUrl}/connect/`, '');
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    const hours = (Date.parse(link.body.expires_at) - before) / 3_600_000;
    expect(hours).toBeGreaterThan(71.9);
    expect(hours).toBeLessThanOrEqual(72.1);
    const [row] = await sql.query<{ hash: string }>(
      "select encode(token_hash, 'hex') as hash from connect_links where store_code = $1",
      [code],
    );
    expect(row?.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(row?.hash).not.toBe(Buffer.from(token, 'base64url').toString('hex'));
  });

  test('opens a page that names the store, escaped, and no longer after its time', async () => {
    const { code } = await create('Toko <script>alert(1)</script>');
    const link = await http.call<{ url: string }>('POST', `/api/stores/${code}/connect-links`);
    const owner = createOwner(harian);
    const page = await owner.open(link.body.url);
    expect(page.status).toBe(200);
    const html = await page.text();
    expect(html).toContain('Toko &lt;script&gt;');
    expect(html).not.toContain('<script>alert');
    await sql.query("update connect_links set expires_at = now() - interval '1 second' where store_code = $1", [code]);
    expect((await owner.open(link.body.url)).status).toBe(404);
    const { pathname } = new URL(link.body.url);
    const refused = await http.call('POST', pathname, { key: null });
    expect([refused.status, refused.body.error.code]).toEqual([404, 'LINK_NOT_FOUND']);
  });

  test('leads to TikTok with a cookie that binds this browser', async () => {
    const { code } = await create();
    const link = await http.call<{ url: string }>('POST', `/api/stores/${code}/connect-links`);
    const { pathname } = new URL(link.body.url);
    const answer = await http.call('POST', pathname, { key: null, headers: { origin: 'null' } });
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toMatch(/^http:\/\/tiktok\.test\/v2\/auth\/authorize\/\?/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('set-cookie')).toMatch(
      /^harian_connect=[\w-]{43}; Max-Age=3600; Path=\/; HttpOnly; SameSite=Lax$/,
    );
  });

  test('a callback with a state that is unknown, missing, used or of another browser ends on the same page', async () => {
    for (const query of ['', '?state=unknown&code=x', '?code=x', '?state=%00&code=%00', '?error=access_denied']) {
      const answer = await http.call('GET', `/oauth/tiktok/callback${query}`, { key: null });
      expect([answer.status, answer.headers.get('location')], query).toEqual([303, '/connect/result']);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    }
  });
});
