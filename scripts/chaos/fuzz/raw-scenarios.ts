import { randomBytes } from 'node:crypto';
import { adminKey } from '../rig.ts';

/** What one connection does, byte by byte. */
export interface RawScenario {
  name: string;
  pieces: readonly (string | Buffer)[];
  /** Between two pieces. */
  pauseMs?: number;
  /** After the last piece: our side closes, or we only wait, or the connection is torn down at once. */
  afterwards: 'close' | 'wait' | 'destroy' | 'reset';
  /** More answers than that mean that bytes of one request were taken for another. */
  atMost: number;
  /** So many answers with this status have to come. */
  expects?: { status: number; count: number };
}

interface Draw {
  random: () => number;
  pick<T>(list: readonly T[]): T;
  upTo(max: number): number;
}
type Make = (draw: Draw) => Omit<RawScenario, 'name'>;

const host = 'Host: localhost';
const auth = `Authorization: Bearer ${adminKey}`;
const json = 'Content-Type: application/json';
const request = (line: string, headers: readonly string[], body = '') =>
  [line, host, ...headers, '', body].join('\r\n');
const smuggled = `GET /healthz?smuggled HTTP/1.1\r\n${host}\r\n\r\n`;
const post = 'POST /api/stores HTTP/1.1';
const get = (path: string, ...headers: string[]) => request(`GET ${path} HTTP/1.1`, headers);

/** A whole request whose framing can be read in two ways: at most one answer may come of it. */
const ambiguous = (headers: readonly string[], body: string, version = '1.1'): Omit<RawScenario, 'name'> => ({
  pieces: [[`POST /api/stores HTTP/${version}`, host, auth, json, ...headers, '', body].join('\r\n')],
  afterwards: 'close',
  atMost: 1,
});

