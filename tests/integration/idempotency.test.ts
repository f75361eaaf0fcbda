import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createTestClock } from '../support/clock.ts';
import { createGate } from '../support/gate.ts';
import { newStoreCode, startTestHarian, type TestHarian } from '../support/harian.ts';
import { createHttpClient, type HttpClient, type Refusal } from '../support/http.ts';
import { connectStore } from '../support/owner.ts';
import { openSql, type Sql } from '../support/sql.ts';

const clock = createTestClock();
const gate = createGate();
let harian: TestHarian;
let http: HttpClient;
let sql: Sql;

beforeAll(async () => {
  harian = await startTestHarian({ clock, wrapFetch: gate.wrapFetch });
  http = await createHttpClient(harian.url);
  sql = await openSql(harian.database.url);
});
afterEach(() => clock.reset());
afterAll(async () => {
  await sql.close();
  await harian.close();
});

const post = <T = Refusal>(path: string, key: string, json?: unknown, as?: string) =>
  http.call<T>('POST', path, {
    headers: { 'idempotency-key': key },
    ...(json === undefined ? {} : { json }),
    ...(as === undefined ? {} : { key: as }),
  });
const newStore = () => ({ store_code: newStoreCode(), name: 'Toko Melati' });
const auditOf = (storeCode: string) =>
  sql.query<{ action: string; outcome: string }>('select action, outcome from audit_log where store_code = $1', [
    storeCode,
  ]);

describe('the same key with the same request', () => {
  test('gets the first answer again, and nothing is changed or recorded twice', async () => {
    const json = newStore();
    const key = randomUUID();
    const first = await post('/api/stores', key, json);
    const recorded = await sql.query('select id from audit_log');
    const again = await post('/api/stores', key, json);
    expect(await sql.query('select id from audit_log')).toEqual(recorded);
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.text).toBe(first.text);
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect(again.headers.get('content-type')).toBe('application/json');
    expect([first, again].map(({ headers }) => headers.get('idempotency-replayed'))).toEqual([null, 'true']);
    expect(await auditOf(json.store_code)).toEqual([{ action: 'store.create', outcome: 'OK' }]);
  });

  test('gets a refusal of the domain again, also when things stand otherwise by now', async () => {
    const json = newStore();
    const key = randomUUID();
    expect((await post(`/api/stores/${json.store_code}/resync`, key)).body.error.code).toBe('STORE_NOT_FOUND');
    await http.call('POST', '/api/stores', { json });
    expect((await post(`/api/stores/${json.store_code}/resync`, key)).body.error.code).toBe('STORE_NOT_FOUND');
    expect((await post(`/api/stores/${json.store_code}/resync`, randomUUID())).body.error.code).toBe(
      'STORE_NOT_CONNECTED',
    );
  });

  test('starts one sync, and leads to the one job', async () => {
    const storeCode = newStoreCode();
    const [account] = harian.simulator.control.accounts;
    await connectStore(harian, storeCode, { openId: account?.openId ?? '' });
    await expect
      .poll(async () => (await harian.api('GET', `/api/stores/${storeCode}`)).body, { timeout: 15_000 })
      .toMatchObject({ job: null });
    const key = randomUUID();
    const first = await post<{ job: { id: string } }>(`/api/stores/${storeCode}/resync`, key);
    const again = await post<{ job: { id: string } }>(`/api/stores/${storeCode}/resync`, key);
    expect(first.status).toBe(202);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('location')).toBe(`/api/jobs/${first.body.job.id}`);
  });

  test('of many at once is carried out once; the others are told that it is under way, or get its answer', async () => {
    const json = newStore();
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 12 }, () => post('/api/stores', key, json)));
    const codes = answers.map(({ status, body }) => (status === 201 ? 201 : body.error.code));
    expect(new Set(codes)).toEqual(new Set([201, ...codes.filter((code) => code === 'IDEMPOTENCY_KEY_IN_USE')]));
    expect(codes).toContain(201);
    const done = (await auditOf(json.store_code)).filter(({ outcome }) => outcome === 'OK');
    expect(done).toHaveLength(1);
  });

  test('is told that the first one is under way, and when to come back', async () => {
    const storeCode = newStoreCode();
    const account = harian.simulator.control.accounts[1];
    await connectStore(harian, storeCode, { openId: account?.openId ?? '' });
    const held = gate.holdNext('revoke');
    const key = randomUUID();
    const first = post(`/api/stores/${storeCode}/disconnect`, key);
    await held.reached;
    const second = await post(`/api/stores/${storeCode}/disconnect`, key);
    held.release();
    expect([second.status, second.body.error.code]).toEqual([409, 'IDEMPOTENCY_KEY_IN_USE']);
    expect(second.headers.get('retry-after')).toBe('1');
    expect((await first).status).toBe(200);
    expect((await post(`/api/stores/${storeCode}/disconnect`, key)).text).toBe((await first).text);
  });
});

