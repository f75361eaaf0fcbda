import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { describe, expect, test } from 'vitest';
import { AppError, type ErrorCode } from '../../../src/errors.ts';
import type { AdminVariables } from '../../../src/http/admin-variables.ts';
import { createErrorHandler, statusOf } from '../../../src/http/error-handler.ts';
import { createLogger } from '../../../src/logger.ts';

const gone = new Error('connection refused');

function appThrowing(error: Error) {
  const lines: string[] = [];
  const logger = createLogger({ level: 'debug', write: (line) => lines.push(line), now: () => new Date() });
  const app = new Hono<{ Variables: AdminVariables }>();
  app.onError(
    createErrorHandler({
      logger,
      publicUrl: 'http://localhost:3000',
      simulated: false,
      isUnavailable: (thrown) => thrown === gone,
    }),
  );
  app.get('*', () => {
    throw error;
  });
  return { app, lines };
}

describe('what is thrown on the way of a request becomes the envelope', () => {
  test.each(Object.entries(statusOf))('%s with status %i, its message and its headers', async (code, status) => {
    const { app, lines } = appThrowing(new AppError(code as ErrorCode, 'Do this.', { Location: '/api/jobs/1' }));
    const answer = await app.request('/api/x');
    expect(answer.status).toBe(status);
    expect(answer.headers.get('location')).toBe('/api/jobs/1');
    expect(await answer.json()).toEqual({ error: { code, message: 'Do this.' } });
    expect(lines).toHaveLength(status >= 500 ? 1 : 0);
  });

  test('anything unexpected is 500, says nothing of itself, and is logged by its code alone', async () => {
    const error = Object.assign(new Error('canary insert into tokens'), { code: '23505' });
    const { app, lines } = appThrowing(error);
    const answer = await app.request('/api/x?canary=1');
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain('canary');
    expect(lines.join('')).not.toContain('canary');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'error', error_code: '23505', http_status: 500 });
  });

  test('a database that is away is 503 with a time to come back', async () => {
    const answer = await appThrowing(gone).app.request('/api/x');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await answer.json()).toMatchObject({ error: { code: 'UNAVAILABLE' } });
  });

  test.each([
    [400, 400, 'INVALID_REQUEST'],
    [401, 401, 'UNAUTHORIZED'],
    [403, 403, 'FORBIDDEN'],
    [404, 404, 'NOT_FOUND'],
    [413, 413, 'PAYLOAD_TOO_LARGE'],
    [415, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    [418, 400, 'INVALID_REQUEST'],
    [504, 500, 'INTERNAL'],
  ] as const)("Hono's own %i is %i %s", async (thrown, status, code) => {
    const { app } = appThrowing(new HTTPException(thrown, { message: 'canary' }));
    const answer = await app.request('/api/x');
    expect(answer.status).toBe(status);
    const text = await answer.text();
    expect(JSON.parse(text)).toMatchObject({ error: { code } });
    expect(text).not.toContain('canary');
  });

  test('or a page, for a browser on a page', async () => {
    const { app } = appThrowing(new AppError('STORE_NOT_FOUND', 'No <b>such</b> store.'));
    const headers = { accept: 'text/html' };
    const page = await app.request('/stores/x', { headers });
    expect([page.status, page.headers.get('content-type')]).toEqual([404, 'text/html; charset=UTF-8']);
    expect(await page.text()).toContain('No &lt;b&gt;such&lt;/b&gt; store.');
    for (const path of ['/api', '/api/x', '/webhooks/tiktok', '/healthz', '/readyz', '/openapi.json']) {
      expect((await app.request(path, { headers })).headers.get('content-type'), path).toBe('application/json');
    }
  });
});
