import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { compress } from 'hono/compress';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { conditionalGet } from '../../src/http/middleware/conditional-get.ts';
import { adminKey, newStoreCode, startTestHarian, type TestHarian } from '../support/harian.ts';
import { createHttpClient, expectSecurityHeaders, type HttpClient } from '../support/http.ts';

let harian: TestHarian;
let http: HttpClient;
const code = newStoreCode();

beforeAll(async () => {
  harian = await startTestHarian({ environment: { ROLES: 'api' } });
  http = await createHttpClient(harian.url);
  await http.call('POST', '/api/stores', { json: { store_code: code, name: 'Toko Melati' } });
});
afterAll(async () => {
  await harian.close();
});

const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(`${harian.url}${path}`, { method, headers: { authorization: `Bearer ${adminKey}`, ...headers } });
const tagOf = async (path: string) => (await http.call('GET', path)).headers.get('etag') ?? '';

describe('every GET of JSON', () => {
  test.for([
    ['/api/stores', 'GET'],
    [`/api/stores/${code}`, 'GET'],
    [`/api/stores/${code}`, 'HEAD'],
    [`/api/stores/${code}/daily`, 'GET'],
    [`/api/stores/${code}/videos`, 'GET'],
    ['/api/sync-logs', 'GET'],
    ['/api/admin-keys?limit=1&cursor=WyJ6Il0', 'GET'],
    ['/openapi.json', 'GET'],
  ] as const)('%s is a 304 without a body for who has it already (%s)', async ([path, method]) => {
    const etag = await tagOf(path);
    expect(etag).toMatch(/^W\/"[\w-]{16}"$/);
    const same = await ask(path, { 'if-none-match': etag }, method);
    expect([same.status, await same.text()]).toEqual([304, '']);
    expect(same.headers.get('etag')).toBe(etag);
    expect(same.headers.get('cache-control')).toBe(path.startsWith('/api') ? 'private, no-cache' : 'no-cache');
    expect(same.headers.get('vary')).toBe('Accept-Encoding');
    expect(same.headers.get('content-type')).toBeNull();
    expectSecurityHeaders(same.headers);
  });

  test.for([
    ['among others', (etag: string) => `"one", ${etag}, W/"two"`, 304],
    ['as a strong one', (etag: string) => etag.slice(2), 304],
    ['as any', () => '*', 304],
    ['without quotes', (etag: string) => etag.slice(3, -1), 200],
    ['as another', () => 'W/"AAAAAAAAAAAAAAAA"', 200],
  ] as const)('takes a tag %s', async ([, write, status]) => {
    const answer = await ask('/openapi.json', { 'if-none-match': write(await tagOf('/openapi.json')) });
    expect(answer.status).toBe(status);
  });

  test('has another tag once it says something else', async () => {
    const before = await tagOf(`/api/stores/${code}`);
    await http.call('PATCH', `/api/stores/${code}`, { json: { name: 'Toko Mawar' } });
    const answer = await ask(`/api/stores/${code}`, { 'if-none-match': before });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('etag')).not.toBe(before);
    expect(await answer.json()).toMatchObject({ name: 'Toko Mawar' });
  });

  test('has the same tag compressed', async () => {
    const path = '/openapi.json';
    const plain = await ask(path, { 'accept-encoding': 'identity' });
    const zipped = await ask(path, { 'accept-encoding': 'gzip' });
    expect([plain, zipped].map(({ headers }) => headers.get('content-encoding'))).toEqual([null, 'gzip']);
    expect(zipped.headers.get('etag')).toBe(plain.headers.get('etag'));
    expect(await zipped.text()).toBe(await plain.text());
  });
});

test.for([
  ['a refusal', `/api/stores/${newStoreCode()}`],
  ['a file', '/log.csv'],
  ['a page', '/queue'],
  ['what says how the process is', '/healthz'],
] as const)('%s has no tag', async ([, path]) => {
  const answer = await ask(path);
  expect(answer.headers.get('etag')).toBeNull();
  expect(answer.headers.get('cache-control')).toBe('no-store');
  await answer.text();
});

test('without a right key nobody is told whether an answer is still the same', async () => {
  const path = `/api/stores/${code}`;
  const answer = await ask(path, { 'if-none-match': await tagOf(path), authorization: 'Bearer nobody' });
  expect(answer.status).toBe(401);
});

describe('what has no end', () => {
  /** Ends only when its client does; `sent` counts what was taken out of it. */
  const endless = (type: string, chunk: string) => {
    const seen = { sent: 0, cancelled: Promise.withResolvers<void>() };
    const app = new Hono();
    app.use(compress(), conditionalGet);
    app.get('/', (c) => {
      const body = new ReadableStream({
        pull(controller) {
          seen.sent += chunk.length;
          controller.enqueue(new TextEncoder().encode(chunk));
        },
        cancel: () => seen.cancelled.resolve(),
      });
      return c.body(body, 200, { 'Content-Type': type });
    });
    return { app, seen };
  };
  const listen = async (app: Hono) => {
    const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
  };

  test.for(['application/json', 'text/event-stream', 'text/csv', 'application/x-ndjson'])(
    'is passed on as it comes, whole and without a tag: %s',
    async (type) => {
      const { app, seen } = endless(type, 'x'.repeat(1024 * 1024));
      const { server, url } = await listen(app);
      const aborter = new AbortController();
      const answer = await fetch(url, { signal: aborter.signal, headers: { 'accept-encoding': 'identity' } });
      expect(answer.headers.get('etag')).toBeNull();
      let received = 0;
      for await (const bytes of answer.body ?? []) {
        expect(Buffer.from(bytes).every((byte) => byte === 0x78)).toBe(true);
        received += bytes.byteLength;
        if (received > 40 * 1024 * 1024) break;
      }
      // What is not taken is not made: a few chunks lie in buffers.
      expect(seen.sent - received).toBeLessThan(16 * 1024 * 1024);
      aborter.abort();
      await seen.cancelled.promise;
      server.close();
    },
  );
});
