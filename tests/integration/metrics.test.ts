import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createTcpProxy } from '../../scripts/rig/tcp-proxy.ts';
import { createAdminKey } from '../../src/services/create-admin-key.ts';
import { createTestDatabase } from '../support/database.ts';
import { adminKey, startTestHarian, type TestHarian } from '../support/harian.ts';
import { createHttpClient, envelope, expectSecurityHeaders } from '../support/http.ts';
import { metricsIn, parseMetrics, readDashboard, type Scrape, scrape } from '../support/prometheus.ts';
import { createStoreDriver, type StoreDriver, smallAccounts, type TestStore } from '../support/store-driver.ts';

/** What was said on the connections that requests use. */
const statements: string[] = [];
const { query } = pg.Client.prototype;
vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function spy(this: pg.Client, ...args: unknown[]) {
  const [statement] = args as [string | { text: string }];
  const { application_name: by } = Reflect.get(this, 'connectionParameters') as { application_name?: string };
  if (by === 'harian') statements.push(typeof statement === 'string' ? statement : statement.text);
  return Reflect.apply(query, this, args);
});

// ROLES=api: nobody works, so what is made up stays as it is.
let still: TestHarian;
let stillStores: StoreDriver;
let harian: TestHarian;
let stores: StoreDriver;
beforeAll(async () => {
  still = await startTestHarian({ environment: { ROLES: 'api' }, simulator: { accounts: smallAccounts(20, 3) } });
  stillStores = await createStoreDriver(still);
  harian = await startTestHarian({
    environment: { ROLES: 'api,worker,scheduler', SYNC_CRON: '0 0 1 1 *' },
    simulator: { accounts: smallAccounts(20, 3) },
  });
  stores = await createStoreDriver(harian);
});
afterAll(async () => {
  vi.restoreAllMocks();
  await Promise.all([stores.close(), stillStores.close()]);
  await Promise.all([harian.close(), still.close()]);
});

const read = (of = harian) => scrape(of.url, adminKey);
/** By how much samples have grown. */
const growth = async (work: () => Promise<unknown>) => {
  const before = await read();
  await work();
  const after = await read();
  return (name: string, labels: Record<string, string> = {}) =>
    (after.value(name, labels) ?? 0) - (before.value(name, labels) ?? 0);
};
/** A sync whose first run has ended, and was counted. */
const syncOnce = async (store: TestStore) => stores.untilRunEnded((await stores.sync(store)).id);
const sumOf = ({ samples }: Scrape, name: string, labels: Record<string, string>) =>
  samples
    .filter((one) => one.name === name && Object.entries(labels).every(([label, value]) => one.labels[label] === value))
    .reduce((sum, { value }) => sum + value, 0);

