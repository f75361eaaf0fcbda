import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { createApp } from '../../src/http/app.ts';
import { policies, requirePolicies } from '../../src/http/policies.ts';
import { createFailureLimit } from '../../src/services/limit-failures.ts';
import { adminKey, newStoreCode, startTestHarian, type TestHarian } from '../support/harian.ts';
import { createHttpClient, type HttpAnswer, type HttpClient } from '../support/http.ts';
import { createOwner } from '../support/owner.ts';
import { openSql, type Sql } from '../support/sql.ts';

interface KeyBody {
  id: string;
  name: string;
  scope: string;
  expires_at: string | null;
  last_used_at: string | null;
  revoked_at: string | null;
  key: string;
}

interface AuditBody {
  actor: { key_id: string | null; name: string };
  action: string;
  store_code: string | null;
  target: string | null;
  outcome: string;
  client: string | null;
}

/** A millisecond passes whenever somebody looks: no two rows share an instant, and a slow machine fills no minute. */
let nowMs = Date.now();
const clock = {
  now: () => new Date(nowMs++),
  advanceMs(ms: number) {
    nowMs += ms;
  },
};
const minuteMs = 60_000;
const dayMs = 86_400_000;
let harian: TestHarian;
let http: HttpClient;
let sql: Sql;
let origin: string;
let made = 0;

beforeAll(async () => {
  harian = await startTestHarian({ environment: { ROLES: 'api' }, clock });
  http = await createHttpClient(harian.url);
  sql = await openSql(harian.database.url);
  origin = harian.config.publicUrl;
});
afterAll(async () => {
  await sql.close();
  await harian.close();
});

const newKey = async (options: Record<string, unknown>) => {
  const json = { name: `key ${++made}`, ...options };
  const answer = await http.call<KeyBody>('POST', '/api/admin-keys', { json });
  expect(answer.status).toBe(201);
  return answer.body;
};
const statusWith = async (key: string, method = 'GET', path = '/api/queue', json?: unknown) =>
  (await http.call(method, path, { key, ...(json === undefined ? {} : { json }) })).status;
