import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startServer } from '../../src/http/server.ts';
import { startTestHarian, type TestHarian } from '../support/harian.ts';
import { createHttpClient, envelope, expectSecurityHeaders, type HttpClient } from '../support/http.ts';

let harian: TestHarian;
let http: HttpClient;

beforeAll(async () => {
  harian = await startTestHarian();
  http = await createHttpClient(harian.url);
});
afterAll(async () => {
  await harian.close();
});

const browser = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
const open = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  http.call(method, path, { key: null, headers });

describe('an error on a page', () => {
  test.each([
    ['GET', '/nope', 404],
    ['GET', '/connect/unknown', 404],
    ['POST', '/connect/unknown', 404],
    ['DELETE', '/docs', 405],
    ['POST', '/session', 403],
    ['GET', '/?cursor=%00', 200],
  ])('%s %s is a page to a browser and the envelope to everybody else', async (method, path, status) => {
    const page = await open(path, browser, method);
    expect([page.status, page.headers.get('content-type')]).toEqual([status, 'text/html; charset=UTF-8']);
    expect(page.text).toMatch(/^<!doctype html>/);
    if (status === 200) return;
    for (const headers of [{ accept: 'application/json' }, { accept: '*/*' }, {}] as Record<string, string>[]) {
      const answer = await open(path, headers, method);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'application/json']);
      expect(() => envelope.parse(answer.body)).not.toThrow();
    }
  });

  test.each(['/api/nope', '/webhooks/tiktok', '/openapi.json'])('%s answers JSON even to a browser', async (path) => {
    const answer = await open(path, browser, 'DELETE');
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.headers.get('content-type')).toBe('application/json');
  });

  test('shows nothing of what was asked for as markup', async () => {
    const page = await open('/%3Cscript%3Ealert(1)%3C/script%3E', browser);
    expect(page.status).toBe(404);
    expect(page.text).not.toContain('<script>alert');
  });
});

