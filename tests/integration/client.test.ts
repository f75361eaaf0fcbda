import { readFile } from 'node:fs/promises';
import { client } from 'harian/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adminKey, newStoreCode, startTestHarian, type TestHarian } from '../support/harian.ts';
import type { OpenApi } from '../support/openapi.ts';
import { createProject, type Project } from '../support/project.ts';

let harian: TestHarian;
let api: ReturnType<typeof client>['api'];

beforeAll(async () => {
  harian = await startTestHarian({ environment: { ROLES: 'api' } });
  ({ api } = client(harian.url, { key: adminKey }));
});
afterAll(async () => {
  await harian.close();
});

describe('import { client } from "harian/client"', () => {
  test('makes, reads, changes and removes a store', async () => {
    const json = { store_code: newStoreCode(), name: 'Toko Melati' };
    const param = { store_code: json.store_code };
    const made = await api.stores.$post({ json });
    expect([made.status, made.headers.get('location')]).toEqual([201, `/api/stores/${json.store_code}`]);
    const one = api.stores[':store_code'];
    const changed = await one.$patch({ param, json: { paused: true } });
    if (!changed.ok) throw new Error((await changed.json()).error.code);
    expect(await changed.json()).toMatchObject({ name: 'Toko Melati', paused: true });
    expect((await one.$delete({ param })).status).toBe(204);
    expect((await one.$get({ param })).status).toBe(404);
  });

  test('pages through a list', async () => {
    const codes = ['p-1', 'p-2', 'p-3'];
    for (const code of codes) await api.stores.$post({ json: { store_code: code, name: code } });
    const seen: string[] = [];
    let cursor: string | null | undefined;
    do {
      const answer = await api.stores.$get({ query: { limit: '2', ...(cursor && { cursor }) } });
      if (!answer.ok) throw new Error((await answer.json()).error.message);
      const page = await answer.json();
      seen.push(...page.items.map(({ store_code: code }) => code));
      cursor = page.next_cursor;
    } while (cursor !== null);
    expect(seen).toEqual(codes);
  });

  test('tells a refusal by its code, with its headers', async () => {
    const refused = await api.stores[':store_code'].resync.$post({ param: { store_code: 'p-1' } });
    if (refused.ok) throw new Error('it is connected');
    const { error } = await refused.json();
    expect([refused.status, error.code]).toEqual([409, 'STORE_NOT_CONNECTED']);
    expect(error.message).toContain('connect link');
    const stranger = await client(harian.url, { key: 'nobody' }).api.queue.$get();
    expect([stranger.status, stranger.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  });

  test('sends headers of a single call, and asks through the fetch it was given', async () => {
    const asked: string[] = [];
    const watched: typeof fetch = (input, init) => {
      asked.push(`${init?.method} ${new URL(input instanceof Request ? input.url : input).pathname}`);
      return fetch(input, init);
    };
    const { api: own } = client(`${harian.url}/`, { key: adminKey, fetch: watched });
    const json = { store_code: newStoreCode(), name: 'Once' };
    const headers = { 'Idempotency-Key': json.store_code };
    const twice = [await own.stores.$post({ json }, { headers }), await own.stores.$post({ json }, { headers })];
    expect(twice.map(({ status }) => status)).toEqual([201, 201]);
    const etag = (await own.queue.$get()).headers.get('etag') ?? '';
    expect((await own.queue.$get(undefined, { headers: { 'If-None-Match': etag } })).status).toBe(304);
    expect(asked).toEqual(['POST /api/stores', 'POST /api/stores', 'GET /api/queue', 'GET /api/queue']);
  });

  test('rejects when no answer came', async () => {
    await expect(client('http://127.0.0.1:9', { key: adminKey }).api.queue.$get()).rejects.toThrow(TypeError);
  });
});

describe("in a project of somebody else's", () => {
  let project: Project;
  beforeAll(async () => {
    project = await createProject(['harian', 'hono']);
  });
  afterAll(() => project.remove());

  const start = `import { client } from 'harian/client';
const { api } = client('http://localhost', { key: 'k' });
const one = api.stores[':store_code'];
const param = { store_code: 'jkt-01' };
`;
  const right = [
    "await api.stores.$get({ query: { status: 'NEED_RECONNECT', limit: '10' } });",
    "await api.stores.$post({ json: { store_code: 'jkt-01', name: 'Toko' } }, { headers: { 'Idempotency-Key': 'a' } });",
    "await one.videos[':video_id'].daily.$get({ param: { ...param, video_id: '7' }, query: { from: '2026-11-01' } });",
    'const read = await one.$get({ param }); if (read.ok) (await read.json()).account?.open_id.at(0);',
    "const tried = await one.resync.$post({ param }); if (!tried.ok && (await tried.json()).error.code === 'SYNC_IN_PROGRESS') tried.headers.get('location');",
    "await api['admin-keys'].$post({ json: { name: 'analyst', scope: 'read', expires_in_days: 90 } });",
    "await api.audit.$get({ query: { action: 'store.resync' } });",
  ];
  const wrong = [
    "await api.stores.$get({ query: { status: 'LOST' } });",
    "await api.stores.$post({ json: { store_code: 'jkt-01' } });",
    "await one.$get({ param: { storeCode: 'jkt-01' } });",
    "await one.videos[':video_id'].daily.$get({ param, query: {} });",
    'const answer = await one.$get({ param }); (await answer.json()).account;',
    "const other = await one.resync.$post({ param }); if (!other.ok) (await other.json()).error.code === 'VIDEO_NOT_FOUND';",
    "await api['admin-keys'].$post({ json: { name: 'analyst', scope: 'owner' } });",
    'await api.reports.$get();',
    "client('http://localhost', {});",
  ];

  test('every wrong parameter, field and code does not compile, and the right ones do', {
    timeout: 120_000,
  }, async () => {
    await project.write('right.ts', start + right.join('\n'));
    const [, shown = ''] = /```ts\n([\s\S]*?harian\/client[\s\S]*?)```/.exec(await readFile('README.md', 'utf8')) ?? [];
    expect(shown).toContain('resync.$post');
    await project.write('readme.ts', `declare const process: { env: Record<string, string | undefined> };\n${shown}`);
    await project.write('wrong.ts', start + wrong.join('\n'));
    const { output } = await project.compile();
    const lines = [...output.matchAll(/^(\w+\.ts)\((\d+),/gm)].map(([, file, line]) => `${file}:${line}`);
    const before = start.split('\n').length;
    expect(new Set(lines), output).toEqual(new Set(wrong.map((_, index) => `wrong.ts:${before + index}`)));
  });

  test('it runs as plain JavaScript', async () => {
    await project.write(
      'list.js',
      `import { client } from 'harian/client';
const answer = await client(process.env.URL, { key: process.env.KEY }).api.stores.$get({ query: {} });
console.log(answer.status);`,
    );
    expect(await project.run('list.js', { URL: harian.url, KEY: adminKey })).toEqual({ exitCode: 0, output: '200\n' });
  });
});

test('knows every route under /api', async () => {
  const types = await readFile('client/client.d.ts', 'utf8');
  const document = (await (await fetch(`${harian.url}/openapi.json`)).json()) as OpenApi;
  const paths = Object.keys(document.paths).filter((path) => path.startsWith('/api/'));
  for (const path of paths) expect(types).toContain(`"${path.replaceAll(/\{(\w+)\}/g, ':$1')}"`);
});
