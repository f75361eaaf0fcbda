import { getEventListeners } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { callJson, type HttpCall } from '../../../src/tiktok/http-call.ts';
import { createLeanFetch } from '../../../src/tiktok/lean-fetch.ts';
import { failureOf, fakeFetch, json } from './fake-tiktok.ts';

const base: Omit<HttpCall, 'fetch'> = {
  clock: systemClock,
  method: 'GET',
  url: 'http://tiktok.test/',
  headers: { authorization: 'Bearer secret' },
  timeoutMs: 5000,
  changesState: true,
};

const servers: Server[] = [];

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

afterEach(async () => {
  vi.useRealTimers();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

describe('callJson over a real socket', () => {
  const leanFetch = createLeanFetch();
  const call = (url: string, options: Partial<HttpCall> = {}) =>
    callJson({ ...base, fetch: leanFetch, url, ...options });

  it('answers status and JSON, also for an error status', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(401, { 'content-type': 'application/json', 'retry-after': '3' }).end('{"a":"ü"}');
    });
    expect(await call(url)).toEqual({ status: 401, retryAfterMs: 3000, body: { a: 'ü' } });
  });

  it('follows no redirect, so the token reaches no other host', async () => {
    let reached = 0;
    const elsewhere = await serve((_request, response) => {
      reached += 1;
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
    for (const status of [301, 302, 303, 307, 308]) {
      const url = await serve((_request, response) => {
        response.writeHead(status, { location: elsewhere, 'content-type': 'application/json' }).end('{}');
      });
      const error = await failureOf(call(url));
      expect(error).toMatchObject({ kind: 'transient', code: 'REDIRECT_REFUSED', httpStatus: status });
    }
    expect(reached).toBe(0);
  });

  it('tells a connection that was reset by its system code', async () => {
    const url = await serve((request) => request.socket.destroy());
    const error = await failureOf(call(url));
    expect(error).toMatchObject({ kind: 'transient', httpStatus: null, outcomeUnknown: true });
    expect(error.code).toMatch(/^(ECONNRESET|UND_ERR_SOCKET)$/);
  });

  it('tells a refused connection by its system code', async () => {
    const url = await serve(() => {});
    await new Promise((resolve) => servers.pop()?.close(resolve));
    const never = { kind: 'transient', code: 'ECONNREFUSED', outcomeUnknown: false };
    expect(await failureOf(call(url))).toMatchObject(never);
  });

  it('does not take a body that ends too early', async () => {
    const url = await serve((request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
      response.write('{"access_token":"x"}', () => request.socket.destroy());
    });
    expect(await failureOf(call(url))).toMatchObject({ kind: 'transient', outcomeUnknown: true });
  });

  it('stops at its deadline when the answer never comes', async () => {
    const url = await serve(() => {});
    expect(await failureOf(call(url, { timeoutMs: 30 }))).toMatchObject({ kind: 'transient', code: 'TIMEOUT' });
  });

  it('stops at its deadline when the body never ends', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{');
    });
    expect(await failureOf(call(url, { timeoutMs: 60 }))).toMatchObject({ kind: 'transient', code: 'TIMEOUT' });
  });

  it('rejects with the caller’s own reason when the caller aborts', async () => {
    const stop = new AbortController();
    const reason = new Error('shutting down');
    const url = await serve(() => stop.abort(reason));
    await expect(call(url, { signal: stop.signal })).rejects.toBe(reason);
  });

  it('counts the cap after decompression and closes the stream', async () => {
    let closed = false;
    const url = await serve((_request, response) => {
      response.on('close', () => {
        closed = true;
      });
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      response.end(gzipSync(JSON.stringify('x'.repeat(3_000_000))));
    });
    expect(await failureOf(call(url))).toMatchObject({ kind: 'transient', code: 'BODY_TOO_LARGE' });
    await vi.waitUntil(() => closed);
  });

  const zipped = { 'content-type': 'application/json', 'content-encoding': 'gzip' };

  it('reads what is compressed, also of a refusal', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(401, zipped).end(gzipSync('{"error":"ü"}'));
    });
    expect(await call(url)).toMatchObject({ status: 401, body: { error: 'ü' } });
  });

  it('reads a pair whose compressed end is missing: TikTok gives it once', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, zipped).end(gzipSync('{"refresh_token":"x"}').subarray(0, -8));
    });
    expect(await call(url)).toMatchObject({ status: 200, body: { refresh_token: 'x' } });
  });

  it('knows a rate limit and an empty answer whose nothing is called compressed', async () => {
    const limited = await serve((_request, response) => {
      response.writeHead(429, { ...zipped, 'retry-after': '9' }).end();
    });
    expect(await failureOf(call(limited))).toMatchObject({ kind: 'rate_limited', retryAfterMs: 9_000 });
    const empty = await serve((_request, response) => {
      response.writeHead(200, zipped).end();
    });
    expect(await call(empty, { mayBeEmpty: true })).toMatchObject({ status: 200, body: undefined });
  });

  it('stops an endless body at the cap', async () => {
    const chunk = Buffer.alloc(64 * 1024, 0x20);
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const write = (): void => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', write);
      write();
    });
    expect(await failureOf(call(url))).toMatchObject({ code: 'BODY_TOO_LARGE' });
  });
});