test('the numbers of the fleet are those of /api/queue, /api/coverage and the stores', async () => {
  const { sql } = stillStores;
  const made: TestStore[] = [];
  for (let count = 0; count < 9; count++)
    made.push(await stillStores.newStore({ timezone: still.config.sync.timezone }));
  const jobs: string[] = [];
  for (const store of made) jobs.push(await stillStores.resync(store));
  const code = (index: number) => made[index]?.storeCode;
  await sql.query(`update pgboss.job set start_after = now() - interval '90 seconds' where id = $1`, [jobs[0]]);
  await sql.query(`update pgboss.job set start_after = now() + interval '1 hour' where id = $1`, [jobs[1]]);
  await sql.query(
    `update pgboss.job set state = 'retry', retry_count = 1, start_after = now() + interval '1 hour' where id = $1`,
    [jobs[2]],
  );
  await sql.query(
    `update pgboss.job set state = 'retry', retry_count = 1, data = data || '{"deferred_delivery":1}' where id = $1`,
    [jobs[3]],
  );
  await sql.query(`update pgboss.job set state = 'failed', completed_on = now() where id = $1`, [jobs[4]]);
  await sql.query(`update store_days set state = 'complete' where store_code = $1`, [code(5)]);
  await sql.query(`update store_days set state = 'partial' where store_code = $1`, [code(6)]);
  await sql.query(`update store_days set created_at = now() - interval '2 hours' where store_code = $1`, [code(7)]);
  await sql.query(`update stores set status = 'NEED_RECONNECT' where store_code = any($1)`, [[code(7), code(8)]]);
  await sql.query(`update store_days set reason = 'KILLED_WORKER' where store_code = $1`, [code(2)]);
  await sql.query(
    `insert into store_days (store_code, snapshot_date, state, reason)
     select store_code, snapshot_date - 1, 'missed', case when store_code = $1 then 'PAUSED' else 'NOT_READ_IN_TIME' end
     from store_days where store_code = any($2)`,
    [code(0), [code(0), code(1), code(2)]],
  );
  await sql.query(
    `update tiktok_accounts set refresh_expires_at = now() + case when store_code = $1 then interval '3 days'
       when store_code = $2 then interval '20 days' else interval '90 days' end`,
    [code(0), code(1)],
  );
  await sql.query(`update tiktok_accounts set refresh_state = 'OUTCOME_UNKNOWN' where store_code = $1`, [code(3)]);
  await sql.query(
    `insert into request_budgets (endpoint, next_at) values ('video/list', now() + interval '5 minutes')`,
  );
  await sql.query(
    `insert into heartbeats (process_id, roles, started_at, seen_at, worker_seen_at)
     values (gen_random_uuid(), '{worker}', now(), now() + interval '1 hour', now() + interval '1 hour')`,
  );
  await sql.query(
    `insert into webhooks (id, url, events, enabled, secret_encrypted, created_at, since, failing_since)
     values ($1, 'https://example.com', '{day.closed}', true, '', now(), now(), now() - interval '2 hours')`,
    [randomUUID()],
  );

  const now = await read(still);
  const { body: queue } = await still.api<Record<string, number>>('GET', '/api/queue');
  const { body: coverage } = await still.api<Record<string, number> & { waiting: Record<string, number> }>(
    'GET',
    '/api/coverage',
  );

  for (const state of ['queued', 'deferred', 'active', 'retrying']) {
    expect(now.value('harian_queue_jobs', { state }), state).toBe(queue[state]);
  }
  expect(queue).toMatchObject({ queued: 5, deferred: 2, retrying: 1, failed: 1 });
  expect(now.value('harian_queue_jobs_ended_today', { outcome: 'failed' })).toBe(queue.failed);
  expect(now.value('harian_queue_jobs_ended_today', { outcome: 'completed' })).toBe(queue.completed_today);
  expect(now.value('harian_queue_oldest_seconds')).toBeGreaterThanOrEqual(90);
  expect(now.value('harian_queue_oldest_seconds')).toBeLessThanOrEqual(queue.oldest_queued_seconds ?? 0);
  for (const state of ['pending', 'running', 'complete', 'partial', 'late', 'missed']) {
    expect(now.value('harian_coverage_stores', { day: 'today', state }), state).toBe(coverage[state]);
  }
  expect(sumOf(now, 'harian_coverage_stores', { day: 'today' })).toBe(coverage.expected);
  expect(Object.keys(coverage.waiting)).toHaveLength(9);
  for (const [what, count] of Object.entries(coverage.waiting)) {
    expect(now.value('harian_coverage_waiting', { for: what }), what).toBe(count);
  }
  const { body: ready } = await still.api<{ coverage: { overdue: number } }>('GET', '/readyz');
  expect(now.value('harian_coverage_overdue')).toBe(ready.coverage.overdue);
  expect(ready.coverage.overdue).toBe(1);
  expect(now.value('harian_coverage_stores', { day: 'yesterday', state: 'missed' })).toBe(3);
  expect(now.value('harian_coverage_missed', { cause: 'owner' })).toBe(1);
  expect(now.value('harian_coverage_missed', { cause: 'harian' })).toBe(2);
  expect(now.value('harian_coverage_set_aside')).toBe(1);
  expect(now.value('harian_stores', { status: 'CONNECTED' })).toBe(7);
  expect(now.value('harian_stores', { status: 'NEED_RECONNECT' })).toBe(2);
  expect(now.value('harian_tokens_ending', { within: '7d' })).toBe(1);
  expect(now.value('harian_tokens_ending', { within: '30d' })).toBe(2);
  expect(now.value('harian_token_first_end_seconds')).toBeCloseTo(3 * 86_400, -4);
  expect(now.value('harian_tokens_in_doubt')).toBe(1);
  expect(now.value('harian_tiktok_booked_ahead_seconds', { endpoint: 'video/list' })).toBeGreaterThan(200);
  expect(now.value('harian_tiktok_limit_per_minute')).toBe(1_000_000);
  expect(now.value('harian_live_processes', { role: 'worker' })).toBe(1);
  expect(now.value('harian_live_processes', { role: 'scheduler' })).toBe(0);
  expect(now.value('harian_webhook_failing_seconds')).toBeGreaterThanOrEqual(7_200);
  expect(now.value('harian_breaker_open_seconds', { endpoint: 'user/info' })).toBe(0);

  await sql.query(`drop trigger keep_circuit_closed on circuit_breakers`);
  await sql.query(
    `insert into circuit_breakers (endpoint, state, opened_at) values ('user/info', 'open', now() - interval '20 minutes')`,
  );
  await expect
    .poll(async () => (await read(still)).value('harian_breaker_open_seconds', { endpoint: 'user/info' }))
    .toBeGreaterThanOrEqual(1_200);
});

