import fc from 'fast-check';
import type { JsonSchema, OpenApi } from '../../../tests/support/openapi.ts';
import type { Sent } from '../http-exchange.ts';
import { bodyOf, fromSchema, markup } from './values.ts';

/** Someone who calls, by what they send along. */
export interface Caller {
  name: string;
  headers: Record<string, string>;
  /** How often, beside the others. */
  weight: number;
}

export interface Shot extends Sent {
  caller: string;
}

interface Parameter {
  name: string;
  in: string;
  schema: JsonSchema;
}

interface Operation {
  method: string;
  path: string;
  parameters: Parameter[];
  body: JsonSchema | null;
}

/** What the document does not describe: pages, forms and files. */
const pages: readonly Operation[] = [
  'GET /',
  'GET /docs',
  'GET /openapi.json',
  'GET /public/harian.css',
  'GET /public/console.js',
  'GET /metrics',
  'POST /session',
  'POST /session/end',
  'POST /stores',
  'POST /stores/{store_code}/resync',
  'POST /stores/{store_code}/connect-link',
  'GET /connect/{invite}',
  'POST /connect/{invite}',
  'GET /connect/result',
  'GET /oauth/tiktok/callback',
].map((route) => {
  const [method = '', path = ''] = route.split(' ');
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
  const query = ['state', 'code', 'error', 'status', 'cursor'].map((name) => ({ name, in: 'query', schema: {} }));
  return {
    method,
    path,
    parameters: [...names.map((name) => ({ name, in: 'path', schema: { type: 'string' } })), ...query],
    body:
      method === 'POST'
        ? { type: 'object', properties: { key: { type: 'string' }, store_code: { type: 'string' } } }
        : null,
  };
});

/** Encodes as a browser would, not at all, or too often; what is left is what a request line can carry. */
const encoders: readonly ((text: string) => string)[] = [
  ...Array.from({ length: 5 }, () => (text: string) => encodeURIComponent(text.toWellFormed())),
  (text) => Buffer.from(text).toString('latin1'),
  (text) => encodeURIComponent(encodeURIComponent(text.toWellFormed())),
  (text) => [...Buffer.from(text, 'utf16le')].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
];
const onTheWire = (text: string) => text.replaceAll(/[^!-\u00ff]|\u007f/g, '').slice(0, 9_000);
const asText = (value: unknown) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));

/** Requests made from the document's own schemas. `known` holds values that exist, by the parameter's name. */
export function shotsFrom(
  document: OpenApi,
  options: {
    callers: readonly Caller[];
    known: Readonly<Record<string, readonly string[]>>;
    kept: ReadonlySet<string>;
  },
): fc.Arbitrary<Shot> {
  const { callers, known, kept } = options;
  const operations = [...operationsOf(document), ...pages];

  const valueFor = ({ name, schema }: Parameter): fc.Arbitrary<string> => {
    const existing = known[name] ?? [];
    const made = fromSchema(schema).map(asText);
    return existing.length === 0 ? made : fc.oneof({ weight: 2, arbitrary: fc.constantFrom(...existing) }, made);
  };
  const encoded = (parameter: Parameter) =>
    fc.tuple(valueFor(parameter), fc.constantFrom(...encoders)).map(([text, encode]) => encode(text));
  const target = ({ path, parameters }: Operation): fc.Arbitrary<string> => {
    const inPath = parameters.filter((parameter) => parameter.in === 'path');
    const inQuery = parameters.filter((parameter) => parameter.in === 'query');
    const pairs = inQuery.map((parameter) => encoded(parameter).map((text) => `${parameter.name}=${text}`));
    const stray = fc.constantFrom('__proto__=1', '=', '&&', 'limit', 'limit[]=1', 'cursor=%ff', `q=${markup}`, '%00=1');
    const query = fc.array(pairs.length === 0 ? stray : fc.oneof(...pairs, ...pairs, stray), { maxLength: 4 });
    const spelling = fc.constantFrom<(path: string) => string>(
      ...Array.from({ length: 12 }, () => (text: string) => text),
      (text) => `${text}/`,
      (text) => `/${text}`,
      (text) => text.replace('/', '/./'),
      (text) => text.toUpperCase(),
      (text) => `http://localhost${text}`,
      (text) => `${text}#x`,
      (text) => `${text};x=1`,
    );
    return fc.tuple(fc.tuple(...inPath.map(encoded)), query, spelling).map(([values, pieces, spell]) => {
      const filled = inPath.reduce((text, { name }, at) => text.replace(`{${name}}`, () => values[at] ?? ''), path);
      return onTheWire(`${spell(filled)}${pieces.length === 0 ? '' : `?${pieces.join('&')}`}`);
    });
  };
  const ofOperation = (operation: Operation): fc.Arbitrary<Shot> =>
    fc
      .record({
        method: fc.oneof(
          { weight: 12, arbitrary: fc.constant(operation.method) },
          { weight: 1, arbitrary: fc.constantFrom(...oddMethods) },
        ),
        path: target(operation),
        caller: fc.oneof(...callers.map((caller) => ({ weight: caller.weight, arbitrary: fc.constant(caller) }))),
        noise,
        type: fc.oneof(
          { weight: 8, arbitrary: fc.constant(operation.path.startsWith('/api') ? 'application/json' : formType) },
          { weight: 1, arbitrary: fc.constantFrom(...oddTypes) },
        ),
        body:
          operation.body === null
            ? fc.oneof({ weight: 10, arbitrary: fc.constant(null) }, bodyOf({}))
            : fc.oneof({ weight: 12, arbitrary: bodyOf(operation.body) }, fc.constant(null)),
        chunked: fc.boolean(),
      })
      .map(({ caller, noise: extra, type, body, ...shot }) => ({
        ...shot,
        // What the other requests need stays.
        method: endsThings(shot, kept) ? 'GET' : shot.method,
        caller: caller.name,
        headers: { ...extra, ...(body === null ? {} : { 'content-type': type }), ...caller.headers },
        ...(body === null ? {} : { body }),
      }));
  return fc.oneof(...operations.map(ofOperation));
}

