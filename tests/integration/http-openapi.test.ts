import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createApp } from '../../src/http/app.ts';
import { startTestHarian, type TestHarian } from '../support/harian.ts';
import { type OpenApi, strictValidator } from '../support/openapi.ts';

let harian: TestHarian;
let document: OpenApi;
let routes: string[];

beforeAll(async () => {
  harian = await startTestHarian({ environment: { ROLES: 'api' } });
  document = (await (await fetch(`${harian.url}/openapi.json`)).json()) as OpenApi;
  const app = await createApp(harian.harian.deps);
  const known = app.routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`);
  routes = [...new Set(known)];
});
afterAll(async () => {
  await harian.close();
});

const operations = () =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      path,
      method,
      operation,
    })),
  );

const schema = z.record(z.string(), z.unknown());
const media = z.record(
  z.string().regex(/^[\w.+-]+\/[\w.+-]+$/),
  z.union([
    z.strictObject({ schema, example: z.unknown().refine((example) => example !== undefined) }),
    z.strictObject({ schema, examples: z.record(z.string(), z.strictObject({ value: z.unknown() })) }),
  ]),
);
const openApi31 = z.strictObject({
  openapi: z.string().regex(/^3\.1\.\d+$/),
  info: z.looseObject({
    title: z.string().min(1),
    version: z.string().min(1),
    license: z.object({ name: z.string() }),
  }),
  servers: z.array(z.object({ url: z.url() })).min(1),
  paths: z.record(
    z.string().startsWith('/'),
    z.partialRecord(
      z.enum(['get', 'put', 'post', 'delete', 'patch']),
      z.strictObject({
        operationId: z.string().regex(/^[a-z][A-Za-z]+$/),
        tags: z.array(z.string()).min(1),
        summary: z.string().min(5),
        description: z.string().optional(),
        security: z.array(z.record(z.string(), z.array(z.string()))),
        parameters: z
          .array(
            z.looseObject({
              name: z.string(),
              in: z.enum(['path', 'query', 'header', 'cookie']),
              required: z.boolean().optional(),
              schema,
            }),
          )
          .optional(),
        requestBody: z.strictObject({ required: z.literal(true), content: media }).optional(),
        responses: z.record(
          z.string().regex(/^[1-5]\d\d$/),
          z.strictObject({ description: z.string().min(1), content: media.optional(), headers: schema.optional() }),
        ),
      }),
    ),
  ),
  components: z.strictObject({
    schemas: z.record(z.string().regex(/^[A-Za-z0-9._-]+$/), schema),
    parameters: schema.optional(),
    securitySchemes: z.record(z.string(), z.looseObject({ type: z.enum(['http', 'apiKey']) })),
  }),
  webhooks: schema.optional(),
  tags: z.array(z.strictObject({ name: z.string(), description: z.string().min(5) })),
});

describe('/openapi.json', () => {
  test('has the structure of OpenAPI 3.1', () => {
    expect(() => openApi31.parse(document)).not.toThrow();
  });

  test('knows every route under /api, and no route that is not there', () => {
    const documented = operations().map(({ name }) => name.replaceAll(/\{(\w+)\}/g, ':$1'));
    const api = routes.filter((route) => route.includes(' /api/'));
    expect(api.length).toBeGreaterThan(10);
    expect(documented.filter((name) => name.includes(' /api/')).toSorted()).toEqual(api.toSorted());
    for (const name of documented) expect(routes).toContain(name);
  });

  test('holds every route of the contract', () => {
    for (const route of [
      'POST /api/stores',
      'GET /api/stores',
      'GET /api/stores/{store_code}',
      'PATCH /api/stores/{store_code}',
      'DELETE /api/stores/{store_code}',
      'POST /api/stores/{store_code}/connect-links',
      'POST /api/stores/{store_code}/disconnect',
      'POST /api/stores/{store_code}/resync',
      'GET /api/jobs/{id}',
      'POST /api/jobs/{id}/cancel',
      'POST /api/jobs/{id}/retry',
      'GET /api/queue',
      'GET /api/sync-logs',
      'GET /api/coverage',
      'GET /api/stores/{store_code}/daily',
      'GET /api/stores/{store_code}/growth',
      'GET /api/stores/{store_code}/report',
      'GET /api/stores/{store_code}/curve',
      'GET /api/stores/{store_code}/videos',
      'GET /api/stores/{store_code}/videos/{video_id}/daily',
      'GET /api/stores/{store_code}/videos/{video_id}/growth',
      'GET /api/stores/{store_code}/videos/{video_id}/curve',
      'GET /api/report',
      'POST /webhooks/tiktok',
      'GET /healthz',
      'GET /readyz',
      'GET /metrics',
    ]) {
      expect(operations().map(({ name }) => name)).toContain(route);
    }
  });

  test('states for every operation who may call it, by a scheme it defines', () => {
    for (const { name, path, operation } of operations()) {
      const schemes = (operation.security ?? []).flatMap((choice) => Object.keys(choice));
      for (const scheme of schemes) expect(document.components.securitySchemes, name).toHaveProperty(scheme);
      if (path.startsWith('/api/')) expect(schemes, name).toEqual(['adminKey', 'session']);
    }
  });

  test('gives every error answer the one Error schema, and names its codes', () => {
    for (const { name, path, method, operation } of operations()) {
      const errors = Object.entries(operation.responses).filter(([status]) => Number(status) >= 400);
      if (!['/healthz', '/readyz'].includes(path)) expect(errors.length, name).toBeGreaterThan(0);
      for (const [status, answer] of errors) {
        if (path === '/readyz') continue;
        const reference = answer.content?.['application/json']?.schema.$ref;
        expect(reference, `${name} ${status}`).toBe('#/components/schemas/Error');
        expect(answer.description, `${name} ${status}`).toMatch(/^[A-Z_]+(, [A-Z_]+)*$/);
      }
      const statuses = errors.map(([status]) => status);
      if (path.startsWith('/api/')) expect(statuses, name).toEqual(expect.arrayContaining(['401', '500', '503']));
      if (path.startsWith('/api/') && method !== 'get') {
        expect(statuses, name).toEqual(expect.arrayContaining(['403', '413', '415']));
      }
      if (path.includes('{')) expect(statuses, name).toEqual(expect.arrayContaining(['400', '404']));
    }
  });

  test('gives every operation a name of its own, and its tag a description', () => {
    const names = operations().map(({ operation }) => (operation as unknown as { operationId: string }).operationId);
    expect(new Set(names).size).toBe(names.length);
    const { tags } = document as unknown as { tags: { name: string }[] };
    const used = operations().flatMap(({ operation }) => (operation as unknown as { tags: string[] }).tags);
    expect(new Set(used)).toEqual(new Set(tags.map(({ name }) => name)));
  });

  test('lets every GET of JSON under /api be asked conditionally, and every POST be repeated', () => {
    for (const { name, path, method, operation } of operations().filter((one) => one.path.startsWith('/api/'))) {
      const { parameters = [] } = operation as unknown as { parameters?: { name: string; in: string }[] };
      const headers = parameters.filter((one) => one.in === 'header').map((one) => one.name);
      const isTagged = method === 'get' && operation.responses[200]?.content?.['application/json'] !== undefined;
      const expected = isTagged ? ['If-None-Match'] : method === 'post' ? ['Idempotency-Key'] : [];
      expect(headers, `${name} ${path}`).toEqual(expected);
      expect('304' in operation.responses, name).toBe(isTagged);
      if (method === 'post') expect(operation.responses[409]?.description, name).toContain('IDEMPOTENCY_KEY_REUSED');
    }
  });

  test('names every parameter of a path', () => {
    for (const { name, path, operation } of operations()) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      const parameters = (operation as { parameters?: { name: string; in: string; required?: boolean }[] }).parameters;
      const declared = (parameters ?? []).filter((parameter) => parameter.in === 'path');
      expect(declared.map((parameter) => parameter.name).toSorted(), name).toEqual(inPath.toSorted());
      for (const parameter of declared) expect(parameter.required, name).toBe(true);
    }
  });

  test('leads nowhere into the void, and each of its schemas can be read by a validator', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)];
    expect(references.length).toBeGreaterThan(0);
    for (const [, target] of references) expect(document.components.schemas).toHaveProperty(target ?? '');
    for (const [name, one] of Object.entries(document.components.schemas)) {
      expect(() => strictValidator(document, one), name).not.toThrow();
    }
    const error = document.components.schemas.Error ?? {};
    expect(strictValidator(document, error).safeParse({ error: { code: 'A', message: 'B' } }).success).toBe(true);
    expect(strictValidator(document, error).safeParse({ error: { code: 'A', message: 'B' }, x: 1 }).success).toBe(
      false,
    );
    expect(strictValidator(document, error).safeParse({ error: { code: 'A' } }).success).toBe(false);
  });

  test('is built from PUBLIC_URL, and is the same document on every call', async () => {
    expect(document).toMatchObject({ servers: [{ url: harian.config.publicUrl }] });
    const again = await fetch(`${harian.url}/openapi.json`, { headers: { 'x-forwarded-host': 'evil.example' } });
    expect(await again.json()).toEqual(document);
  });
});