describe('callJson over a stand-in', () => {
  const answering = (response: () => Response, options: Partial<HttpCall> = {}) =>
    callJson({ ...base, fetch: fakeFetch(response).fetch, ...options });

  it('asks for no redirect and hands on method, headers and body', async () => {
    let init: RequestInit = {};
    await callJson({
      ...base,
      method: 'POST',
      body: 'a=b',
      fetch: async (_url, given) => {
        init = given;
        return json({});
      },
    });
    expect(init).toMatchObject({ redirect: 'manual', method: 'POST', body: 'a=b', headers: base.headers });
  });

  it.each([
    ['EMPTY_BODY', () => json('')],
    ['EMPTY_BODY', () => new Response(null, { status: 204 })],
    ['UNEXPECTED_CONTENT_TYPE', () => new Response('<html>', { headers: { 'content-type': 'text/html' } })],
    ['UNEXPECTED_CONTENT_TYPE', () => new Response('{}', { headers: { 'content-type': 'text/plain' } })],
    ['UNEXPECTED_CONTENT_TYPE', () => new Response('{}', { headers: { 'content-type': 'application/jsonp' } })],
    ['UNEXPECTED_CONTENT_TYPE', () => new Response(new TextEncoder().encode('{}'))],
    ['INVALID_JSON', () => json('{"data":')],
    ['INVALID_JSON', () => json('<html>')],
    ['BODY_TOO_LARGE', () => json(`"${'x'.repeat(2 * 1024 * 1024)}"`)],
    ['REDIRECT_REFUSED', () => json({}, 302)],
  ])('refuses an unreadable answer as transient: %s (%#)', async (code, response) => {
    expect(await failureOf(answering(response))).toMatchObject({ kind: 'transient', code, outcomeUnknown: true });
    expect(await failureOf(answering(response, { changesState: false }))).toMatchObject({ outcomeUnknown: false });
  });

  it.each(['application/json', 'Application/JSON;charset=UTF-8', 'application/problem+json'])(
    'takes %s as JSON',
    async (type) => {
      const response = () => new Response('{"a":1}', { headers: { 'content-type': type } });
      expect((await answering(response)).body).toEqual({ a: 1 });
    },
  );

  it('takes a body of exactly the cap and none of one byte more', async () => {
    expect((await answering(() => json('"12345678"'), { maxBodyBytes: 10 })).body).toBe('12345678');
    expect(await failureOf(answering(() => json('"123456789"'), { maxBodyBytes: 10 }))).toMatchObject({
      code: 'BODY_TOO_LARGE',
    });
  });

  it('reads nothing of a body whose header says that it is too long', async () => {
    const pull = vi.fn();
    const cancel = vi.fn();
    const body = new ReadableStream({ pull, cancel }, { highWaterMark: 0 });
    const headers = { 'content-type': 'application/json', 'content-length': '11' };
    const error = await failureOf(answering(() => new Response(body, { headers }), { maxBodyBytes: 10 }));
    expect(error).toMatchObject({ code: 'BODY_TOO_LARGE' });
    expect(pull).not.toHaveBeenCalled();
    expect(cancel).toHaveBeenCalledOnce();
  });

  it('takes an empty body where one is an answer', async () => {
    expect(await answering(() => new Response(null), { mayBeEmpty: true })).toMatchObject({ body: undefined });
  });

  it('keeps an unreadable 429 a rate limit with its Retry-After', async () => {
    const response = () => new Response('busy', { status: 429, headers: { 'retry-after': '9' } });
    const error = await failureOf(answering(response));
    expect(error).toMatchObject({ kind: 'rate_limited', retryAfterMs: 9000, outcomeUnknown: false });
  });

  it('ends at its deadline even when the stand-in ignores the signal', async () => {
    vi.useFakeTimers();
    let handed: AbortSignal | null | undefined;
    const deaf: HttpCall['fetch'] = (_url, { signal }) => {
      handed = signal;
      return new Promise(() => {});
    };
    const failure = failureOf(callJson({ ...base, fetch: deaf }));
    await vi.advanceTimersByTimeAsync(4999);
    expect(handed?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(handed?.aborted).toBe(true);
    expect(await failure).toMatchObject({ kind: 'transient', code: 'TIMEOUT', outcomeUnknown: true });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('reads no further in a body that goes on after the deadline', async () => {
    vi.useFakeTimers();
    const cancelled = vi.fn<() => void>();
    let stream: ReadableStreamDefaultController<Uint8Array> | undefined;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        stream = controller;
      },
      cancel: cancelled,
    });
    const failure = failureOf(answering(() => new Response(body)));
    await vi.advanceTimersByTimeAsync(5000);
    await failure;
    stream?.enqueue(new Uint8Array(1));
    await vi.advanceTimersByTimeAsync(0);
    expect(cancelled).toHaveBeenCalledOnce();
  });

  it('leaves neither timer nor listener behind', async () => {
    vi.useFakeTimers();
    const { signal } = new AbortController();
    await answering(() => json({}), { signal });
    await failureOf(answering(() => json('{'), { signal }));
    expect(vi.getTimerCount()).toBe(0);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('names a failure without a usable system code NETWORK_ERROR', async () => {
    for (const code of [undefined, 20, 'act.secret', 'lower_case']) {
      const fetch = () => Promise.reject(Object.assign(new Error('x'), { code }));
      expect(await failureOf(callJson({ ...base, fetch }))).toMatchObject({ code: 'NETWORK_ERROR' });
    }
  });

  const system = (code: string, syscall?: string) => Object.assign(new Error('x'), { code, syscall });
  const failing = (cause: unknown) => failureOf(callJson({ ...base, fetch: () => Promise.reject(wrapped(cause)) }));
  const wrapped = (cause: unknown) => new TypeError('fetch failed', { cause });

  it.each([
    ...['ENOTFOUND', 'EAI_AGAIN'].map((code) => system(code, 'getaddrinfo')),
    ...['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT'].map((code) => system(code, 'connect')),
    system('UND_ERR_CONNECT_TIMEOUT'),
  ])('knows that nothing was sent when there was no connection: $code in $syscall', async (cause) => {
    expect(await failing(cause)).toMatchObject({ kind: 'transient', code: cause.code, outcomeUnknown: false });
  });

  it('knows it of several addresses only when it is so of each', async () => {
    const [refused, reset] = [system('ECONNREFUSED', 'connect'), system('ECONNRESET', 'read')];
    const all = (...errors: Error[]) => Object.assign(new AggregateError(errors), { code: 'ECONNREFUSED' });
    expect(await failing(all(refused, refused))).toMatchObject({ code: 'ECONNREFUSED', outcomeUnknown: false });
    expect(await failing(all(refused, reset))).toMatchObject({ outcomeUnknown: true });
    expect(await failing(all())).toMatchObject({ outcomeUnknown: true });
  });

  it.each([
    ...['ECONNRESET', 'EHOSTUNREACH', 'ETIMEDOUT'].map((code) => system(code, 'read')),
    system('EPIPE', 'write'),
    system('ECONNREFUSED'),
    system('UND_ERR_SOCKET'),
    system('UND_ERR_HEADERS_TIMEOUT'),
    new Error('what nobody knows'),
  ])('does not know what became of a request on a connection that broke: $code in $syscall', async (cause) => {
    expect(await failing(cause)).toMatchObject({ outcomeUnknown: true });
  });

  it('sends nothing when the caller has aborted already', async () => {
    const { fetch, sent } = fakeFetch(() => json({}));
    const signal = AbortSignal.abort(new Error('stop'));
    await expect(callJson({ ...base, fetch, signal })).rejects.toThrow('stop');
    expect(sent).toHaveLength(0);
  });
});
