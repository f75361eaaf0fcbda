import { randomInt, randomUUID } from 'node:crypto';
import { request } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApp } from '../../src/http/app.ts';
import { anyText } from '../support/any-text.ts';
import { adminKey, newStoreCode, startTestHarian, type TestHarian } from '../support/harian.ts';
import { envelope } from '../support/http.ts';

// 2,000 requests nobody would send, all at a program that really listens. FUZZ_SEED repeats a run.

const requests = 2_000;
const atOnce = 8;
const seed = Number(process.env.FUZZ_SEED ?? randomInt(2 ** 31 - 1));

let harian: TestHarian;
let templates: string[];
let known: Record<string, string[]>;

beforeAll(async () => {
  harian = await startTestHarian({ environment: { LOG_LEVEL: 'debug' } });
  const app = await createApp(harian.harian.deps);
  templates = [...new Set(app.routes.filter(({ method }) => method !== 'ALL').map(({ path }) => path))];
  const code = newStoreCode();
  await harian.api('POST', '/api/stores', { store_code: code, name: 'Fuzz' });
  known = { store_code: [code, '...', 'nobody'], id: [randomUUID()], video_id: ['1'], invite: ['x'.repeat(43)] };
});
afterAll(async () => {
  await harian.close();
});

interface Shot {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: Buffer | null;
  chunked: boolean;
}

/** Parts of a target: below, no space, no control character and no more than Node takes for all headers together. */
const odd = fc.oneof(
  fc.constantFrom(
    ...[
      '%00',
      '%0d%0a',
      '%ff%fe',
      '%C0%80',
      '%',
      '%zz',
      '%2e%2e',
      '..',
      '.',
      '//',
      '%2F',
      '%5c',
      "'",
      '"',
      '<b>',
      '{',
      '*',
    ],
    ...['%F0%9F%9B%8D', '%E2%80%AE', '%ED%A0%80', '__proto__', 'constructor', 'null', '-1', '9'.repeat(400)],
  ),
  fc.string({ unit: 'grapheme', maxLength: 30 }).map(encodeURIComponent),
  fc.string({ unit: fc.integer({ min: 0x21, max: 0x7e }).map((c) => String.fromCharCode(c)), maxLength: 40 }),
  fc.integer({ min: 1, max: 6_000 }).map((length) => 'x'.repeat(length)),
  fc.uuid(),
);
const cursor = fc
  .oneof(
    fc.json(),
    fc
      .array(fc.oneof(anyText(10), fc.uuid(), fc.constant('0000-01-01'), fc.integer()), {
        maxLength: 3,
      })
      .map((v) => JSON.stringify(v)),
  )
  .map((text) => Buffer.from(text).toString('base64url'));
const day = fc.oneof(
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString().slice(0, 10)),
  fc.constantFrom('0000-00-00', '0001-01-01', '9999-12-31', '2026-02-30', '-000001-01-01', '+010000-01-01'),
);
const query = fc
  .array(
    fc.oneof(
      fc.tuple(fc.constant('limit'), fc.oneof(fc.integer().map(String), odd)),
      fc.tuple(fc.constant('cursor'), fc.oneof(cursor, odd)),
      fc.tuple(fc.constantFrom('from', 'to', 'date'), fc.oneof(day, odd)),
      fc.tuple(fc.constantFrom('status', 'store_code', 'state', 'code', 'error', '__proto__'), odd),
      fc.tuple(odd, odd),
    ),
    { maxLength: 4 },
  )
  .map((pairs) => (pairs.length === 0 ? '' : `?${pairs.map((pair) => pair.join('=')).join('&')}`));
const path = fc
  .oneof(
    {
      weight: 6,
      arbitrary: fc.tuple(fc.nat(), fc.array(odd, { minLength: 3, maxLength: 3 }), fc.boolean()).map(fillTemplate),
    },
    { weight: 1, arbitrary: fc.array(odd, { maxLength: 5 }).map((parts) => `/${parts.join('/')}`) },
    { weight: 1, arbitrary: fc.array(odd, { maxLength: 3 }).map((parts) => `/api/${parts.join('/')}`) },
  )
  .map((text) => text.slice(0, 8_000));

