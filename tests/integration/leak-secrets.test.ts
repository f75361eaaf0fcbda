import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSimulator, type Simulator } from '../../src/simulator/app.ts';
import { signWebhook } from '../../src/simulator/webhook.ts';
import { newStoreCode, startTestHarian, type TestHarian } from '../support/harian.ts';
import { createOwner } from '../support/owner.ts';
import { findSecrets } from '../support/secret-search.ts';
import { openSql } from '../support/sql.ts';

const encryptionKey = randomBytes(32);
const canaries = {
  'client secret': `cs-${randomBytes(18).toString('base64url')}`,
  'admin key': `ak-${randomBytes(30).toString('base64url')}`,
  'encryption key': encryptionKey.toString('base64'),
};
const publicUrl = 'http://localhost:65001';

/** What the program sent or printed, under the name of what it was. */
const outside: Record<string, string> = {};
const issued: Record<string, string> = {};
let harian: TestHarian;
let simulator: Simulator;

/** The simulator's answers pass through here: whatever it hands out as a token is a secret from then on. */
const listenIn = (real: Simulator): Simulator => ({
  ...real,
  fetch: async (input, init) => {
    const response = await real.fetch(input, init);
    if (!String(input).includes('/oauth/token')) return response;
    const text = await response.text();
    const pair = JSON.parse(text) as { access_token?: string; refresh_token?: string };
    for (const kind of ['access_token', 'refresh_token'] as const) {
      const token = pair[kind];
      if (token) issued[`${kind} ${Object.keys(issued).length}`] = token;
    }
    return new Response(text, response);
  },
});

const record = async (name: string, response: Response): Promise<Response> => {
  const text = await response.clone().text();
  const headers = [...response.headers].map((header) => header.join(': ')).join('\n');
  outside[`${name} #${Object.keys(outside).length}`] = `${response.status}\n${headers}\n\n${text}`;
  return response;
};

const api = async (method: string, path: string, body?: unknown, key = canaries['admin key']) => {
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(`${harian.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...init,
  });
  return record(`${method} ${path}`, response);
};

beforeAll(async () => {
  simulator = createSimulator({
    clientKey: 'test-client-key',
    clientSecret: canaries['client secret'],
    redirectUris: [`${publicUrl}/oauth/tiktok/callback`],
    seed: 3,
    clock: { now: () => new Date() },
    requestsPerMinute: 1_000_000,
  });
  harian = await startTestHarian({
    environment: {
      PUBLIC_URL: publicUrl,
      TIKTOK_CLIENT_SECRET: canaries['client secret'],
      ADMIN_API_KEY: canaries['admin key'],
      TOKEN_ENC_KEY: `k1:${encryptionKey.toString('base64')}`,
    },
    sharedSimulator: listenIn(simulator),
  });
});
afterAll(async () => {
  await harian.close();
  await simulator.close();
});

interface StoreBody {
  status: string;
  last_synced_at: string | null;
  job: { id: string } | null;
}
const settled = async (code: string) => {
  const read = async () => (await (await api('GET', `/api/stores/${code}`)).json()) as StoreBody;
  await expect.poll(async () => (await read()).job, { interval: 100 }).toBeNull();
  return read();
};

/** Connects, syncs, refreshes, fails in every way that touches a secret, and disconnects. */
async function live(): Promise<void> {
  const code = newStoreCode('leak');
  const openId = simulator.control.accounts[0]?.openId ?? '';
  const { faults } = simulator.control;
  // Shorter than the margin within which a token is refreshed: every run refreshes.
  simulator.control.setTokenLife({ accessTokenLifeSeconds: 60 });

  await api('POST', '/api/stores', { store_code: code, name: 'Leak' });
  const link = (await (await api('POST', `/api/stores/${code}/connect-links`)).json()) as { url: string };
  const owner = createOwner(harian);
  await record('connect page', await owner.open(link.url));
  faults.add({ endpoint: 'token', kind: 'oauth_error', code: 'invalid_grant', status: 200 });
  const refused = await simulator.control.consent(await owner.start(link.url), { openId });
  await record('refused callback', await owner.finish(refused));
  faults.clear();
  const callback = await simulator.control.consent(await owner.start(link.url), { openId });
  await record('callback', await owner.finish(callback));
  await record('used callback', await owner.finish(callback));
  outside['result page'] = await owner.result();
  expect((await settled(code)).last_synced_at).not.toBeNull();

  for (const fault of [
    { endpoint: 'token', kind: 'internal_error' },
    { endpoint: 'token', kind: 'reset' },
    { endpoint: 'user/info', kind: 'token_invalid' },
    { endpoint: 'user/info', kind: 'internal_error' },
    { endpoint: 'user/info', kind: 'redirect' },
    { endpoint: 'video/list', kind: 'truncated_body' },
    { endpoint: 'video/list', kind: 'display_error' },
    // The last: this answer is lost, and with it the pair.
    { endpoint: 'token', kind: 'wrong_content_type' },
  ] as const) {
    faults.add(fault);
    await api('POST', `/api/stores/${code}/resync`);
    const store = (await (await api('GET', `/api/stores/${code}`)).json()) as StoreBody;
    if (store.job) await api('GET', `/api/jobs/${store.job.id}`);
    // What waits for its retry is pulled forward by the next resync; what failed stays on record.
    await expect
      .poll(
        async () => {
          const job = ((await (await api('GET', `/api/stores/${code}`)).json()) as { job: { state: string } | null })
            .job;
          return job === null || job.state === 'retrying' || job.state === 'deferred';
        },
        { interval: 50 },
      )
      .toBe(true);
    faults.clear();
  }
  await api('POST', `/api/stores/${code}/resync`);
  expect(await settled(code)).toMatchObject({ status: 'NEED_RECONNECT' });

  for (const path of [
    '/api/stores',
    '/api/sync-logs',
    '/api/queue',
    '/api/coverage',
    `/api/stores/${code}/daily`,
    `/api/stores/${code}/videos`,
    '/openapi.json',
    '/docs',
    '/readyz',
    '/metrics',
    '/api/nope',
  ]) {
    await api('GET', path);
  }
  await api('GET', '/api/stores', undefined, `${canaries['admin key']}x`);
  await api('POST', '/api/stores', { store_code: code, name: canaries['admin key'].slice(0, 3), key: 1 });
  const session = await fetch(`${harian.url}/session`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: publicUrl },
    body: new URLSearchParams({ key: canaries['admin key'] }),
  });
  const cookie = session.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  await record('console', await fetch(harian.url, { headers: { cookie } }));
  await record('sign-in', session);
  const hook = JSON.stringify({ client_key: 'test-client-key', event: 'other' });
  for (const secret of [canaries['client secret'], 'wrong']) {
    const headers = { 'tiktok-signature': signWebhook(secret, hook, 1_700_000_000) };
    await record('webhook', await fetch(`${harian.url}/webhooks/tiktok`, { method: 'POST', body: hook, headers }));
  }
  outside['dump of the connected database'] = await dump();

  faults.add({ endpoint: 'revoke', kind: 'internal_error' });
  await api('POST', `/api/stores/${code}/disconnect`);
}

/** Every row of every table as text, with bytes as text and as hex. */
async function dump(): Promise<string> {
  const sql = await openSql(harian.database.url);
  const tables = await sql.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname in ('public', 'pgboss', 'drizzle')`,
  );
  const parts: string[] = [];
  for (const { name } of tables) {
    const rows = await sql.query<{ row: string }>(`select t::text as row from ${name} t`);
    parts.push(`${name}\n${rows.map(({ row }) => row).join('\n')}`);
  }
  await sql.close();
  return parts.join('\n');
}

