import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createApp } from '../../src/http/app.ts';
import { createAdminKey } from '../../src/services/create-admin-key.ts';
import { createSimulator } from '../../src/simulator/app.ts';
import { adminKey, clientSecret, newStoreCode, startTestHarian, type TestHarian } from '../support/harian.ts';
import { createHttpClient, type HttpClient } from '../support/http.ts';
import { openSql, type Sql } from '../support/sql.ts';
import { insertConnectedStore } from '../support/stores.ts';

let harian: TestHarian;
let http: HttpClient;
let sql: Sql;
let origin: string;

beforeAll(async () => {
  harian = await startTestHarian({ environment: { ROLES: 'api' } });
  http = await createHttpClient(harian.url);
  sql = await openSql(harian.database.url);
  origin = harian.config.publicUrl;
});
afterAll(async () => {
  await sql.close();
  await harian.close();
});

const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString();
const post = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  http.call('POST', path, {
    key: null,
    body: form(fields),
    headers: { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded', origin, ...headers },
  });
const signIn = async (key = adminKey) => {
  const answer = await post('/session', { key });
  expect(answer.status).toBe(303);
  return answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
};
const queueStatus = async (key: string | null, headers = {}) =>
  (await http.call('GET', '/api/queue', { key, headers })).status;

describe('keys', () => {
  test('a further key opens everything the first one does, is kept as a hash, and its name is taken', async () => {
    const analyst = { name: 'analyst', scope: 'admin', expiresAt: null } as const;
    const { secret: key } = await createAdminKey(harian.harian.deps, analyst);
    expect(key).toMatch(/^hrn_[A-Za-z0-9_-]{43}$/);
    expect(await queueStatus(key)).toBe(200);
    await expect(createAdminKey(harian.harian.deps, analyst)).rejects.toMatchObject({ code: 'KEY_EXISTS' });
    const [row] = await sql.query("select id, octet_length(key_hash) as bytes from admin_keys where name = 'analyst'");
    expect(row).toMatchObject({ bytes: 32 });
    await sql.query("update admin_keys set revoked_at = now() where name = 'analyst'");
    expect(await queueStatus(key)).toBe(401);
  });

  test('a changed ADMIN_API_KEY shuts the former one and its sessions out; further keys stay', async () => {
    const other = await startTestHarian({ environment: { ROLES: 'api' } });
    const client = await createHttpClient(other.url);
    const { secret: further } = await createAdminKey(other.harian.deps, {
      name: 'further',
      scope: 'admin',
      expiresAt: null,
    });
    const signedIn = await client.call('POST', '/session', {
      key: null,
      body: form({ key: adminKey }),
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: other.config.publicUrl },
    });
    const cookie = signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    expect((await client.call('GET', '/api/queue', { key: null, headers: { cookie } })).status).toBe(200);

    const newKey = 'another-admin-key-0123456789-0123456789';
    const restarted = await startTestHarian({
      environment: { ROLES: 'api', ADMIN_API_KEY: newKey },
      database: other.database,
    });
    const { call } = await createHttpClient(restarted.url);
    expect((await call('GET', '/api/queue', { key: adminKey })).status).toBe(401);
    expect((await call('GET', '/api/queue', { key: null, headers: { cookie } })).status).toBe(401);
    expect((await call('GET', '/api/queue', { key: newKey })).status).toBe(200);
    expect((await call('GET', '/api/queue', { key: further })).status).toBe(200);
    await restarted.close();
    await other.close();
  });
});

