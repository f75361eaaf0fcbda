import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestClock } from '../support/clock.ts';
import { adminKey, newStoreCode, startTestHarian, type TestHarian } from '../support/harian.ts';
import { createHttpClient, type HttpClient } from '../support/http.ts';

let harian: TestHarian;
let http: HttpClient;
const store = newStoreCode();
const clock = createTestClock();

beforeAll(async () => {
  harian = await startTestHarian({ environment: { ROLES: 'api' }, clock });
  http = await createHttpClient(harian.url);
  await http.call('POST', '/api/stores', { json: { store_code: store, name: 'Toko' } });
});
afterAll(async () => {
  await harian.close();
});

/** Status and code of a refusal. */
const refusal = async (...call: Parameters<HttpClient['call']>) => {
  const answer = await http.call(...call);
  return [answer.status, answer.body?.error?.code];
};

const adminRoutes: [string, string, unknown?][] = [
  ['GET', '/api/stores'],
  ['POST', '/api/stores', { store_code: 'a', name: 'A' }],
  ['GET', `/api/stores/${store}`],
  ['PATCH', `/api/stores/${store}`, { name: 'B' }],
  ['DELETE', `/api/stores/${store}`],
  ['POST', `/api/stores/${store}/connect-links`],
  ['POST', `/api/stores/${store}/disconnect`],
  ['POST', `/api/stores/${store}/resync`],
  ['GET', `/api/stores/${store}/daily`],
  ['GET', `/api/stores/${store}/growth`],
  ['GET', `/api/stores/${store}/report`],
  ['GET', `/api/stores/${store}/curve`],
  ['GET', `/api/stores/${store}/videos`],
  ['GET', `/api/stores/${store}/videos/1/daily`],
  ['GET', `/api/stores/${store}/videos/1/growth`],
  ['GET', `/api/stores/${store}/videos/1/curve`],
  ['GET', '/api/report'],
  ['GET', `/api/jobs/${randomUUID()}`],
  ['POST', `/api/jobs/${randomUUID()}/cancel`],
  ['POST', `/api/jobs/${randomUUID()}/retry`],
  ['GET', '/api/queue'],
  ['GET', '/api/sync-logs'],
  ['GET', '/api/coverage'],
  ['GET', '/api/export/user_daily'],
  ['GET', '/api/admin-keys'],
  ['POST', '/api/admin-keys', { name: 'a', scope: 'read' }],
  ['DELETE', `/api/admin-keys/${randomUUID()}`],
  ['GET', '/api/audit'],
  ['GET', '/api/webhooks'],
  ['POST', '/api/webhooks', { url: 'https://hook.invalid/', events: ['day.closed'] }],
  ['GET', `/api/webhooks/${randomUUID()}`],
  ['PATCH', `/api/webhooks/${randomUUID()}`, { enabled: false }],
  ['DELETE', `/api/webhooks/${randomUUID()}`],
  ['GET', `/api/webhooks/${randomUUID()}/deliveries`],
  ['POST', `/api/webhooks/${randomUUID()}/replay`, { event_id: randomUUID() }],
  ['POST', '/api/erasures', { store_code: store, confirm: store }],
];

test('the list above is every admin route there is', () => {
  const documented = Object.entries(http.document.paths)
    .filter(([path]) => path.startsWith('/api/'))
    .reduce((sum, [, item]) => sum + Object.keys(item).length, 0);
  expect(adminRoutes).toHaveLength(documented);
});

describe.each(adminRoutes)('%s %s', (method, path, json) => {
  // So many wrong keys in one minute would be answered 429.
  beforeAll(() => clock.advanceMs(60_000));

  test.each([
    ['no key', null],
    ['a wrong key', 'x'.repeat(40)],
    ['a key that is almost right', `${adminKey}x`],
    ['an empty key', ''],
    ['a very long key', 'x'.repeat(5000)],
  ])('is refused with 401 to %s', async (_what, key) => {
    const answer = await http.call(method, path, { key, ...(json === undefined ? {} : { json }) });
    expect(answer.status).toBe(401);
    expect(answer.body.error.code).toBe('UNAUTHORIZED');
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });
});

