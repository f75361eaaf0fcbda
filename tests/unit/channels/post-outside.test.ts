import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type PostOptions, postOutside } from '../../../src/channels/post-outside.ts';

let server: Server | undefined;
let requests = 0;
let connections = 0;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

/** Its port on 127.0.0.1. */
async function listen(answer: RequestListener): Promise<number> {
  [requests, connections] = [0, 0];
  const listening = createServer((request, response) => {
    requests += 1;
    answer(request, response);
  });
  listening.on('connection', () => {
    connections += 1;
  });
  server = listening;
  await new Promise<void>((done) => listening.listen(0, '127.0.0.1', done));
  return (listening.address() as AddressInfo).port;
}

const post = (url: string, changes: Partial<PostOptions> = {}) =>
  postOutside({
    url,
    headers: { 'content-type': 'application/json' },
    body: '{"a":"é"}',
    signal: new AbortController().signal,
    allowLoopback: true,
    ...changes,
  });

test('the body arrives whole, and the status decides', async () => {
  let body = '';
  const port = await listen(async (request, response) => {
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    response.writeHead(202).end();
  });
  expect(await post(`http://127.0.0.1:${port}/`)).toMatchObject({ outcome: 'delivered' });
  expect(body).toBe('{"a":"é"}');
});

test('a redirect is not followed', async () => {
  const port = await listen((_, response) => response.writeHead(307, { location: '/elsewhere' }).end());
  const refused = { outcome: 'failed', errorCode: 'WEBHOOK_REFUSED', httpStatus: 307 };
  expect(await post(`http://localhost:${port}/`)).toEqual(refused);
  expect(requests).toBe(1);
});

test('an answer without an end is not read', async () => {
  const port = await listen((_, response) => {
    response.writeHead(200);
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
    };
    response.on('drain', more);
    more();
  });
  expect(await post(`http://127.0.0.1:${port}/`)).toMatchObject({ outcome: 'delivered' });
  await expect.poll(() => server?.listening && connectionsOpen()).toBe(0);
});

const connectionsOpen = () =>
  new Promise<number>((done, fail) => server?.getConnections((error, count) => (error ? fail(error) : done(count))));

test('who does not answer is given up in time, or at once when the caller is told to stop', async () => {
  const port = await listen(() => undefined);
  const url = `http://127.0.0.1:${port}/`;
  const failed = (errorCode: string) => ({ outcome: 'failed', errorCode, httpStatus: null });
  expect(await post(url, { timeoutMs: 200 })).toEqual(failed('TIMEOUT'));
  const stopping = new AbortController();
  const posting = post(url, { signal: stopping.signal });
  stopping.abort();
  expect(await posting).toEqual(failed('ABORTED'));
});

test('where nobody listens, the code says so', async () => {
  const port = await listen(() => undefined);
  await new Promise((done) => server?.close(done));
  expect(await post(`http://127.0.0.1:${port}/`)).toMatchObject({ outcome: 'failed', errorCode: 'ECONNREFUSED' });
});

test.each([
  ['an address', (port: number) => `http://127.0.0.1:${port}/`],
  ['a name that resolves inside', (port: number) => `http://localhost:${port}/`],
  ['a name that resolves inside, by https', (port: number) => `https://localhost:${port}/`],
  ['IPv4 within IPv6', (port: number) => `http://[::ffff:127.0.0.1]:${port}/`],
  ['an address in hexadecimal', (port: number) => `http://0x7f000001:${port}/`],
  ['any address of this machine', (port: number) => `http://0.0.0.0:${port}/`],
])('%s is refused where loopback is not allowed, and nobody is connected to', async (_, urlOf) => {
  const port = await listen((_request, response) => response.end());
  const refused = { outcome: 'failed', errorCode: 'ADDRESS_REFUSED', httpStatus: null };
  expect(await post(urlOf(port), { allowLoopback: false })).toEqual(refused);
  expect(connections).toBe(0);
});

test.each([
  'http://10.0.0.1/',
  'http://169.254.169.254/latest/meta-data/',
  'http://[fd00:ec2::254]/',
  'http://0.0.0.0/',
])('allowing loopback allows nothing else inside: %s', async (url) => {
  expect(await post(url)).toMatchObject({ errorCode: 'ADDRESS_REFUSED' });
});
