import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTcpProxy, type TcpProxy } from '../../scripts/rig/tcp-proxy.ts';
import { compose } from '../../src/compose.ts';
import { parseConfig } from '../../src/config.ts';
import { createApp } from '../../src/http/app.ts';
import { createLogger } from '../../src/logger.ts';
import { signWebhook } from '../../src/simulator/webhook.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { adminKey, clientSecret, startTestHarian, type TestHarian } from '../support/harian.ts';
import { createHttpClient, envelope, expectSecurityHeaders, type HttpClient } from '../support/http.ts';

let database: TestDatabase;
let proxy: TcpProxy;
let harian: TestHarian;
let http: HttpClient;

beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await createTcpProxy(database.url);
  harian = await startTestHarian({
    database: { ...database, url: proxy.url },
    environment: { DATABASE_TIMEOUT_MS: '4000' },
  });
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
    // TikTok repeats what was not accepted: an event that cannot be kept now must not be lost.
    const signed = { key: null, body: '{}', headers: { 'tiktok-signature': signWebhook(clientSecret, '{}', 1) } };
    expect((await http.call('POST', '/webhooks/tiktok', signed)).status).toBe(200);
    const event = JSON.stringify({
      client_key: 'test-client-key',
      event: 'authorization.removed',
      create_time: 1,
      user_openid: 'somebody',
      content: '{"reason":1}',
    });
    const removal = { ...signed, body: event, headers: { 'tiktok-signature': signWebhook(clientSecret, event, 1) } };
    expect((await http.call('POST', '/webhooks/tiktok', removal)).status).toBe(503);
    const page = await http.call('GET', '/connect/some-invitation', { headers: { accept: 'text/html' } });
    expect([page.status, page.headers.get('content-type')]).toEqual([503, 'text/html; charset=UTF-8']);

    const ready = await http.call('GET', '/readyz');
    expect([ready.status, ready.body.error.code]).toEqual([503, 'NOT_READY']);
    expect(ready.body.error.message).toContain('failing: database');
    expect((await http.call('GET', '/healthz')).status).toBe(200);

    await proxy.restore();
    await expect.poll(async () => (await http.call('GET', '/readyz')).status).toBe(200);
    expect((await http.call('GET', '/api/stores')).status).toBe(200);
    expect((await http.call('POST', '/webhooks/tiktok', removal)).status).toBe(200);
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
  expect(envelope.parse(await ready.json()).error).toEqual({
    code: 'NOT_READY',
    message: expect.stringContaining('failing: database, migrations, api, worker, scheduler'),
  });
  await expect(dead.start()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});