test.each([
  adminKey,
  `Basic ${Buffer.from(`admin:${adminKey}`).toString('base64')}`,
  `Bearer  ${adminKey}`,
  `Bearer ${adminKey} x`,
  `Bearer\t${adminKey}`,
  `Token ${adminKey}`,
  'Bearer',
])('an Authorization that is no bearer key is refused with 401 (%#)', async (authorization) => {
  expect(await refusal('GET', '/api/stores', { key: null, headers: { authorization } })).toEqual([401, 'UNAUTHORIZED']);
});

test('the scheme of Authorization is read in any case', async () => {
  const answer = await http.call('GET', '/api/queue', { key: null, headers: { authorization: `bEARER ${adminKey}` } });
  expect(answer.status).toBe(200);
});

test('a key in the query or in a cookie opens nothing', async () => {
  const query = new URLSearchParams({ key: adminKey, access_token: adminKey });
  const cookie = `harian_session=${adminKey}`;
  expect(await refusal('GET', `/api/stores?${query}`, { key: null, headers: { cookie } })).toEqual([
    401,
    'UNAUTHORIZED',
  ]);
});

test('an unknown route under /api is 401 without a key and 404 with one', async () => {
  for (const path of ['/api', '/api/', '/api/nope', '/api/stores/a/b/c', `/api/stores/${store}/`]) {
    expect(await refusal('GET', path, { key: null }), path).toEqual([401, 'UNAUTHORIZED']);
    expect(await refusal('GET', path), path).toEqual([404, 'NOT_FOUND']);
  }
});

test('a wrong method under /api is 401 without a key', async () => {
  expect(await refusal('PUT', '/api/stores', { key: null })).toEqual([401, 'UNAUTHORIZED']);
});

describe('a known path asked with another method is 405 and says which ones it knows', () => {
  test.each([
    ['DELETE', '/api/stores', 'GET, HEAD, POST'],
    ['PUT', `/api/stores/${store}`, 'DELETE, GET, HEAD, PATCH'],
    ['GET', `/api/stores/${store}/resync`, 'POST'],
    ['HEAD', `/api/stores/${store}/resync`, 'POST'],
    ['GET', `/api/stores/${store}/connect-links`, 'POST'],
    ['DELETE', `/api/stores/${store}/disconnect`, 'POST'],
    ['POST', `/api/stores/${store}/daily`, 'GET, HEAD'],
    ['POST', `/api/stores/${store}/videos`, 'GET, HEAD'],
    ['POST', `/api/stores/${store}/videos/1/daily`, 'GET, HEAD'],
    ['DELETE', `/api/jobs/${randomUUID()}`, 'GET, HEAD'],
    ['GET', `/api/jobs/${randomUUID()}/cancel`, 'POST'],
    ['GET', `/api/jobs/${randomUUID()}/retry`, 'POST'],
    ['POST', '/api/queue', 'GET, HEAD'],
    ['POST', '/api/sync-logs', 'GET, HEAD'],
    ['OPTIONS', '/api/coverage', 'GET, HEAD'],
    ['PROPFIND', '/api/coverage', 'GET, HEAD'],
    ['POST', '/healthz', 'GET, HEAD'],
    ['DELETE', '/readyz', 'GET, HEAD'],
    ['PUT', '/metrics', 'GET, HEAD'],
    ['POST', '/openapi.json', 'GET, HEAD'],
    ['POST', '/docs', 'GET, HEAD'],
    ['POST', '/', 'GET, HEAD'],
    ['GET', '/session', 'POST'],
    ['GET', '/session/end', 'POST'],
    ['DELETE', '/stores', 'GET, HEAD, POST'],
    ['GET', `/stores/${store}/resync`, 'POST'],
    ['GET', `/stores/${store}/connect-link`, 'POST'],
    ['GET', '/webhooks/tiktok', 'POST'],
    ['PUT', '/connect/some-invitation', 'GET, HEAD, POST'],
    ['PUT', '/connect/result', 'GET, HEAD'],
    ['POST', '/oauth/tiktok/callback', 'GET, HEAD'],
    ['PUT', '/public/harian.css', 'GET, HEAD'],
    ['POST', '/public/live.js', 'GET, HEAD'],
    ['OPTIONS', '/public/icon.svg', 'GET, HEAD'],
  ])('%s %s → %s', async (method, path, allow) => {
    const answer = await http.call(method, path);
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe(allow);
    if (method !== 'HEAD') expect(answer.body.error.code).toBe('METHOD_NOT_ALLOWED');
  });
});