const form = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  http.call('POST', path, {
    key: null,
    body: new URLSearchParams(fields).toString(),
    headers: { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded', origin, ...headers },
  });
const signIn = async (key: string) => {
  const answer = await form('/session', { key });
  expect(answer.status).toBe(303);
  return answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
};
const audit = async (query = '') =>
  (await http.call<{ items: AuditBody[] }>('GET', `/api/audit?limit=200${query}`)).body.items;
const newStore = async () => {
  const code = newStoreCode();
  expect((await http.call('POST', '/api/stores', { json: { store_code: code, name: code } })).status).toBe(201);
  return code;
};

describe('a scope', () => {
  test('opens what it includes and is told which one is missing, by key and by session', async () => {
    const code = await newStore();
    const json = { store_code: newStoreCode(), name: 'X' };
    const doors: [needs: string, method: string, path: string, json?: unknown][] = [
      ['read', 'GET', '/api/stores'],
      ['operate', 'PATCH', `/api/stores/${code}`, { paused: true }],
      ['operate', 'POST', `/api/stores/${code}/connect-links`],
      ['admin', 'POST', '/api/stores', json],
      ['admin', 'GET', '/api/admin-keys'],
      ['admin', 'GET', '/api/audit'],
      ['admin', 'DELETE', `/api/stores/${json.store_code}`],
    ];
    const scopes = ['read', 'operate', 'admin'];
    for (const [held, scope] of scopes.entries()) {
      const { key } = await newKey({ scope });
      const cookie = await signIn(key);
      for (const [needs, method, path, body] of doors) {
        const sent = body === undefined ? {} : { json: body };
        for (const by of [{ key }, { key: null, headers: { cookie, origin } }]) {
          const answer = await http.call(method, path, { ...by, ...sent });
          if (held >= scopes.indexOf(needs)) {
            expect([401, 403], `${scope} ${method} ${path}`).not.toContain(answer.status);
            continue;
          }
          expect([answer.status, answer.body.error.code], `${scope} ${method} ${path}`).toEqual([403, 'FORBIDDEN']);
          expect(answer.body.error.message).toContain(`scope ${needs}`);
        }
      }
    }
  });

  test('decides which buttons the console shows, and a forged press is refused in words', async () => {
    const code = await newStore();
    const console = async (scope: string) => {
      const cookie = await signIn((await newKey({ scope })).key);
      return {
        cookie,
        page: await http.call('GET', '/stores', { key: null, headers: { cookie, accept: 'text/html' } }),
      };
    };
    const admin = await console('admin');
    expect(admin.page.text).toContain('method="post" action="/stores"');
    expect(admin.page.text).toContain('/connect-link"');
    const operator = await console('operate');
    expect(operator.page.text).not.toContain('method="post" action="/stores"');
    expect(operator.page.text).toContain('/connect-link"');
    const reader = await console('read');
    expect(reader.page.text).toContain(code);
    expect(reader.page.text.match(/<form[^>]*>/g)).toEqual([
      '<form method="post" action="/session/end" class="who">',
      '<form method="get" action="/stores" class="find">',
    ]);

    const pressed = await form(`/stores/${code}/connect-link`, {}, { cookie: reader.cookie });
    expect(pressed.status).toBe(403);
    expect(pressed.text).toContain('This needs a key with the scope operate');
    expect((await form('/stores', { store_code: 'x', name: 'X' }, { cookie: operator.cookie })).status).toBe(403);
  });
});

describe('a key', () => {
  test('is shown once, works, and is listed without its secret', async () => {
    const created = await newKey({ scope: 'read', expires_in_days: 30 });
    expect(created.key).toMatch(/^hrn_[\w-]{43}$/);
    expect(await statusWith(created.key)).toBe(200);
    const list = await http.call<{ items: KeyBody[] }>('GET', '/api/admin-keys?limit=200');
    const listed = list.body.items.find(({ id }) => id === created.id);
    const { key: _, last_used_at: __, ...rest } = created;
    expect(listed).toEqual({ ...rest, last_used_at: expect.any(String) });
    expect(list.text).not.toContain(created.key);
    expect(list.body.items.find(({ name }) => name === 'bootstrap')).toMatchObject({
      scope: 'admin',
      expires_at: null,
    });
  });

  test('expires, with its sessions, at the moment it was given', async () => {
    const byDays = await newKey({ scope: 'read', expires_in_days: 1 });
    const at = new Date(clock.now().getTime() + dayMs).toISOString();
    const byInstant = await newKey({ scope: 'read', expires_at: at });
    const cookie = await signIn(byDays.key);
    const bySession = () => http.call('GET', '/api/queue', { key: null, headers: { cookie } });
    clock.advanceMs(dayMs - minuteMs);
    expect([await statusWith(byDays.key), await statusWith(byInstant.key)]).toEqual([200, 200]);
    const late = await signIn(byDays.key);
    clock.advanceMs(2 * minuteMs);
    expect([await statusWith(byDays.key), await statusWith(byInstant.key)]).toEqual([401, 401]);
    expect((await bySession()).status).toBe(401);
    expect((await http.call('GET', '/api/queue', { key: null, headers: { cookie: late } })).status).toBe(401);
    expect((await form('/session', { key: byDays.key })).status).toBe(401);
  });

  test('ends at once when it is revoked, its sessions too; again is no error', async () => {
    const { id, key } = await newKey({ scope: 'operate' });
    const cookie = await signIn(key);
    for (const _ of [1, 2]) expect((await http.call('DELETE', `/api/admin-keys/${id}`)).status).toBe(204);
    expect(await statusWith(key)).toBe(401);
    expect((await http.call('GET', '/api/queue', { key: null, headers: { cookie } })).status).toBe(401);
    const { items } = (await http.call<{ items: KeyBody[] }>('GET', '/api/admin-keys?limit=200')).body;
    expect(items.find((one) => one.id === id)?.revoked_at).not.toBeNull();
  });

  test('may end itself; the one that follows ADMIN_API_KEY may not be ended here', async () => {
    const { id, key } = await newKey({ scope: 'admin' });
    expect(await statusWith(key, 'DELETE', `/api/admin-keys/${id}`)).toBe(204);
    expect(await statusWith(key)).toBe(401);
    const [row] = await sql.query<{ id: string }>("select id from admin_keys where name = 'bootstrap'");
    const refused = await http.call('DELETE', `/api/admin-keys/${row?.id}`);
    expect([refused.status, refused.body.error.code]).toEqual([409, 'KEY_NOT_REVOCABLE']);
    expect(refused.body.error.message).toContain('ADMIN_API_KEY');
    expect(await statusWith(adminKey)).toBe(200);
  });

  test.each([
    [409, 'KEY_EXISTS', { name: 'bootstrap', scope: 'read' }],
    [400, 'INVALID_REQUEST', { name: 'x', scope: 'root' }],
    [400, 'INVALID_REQUEST', { name: 'x' }],
    [400, 'INVALID_REQUEST', { name: ' ', scope: 'read' }],
    [400, 'INVALID_REQUEST', { name: 'x', scope: 'read', expires_in_days: 0 }],
    [400, 'INVALID_REQUEST', { name: 'x', scope: 'read', expires_in_days: 1.5 }],
    [400, 'INVALID_REQUEST', { name: 'x', scope: 'read', expires_at: '2020-01-01T00:00:00Z' }],
    [400, 'INVALID_REQUEST', { name: 'x', scope: 'read', expires_at: 'tomorrow' }],
    [400, 'INVALID_REQUEST', { name: 'x', scope: 'read', expires_at: '2999-01-01T00:00:00Z', expires_in_days: 1 }],
    [400, 'INVALID_REQUEST', { name: 'x', scope: 'read', key: 'my own' }],
  ])('%i %s for %j', async (status, code, json) => {
    const answer = await http.call('POST', '/api/admin-keys', { json });
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
  });

  test('can be made on the command line, which is on record too', async () => {
    const run = (...options: string[]) =>
      promisify(execFile)(process.execPath, ['scripts/create-admin-key.ts', ...options], {
        env: { PATH: process.env.PATH, DATABASE_URL: harian.database.url },
      });
    const { stdout } = await run('--name', 'by hand', '--scope', 'operate', '--expires-in-days', '7');
    const key = stdout.trim();
    expect(await statusWith(key)).toBe(200);
    expect(await statusWith(key, 'GET', '/api/audit')).toBe(403);
    const [row] = await sql.query<{ days: number }>(
      "select round(extract(epoch from expires_at - created_at) / 86400)::int as days from admin_keys where name = 'by hand'",
    );
    expect(row?.days).toBe(7);
    const rows = await sql.query("select actor_name, action, outcome from audit_log where target = 'by hand'");
    expect(rows).toEqual([{ actor_name: 'cli', action: 'admin_key.create', outcome: 'OK' }]);
    const [ordinary] = await Promise.all([
      run('--name', 'as before'),
      expect(run('--name', 'by hand')).rejects.toMatchObject({ code: 1 }),
      expect(run('--name', 'x', '--scope', 'root')).rejects.toMatchObject({
        code: 2,
        stderr: expect.stringContaining('Usage'),
      }),
    ]);
    expect(await statusWith(ordinary.stdout.trim(), 'GET', '/api/audit')).toBe(200);
  }, 120_000);

  test('keeps its name for good', async () => {
    const { id, name } = await newKey({ scope: 'read' });
    await http.call('DELETE', `/api/admin-keys/${id}`);
    expect((await http.call('POST', '/api/admin-keys', { json: { name, scope: 'read' } })).status).toBe(409);
    const nobody = await http.call('DELETE', '/api/admin-keys/00000000-0000-4000-8000-000000000000');
    expect([nobody.status, nobody.body.error.code]).toEqual([404, 'KEY_NOT_FOUND']);
  });

  test('has its use stamped at most once a minute, from key and session alike', async () => {
    const { id, key } = await newKey({ scope: 'read' });
    const stamp = async () =>
      (await sql.query<{ at: Date | null }>('select last_used_at as at from admin_keys where id = $1', [id]))[0]?.at;
    expect(await stamp()).toBeNull();
    const cookie = await signIn(key);
    const first = await stamp();
    expect(first).toBeInstanceOf(Date);
    clock.advanceMs(59_000);
    await statusWith(key);
    expect(await stamp()).toEqual(first);
    clock.advanceMs(2_000);
    await http.call('GET', '/api/queue', { key: null, headers: { cookie } });
    expect((await stamp())?.getTime()).toBeGreaterThan(first?.getTime() ?? 0);
  });
});

describe('wrong proofs', () => {
  const attempts: [door: string, allowed: number, refusal: number, once: () => Promise<HttpAnswer>][] = [
    [
      'session.begin',
      20,
      401,
      () => form('/session', { key: 'wrong-key-0123456789-0123456789-0123' }, { accept: '*/*' }),
    ],
    ['admin_key.use', 150, 401, () => http.call('GET', '/api/queue', { key: 'wrong-key-0123456789-0123456789-0123' })],
    [
      'webhook.receive',
      100,
      401,
      () =>
        http.call('POST', '/webhooks/tiktok', { key: null, body: '{}', headers: { 'tiktok-signature': 't=1,s=0' } }),
    ],
    ['connect_link.open', 100, 404, () => http.call('GET', `/connect/${'x'.repeat(43)}`, { key: null })],
  ];

  test.each(attempts)(
    'at %s: %i a minute are refused, further ones 429 with Retry-After',
    async (door, allowed, refusal, once) => {
      clock.advanceMs(10 * minuteMs);
      const statuses: number[] = [];
      while (statuses.length < allowed) {
        const several = Array.from({ length: 10 }, once);
        statuses.push(...(await Promise.all(several)).map(({ status }) => status));
      }
      expect(statuses).toEqual(Array(allowed).fill(refusal));
      const limited = await once();
      expect([limited.status, limited.body.error.code]).toEqual([429, 'TOO_MANY_REQUESTS']);
      expect((await once()).status).toBe(429);
      expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(Number(limited.headers.get('retry-after'))).toBeLessThanOrEqual(60);

      // Every failure within the limit is on record, and of those beyond it one.
      const rows = await sql.query<{ outcome: string; count: number; client: string }>(
        'select outcome, client, count(*)::int from audit_log where action = $1 and at > $2 group by 1, 2 order by 3',
        [door, new Date(clock.now().getTime() - 5 * minuteMs)],
      );
      const code = refusal === 404 ? 'LINK_NOT_FOUND' : 'UNAUTHORIZED';
      expect(rows).toEqual([
        { outcome: 'TOO_MANY_REQUESTS', client: '127.0.0.1', count: 1 },
        { outcome: code, client: '127.0.0.1', count: allowed },
      ]);

      // Whoever has a right proof passes all the same, from the same address.
      expect(await statusWith(adminKey)).toBe(200);
      expect((await form('/session', { key: adminKey })).status).toBe(303);
      clock.advanceMs(minuteMs);
      expect((await once()).status).toBe(refusal);
    },
    120_000,
  );

  test('are counted over all addresses too, and no more addresses are held than that', async () => {
    const before = await sql.query<{ n: number }>('select count(*)::int as n from audit_log');
    const limit = createFailureLimit({ ...harian.harian.deps, clock });
    const codes: string[] = [];
    for (let index = 0; index < 120; index++) {
      await limit
        .refuse('session.begin', `10.0.0.${index}`, new AppError('UNAUTHORIZED', 'wrong'))
        .catch((error: AppError) => codes.push(error.code));
    }
    expect(codes.filter((code) => code === 'UNAUTHORIZED')).toHaveLength(100);
    expect(codes.slice(100).every((code) => code === 'TOO_MANY_REQUESTS')).toBe(true);
    const after = await sql.query<{ n: number }>('select count(*)::int as n from audit_log');
    expect((after[0]?.n ?? 0) - (before[0]?.n ?? 0)).toBe(101);
  });

  test('are not what a request without any proof is, nor one with a session that is over', async () => {
    clock.advanceMs(20 * minuteMs);
    const ask = (headers: Record<string, string>) => http.call('GET', '/api/queue', { key: null, headers });
    for (let round = 0; round < 16; round++) {
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, index) => ask(index % 2 === 0 ? {} : { cookie: 'harian_session=over' })),
      );
      expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(401));
    }
  });
});