test('no secret and no token is in any log line, answer or row, in any form', async () => {
  await live();
  outside['dump of the database'] = await dump();
  outside.logs = harian.logs.join('');
  const { password } = new URL(harian.database.url);
  const secrets: Record<string, string | Buffer> = {
    ...canaries,
    ...issued,
    'raw encryption key': encryptionKey,
  };
  // One that was given from outside may be a common word.
  if (password.length >= 16) secrets['database password'] = password;

  // The run touched what it was meant to touch.
  expect(Object.keys(issued).length).toBeGreaterThanOrEqual(8);
  expect(harian.logs.length).toBeGreaterThan(50);
  // The bytes of `v1.k1.`, as PostgreSQL prints them.
  expect(outside['dump of the connected database']).toContain(Buffer.from('v1.k1.').toString('hex'));
  for (const table of ['public.sync_logs', 'public.tiktok_accounts', 'pgboss.job']) {
    expect(outside['dump of the database']).toContain(table);
  }
  for (const code of ['INTERNAL_ERROR', 'ECONNRESET']) expect(outside.logs, code).toContain(code);

  expect(findSecrets(secrets, outside)).toEqual([]);
});

test('the search finds what is planted, in each of those places and forms', async () => {
  const token = Object.values(issued)[0] ?? '';
  const bytes = Buffer.from(token);
  const planted: Record<string, string | Buffer> = {
    raw: `{"authorization":"Bearer ${token}"}`,
    hex: `\\x${bytes.toString('hex')}`,
    base64: Buffer.from(`Bearer ${token}`).toString('base64'),
    base64url: Buffer.from(`x${token}`).toString('base64url'),
    url: `?access_token=${encodeURIComponent(token)}`,
    bytes: Buffer.concat([Buffer.from([0, 255, 254]), bytes, Buffer.from([1])]),
  };
  for (const [form, haystack] of Object.entries(planted)) {
    expect(findSecrets({ token }, { here: haystack }), form).not.toEqual([]);
  }
  const sql = await openSql(harian.database.url);
  await sql.query("insert into stores (store_code, name, timezone) values ('planted', $1, 'UTC')", [token]);
  await sql.close();
  expect(findSecrets({ token }, { dump: await dump() })).toContain('token as raw in dump');
});