function endsThings({ method, path }: Sent, kept: ReadonlySet<string>): boolean {
  if (path.includes('/session/end')) return true;
  return [...kept].some((code) => path.includes(code)) && (method === 'DELETE' || /disconnect|resync/.test(path));
}

function operationsOf(document: OpenApi): Operation[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => {
      const { parameters = [], requestBody } = operation as unknown as {
        parameters?: Parameter[];
        requestBody?: { content?: Record<string, { schema?: JsonSchema }> };
      };
      const body = requestBody?.content?.['application/json']?.schema ?? null;
      return { method: method.toUpperCase(), path, parameters, body: body && resolve(document, body) };
    }),
  );
}

const resolve = (document: OpenApi, schema: JsonSchema): JsonSchema =>
  document.components.schemas[String(schema.$ref ?? '').replace('#/components/schemas/', '')] ?? schema;

const formType = 'application/x-www-form-urlencoded';
const oddTypes = [
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'multipart/form-data; boundary=x',
  'text/plain',
  'text/html',
  'application/json; charset=utf-16',
  'application/json;',
  'application/jsonx',
  'application/vnd.api+json',
  'APPLICATION/JSON',
  '*/*',
  ';',
  'x'.repeat(2_000),
];
const oddMethods = [
  'HEAD',
  'OPTIONS',
  'PUT',
  'PATCH',
  'DELETE',
  'POST',
  'GET',
  'TRACE',
  'PROPFIND',
  'PURGE',
  'QUERY',
  'LINK',
];

/** Beside what the caller sends: what proxies, browsers and attackers add. */
const noise: fc.Arbitrary<Record<string, string>> = fc
  .record(
    {
      accept: fc.constantFrom('text/html', 'application/json', '*/*', 'text/html;q=0', '', 'x'),
      'accept-language': fc.constantFrom('id', 'en', 'id-ID,id;q=0.9', 'x'.repeat(500), '*', ',,;q=9'),
      'accept-encoding': fc.constantFrom('gzip', 'br', '*', 'identity;q=0'),
      host: fc.constantFrom(
        'localhost',
        'localhost',
        '127.0.0.1',
        'localhost:3000',
        'x.test',
        'x.test',
        'evil.example',
        'a b',
        '[::1',
        'x:99999',
        '@',
        '',
        'localhost:80',
        'user@x',
      ),
      'x-forwarded-for': fc.constantFrom('10.0.0.1', '::1', 'x', ','.repeat(200)),
      'x-forwarded-host': fc.constantFrom('evil.example', ''),
      'x-http-method-override': fc.constantFrom('DELETE', 'GET', 'x'),
      'x-original-url': fc.constantFrom('/api/stores', '/'),
      'if-none-match': fc.constantFrom('*', '"x"', 'W/"x"', ''),
      'if-modified-since': fc.constantFrom('x', 'Thu, 01 Jan 1970 00:00:00 GMT'),
      range: fc.constantFrom('bytes=0-1', 'bytes=-1', 'x'),
      'content-encoding': fc.constantFrom('gzip', 'br', 'x'),
      expect: fc.constantFrom('100-continue', 'x'),
      upgrade: fc.constantFrom('websocket', 'h2c'),
      te: fc.constantFrom('trailers', 'x'),
      cookie: fc.constantFrom('harian_connect=x', 'harian_connect=%ff', '=;=;', 'a'.repeat(3_000), '__proto__=1'),
      'tiktok-signature': fc.constantFrom('t=1,s=00', `t=1,s=${'0'.repeat(64)}`, 't=,s=', 't=9e99,s=x', ','),
      'x-latin': fc.constantFrom('é', '\u00ff'.repeat(50)),
    },
    { requiredKeys: [] },
  )
  // All at once would only ever meet the first thing that is wrong.
  .chain((all) => fc.subarray(Object.entries(all), { maxLength: 3 }).map((some) => Object.fromEntries(some)));
