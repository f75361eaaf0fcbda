import { z } from 'zod';
import { errorBody } from '../../src/http/schemas.ts';

// How an answer of a running instance is judged. What is wrong is thrown as WrongAnswer.

/** What the contract promises and the API description must name. */
const contractRoutes = [
  'POST /api/stores',
  'GET /api/stores',
  'GET /api/stores/{store_code}',
  'PATCH /api/stores/{store_code}',
  'DELETE /api/stores/{store_code}',
  'POST /api/stores/{store_code}/connect-links',
  'POST /api/stores/{store_code}/disconnect',
  'POST /api/stores/{store_code}/resync',
  'GET /api/stores/{store_code}/daily',
  'GET /api/stores/{store_code}/growth',
  'GET /api/stores/{store_code}/report',
  'GET /api/stores/{store_code}/curve',
  'GET /api/stores/{store_code}/videos',
  'GET /api/stores/{store_code}/videos/{video_id}/daily',
  'GET /api/stores/{store_code}/videos/{video_id}/growth',
  'GET /api/stores/{store_code}/videos/{video_id}/curve',
  'GET /api/report',
  'GET /api/jobs/{id}',
  'POST /api/jobs/{id}/cancel',
  'POST /api/jobs/{id}/retry',
  'GET /api/queue',
  'GET /api/sync-logs',
  'GET /api/coverage',
  'POST /webhooks/tiktok',
  'GET /healthz',
  'GET /readyz',
  'GET /metrics',
];

const operation = z.object({ responses: z.record(z.string().regex(/^([1-5]\d\d|default)$/), z.unknown()) });
const openApiDocument = z.object({
  openapi: z.string().regex(/^3\.1\.\d+$/),
  info: z.object({ title: z.string().min(1), version: z.string().min(1) }),
  paths: z.record(
    z.string().startsWith('/'),
    z.partialRecord(z.enum(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']), operation),
  ),
  components: z.record(z.string(), z.record(z.string(), z.unknown())),
});

/** Why an answer is not what it should be. Never quotes a header that was sent. */
export class WrongAnswer extends Error {}

export function must(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new WrongAnswer(otherwise);
}

/** There is nothing to ask about, which is no fault. */
export class Skipped extends Error {}

export function skipUnless(possible: boolean, why: string): asserts possible {
  if (!possible) throw new Skipped(why);
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
}

export function readJson<T>(answer: Answer, status: number, schema: z.ZodType<T>): T {
  must(answer.status === status, `answered ${answer.status} instead of ${status}`);
  must(/^application\/json\b/.test(answer.headers.get('content-type') ?? ''), 'is not application/json');
  let body: unknown;
  try {
    body = JSON.parse(answer.text);
  } catch {
    throw new WrongAnswer('is not JSON');
  }
  const parsed = schema.safeParse(body);
  const [issue] = parsed.error?.issues ?? [];
  must(parsed.success, `has another shape: ${issue?.path.join('.')}: ${issue?.message}`);
  return parsed.data;
}

/** The envelope and nothing beside it. */
export function readError(answer: Answer, status: number, code: string): void {
  const envelope = z.strictObject({ error: errorBody.shape.error.strict() });
  const { error } = readJson(answer, status, envelope);
  must(error.code === code, `has the code ${error.code} instead of ${code}`);
}

export function readPage({ status, headers, text }: Answer): string {
  must(status === 200, `answered ${status} instead of 200`);
  must(/^text\/html\b/.test(headers.get('content-type') ?? ''), 'is not text/html');
  return text;
}

export function checkDescription(answer: Answer): void {
  const { paths, components } = readJson(answer, 200, openApiDocument);
  const named = new Set(
    Object.entries(paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    ),
  );
  const missing = contractRoutes.filter((route) => !named.has(route));
  must(missing.length === 0, `does not name ${missing.join(', ')}`);
  for (const [, reference = ''] of answer.text.matchAll(/"\$ref":"([^"]*)"/g)) {
    const [, kind = '', name = ''] = /^#\/components\/([^/]+)\/([^/]+)$/.exec(reference) ?? [];
    must(components[kind]?.[name] !== undefined, `refers to ${reference}, which is not there`);
  }
}

export function checkSecurityHeaders({ headers }: Answer, origin: string): void {
  const expected: [name: string, value: RegExp][] = [
    ['content-security-policy', /default-src 'none'/],
    ['content-security-policy', /frame-ancestors 'none'/],
    ['x-content-type-options', /^nosniff$/],
    ['x-frame-options', /^DENY$/i],
    ['referrer-policy', /^(no-referrer|same-origin)$/],
    ['cache-control', /no-store/],
  ];
  if (origin.startsWith('https:')) expected.push(['strict-transport-security', /max-age=\d{7,}/]);
  for (const [name, value] of expected) {
    must(value.test(headers.get(name) ?? ''), `has no ${name} that matches ${value.source}`);
  }
  must(!/'unsafe-/.test(headers.get('content-security-policy') ?? ''), 'has a policy that allows something unsafe');
  must(!headers.has('x-powered-by'), 'names its software in x-powered-by');
}