describe('the audit log', () => {
  test('tells of every change who made it, from where and what came of it, refused ones included', async () => {
    const operator = await newKey({ scope: 'operate' });
    const code = newStoreCode();
    const actor = { key_id: operator.id, name: operator.name };
    const bootstrap = { key_id: expect.any(String), name: 'bootstrap' };
    const json = { store_code: code, name: 'X' };
    await http.call('POST', '/api/stores', { json });
    await http.call('POST', '/api/stores', { json });
    await statusWith(operator.key, 'PATCH', `/api/stores/${code}`, { paused: true });
    await statusWith(operator.key, 'PATCH', `/api/stores/${code}`, { paused: 'yes' });
    await statusWith(operator.key, 'POST', `/api/stores/${code}/connect-links`);
    await statusWith(operator.key, 'POST', `/api/stores/${code}/resync`);
    await statusWith(operator.key, 'DELETE', `/api/stores/${code}`);
    await http.call('DELETE', `/api/stores/${code}`);
    const rows = await audit(`&store_code=${code}`);
    const row = (who: object, action: string, outcome = 'OK') =>
      expect.objectContaining({ actor: who, action, store_code: code, outcome, client: '127.0.0.1' });
    expect(rows.toReversed()).toEqual([
      row(bootstrap, 'store.create'),
      row(bootstrap, 'store.create', 'STORE_EXISTS'),
      row(actor, 'store.update'),
      row(actor, 'store.update', 'INVALID_REQUEST'),
      row(actor, 'store.connect_link'),
      row(actor, 'store.resync', 'STORE_NOT_CONNECTED'),
      row(actor, 'store.delete', 'FORBIDDEN'),
      row(bootstrap, 'store.delete'),
    ]);
  });

  test('tells of the console: sessions, its buttons, and a press from a foreign page', async () => {
    const operator = await newKey({ scope: 'operate' });
    const code = await newStore();
    const cookie = await signIn(operator.key);
    await form(`/stores/${code}/connect-link`, {}, { cookie });
    await form(`/stores/${code}/resync`, {}, { cookie });
    await form(`/stores/${code}/resync`, {}, { cookie, origin: 'https://evil.example' });
    await form('/session/end', {}, { cookie });
    const rows = (await audit()).filter(({ actor }) => actor.key_id === operator.id);
    expect(rows.toReversed().map(({ action, outcome, store_code }) => [action, outcome, store_code])).toEqual([
      ['session.begin', 'OK', null],
      ['store.connect_link', 'OK', code],
      ['store.resync', 'STORE_NOT_CONNECTED', code],
      ['store.resync', 'FORBIDDEN', code],
      ['session.end', 'OK', null],
    ]);
  });

  test('tells of keys by their name, of the owner who connects, and of TikTok', async () => {
    const created = await newKey({ scope: 'read' });
    await http.call('DELETE', `/api/admin-keys/${created.id}`);
    const [revoke, create] = await audit();
    expect(create).toMatchObject({ action: 'admin_key.create', target: created.name, outcome: 'OK' });
    expect(revoke).toMatchObject({ action: 'admin_key.revoke', target: created.name, outcome: 'OK' });

    const code = await newStore();
    const link = await http.call<{ url: string }>('POST', `/api/stores/${code}/connect-links`);
    const owner = createOwner(harian);
    const authorizeUrl = await owner.start(link.body.url);
    const openId = harian.simulator.control.accounts[0]?.openId ?? '';
    await owner.finish(await harian.simulator.control.consent(authorizeUrl, { openId }));
    clock.advanceMs(2_000);
    await harian.simulator.control.removeAuthorization(openId, 4);
    const rows = await audit(`&store_code=${code}`);
    expect(rows.toReversed().map(({ actor, action, target }) => [actor.name, action, target])).toEqual([
      ['bootstrap', 'store.create', null],
      ['bootstrap', 'store.connect_link', null],
      ['owner', 'store.connect', null],
      ['tiktok', 'store.authorization_removed', 'ACCOUNT_BANNED'],
    ]);
  });

  test('is committed with the change: where its row cannot be written, nothing is changed', async () => {
    const code = await newStore();
    await sql.query(
      `alter table audit_log add constraint nothing check (action not in ('store.update', 'store.delete')) not valid`,
    );
    const renamed = await http.call('PATCH', `/api/stores/${code}`, { json: { name: 'Renamed' } });
    const deleted = await http.call('DELETE', `/api/stores/${code}`);
    await sql.query('alter table audit_log drop constraint nothing');
    expect([renamed.status, deleted.status]).toEqual([500, 500]);
    expect((await http.call<{ name: string }>('GET', `/api/stores/${code}`)).body.name).toBe(code);
  });

  test('pages newest first, by action too, and holds no key, whole or in part', async () => {
    const wrong = 'hrn_canary-0123456789-abcdefghijklmnopqrstuvwxyz';
    await http.call('GET', '/api/queue', { key: wrong });
    await form('/session', { key: wrong });
    const first = await http.call<{ items: AuditBody[]; next_cursor: string }>('GET', '/api/audit?limit=3');
    const rest = await http.call<{ items: AuditBody[] }>('GET', `/api/audit?limit=3&cursor=${first.body.next_cursor}`);
    const all = await audit();
    expect([...first.body.items, ...rest.body.items]).toEqual(all.slice(0, 6));
    expect((await audit('&action=session.begin')).every(({ action }) => action === 'session.begin')).toBe(true);
    const text = JSON.stringify(await sql.query('select * from audit_log'));
    expect(text).not.toMatch(/canary|hrn_|test-admin-key/);
    expect((await http.call('GET', '/api/audit?action=nonsense')).status).toBe(400);
  });
});

describe('a route', () => {
  test('without a stated policy stops the start, by its name', () => {
    const route = (method: string, path: string) => ({ basePath: '/', method, path, handler: () => undefined });
    expect(() => requirePolicies([route('GET', '/api/secrets') as never])).toThrow(/GET \/api\/secrets.*policies\.ts/);
    expect(() => requirePolicies([route('GET', '/healthz') as never, route('ALL', '/*') as never])).not.toThrow();
  });

  test('is behind every policy that is stated', async () => {
    const app = await createApp(harian.harian.deps);
    const known = new Set(app.routes.map(({ method, path }) => `${method} ${path}`));
    expect(Object.keys(policies).filter((route) => !known.has(route))).toEqual([]);
  });
});