describe('every page', () => {
  test.each(['/', '/docs', '/connect/result', '/connect/unknown', '/nope'])(
    '%s loads nothing from elsewhere and runs nothing inline',
    async (path) => {
      const page = await open(path, browser);
      expect(page.text).not.toMatch(/<script(?![^>]*\bsrc="\/public\/)/);
      expect(page.text).not.toMatch(/ (on\w+|style)="/);
      expect(page.text).not.toMatch(/(src|href)="(https?:)?\/\/(?!localhost)/);
    },
  );

  test('names TikTok, and nobody else, as the place a form may lead to', async () => {
    const formAction = async (path: string) =>
      /form-action ([^;]*)/.exec((await open(path, browser)).headers.get('content-security-policy') ?? '')?.[1];
    expect(await formAction('/connect/unknown')).toBe("'self' http://tiktok.test");
    expect(await formAction('/')).toBe("'self'");
    expect(await formAction('/healthz')).toBe("'none'");
  });

  test('with an address that carries a secret is neither cached nor named as a referrer', async () => {
    for (const path of ['/connect/unknown', '/connect/result', '/oauth/tiktok/callback?code=x&state=y']) {
      const page = await open(path, browser);
      expect(page.headers.get('referrer-policy'), path).toBe('no-referrer');
      expect(page.headers.get('cache-control'), path).toBe('no-store');
    }
  });
});

describe('HEAD', () => {
  test.each([
    '/',
    '/docs',
    '/healthz',
    '/readyz',
    '/metrics',
    '/openapi.json',
    '/public/harian.css',
    '/nope',
    '/api/stores',
  ])('%s answers as GET does, without a body', async (path) => {
    const [get, head] = [await http.call('GET', path), await http.call('HEAD', path)];
    expect([head.status, head.text]).toEqual([get.status, '']);
    expect(head.headers.get('content-type')).toBe(get.headers.get('content-type'));
  });
});

describe('a public file', () => {
  test.each([
    ['harian.css', 'text/css; charset=utf-8'],
    ['live.js', 'text/javascript; charset=utf-8'],
    ['icon.svg', 'image/svg+xml'],
  ])('%s is served by its type, and not again when it is unchanged', async (name, type) => {
    const first = await open(`/public/${name}`);
    expect([first.status, first.headers.get('content-type')]).toEqual([200, type]);
    const etag = first.headers.get('etag') ?? '';
    const again = await open(`/public/${name}`, { 'if-none-match': etag });
    expect([again.status, again.text]).toEqual([304, '']);
    expect((await open(`/public/${name}`, { 'if-none-match': '"other"' })).status).toBe(200);
  });
});

describe('health', () => {
  test('is open to everybody, and says of each role whether it works', async () => {
    expect((await open('/healthz')).body).toEqual({ status: 'ok' });
    expect((await open('/readyz')).body).toMatchObject({
      ready: true,
      checks: { database: 'ok', migrations: 'ok', api: 'ok', worker: 'ok' },
    });
  });

  test('is all that a process without the role api serves, with the same headers and envelope', async () => {
    const worker = await startTestHarian({ environment: { ROLES: 'worker' }, database: harian.database });
    const ask = async (method: string, path: string) => {
      const response = await fetch(`${worker.url}${path}`, { method });
      expectSecurityHeaders(response.headers);
      return { status: response.status, headers: response.headers, body: await response.json() };
    };
    expect(await ask('GET', '/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(await ask('GET', '/readyz')).toMatchObject({
      status: 200,
      body: { ready: true, checks: { database: 'ok', migrations: 'ok', worker: 'ok' } },
    });
    for (const path of ['/', '/api/stores', '/openapi.json', '/connect/x']) {
      const refused = await ask('GET', path);
      expect(refused.status, path).toBe(404);
      expect(() => envelope.parse(refused.body)).not.toThrow();
    }
    const wrong = await ask('POST', '/healthz');
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    await worker.close();
  });
});

describe('what is no proper HTTP', () => {
  const send = async (bytes: string, port = Number(new URL(harian.url).port)) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.write(bytes, 'latin1');
    await Promise.race([once(socket, 'close'), expect.poll(() => answer).toContain('}}')]);
    socket.destroy();
    return answer;
  };
  test.each([
    ['not HTTP at all', 'HELLO\r\n\r\n'],
    ['a broken header', 'GET / HTTP/1.1\r\nHost: a\r\nbroken header\r\n\r\n'],
    ['no host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['a host that is none', 'GET / HTTP/1.1\r\nHost: a b/c\r\nConnection: close\r\n\r\n'],
    ['a backslash in the path', 'GET /\\evil HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
    ['a target that is no path', 'GET nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
    ['an address beyond all bounds', `GET /${'x'.repeat(40_000)} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`],
    ['an address with credentials', 'GET http://user:word@a/docs HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
    // Its punycode is as long as the whole, which is all that the adapter compares.
    [
      'a host with credentials',
      'POST /session HTTP/1.1\r\nHost: \xadZ*7o@\xe5\xc7\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx',
    ],
    ['an address longer than is read', `GET /${'x'.repeat(9_000)} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`],
    ['too large headers', `GET / HTTP/1.1\r\nHost: a\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`],
    ['a tunnel', 'CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n'],
    ['another protocol', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['an expectation that nobody meets', 'GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\nConnection: close\r\n\r\n'],
    ['a control character in the path', 'GET /\x01 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
    [
      'both lengths at once',
      'POST /api/stores HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n',
    ],
  ])('%s gets 400 and the envelope', async (_what, bytes) => {
    const answer = await send(bytes);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head.toLowerCase()).toContain('content-type: application/json');
    const headers = head
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(': ') as [string, string]);
    expectSecurityHeaders(new Headers(headers));
    expect(new Headers(headers).get('cache-control')).toBe('no-store');
    expect(() => envelope.parse(JSON.parse(body))).not.toThrow();
  });

  test('that follows a good request on the same connection does not get into the answer to that', async () => {
    const answer = await send('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n\r\n');
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(() => JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).not.toThrow();
  });

  test('over https it is told to stay there', async () => {
    const server = await startServer({ fetch: () => new Response(), host: '127.0.0.1', port: 0, https: true });
    const answer = await send('HELLO\r\n\r\n', server.port);
    await server.close();
    expect(answer).toContain('Strict-Transport-Security: max-age=31536000; includeSubDomains');
  });

  /** The same server with less patience, so that nobody has to wait for half a minute. */
  const startImpatient = (changes: object = {}) =>
    startServer({
      fetch: async (request) => new Response(await request.text()),
      host: '127.0.0.1',
      port: 0,
      patience: {
        maxConnections: 10,
        headersTimeoutMs: 200,
        requestTimeoutMs: 400,
        keepAliveTimeoutMs: 200,
        silenceTimeoutMs: 10_000,
        lateCheckMs: 50,
        ...changes,
      },
    });

  test.each([
    ['headers that never end', 'GET /healthz HTTP/1.1\r\nHost: a\r\n'],
    ['a body that never ends', 'POST /webhooks/tiktok HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{'],
  ])('%s are cut off with the envelope', async (_what, bytes) => {
    const server = await startImpatient();
    expect(await send(bytes, server.port)).toMatch(/^HTTP\/1\.1 400 [\s\S]*too slowly/);
    await server.close();
  });

  test('a client that neither reads nor writes is let go, and so is one beyond the last place', async () => {
    const server = await startImpatient({ silenceTimeoutMs: 100, requestTimeoutMs: 0, headersTimeoutMs: 0 });
    const silent = connect(server.port, '127.0.0.1');
    await once(silent.resume(), 'close');
    expect(silent.bytesRead).toBe(0);
    await server.close();

    const full = await startImpatient({ maxConnections: 1, headersTimeoutMs: 0, requestTimeoutMs: 0 });
    const first = connect(full.port, '127.0.0.1');
    await once(first, 'connect');
    const second = connect(full.port, '127.0.0.1');
    second.on('error', () => undefined);
    await once(second.resume(), 'close');
    expect(first.closed).toBe(false);
    first.destroy();
    await full.close();
  });

  test('own addresses never come from the Host header', async () => {
    const answer = await send('GET /docs HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).not.toContain('evil.example');
  });
});