test('a sync counts its run, its rows and its requests, and a request of ours counts by its route', async () => {
  const store = await stores.newStore();
  const of = await growth(() => syncOnce(store));

  expect(of('harian_sync_duration_seconds_count', { outcome: 'SUCCESS' })).toBe(1);
  expect(of('harian_sync_duration_seconds_sum', { outcome: 'SUCCESS' })).toBeGreaterThan(0);
  expect(of('harian_rows_written_total', { table: 'user_daily' })).toBe(1);
  expect(of('harian_rows_written_total', { table: 'video_daily' })).toBe(3);
  for (const endpoint of ['user/info', 'video/list']) {
    expect(of('harian_tiktok_requests_total', { endpoint, outcome: 'ok' }), endpoint).toBe(1);
    expect(of('harian_tiktok_request_duration_seconds_count', { endpoint }), endpoint).toBe(1);
    expect(of('harian_tiktok_wait_seconds_count', { endpoint }), endpoint).toBe(1);
  }
  expect(of('harian_token_refreshes_total', { outcome: 'stored' })).toBe(0);
  const route = '/api/stores/:store_code/resync';
  expect(of('harian_http_requests_total', { method: 'POST', route, status: '2xx' })).toBe(1);
  expect(of('harian_http_request_duration_seconds_count', { route })).toBe(1);
});

test('a run that fails counts as such, with what TikTok said', async () => {
  const store = await stores.newStore();
  stores.fault(store, { endpoint: 'user/info', kind: 'internal_error' });
  const of = await growth(() => syncOnce(store));

  expect(of('harian_sync_duration_seconds_count', { outcome: 'FAILED' })).toBe(1);
  expect(of('harian_tiktok_requests_total', { endpoint: 'user/info', outcome: 'transient' })).toBe(1);
  expect(of('harian_rows_written_total', { table: 'user_daily' })).toBe(0);
});

test.for([
  ['stored', null],
  ['unknown', { kind: 'reset' }],
  ['failed', { kind: 'oauth_error', code: 'invalid_client', status: 401 }],
  ['refused', { kind: 'oauth_error', code: 'invalid_grant', status: 400 }],
] as const)('a refresh counts by what came of it: %s', async ([outcome, fault]) => {
  const store = await stores.newStore();
  await stores.expireAccessToken(store);
  if (fault) stores.fault(store, { endpoint: 'token', ...fault });
  const of = await growth(() => syncOnce(store));

  expect(of('harian_token_refreshes_total', { outcome })).toBe(1);
  expect(of('harian_tiktok_wait_seconds_count', { endpoint: 'token' })).toBe(1);
  for (const other of ['stored', 'unknown', 'failed', 'refused', 'lost', 'not_kept', 'superseded'])
    if (other !== outcome) expect(of('harian_token_refreshes_total', { outcome: other }), other).toBe(0);
});

