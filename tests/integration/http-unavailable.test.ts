import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compose } from '../../src/compose.ts';
import { parseConfig } from '../../src/config.ts';
import { createApp } from '../../src/http/app.ts';
import { createLogger } from '../../src/logger.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { adminKey, startTestHarian, type TestHarian } from '../support/harian.ts';
import { createHttpClient, envelope, expectSecurityHeaders, type HttpClient } from '../support/http.ts';
import { createTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

let database: TestDatabase;
let proxy: TcpProxy;
let harian: TestHarian;
let http: HttpClient;

beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await createTcpProxy(database.url);
  harian = await startTestHarian({ database: { ...database, url: proxy.url } });
  http = await createHttpClient(harian.url);
});
afterAll(async () => {
  await harian.close();
  await proxy.cut();
  await database.drop();
});

describe('when the database goes away', () => {
  test('every route that needs it says 503 in the envelope, and all is well again when it is back', async () => {
    expect((await http.call('GET', '/api/stores')).status).toBe(200);
    await proxy.cut();
    const down: [string, string, unknown?][] = [
      ['GET', '/api/stores'],
      ['POST', '/api/stores', { store_code: 'a', name: 'A' }],
      ['GET', '/api/queue'],
      ['GET', '/api/coverage'],
      ['GET', '/api/nope'],
      ['GET', '/connect/some-invitation'],
    ];
    for (const [method, path, json] of down) {
      const answer = await http.call(method, path, json === undefined ? {} : { json });
      expect([answer.status, answer.body.error.code], path).toEqual([503, 'UNAVAILABLE']);
      expect(answer.headers.get('retry-after')).toBe('5');
      expect(answer.text).not.toMatch(/ECONN|postgres|127\.0\.0\.1|select/i);
    }
    const webhook = await http.call('POST', '/webhooks/tiktok', { key: null, body: '{}' });
    expect(webhook.status).toBe(401);
    const page = await http.call('GET', '/connect/some-invitation', { headers: { accept: 'text/html' } });
    expect([page.status, page.headers.get('content-type')]).toEqual([503, 'text/html; charset=UTF-8']);

    const ready = await http.call<{ ready: boolean; checks: object }>('GET', '/readyz');
    expect([ready.status, ready.body.ready]).toEqual([503, false]);
    expect(ready.body.checks).toMatchObject({ database: 'failing' });
    expect((await http.call('GET', '/healthz')).status).toBe(200);

    await proxy.restore();
    await expect.poll(async () => (await http.call('GET', '/readyz')).status, { timeout: 20_000 }).toBe(200);
    expect((await http.call('GET', '/api/stores')).status).toBe(200);
  });

  test('the log names the cause by its code, never by its address', async () => {
    const lines = harian.logs.filter((line) => line.includes('request failed'));
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ level: 'error', http_status: 503 });
    const { password } = new URL(proxy.url);
    expect(lines.join('')).not.toMatch(/127\.0\.0\.1|select|insert/i);
    expect(password === '' || !harian.logs.join('').includes(password)).toBe(true);
  });
});

test('where nothing ever listened, an app built on it answers 503 and is not ready', async () => {
  const config = parseConfig({
    TIKTOK_CLIENT_KEY: 'k',
    TIKTOK_CLIENT_SECRET: 's',
    TOKEN_ENC_KEY: Buffer.alloc(32).toString('base64'),
    ADMIN_API_KEY: adminKey,
  });
  const logger = createLogger({ level: 'silent', write: () => undefined, now: () => new Date() });
  const dead = compose({ config, databaseUrl: 'postgresql://nobody:secret@127.0.0.1:1/nothing', logger });
  const app = await createApp(dead.deps);
  const answer = await app.request('/api/stores', { headers: { authorization: `Bearer ${adminKey}` } });
  expect(answer.status).toBe(503);
  expectSecurityHeaders(answer.headers);
  expect(envelope.parse(await answer.json()).error.code).toBe('UNAVAILABLE');
  const ready = await app.request('/readyz');
  expect(ready.status).toBe(503);
  expect(await ready.json()).toEqual({
    ready: false,
    checks: { database: 'failing', migrations: 'failing', api: 'failing', worker: 'failing', scheduler: 'failing' },
  });
  await expect(dead.start()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});