function fillTemplate([index, values, real]: [number, string[], boolean]): string {
  let next = 0;
  return (templates[index % templates.length] ?? '/').replaceAll(/:(\w+)/g, (_, name: string) => {
    const fit = known[name]?.[next % (known[name]?.length ?? 1)];
    return (real && fit) || (values[next++ % values.length] ?? '');
  });
}

const storeLike = fc.record(
  {
    store_code: fc.oneof(anyText(10), fc.stringMatching(/^[A-Za-z0-9._-]{1,70}$/), fc.integer()),
    name: fc.oneof(anyText(300), fc.constant(null)),
    timezone: fc.constantFrom('Asia/Jakarta', 'UTC', 'Etc/GMT+14', '', 'x/y', '__proto__'),
    paused: fc.oneof(fc.boolean(), fc.string()),
    key: fc.string(),
  },
  { requiredKeys: [] },
);
const body = fc.oneof(
  { weight: 3, arbitrary: fc.constant(null) },
  { weight: 3, arbitrary: storeLike.map((value) => Buffer.from(JSON.stringify(value))) },
  { weight: 2, arbitrary: fc.json().map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: storeLike.map((value) => Buffer.from(new URLSearchParams(value as never).toString())) },
  { weight: 1, arbitrary: fc.integer({ min: 60_000, max: 90_000 }).map((length) => Buffer.alloc(length, '[')) },
);
/** Header values travel as Latin-1 without control characters. */
const headerValue = fc.string({
  unit: fc
    .oneof(fc.integer({ min: 0x20, max: 0x7e }), fc.integer({ min: 0xa0, max: 0xff }))
    .map((c) => String.fromCharCode(c)),
  maxLength: 60,
});
const headers = fc.record(
  {
    authorization: fc.oneof(
      { weight: 6, arbitrary: fc.constant(`Bearer ${adminKey}`) },
      { weight: 1, arbitrary: headerValue.map((text) => `Bearer ${text}`) },
      { weight: 1, arbitrary: headerValue },
    ),
    'content-type': fc.oneof(
      { weight: 4, arbitrary: fc.constant('application/json') },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          'application/x-www-form-urlencoded',
          'multipart/form-data',
          'multipart/form-data; boundary=x',
        ),
      },
      { weight: 1, arbitrary: headerValue },
    ),
    accept: fc.oneof(fc.constantFrom('text/html', 'application/json', '*/*'), headerValue),
    'accept-language': headerValue,
    cookie: fc.oneof(
      headerValue,
      headerValue.map((text) => `harian_session=${text}; harian_connect=${text}`),
    ),
    origin: fc.oneof(fc.constant('null'), headerValue),
    host: fc.oneof(
      { weight: 9, arbitrary: fc.constant('localhost') },
      { weight: 1, arbitrary: fc.oneof(fc.constantFrom('a b', '[::1', 'x:99999', '@', ''), headerValue) },
    ),
    'if-none-match': headerValue,
    'tiktok-signature': fc.oneof(headerValue, fc.constant(`t=1,s=${'0'.repeat(64)}`)),
    'x-forwarded-host': headerValue,
    'sec-fetch-site': fc.constantFrom('same-origin', 'cross-site', 'none', ''),
  },
  { requiredKeys: [] },
);
const method = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('GET', 'POST') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'PURGE', 'QUERY'),
  },
);
const shot: fc.Arbitrary<Shot> = fc.record({
  method,
  path: fc.tuple(path, query).map((parts) =>
    Buffer.from(parts.join(''), 'utf8')
      .toString('latin1')
      .replaceAll(/[\0-\x20\x7f-\xff]/g, '')
      .slice(0, 10_000),
  ),
  headers,
  body,
  chunked: fc.boolean(),
});