describe('a session', () => {
  test('begins with a key, in a cookie that scripts and other sites do not get', async () => {
    const answer = await post('/session', { key: `  ${adminKey} ` });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/']);
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^harian_session=[\w-]{43}; Max-Age=2635200; Path=\/; HttpOnly; SameSite=Lax$/),
    ]);
  });

  test('over https its cookie is bound to this host and never leaves https', async () => {
    const publicUrl = 'https://harian.example';
    const app = await createApp({ ...harian.harian.deps, publicUrl });
    const answer = await app.request('/session', {
      method: 'POST',
      body: form({ key: adminKey }),
      headers: { origin: publicUrl, 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^__Host-harian_session=[\w-]{43}; Max-Age=2635200; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
      ),
    ]);
    expect(answer.headers.get('strict-transport-security')).toBe('max-age=31536000; includeSubDomains');
    const document: unknown = await (await app.request('/openapi.json')).json();
    expect(document).toMatchObject({
      components: { securitySchemes: { session: { name: '__Host-harian_session' } } },
    });
  });

  test('is kept only as a hash', async () => {
    const cookie = await signIn();
    const token = cookie.replace('harian_session=', '');
    const rows = await sql.query<{ hash: string }>("select encode(token_hash, 'hex') as hash from admin_sessions");
    expect(rows.length).toBeGreaterThan(0);
    for (const { hash } of rows) expect(hash).not.toBe(Buffer.from(token, 'base64url').toString('hex'));
  });

  test('reads the API, but changes it only from a page of ours', async () => {
    const cookie = await signIn();
    expect(await queueStatus(null, { cookie })).toBe(200);
    const create = (headers: Record<string, string>) =>
      http.call('POST', '/api/stores', {
        key: null,
        json: { store_code: newStoreCode(), name: 'X' },
        headers: { cookie, ...headers },
      });
    expect((await create({ origin })).status).toBe(201);
    expect((await create({ 'sec-fetch-site': 'same-origin' })).status).toBe(201);
    for (const headers of [
      {},
      { origin: 'null' },
      { origin: 'https://evil.example' },
      { origin: `${origin}.evil.example` },
      { origin: origin.replace('http:', 'https:') },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'cross-site' },
      { origin, 'sec-fetch-site': 'cross-site' },
    ] as Record<string, string>[]) {
      const answer = await create(headers);
      expect([answer.status, answer.body?.error?.code], JSON.stringify(headers)).toEqual([403, 'FORBIDDEN']);
    }
  });

  test('does not help a request that carries a wrong key', async () => {
    const cookie = await signIn();
    expect(await queueStatus('x'.repeat(40), { cookie })).toBe(401);
  });

  test('ends by signing out, and after 12 hours', async () => {
    const first = await signIn();
    const out = await post('/session/end', {}, { cookie: first });
    expect([out.status, out.headers.get('location')]).toEqual([303, '/']);
    expect(out.headers.getSetCookie()[0]).toMatch(/^harian_session=; Max-Age=0; Path=\//);
    expect(await queueStatus(null, { cookie: first })).toBe(401);

    const second = await signIn();
    const at = (hours: number) =>
      createApp({ ...harian.harian.deps, clock: { now: () => new Date(Date.now() + hours * 3_600_000) } }).then((app) =>
        app.request('/api/queue', { headers: { cookie: second } }),
      );
    expect((await at(11.9)).status).toBe(200);
    expect((await at(12.1)).status).toBe(401);
  });

  test('is not ended by a foreign page', async () => {
    const cookie = await signIn();
    await post('/session/end', {}, { cookie, origin: 'https://evil.example' });
    expect(await queueStatus(null, { cookie })).toBe(200);
  });

  test('is not begun by a foreign page, nor with a wrong key', async () => {
    const foreign = await post('/session', { key: adminKey }, { origin: 'https://evil.example' });
    expect([foreign.status, foreign.headers.getSetCookie()]).toEqual([403, []]);
    for (const key of ['', 'wrong', 'x'.repeat(4000), 'a\u0000b']) {
      const wrong = await post('/session', { key });
      expect([wrong.status, wrong.headers.getSetCookie()]).toEqual([401, []]);
      expect(wrong.text).toContain('not known');
      expect(wrong.headers.get('content-type')).toContain('text/html');
      if (key.length > 8) expect(wrong.text).not.toContain(key);
    }
    const json = await http.call('POST', '/session', { key: null, json: { key: adminKey }, headers: { origin } });
    expect([json.status, json.body.error.code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
  });
});

describe('the console', () => {
  let cookie: string;
  let code: string;
  const submit = (path: string, fields: Record<string, string> = {}, headers: Record<string, string> = {}) =>
    post(path, fields, { cookie, ...headers });

  beforeEach(async () => {
    cookie ??= await signIn();
    code = newStoreCode();
  });

  test('asks for a key first, and shows nothing without', async () => {
    await submit('/stores', { store_code: code, name: 'Hidden' });
    const page = await http.call('GET', '/', { key: null, headers: { accept: 'text/html' } });
    expect(page.status).toBe(200);
    expect(page.text).toContain('name="key"');
    expect(page.text).not.toContain(code);
    expect(page.headers.get('cache-control')).toBe('no-store');
  });

  test('lists stores, escaped', async () => {
    await submit('/stores', { store_code: code, name: '<img src=x onerror=alert(1)>' });
    const page = await http.call('GET', '/stores', { key: null, headers: { cookie } });
    expect(page.text).toContain(code);
    expect(page.text).toContain('&lt;img src=x');
    expect(page.text).not.toContain('<img src=x');
    expect(page.headers.get('cache-control')).toBe('no-store');
  });

  test('adds a store with the default time zone, and shows a refusal on the page', async () => {
    const added = await submit('/stores', { store_code: code, name: 'New', timezone: '' });
    expect([added.status, added.headers.get('location')]).toEqual([303, `/stores/${code}?said=added&of=New`]);
    const next = await http.call('GET', String(added.headers.get('location')), { key: null, headers: { cookie } });
    expect(next.text).toContain('New was added');
    const store = await http.call('GET', `/api/stores/${code}`);
    expect(store.body).toMatchObject({ store_code: code, timezone: harian.config.sync.timezone });
    const twice = await submit('/stores', { store_code: code, name: 'New' });
    expect(twice.status).toBe(409);
    expect(twice.text).toContain('exists already');
    const bad = await submit('/stores', { store_code: 'a b', name: 'New' });
    expect(bad.status).toBe(400);
    expect(bad.text).toContain('store_code');
    const strange = await submit('/stores', { store_code: code, name: 'New', status: 'CONNECTED' });
    expect(strange.status).toBe(400);
  });

  test('makes a connect link and starts a sync', async () => {
    const simulator = createSimulator({
      clientKey: 'test-client-key',
      clientSecret,
      redirectUris: [harian.config.tiktok.redirectUri],
      seed: 1,
      clock: { now: () => new Date() },
    });
    const openId = simulator.control.accounts[0]?.openId ?? '';
    await insertConnectedStore(harian.harian.deps.db, simulator, { storeCode: code, openId });
    const link = await submit(`/stores/${code}/connect-link`);
    expect(link.text).toMatch(new RegExp(`value="${origin}/connect/[\\w-]{43}"`));
    const started = await submit(`/stores/${code}/resync`);
    expect([started.status, started.headers.get('location')]).toEqual([303, `/stores/${code}?said=resync&of=${code}`]);
    const busy = await submit(`/stores/${code}/resync`);
    expect(busy.status).toBe(409);
    const unknown = await submit('/stores/nobody/resync');
    expect(unknown.status).toBe(404);
    await simulator.close();
  });

  test.each(['/stores', '/stores/some-store/resync', '/stores/some-store/connect-link'])(
    '%s is refused from a foreign page, and asks to sign in without a session',
    async (path) => {
      const fields = { store_code: code, name: 'CSRF' };
      for (const headers of [{ origin: 'https://evil.example' }, { origin: 'null' }]) {
        const foreign = await submit(path, fields, headers);
        expect(foreign.status).toBe(403);
      }
      const anonymous = await post(path, fields);
      expect(anonymous.status).toBe(401);
      expect(anonymous.text).toContain('name="key"');
      expect((await http.call('GET', `/api/stores/${code}`)).status).toBe(404);
    },
  );

  test('a cursor that is none is 400, on a page or as JSON', async () => {
    const path = '/stores?cursor=nonsense';
    const page = await http.call('GET', path, { key: null, headers: { cookie, accept: 'text/html' } });
    expect([page.status, page.headers.get('content-type')]).toEqual([400, 'text/html; charset=UTF-8']);
    expect((await http.call('GET', path, { key: null, headers: { cookie } })).status).toBe(400);
  });
});