test('the same key with another body, address or query is refused, and changes nothing', async () => {
  const json = newStore();
  const other = newStore();
  const key = randomUUID();
  await post('/api/stores', key, json);
  for (const [path, body] of [
    ['/api/stores', other],
    ['/api/stores', { ...json, name: 'Toko Mawar' }],
    ['/api/stores?again=1', json],
  ] as const) {
    const refused = await post(path, key, body);
    expect([refused.status, refused.body.error.code]).toEqual([409, 'IDEMPOTENCY_KEY_REUSED']);
  }
  expect((await http.call('GET', `/api/stores/${other.store_code}`)).status).toBe(404);

  await post(`/api/stores/${json.store_code}/resync`, key);
  const elsewhere = await post(`/api/stores/${other.store_code}/resync`, key);
  expect(elsewhere.body.error.code).toBe('IDEMPOTENCY_KEY_REUSED');
});

test('another route and another admin have the key to themselves', async () => {
  const json = newStore();
  const key = randomUUID();
  await post('/api/stores', key, json);
  expect((await post(`/api/stores/${json.store_code}/connect-links`, key)).status).toBe(201);
  const made = await http.call<{ key: string }>('POST', '/api/admin-keys', {
    json: { name: randomUUID(), scope: 'admin' },
  });
  expect((await post('/api/stores', key, json, made.body.key)).body.error.code).toBe('STORE_EXISTS');
});

test('an answer that held a secret is not kept: who repeats it is told that it was done', async () => {
  const json = newStore();
  await http.call('POST', '/api/stores', { json });
  const key = randomUUID();
  const link = await post<{ url: string }>(`/api/stores/${json.store_code}/connect-links`, key);
  const admin = await post<{ key: string }>('/api/admin-keys', key, { name: key, scope: 'read' });
  expect([link.status, admin.status]).toEqual([201, 201]);
  expect((await post(`/api/stores/${json.store_code}/connect-links`, key)).body.error.code).toBe('ALREADY_DONE');
  expect((await post('/api/admin-keys', key, { name: key, scope: 'read' })).body.error.code).toBe('ALREADY_DONE');
  const bulk = await http.call('POST', '/stores/bulk', {
    headers: { 'idempotency-key': key },
    body: new URLSearchParams({ action: 'connect-link', code: json.store_code }),
  });
  expect(bulk.status).toBe(200);
  const rows = await sql.query<{ row: string }>('select k::text as row from idempotency_keys k');
  const kept = rows.map(({ row }) => row).join('\n');
  const links = [...`${link.text}${bulk.text}`.matchAll(/\/connect\/([\w-]+)/g)].map((match) => match[1]);
  expect(new Set(links).size).toBe(2);
  for (const secret of [...links, admin.body.key]) expect(kept).not.toContain(secret);
});

test.for(['', 'two words', 'schlüssel', 'x'.repeat(256)])('the key "%s" is refused', async (key) => {
  const answer = await post('/api/stores', key, newStore());
  expect([answer.status, answer.body.error.code]).toEqual([400, 'INVALID_REQUEST']);
});

test('a request that came to nothing leaves its key free', async () => {
  const key = randomUUID();
  const { store_code: code } = newStore();
  expect((await post('/api/stores', key, { store_code: code })).status).toBe(400);
  expect((await post('/api/stores', key, { store_code: code, name: 'Toko Melati' })).status).toBe(201);
});

test('a key is free again after 24 hours, and what was answered is forgotten then', async () => {
  const json = newStore();
  const key = randomUUID();
  await post('/api/stores', key, json);
  clock.advanceMs(23.9 * 3_600_000);
  expect((await post('/api/stores', key, json)).status).toBe(201);
  clock.advanceMs(0.2 * 3_600_000);
  expect((await post('/api/stores', key, json)).body.error.code).toBe('STORE_EXISTS');
});

test('a request whose process died is taken up by its repetition after two minutes, and by no other request', async () => {
  const json = newStore();
  const key = randomUUID();
  await post('/api/stores', key, json);
  await sql.query('update idempotency_keys set status = null, body = null, location = null where store_code = $1', [
    json.store_code,
  ]);
  expect((await post('/api/stores', key, json)).body.error.code).toBe('IDEMPOTENCY_KEY_IN_USE');
  clock.advanceMs(121_000);
  expect((await post('/api/stores', key, newStore())).body.error.code).toBe('IDEMPOTENCY_KEY_REUSED');
  expect((await post('/api/stores', key, json)).body.error.code).toBe('STORE_EXISTS');
});

test('what was answered about a store goes with the store', async () => {
  const json = newStore();
  await post('/api/stores', randomUUID(), json);
  const kept = () => sql.query('select 1 from idempotency_keys where body like $1', [`%${json.store_code}%`]);
  expect(await kept()).toHaveLength(1);
  await http.call('DELETE', `/api/stores/${json.store_code}`);
  expect(await kept()).toEqual([]);
});

test('who may not do it is refused before the key counts', async () => {
  const key = randomUUID();
  const reader = await http.call<{ key: string }>('POST', '/api/admin-keys', {
    json: { name: randomUUID(), scope: 'read' },
  });
  expect((await post('/api/stores', key, newStore(), reader.body.key)).status).toBe(403);
  expect((await post('/api/stores', key, newStore(), 'nobody')).status).toBe(401);
  expect((await post('/api/stores', key, newStore())).status).toBe(201);
});