const makers: Readonly<Record<string, Make>> = {
  'a bad request line': ({ pick, random }) => ({
    pieces: [
      pick([
        'GARBAGE\r\n\r\n',
        'GET\r\n\r\n',
        'GET /\r\n\r\n',
        'GET / HTTP/9.9\r\n\r\n',
        'GET / HTTP/0.9\r\n\r\n',
        'GET  /  HTTP/1.1\r\n\r\n',
        'get / HTTP/1.1\r\n\r\n',
        ' GET / HTTP/1.1\r\n\r\n',
        'GET /\0 HTTP/1.1\r\n\r\n',
        'GET /\u007f HTTP/1.1\r\n\r\n',
        'G\u00e9T / HTTP/1.1\r\n\r\n',
        `GET /${'x'.repeat(30_000)} HTTP/1.1\r\n\r\n`,
        `${'X'.repeat(20_000)} / HTTP/1.1\r\n\r\n`,
        'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
        'SSH-2.0-OpenSSH_9\r\n',
        Buffer.from('16030100', 'hex'),
        Buffer.concat([Buffer.from('1603010200010001fc0303', 'hex'), randomBytes(500)]),
        randomBytes(1 + Math.floor(random() * 3_000)),
        '\r\n\r\n\r\n',
        '\0'.repeat(1_000),
        'GET / HTTP/1.1\n\n',
        'GET / HTTP/1.1\r\r\n\n',
      ]),
    ],
    afterwards: 'close',
    atMost: 1,
  }),
  'an odd target': ({ pick }) => ({
    pieces: [
      request(
        pick([
          'CONNECT evil.example:443 HTTP/1.1',
          'OPTIONS * HTTP/1.1',
          'GET * HTTP/1.1',
          'GET http://[::1/ HTTP/1.1',
          'GET http://user:pass@x/ HTTP/1.1',
          'GET http:/// HTTP/1.1',
          'GET ftp://x/y HTTP/1.1',
          'GET javascript:alert(1) HTTP/1.1',
          'GET //evil.example/ HTTP/1.1',
          'GET ?x HTTP/1.1',
          'GET api/stores HTTP/1.1',
          'GET /%zz?%=%&&& HTTP/1.1',
          'TRACE / HTTP/1.1',
          'TRACK / HTTP/1.1',
        ]),
        ['Connection: close'],
      ),
    ],
    afterwards: 'close',
    atMost: 1,
  }),
  'bad chunks': ({ pick }) => ({
    pieces: [
      request(post, [auth, json, 'Transfer-Encoding: chunked', 'Connection: close']),
      pick([
        'zz\r\n{}\r\n0\r\n\r\n',
        '-1\r\n{}\r\n0\r\n\r\n',
        'ffffffffffffffff\r\n{}\r\n0\r\n\r\n',
        '2{}\r\n0\r\n\r\n',
        '2\r\n{}0\r\n\r\n',
        '2\r\n{}\r\n',
        '2\r\n{',
        `2;${'x'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`,
        '2\n{}\n0\n\n',
        '0x2\r\n{}\r\n0\r\n\r\n',
        ' 2\r\n{}\r\n0\r\n\r\n',
        '2\r\n{}\r\n0\r\nbad trailer\r\n\r\n',
        `2\r\n{}\r\n0\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
        '2\r\n{}\r\n0\r\nContent-Length: 9\r\nHost: evil\r\n\r\n',
        '',
      ]),
    ],
    afterwards: 'close',
    atMost: 1,
  }),
  'bad headers': ({ pick, upTo }) => ({
    pieces: [
      request('GET /api/stores HTTP/1.1', [
        auth,
        pick([
          `X: ${'x'.repeat(20_000)}`,
          `X: ${'x'.repeat(200_000)}`,
          Array.from({ length: 3_000 }, (_, at) => `X${at}: ${at}`).join('\r\n'),
          'no colon',
          ': no name',
          'X : space before the colon',
          'X: a\r\n folded',
          'X: a\0b',
          'X: a\rb',
          'X\u00e9: y',
          `${'N'.repeat(20_000)}: x`,
          'Host: another',
          'Content-Length: 0\r\nContent-Length: 0',
          'Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13',
          'Connection: upgrade, http2-settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA',
          'Expect: 200-maybe',
          `Cookie: ${'a=b; '.repeat(upTo(2_000))}`,
        ]),
        'Connection: close',
      ]),
    ],
    afterwards: 'close',
    atMost: 1,
  }),
  'two ways to read the length': ({ pick }) =>
    pick([
      ambiguous([`Content-Length: ${smuggled.length + 5}`, 'Transfer-Encoding: chunked'], `0\r\n\r\n${smuggled}`),
      ambiguous(['Transfer-Encoding: chunked', 'Content-Length: 4'], `5c\r\n${smuggled}\r\n0\r\n\r\n`),
      ambiguous(['Content-Length: 2', `Content-Length: ${smuggled.length}`], `{}${smuggled}`),
      ambiguous([`Content-Length: ${smuggled.length}`, 'Content-Length: 2'], `{}${smuggled}`),
      ambiguous(['Content-Length: 2, 2'], `{}${smuggled}`),
      ambiguous(['Content-Length: +2'], `{}${smuggled}`),
      ambiguous(['Content-Length: -2'], `{}${smuggled}`),
      ambiguous(['Content-Length: 0x2'], `{}${smuggled}`),
      ambiguous(['Content-Length: 2 2'], `{}${smuggled}`),
      ambiguous(['Content-Length: 99999999999999999999'], `{}${smuggled}`),
      ambiguous(['Content-Length:'], `{}${smuggled}`),
      ambiguous(['Content-Length : 2'], `{}${smuggled}`),
      ambiguous(['Transfer-Encoding: xchunked'], `0\r\n\r\n${smuggled}`),
      ambiguous(['Transfer-Encoding: chunked, identity'], `0\r\n\r\n${smuggled}`),
      ambiguous(['Transfer-Encoding: identity', 'Content-Length: 2'], `{}${smuggled}`),
      ambiguous(['Transfer-Encoding : chunked'], `0\r\n\r\n${smuggled}`),
      ambiguous(['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'], `0\r\n\r\n${smuggled}`),
      ambiguous(['Transfer-Encoding:\u000bchunked'], `0\r\n\r\n${smuggled}`),
      ambiguous(['Transfer-Encoding: "chunked"'], `0\r\n\r\n${smuggled}`),
      ambiguous(['Transfer-Encoding:\r\n chunked', 'Content-Length: 2'], `0\r\n\r\n${smuggled}`),
      ambiguous(['X: y\nTransfer-Encoding: chunked', 'Content-Length: 2'], `0\r\n\r\n${smuggled}`),
      ambiguous(['X: y\rTransfer-Encoding: chunked', `Content-Length: ${smuggled.length}`], `0\r\n\r\n${smuggled}`),
      ambiguous(['Transfer-Encoding: chunked', 'Content-Length: 2'], `0\r\n\r\n${smuggled}`, '1.0'),
    ]),
  'half a request': ({ pick, upTo }) => {
    const whole = pick([
      request(post, [auth, json, 'Content-Length: 60'], '{"store_code":"half","name":"Half","timezone":"UTC"}'),
      get('/api/stores', auth, `X: ${'x'.repeat(2_000)}`),
      request(post, [auth, json, 'Expect: 100-continue', 'Content-Length: 60']),
      request(
        'POST /session HTTP/1.1',
        ['Content-Type: multipart/form-data; boundary=x', 'Content-Length: 999'],
        '--x\r\n',
      ),
      request('POST /webhooks/tiktok HTTP/1.1', ['Content-Length: 50000'], 'x'),
    ]);
    return {
      pieces: [whole.slice(0, 1 + upTo(whole.length - 2))],
      afterwards: pick(['close', 'close', 'destroy', 'reset'] as const),
      // One for the request, given before its body was there, and one for the body that never came.
      atMost: 2,
    };
  },
  'many requests at once': ({ upTo }) => {
    const count = 2 + upTo(20);
    const good = Array.from({ length: count - 1 }, () => get('/healthz'));
    return {
      pieces: [[...good, get('/healthz', 'Connection: close')].join('')],
      afterwards: 'wait',
      atMost: count,
      expects: { status: 200, count },
    };
  },
  // Node gives up on the whole connection then, also on what it has not answered yet.
  'many requests at once, the last one bad': ({ pick, upTo }) => {
    const count = 1 + upTo(10);
    return {
      pieces: [
        `${get('/healthz').repeat(count)}${pick(['GARBAGE\r\n\r\n', 'GET / HTTP/9\r\n\r\n', '\0\0\0\0\r\n\r\n'])}`,
      ],
      afterwards: 'close',
      atMost: count + 1,
    };
  },
  'more body than was announced': ({ pick }) => ({
    pieces: [
      request(post, [auth, json, 'Content-Length: 2'], `{}${pick(['garbage\r\n\r\n', '}}}}', '\0\0\0\r\n\r\n'])}`),
    ],
    afterwards: 'close',
    atMost: 2,
  }),
  'byte by byte': ({ pick, upTo }) => ({
    pieces: get(pick(['/healthz', '/readyz']), 'Connection: close').split(''),
    pauseMs: 1 + upTo(8),
    afterwards: 'wait',
    atMost: 1,
    expects: { status: 200, count: 1 },
  }),
  'gone before the answer': ({ pick, upTo }) => ({
    pieces: [
      get(pick(['/docs', '/openapi.json', '/api/stores?limit=200', '/']), auth).repeat(1 + upTo(5)),
      ...pick([[], ['GET /docs HTTP/1.1\r\nHo']]),
    ],
    pauseMs: upTo(4),
    afterwards: pick(['destroy', 'reset'] as const),
    atMost: 6,
  }),
  'nothing at all': ({ pick }) => ({ pieces: [], afterwards: pick(['close', 'destroy', 'reset'] as const), atMost: 0 }),
};

/** Never finished: the server has to lose its patience. */
const slowMakers: Readonly<Record<string, string>> = {
  'headers that never end': `GET / HTTP/1.1\r\n${host}\r\nX: `,
  'a request line that never ends': 'GET /',
  'a body that never comes': request(post, [auth, json, 'Content-Length: 60'], '{'),
  'a chunk that never comes': request(post, [auth, json, 'Transfer-Encoding: chunked'], '5\r\n{'),
};

export function drawScenario(random: () => number, index: number): RawScenario {
  const names = Object.keys(makers);
  const name = names[index % names.length] ?? '';
  const upTo = (max: number) => Math.floor(random() * max);
  const pick: Draw['pick'] = (list) => list[upTo(list.length)] as (typeof list)[number];
  const made = makers[name]?.({ random, pick, upTo });
  if (!made) throw new Error(`there is no scenario ${name}`);
  return { name, ...made };
}

export const slowScenarios = (each: number): RawScenario[] =>
  Object.entries(slowMakers).flatMap(([name, text]) =>
    Array.from({ length: each }, () => ({ name, pieces: [text], afterwards: 'wait' as const, atMost: 1 })),
  );