describe('a body of the wrong content type is 415', () => {
  const body = JSON.stringify({ store_code: 'x', name: 'X' });
  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    'application/ld+json',
    'text/json',
  ])('%s', async (type) => {
    const headers = { 'content-type': type };
    expect(await refusal('POST', '/api/stores', { body, headers })).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    expect(await refusal('PATCH', `/api/stores/${store}`, { body, headers })).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
  });
  test('none at all', async () => {
    const bytes = new TextEncoder().encode(body);
    expect(await refusal('POST', '/api/stores', { body: bytes })).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
  });
  test.each(['application/json; charset=utf-8', 'Application/JSON'])(
    'JSON is JSON however it is written: %s',
    async (type) => {
      const code = newStoreCode();
      const answer = await http.call('POST', '/api/stores', {
        body: JSON.stringify({ store_code: code, name: 'X' }),
        headers: { 'content-type': type },
      });
      expect(answer.status).toBe(201);
    },
  );
  test('a change without a body needs no content type', async () => {
    expect((await http.call('POST', `/api/stores/${store}/connect-links`)).status).toBe(201);
  });
});

describe('a body that is too large is 413', () => {
  const large = JSON.stringify({ store_code: 'x', name: 'x'.repeat(70_000) });
  const chunked = () =>
    new ReadableStream({
      start(controller) {
        for (let at = 0; at < large.length; at += 8192) {
          controller.enqueue(new TextEncoder().encode(large.slice(at, at + 8192)));
        }
        controller.close();
      },
    });
  const headers = { 'content-type': 'application/json' };

  test.each(['/api/stores', '/webhooks/tiktok', '/session'])('%s with its length announced', async (path) => {
    expect(await refusal('POST', path, { body: large, headers })).toEqual([413, 'PAYLOAD_TOO_LARGE']);
  });
  test.each(['/api/stores', '/webhooks/tiktok', '/session'])('%s in chunks, its length unknown', async (path) => {
    expect(await refusal('POST', path, { body: chunked(), headers })).toEqual([413, 'PAYLOAD_TOO_LARGE']);
  });
  test('without a key it is 401 first', async () => {
    expect(await refusal('POST', '/api/stores', { body: large, headers, key: null })).toEqual([401, 'UNAUTHORIZED']);
  });
  test('just below the limit it is read, and judged by its fields', async () => {
    const json = { store_code: 'x', name: 'x'.repeat(65_000) };
    expect(await refusal('POST', '/api/stores', { json })).toEqual([400, 'INVALID_REQUEST']);
  });
});

describe('a body that cannot be read is 400', () => {
  const headers = { 'content-type': 'application/json' };
  test.each(['{', '', 'null', '[]', '"text"', '7', '{"store_code":"a",}', '\ufeff{}', `${'['.repeat(30_000)}`])(
    'body %#',
    async (body) => {
      expect(await refusal('POST', '/api/stores', { body, headers })).toEqual([400, 'INVALID_REQUEST']);
      expect(await refusal('PATCH', `/api/stores/${store}`, { body, headers })).toEqual([400, 'INVALID_REQUEST']);
    },
  );
});