interface Hit {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

function fire({ method, path, headers, body, chunked }: Shot): Promise<Hit> {
  const { port } = new URL(harian.url);
  return new Promise((resolve, reject) => {
    const framed = chunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': String(body?.length) };
    const lengths = body === null ? {} : framed;
    const outgoing = request(
      { host: '127.0.0.1', port, method, path, headers: { ...headers, ...lengths }, setHost: !('host' in headers) },
      (incoming) => {
        const chunks: Buffer[] = [];
        const answer = () =>
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            text: Buffer.concat(chunks).toString(),
          });
        // A live stream ends by itself only after minutes: its head has been answered.
        if (incoming.headers['content-type'] === 'text/event-stream') {
          answer();
          outgoing.destroy();
          return;
        }
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('end', answer);
        incoming.on('error', reject);
      },
    );
    outgoing.setTimeout(10_000, () => outgoing.destroy(new Error('no answer in 10 s')));
    outgoing.on('error', reject);
    outgoing.end(body ?? undefined);
  });
}

function judge(sent: Shot, hit: Hit): void {
  const type = String(hit.headers['content-type'] ?? '');
  expect(hit.status).toBeLessThan(500);
  expect(hit.headers['x-content-type-options']).toBe('nosniff');
  expect(hit.headers['content-security-policy']).toContain("default-src 'none'");
  if (hit.status < 400 || sent.method === 'HEAD') return;
  if (type.startsWith('text/html')) {
    // The sign-in page answers 401 by itself; every other page has to be asked for.
    const asked = (sent.headers.accept ?? '').includes('text/html') || [400, 401, 404, 409].includes(hit.status);
    expect(asked).toBe(true);
    expect(hit.text).toMatch(/^<!doctype html>/);
    return;
  }
  expect(type).toBe('application/json');
  expect(() => envelope.parse(JSON.parse(hit.text))).not.toThrow();
}

test(`${requests} random requests give no 5xx, no error of another shape, and leave the program standing`, async () => {
  console.log(`fuzz seed ${seed}`);
  const shots = fc.sample(shot, { numRuns: requests, seed });
  const statuses: Record<number, number> = {};
  for (let at = 0; at < shots.length; at += atOnce) {
    const batch = shots.slice(at, at + atOnce);
    const hits = await Promise.all(
      batch.map(async (sent) => {
        // The server may answer 413 and hang up while we still send: that is an answer it gave, unread.
        const hit = await fire(sent).catch((error: NodeJS.ErrnoException) => error);
        return { sent, hit };
      }),
    );
    for (const { sent, hit } of hits) {
      const what = `seed ${seed}: ${JSON.stringify({ ...sent, body: sent.body?.toString('latin1').slice(0, 200) })}`;
      if (hit instanceof Error) {
        expect(sent.body?.length ?? 0, `${what} → ${hit.message}`).toBeGreaterThan(60_000);
        continue;
      }
      statuses[hit.status] = (statuses[hit.status] ?? 0) + 1;
      try {
        judge(sent, hit);
      } catch (cause) {
        const logged = harian.logs.findLast((line) => line.includes('"level":"error"')) ?? 'nothing was logged';
        throw new Error(`${what}\n→ ${hit.status} ${hit.text.slice(0, 300)}\n${logged}`, { cause });
      }
    }
  }
  console.log(`statuses ${JSON.stringify(statuses)}`);
  // A generator that only ever meets one refusal would prove nothing.
  for (const status of [200, 400, 401, 404, 405, 415]) expect(statuses[status], String(status)).toBeGreaterThan(5);
  expect((await harian.api('GET', '/api/queue')).status).toBe(200);
  expect((await fetch(`${harian.url}/readyz`)).status).toBe(200);
  expect(harian.logs.filter((line) => line.includes('"level":"error"'))).toEqual([]);
});
