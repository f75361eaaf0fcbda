import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test, vi } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { serveSimulator, startHarianProcess } from '../support/processes.ts';

vi.setConfig({ testTimeout: 60_000 });

test('a process that is told where sends its spans there, the last ones when it stops', async () => {
  await using cleanup = new AsyncDisposableStack();
  const received: { path: string; secret: string | undefined; body: string }[] = [];
  const collector = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const secret = request.headers['x-secret']?.toString();
    received.push({ path: request.url ?? '', secret, body: Buffer.concat(chunks).toString() });
    response.setHeader('content-type', 'application/json').end('{}');
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  cleanup.defer(() => new Promise<void>((done) => collector.close(() => done())));
  const database = await createTestDatabase();
  cleanup.defer(database.drop);
  const publicUrl = 'http://localhost:3997';
  const tiktok = await serveSimulator([`${publicUrl}/oauth/tiktok/callback`]);
  cleanup.defer(tiktok.close);

  const harian = await startHarianProcess({
    databaseUrl: database.url,
    simulatorUrl: tiktok.url,
    publicUrl,
    environment: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-secret=between-us',
      OTEL_SERVICE_NAME: 'harian-of-this-test',
    },
  });
  cleanup.defer(async () => void (await harian.end('SIGKILL')));
  expect((await harian.api('GET', '/api/stores')).status).toBe(200);
  expect(await harian.end('SIGTERM')).toBe(0);

  const sent = received.map(({ body }) => body).join('\n');
  expect(received.map(({ path, secret }) => [path, secret])).toContainEqual(['/v1/traces', 'between-us']);
  for (const name of ['harian-of-this-test', 'GET /api/stores', 'select stores', '"catch_up"'])
    expect(sent).toContain(name);
  expect(harian.logs()).not.toContain('between-us');
});