describe('a field that is wrong is 400 and named', () => {
  test.each<[string, unknown]>([
    ['store_code', { name: 'X' }],
    ['store_code', { store_code: '', name: 'X' }],
    ['store_code', { store_code: 'a b', name: 'X' }],
    ['store_code', { store_code: 'a/b', name: 'X' }],
    ['store_code', { store_code: 'é', name: 'X' }],
    ['store_code', { store_code: 'a\n', name: 'X' }],
    ['store_code', { store_code: 'x'.repeat(65), name: 'X' }],
    ['store_code', { store_code: 7, name: 'X' }],
    ['store_code', { store_code: '.', name: 'X' }],
    ['store_code', { store_code: '..', name: 'X' }],
    ['name', { store_code: 'a' }],
    ['name', { store_code: 'a', name: '' }],
    ['name', { store_code: 'a', name: '   ' }],
    ['name', { store_code: 'a', name: 'x'.repeat(201) }],
    ['name', { store_code: 'a', name: 'a\u0000b' }],
    ['name', { store_code: 'a', name: null }],
    ['timezone', { store_code: 'a', name: 'X', timezone: 'Mars/Olympus' }],
    ['timezone', { store_code: 'a', name: 'X', timezone: '+07:00' }],
    ['timezone', { store_code: 'a', name: 'X', timezone: '' }],
    ['timezone', { store_code: 'a', name: 'X', timezone: null }],
    ['status', { store_code: 'a', name: 'X', status: 'CONNECTED' }],
    ['__proto__', JSON.parse('{"store_code":"a","name":"X","__proto__":{"status":"CONNECTED"}}')],
  ])('creating: %s (%#)', async (field, json) => {
    const answer = await http.call('POST', '/api/stores', { json });
    expect([answer.status, answer.body.error.code]).toEqual([400, 'INVALID_REQUEST']);
    expect(answer.body.error.message).toContain(field);
  });

  test.each<[string, unknown]>([
    ['at least one', {}],
    ['name', { name: '' }],
    ['timezone', { timezone: 'Nowhere' }],
    ['paused', { paused: 'yes' }],
    ['paused', { paused: null }],
    ['store_code', { store_code: 'other' }],
    ['status', { status: 'CONNECTED', name: 'X' }],
  ])('changing: %s (%#)', async (field, json) => {
    const answer = await http.call('PATCH', `/api/stores/${store}`, { json });
    expect([answer.status, answer.body.error.code]).toEqual([400, 'INVALID_REQUEST']);
    expect(answer.body.error.message).toContain(field);
  });

  const cursor = (position: unknown) => Buffer.from(JSON.stringify(position)).toString('base64url');
  const lists = [
    '/api/stores',
    '/api/sync-logs',
    '/api/coverage',
    `/api/stores/${store}/daily`,
    `/api/stores/${store}/videos`,
  ];
  test.each(lists)('%s: limit and cursor', async (path) => {
    const bad = [
      ...['0', '-1', '1.5', '1e2', 'ten', '', '1001', '99999999999999999999', ' 5', '5&limit=6'].map(
        (v) => `limit=${v}`,
      ),
      ...['nonsense', '', '%00', 'e30', 'bnVsbA', 'x'.repeat(501)].map((v) => `cursor=${v}`),
      ...[[], ['a', 'b', 'c'], [7], ['a\u0000'], ['0000-01-01T00:00:00Z', randomUUID()]].map(
        (position) => `cursor=${cursor(position)}`,
      ),
    ];
    for (const query of bad) {
      expect(await refusal('GET', `${path}?${query}`), query).toEqual([400, 'INVALID_REQUEST']);
    }
  });

  test.each([
    ...[
      '24-11-2026',
      '2026-02-30',
      '2026-13-01',
      '0000-01-01',
      '2026-1-1',
      '',
      'today',
      '2026-11-24T00:00:00Z',
    ].flatMap((day) => [
      `/api/stores/${store}/daily?from=${day}`,
      `/api/stores/${store}/daily?to=${day}`,
      `/api/coverage?date=${day}`,
    ]),
    `/api/stores/${store}/daily?cursor=${cursor(['0000-01-01'])}`,
    '/api/stores?status=NONSENSE',
    '/api/stores?status=connected',
    '/api/stores?status=',
    '/api/sync-logs?status=SKIPPED_',
    '/api/sync-logs?store_code=a%20b',
    '/api/coverage?state=NONSENSE',
    '/api/stores/a%20b',
    '/api/stores/%00',
    '/api/stores/%ff',
    `/api/stores/${'x'.repeat(65)}`,
    `/api/stores/${store}/videos/a%00/daily`,
    '/api/jobs/1',
    '/api/jobs/not-a-uuid',
  ])('%s', async (path) => {
    expect(await refusal('GET', path)).toEqual([400, 'INVALID_REQUEST']);
  });
});

