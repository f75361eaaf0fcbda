import { expect } from 'vitest';
import { z } from 'zod';
import { adminKey } from './harian.ts';
import { findOperation, type OpenApi, strictValidator } from './openapi.ts';

/** The one shape of every refusal. */
export const envelope = z.strictObject({
  error: z.strictObject({ code: z.string().regex(/^[A-Z][A-Z_]+$/), message: z.string().min(10) }),
});

export type Refusal = { error: { code: string; message: string } };

export interface HttpAnswer<T = Refusal> {
  status: number;
  headers: Headers;
  text: string;
  body: T;
}

interface CallOptions {
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is. */
  body?: RequestInit['body'];
  headers?: Record<string, string>;
  /** `null`: no Authorization. */
  key?: string | null;
}

export interface HttpClient {
  document: OpenApi;
  call<T = Refusal>(method: string, path: string, options?: CallOptions): Promise<HttpAnswer<T>>;
}

/**
 * Calls what listens at `url` as an admin; redirects are not followed. Every answer is held to what all answers
 * promise: security headers, the envelope, and the document's own schema for that operation and status.
 */
export async function createHttpClient(url: string): Promise<HttpClient> {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as OpenApi;
  return {
    document,
    async call<T>(method: string, path: string, options: CallOptions = {}) {
      const { key = adminKey, json, headers } = options;
      const body = json === undefined ? options.body : JSON.stringify(json);
      const response = await fetch(`${url}${path}`, {
        method,
        redirect: 'manual',
        headers: {
          ...(key === null ? {} : { authorization: `Bearer ${key}` }),
          ...(json === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body, duplex: 'half' }),
      });
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
      const answer = { status: response.status, headers: response.headers, text };
      const parsed: unknown = isJson && text !== '' ? JSON.parse(text) : undefined;
      expectSecurityHeaders(response.headers);
      expect(response.headers.get('cache-control'), path).toBe(
        cacheControlOf(method, path, { status: response.status, isJson }),
      );
      if (isJson && method !== 'HEAD')
        expectPromised(document, { method, path, status: response.status, body: parsed });
      return { ...answer, body: parsed as T };
    },
  };
}

/** Kept is what is the same for everybody, and by the one who asked what can be asked for again by its tag. */
function cacheControlOf(method: string, path: string, answer: { status: number; isJson: boolean }): string {
  const { status, isJson } = answer;
  if (status >= 400 || (method !== 'GET' && method !== 'HEAD')) return 'no-store';
  if (/^\/(public\/|openapi\.json)/.test(path)) return 'no-cache';
  return path.startsWith('/api/') && isJson ? 'private, no-cache' : 'no-store';
}

/** On every answer, whatever its status. */
export function expectSecurityHeaders(headers: Headers): void {
  expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('x-frame-options')).toBe('DENY');
  expect(headers.get('referrer-policy')).toMatch(/^(same-origin|no-referrer)$/);
  expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
  expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
  expect(headers.get('permissions-policy')).toContain('camera=()');
  expect(headers.get('x-powered-by')).toBeNull();
  expect(headers.get('server')).toBeNull();
}

function expectPromised(
  document: OpenApi,
  answer: { method: string; path: string; status: number; body: unknown },
): void {
  const { method, status, body } = answer;
  const path = answer.path.split('?')[0] ?? '';
  const where = `${method} ${path} ${status}`;
  const readiness = path === '/readyz' && status === 503;
  if (status >= 400 && !readiness) expect(() => envelope.parse(body), where).not.toThrow();
  const refusal = envelope.safeParse(body).data;
  const operation = findOperation(document, method, path);
  if (!operation) return;
  const promised = operation.responses[status];
  expect(promised, `${where} is documented`).toBeDefined();
  if (refusal) expect(promised?.description.split(', '), `${where} names its code`).toContain(refusal.error.code);
  const schema = promised?.content?.['application/json']?.schema;
  expect(schema, `${where} has a schema`).toBeDefined();
  if (schema) expect(() => strictValidator(document, schema).parse(body), where).not.toThrow();
  expectSnakeCase(body, where);
}

/** Keys of a readiness answer's `checks` are names of roles, which are snake_case too. */
function expectSnakeCase(value: unknown, where: string): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (!Array.isArray(value)) expect(key, where).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
    expectSnakeCase(inner, where);
  }
}

/** Reads every page, or those behind `after`; fails when a page is larger than `limit`, a cursor leads to nothing, or it leads round in circles. */
export async function readAllPages<T>(
  client: HttpClient,
  path: string,
  limit: number,
  after: string | null = null,
): Promise<T[]> {
  const items: T[] = [];
  const cursors = new Set<string>();
  let cursor = after;
  do {
    const query = new URLSearchParams({ limit: String(limit), ...(cursor === null ? {} : { cursor }) });
    const page: HttpAnswer<{ items: T[]; next_cursor: string | null }> = await client.call(
      'GET',
      `${path}${path.includes('?') ? '&' : '?'}${query}`,
    );
    expect(page.status).toBe(200);
    expect(page.body.items.length).toBeLessThanOrEqual(limit);
    if (cursor !== null) expect(page.body.items.length).toBeGreaterThan(0);
    items.push(...page.body.items);
    cursor = page.body.next_cursor;
    if (cursor !== null) {
      expect(page.body.items).toHaveLength(limit);
      expect(cursors.has(cursor)).toBe(false);
      cursors.add(cursor);
    }
  } while (cursor !== null);
  return items;
}