test('a pair refused after an unanswered refresh counts as lost', async () => {
  const store = await stores.newStore();
  await stores.expireAccessToken(store);
  await stores.sql.query(`update tiktok_accounts set refresh_state = 'OUTCOME_UNKNOWN' where store_code = $1`, [
    store.storeCode,
  ]);
  stores.fault(store, { endpoint: 'token', kind: 'oauth_error', code: 'invalid_grant', status: 400 });
  const of = await growth(() => syncOnce(store));

  expect(of('harian_token_refreshes_total', { outcome: 'lost' })).toBe(1);
  expect(of('harian_sync_duration_seconds_count', { outcome: 'NEED_RECONNECT' })).toBe(1);
});

test('names nobody: no store, account, path or address is in it, and every label is of a closed set', async () => {
  const { body } = await harian.api<{ items: { store_code: string }[] }>('GET', '/api/stores?limit=200');
  expect(body.items.length).toBeGreaterThan(3);
  await harian.api('GET', `/api/stores/${body.items[0]?.store_code}`);
  await harian.api('GET', '/api/stores/canary-in-a-path');
  await fetch(`${harian.url}/canary-in-a-path?canary=1`, { method: 'PROPFIND', headers: { 'user-agent': 'canary' } });

  const answer = await fetch(`${harian.url}/metrics`, { headers: { authorization: `Bearer ${adminKey}` } });
  const text = await answer.text();

  for (const { store_code: code } of body.items) expect(text).not.toContain(code);
  expect(text).not.toMatch(/canary|small-\d|127\.0\.0\.1|tiktok\.test|test-admin-key/);
  const { samples } = parseMetrics(text);
  const ours = samples.filter(({ name }) => name.startsWith('harian_'));
  expect(ours.length).toBeGreaterThan(100);
  for (const { name, labels } of ours) {
    for (const [label, value] of Object.entries(labels)) {
      if (label === 'le' || name === 'harian_build_info') continue;
      const isRoute = label === 'route' && /^\/([a-z./*_-]|:store_code|:id)*$/.test(value);
      expect(isRoute || /^[A-Za-z0-9_/]{1,24}$/.test(value), `${name} ${label}=${value}`).toBe(true);
    }
  }
  expect(samples.find(({ labels }) => labels.method === 'other')?.labels.route).toBe('/*');
});

test('every metric, and every word of a label, that an alert or a panel asks for is there', async () => {
  await syncOnce(await stores.newStore());
  const now = await read();
  const alerts = await readFile('deploy/prometheus/alerts.yml', 'utf8');
  const queries = [alerts, ...(await readDashboard()).map(({ query }) => query)].join('\n');
  const used = new Set(metricsIn(queries));
  expect(used.size).toBeGreaterThan(30);
  for (const name of used) {
    const described = now.types.has(name) || now.types.get(name.replace(/_(bucket|count|sum)$/, '')) === 'histogram';
    expect(described, name).toBe(true);
  }
  let words = 0;
  for (const [, name = '', selector = ''] of queries.matchAll(/\b(harian_\w+)\{([^}]*)\}/g)) {
    for (const [, label = '', operator, values = ''] of selector.matchAll(/(\w+)(=~|=)"([^"]*)"/g)) {
      // Routes and classes of a status are there once they were.
      if (operator === undefined || (label === 'status' && name === 'harian_http_requests_total')) continue;
      for (const value of values.split('|')) {
        words += 1;
        const isThere = now.samples.some((one) => one.name === name && one.labels[label] === value);
        expect(isThere, `${name} ${label}=${value}`).toBe(true);
      }
    }
  }
  expect(words).toBeGreaterThan(15);
});

test('scrapes at the same time, and soon after, share one look at the database of a dozen statements', async () => {
  const isLook = (text: string) => text.includes('from stores group by status');
  // What the look of an earlier test has left is over.
  await expect
    .poll(async () => {
      statements.length = 0;
      await read(still);
      return statements.some(isLook);
    })
    .toBe(true);
  const isOfLook = (text: string) => !/admin_keys|into "?heartbeats|statement_timeout/.test(text);
  expect(statements.filter(isOfLook).length).toBeLessThanOrEqual(12);

  statements.length = 0;
  const all = await Promise.all(Array.from({ length: 20 }, () => read(still)));
  expect(all).toHaveLength(20);
  expect(statements.filter(isLook).length).toBeLessThanOrEqual(1);
  expect(statements.filter(isOfLook).length).toBeLessThanOrEqual(12);
});

test('wants a key with the scope read, and answers GET and HEAD alone', async () => {
  const http = await createHttpClient(harian.url);
  const { secret: key } = await createAdminKey(harian.harian.deps, {
    name: 'prometheus',
    scope: 'read',
    expiresAt: null,
  });

  for (const wrong of [null, 'wrong-key-0123456789-0123456789-0123456789']) {
    const refused = await http.call('GET', '/metrics', { key: wrong, headers: { accept: 'text/html' } });
    expect([refused.status, refused.body.error.code]).toEqual([401, 'UNAUTHORIZED']);
  }
  const answer = await http.call('GET', '/metrics', { key });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
  ]);
  const head = await http.call('HEAD', '/metrics', { key });
  expect([head.status, head.text]).toEqual([200, '']);
  const wrong = await http.call('POST', '/metrics');
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});

test('a process without the role api answers it too, to the same keys', async () => {
  const worker = await startTestHarian({ environment: { ROLES: 'worker' }, database: harian.database });
  const refused = await fetch(`${worker.url}/metrics`);
  expect(refused.status).toBe(401);
  expect(envelope.parse(await refused.json()).error.code).toBe('UNAUTHORIZED');
  expectSecurityHeaders(refused.headers);
  expect((await fetch(`${worker.url}/metrics`, { method: 'DELETE' })).status).toBe(405);

  const own = await read(worker);
  expect(own.value('harian_http_requests_total', { method: 'GET', route: '/metrics', status: '4xx' })).toBe(1);
  expect(own.value('harian_sync_duration_seconds_count', { outcome: 'SUCCESS' })).toBe(0);
  const all = await read();
  for (const status of ['CONNECTED', 'NEED_RECONNECT'])
    expect(own.value('harian_stores', { status })).toBe(all.value('harian_stores', { status }));
  await worker.close();
});

test('what the database does not tell is missing, never 0, and what the process knows is there', async () => {
  const database = await createTestDatabase();
  const own = await startTestHarian({ environment: { ROLES: 'api' }, database });
  const { sql, close } = await createStoreDriver(own);
  expect((await read(own)).value('harian_fleet_readable')).toBe(1);
  await sql.query('alter table request_budgets rename to away');

  await expect.poll(async () => (await read(own)).value('harian_fleet_readable')).toBe(0);
  const now = await read(own);
  expect(
    now.samples.filter(({ name }) => /^harian_(queue|coverage|stores|live|tokens|webhook_failing)/.test(name)),
  ).toEqual([]);
  expect(now.value('harian_database_connections_max', { pool: 'requests' })).toBe(10);
  expect(now.value('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThanOrEqual(0);

  await sql.query('alter table away rename to request_budgets');
  await expect.poll(async () => (await read(own)).value('harian_stores', { status: 'CONNECTED' })).toBe(0);
  await close();
  await own.close();
  await database.drop();
});

test('without the database nobody can be recognised: 503, so that Prometheus sees it as down', async () => {
  const database = await createTestDatabase();
  const proxy = await createTcpProxy(database.url);
  const own = await startTestHarian({
    database: { ...database, url: proxy.url },
    environment: { ROLES: 'api', DATABASE_TIMEOUT_MS: '4000' },
  });
  expect((await read(own)).value('harian_fleet_readable')).toBe(1);
  await proxy.cut();

  const { status, body } = await own.api<{ error: { code: string } }>('GET', '/metrics');
  expect([status, body.error.code]).toEqual([503, 'UNAVAILABLE']);
  await own.close();
  await proxy.cut();
  await database.drop();
});