describe('what does not exist is 404', () => {
  test.each<[string, string, string, unknown?]>([
    ['GET', '/api/stores/nobody', 'STORE_NOT_FOUND'],
    ['PATCH', '/api/stores/nobody', 'STORE_NOT_FOUND', { name: 'X' }],
    ['DELETE', '/api/stores/nobody', 'STORE_NOT_FOUND'],
    ['POST', '/api/stores/nobody/connect-links', 'STORE_NOT_FOUND'],
    ['POST', '/api/stores/nobody/disconnect', 'STORE_NOT_FOUND'],
    ['POST', '/api/stores/nobody/resync', 'STORE_NOT_FOUND'],
    ['GET', '/api/stores/nobody/daily', 'STORE_NOT_FOUND'],
    ['GET', '/api/stores/nobody/videos', 'STORE_NOT_FOUND'],
    ['GET', '/api/stores/nobody/videos/1/daily', 'STORE_NOT_FOUND'],
    ['GET', `/api/stores/${store}/videos/1/daily`, 'VIDEO_NOT_FOUND'],
    ['GET', '/api/sync-logs?store_code=nobody', 'STORE_NOT_FOUND'],
    ['GET', `/api/jobs/${randomUUID()}`, 'JOB_NOT_FOUND'],
    ['POST', `/api/jobs/${randomUUID()}/cancel`, 'JOB_NOT_FOUND'],
    ['POST', `/api/jobs/${randomUUID()}/retry`, 'JOB_NOT_FOUND'],
    ['GET', '/connect/unknown', 'LINK_NOT_FOUND'],
    ['POST', '/connect/unknown', 'LINK_NOT_FOUND'],
    ['GET', '/nope', 'NOT_FOUND'],
    ['GET', '/public/../package.json', 'NOT_FOUND'],
    ['GET', '/public/%2e%2e%2fapp.ts', 'NOT_FOUND'],
    ['GET', '/dashboard', 'NOT_FOUND'],
  ])('%s %s → %s', async (method, path, code, json) => {
    expect(await refusal(method, path, json === undefined ? {} : { json })).toEqual([404, code]);
  });
});

describe('what stands in the way is 409', () => {
  test('a store that exists already', async () => {
    const json = { store_code: store, name: 'Another' };
    expect(await refusal('POST', '/api/stores', { json })).toEqual([409, 'STORE_EXISTS']);
    expect((await http.call<{ name: string }>('GET', `/api/stores/${store}`)).body.name).toBe('Toko');
  });
  test('a store that is not connected', async () => {
    expect(await refusal('POST', `/api/stores/${store}/resync`)).toEqual([409, 'STORE_NOT_CONNECTED']);
    expect(await refusal('POST', `/api/stores/${store}/disconnect`)).toEqual([409, 'STORE_NOT_CONNECTED']);
  });
});
