import { createHmac, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { postOutside } from '../../src/channels/post-outside.ts';
import { createTokenCipher } from '../../src/crypto/token-cipher.ts';
import { countAccountsByKeyId } from '../../src/db/tiktok-accounts.ts';
import { type Boss, createBoss } from '../../src/jobs/boss.ts';
import { createDeliveryQueue } from '../../src/jobs/delivery-queue.ts';
import { createLogger } from '../../src/logger.ts';
import { deliverEvent } from '../../src/services/deliver-event.ts';
import { handleRemoval } from '../../src/services/handle-removal.ts';
import { planDay } from '../../src/services/plan-day.ts';
import { queueDeliveries } from '../../src/services/queue-deliveries.ts';
import { createSecret } from '../../src/services/webhook-secret.ts';
import { createTestClock } from '../support/clock.ts';
import { createGate } from '../support/gate.ts';
import { newStoreCode, startTestHarian, type TestHarian } from '../support/harian.ts';
import { createHttpClient, type HttpClient, readAllPages } from '../support/http.ts';
import { connectStore, reconnectStore } from '../support/owner.ts';
import { findSecrets } from '../support/secret-search.ts';
import type { Sql } from '../support/sql.ts';
import { createStoreDriver, type StoreDriver, smallAccounts, type TestStore } from '../support/store-driver.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

// An API with its workers, and a receiver outside. What a scheduler would do is done by hand, but for the last test.

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

interface Webhook {
  id: string;
  url: string;
  events: string[];
  enabled: boolean;
  failing_since: string | null;
}
interface Delivery {
  event_id: string;
  type: string;
  store_code: string;
  state: string;
  attempts: number;
  http_status: number | null;
  error_code: string | null;
}
interface Event {
  type: string;
  timestamp: string;
  data: { store_code: string } & Record<string, unknown>;
}

const silent = createLogger({ level: 'silent', write: () => undefined, now: () => new Date() });
const every = ['snapshot.completed', 'store.needs_reconnect', 'store.recovered', 'day.closed'];
const gate = createGate();
const clock = createTestClock();

let harian: TestHarian;
let http: HttpClient;
let driver: StoreDriver;
let sql: Sql;
let queue: Boss;
let receiver: WebhookReceiver;

beforeAll(async () => {
  receiver = await startWebhookReceiver();
  harian = await startTestHarian({ simulator: { accounts: smallAccounts(60, 3) }, wrapFetch: gate.wrapFetch });
  http = await createHttpClient(harian.url);
  driver = await createStoreDriver(harian);
  sql = driver.sql;
  queue = createBoss({ url: harian.database.url, supervise: false, maxConnections: 2, logger: silent });
  await queue.boss.start();
});
afterAll(async () => {
  await queue.stop();
  await queue.close();
  await driver.close();
  await harian.close();
  await receiver.close();
});
beforeEach(() => {
  receiver.received.length = 0;
  receiver.answerWith(204);
  receiver.onReceive(async () => {});
  clock.reset();
});
afterEach(async () => {
  // What runs on would be told of in the next test.
  await sql.query(`delete from pgboss.job where name = 'sync-store' and state in ('created', 'retry')`);
  await until(
    async () => (await sql.query(`select from pgboss.job where name = 'sync-store' and state = 'active'`)).length,
  ).toBe(0);
  await sql.query('delete from webhooks');
  await sql.query('delete from events');
  await sql.query(`delete from pgboss.job where name = 'webhook-delivery'`);
});

const until = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 30_000, interval: 20 });
const subscribe = async (events = every, changes: object = {}) => {
  const json = { url: receiver.url, events, ...changes };
  const { status, body } = await http.call<Webhook & { secret: string }>('POST', '/api/webhooks', { json });
  expect(status).toBe(201);
  return body;
};
const read = async (id: string) => (await http.call<Webhook>('GET', `/api/webhooks/${id}`)).body;
const deliveries = (id: string, query = '') =>
  readAllPages<Delivery>(http, `/api/webhooks/${id}/deliveries${query}`, 50);
const replay = (id: string, json: object) =>
  http.call<{ queued: number; next_cursor: string | null }>('POST', `/api/webhooks/${id}/replay`, { json });
/** What a scheduler does every few seconds. */
const look = () => queueDeliveries({ db: harian.harian.deps.db, deliveries: createDeliveryQueue(queue.boss) });
/** What a scheduler does every few minutes. */
const plan = () => planDay({ ...harian.harian.deps, clock, logger: silent, localTime: '01:00' }, 'schedule');
const sent = () =>
  receiver.received.map(({ headers, body }) => ({ id: headers['webhook-id'], ...(JSON.parse(body) as Event) }));
const events = (type: string, storeCode: string) =>
  sql.query<{ id: string; data: Event['data'] }>('select id, data from events where type = $1 and store_code = $2', [
    type,
    storeCode,
  ]);
/** One that was read, and of which the webhooks are to be told. */
const readStore = async (): Promise<TestStore> => {
  const store = await driver.newStore();
  expect((await driver.sync(store)).state).toBe('completed');
  return store;
};
/** The time of the retry has come. */
const pullForward = async () => {
  await until(
    async () => (await sql.query(`select from pgboss.job where name = 'webhook-delivery' and state = 'retry'`)).length,
  ).toBeGreaterThan(0);
  await sql.query(`update pgboss.job set start_after = now() where name = 'webhook-delivery' and state = 'retry'`);
};
const settled = (id: string) => until(async () => (await deliveries(id, '?state=pending')).length).toBe(0);

describe('what is told', () => {
  test('a run that read a store, signed as Standard Webhooks says, with what the day came to', async () => {
    const webhook = await subscribe();
    const store = await readStore();
    await look();
    await settled(webhook.id);

    const [hook] = receiver.received;
    const { 'webhook-id': id, 'webhook-timestamp': timestamp } = hook?.headers ?? {};
    const key = Buffer.from(webhook.secret.replace('whsec_', ''), 'base64');
    expect(key).toHaveLength(32);
    const mac = createHmac('sha256', key).update(`${id}.${timestamp}.${hook?.body}`).digest('base64');
    expect(hook?.headers['webhook-signature']).toBe(`v1,${mac}`);
    expect(Math.abs(Date.now() / 1000 - Number(timestamp))).toBeLessThan(60);
    expect(hook?.headers['content-type']).toBe('application/json');
    const [day] = await driver.days(store);
    expect(JSON.parse(hook?.body ?? '')).toEqual({
      type: 'snapshot.completed',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      data: {
        store_code: store.storeCode,
        snapshot_date: day?.day,
        state: 'complete',
        reason: null,
        captured_at: day?.captured_at?.toISOString(),
      },
    });
    expect(await deliveries(webhook.id)).toMatchObject([
      {
        event_id: id,
        type: 'snapshot.completed',
        store_code: store.storeCode,
        state: 'delivered',
        attempts: 1,
        http_status: 204,
        error_code: null,
      },
    ]);
  });

  test('a run that saw a part of the store is told as partial, one that saw nothing not at all', async () => {
    await subscribe();
    const store = await driver.newStore();
    driver.fault(store, { endpoint: 'user/info', kind: 'missing_counters', fields: ['follower_count'] });
    await driver.sync(store);
    expect(await events('snapshot.completed', store.storeCode)).toMatchObject([{ data: { state: 'partial' } }]);
    const blind = await driver.newStore();
    driver.fault(blind, { endpoint: 'user/info', kind: 'internal_error' });
    await driver.sync(blind);
    expect(await events('snapshot.completed', blind.storeCode)).toEqual([]);
  });

  test('a run that is undone tells nothing', async () => {
    await subscribe();
    const store = await driver.newStore();
    const list = gate.holdNext('video/list');
    const jobId = await driver.resync(store);
    await list.reached;
    await driver.cancel(jobId);
    list.release();
    await driver.untilRunEnded(jobId);
    expect(await sql.query('select from events')).toEqual([]);
  });

  test('a store that has to be connected again, and that it is well again; each once', async () => {
    await subscribe();
    const openId = driver.newOpenId();
    const store = { storeCode: newStoreCode(), openId };
    await connectStore(harian, store.storeCode, { openId });
    await until(async () => (await driver.store(store)).last_synced_at).not.toBeNull();
    const removed = { openId, createdAt: new Date(Date.now() + 5_000), reasonCode: 1 };
    await handleRemoval(harian.harian.deps, removed);
    await handleRemoval(harian.harian.deps, { ...removed, reasonCode: 2 });
    expect(await events('store.needs_reconnect', store.storeCode)).toMatchObject([
      { data: { store_code: store.storeCode, status_reason: 'DISCONNECTED_IN_TIKTOK' } },
    ]);
    expect(await events('store.recovered', store.storeCode)).toEqual([]);
    await reconnectStore(harian, store.storeCode, { openId });
    expect(await events('store.recovered', store.storeCode)).toMatchObject([{ data: { store_code: store.storeCode } }]);
    await reconnectStore(harian, store.storeCode, { openId });
    expect(await events('store.recovered', store.storeCode)).toHaveLength(1);
  });

  test('a store whose run finds out that its owner must act', async () => {
    await subscribe();
    const store = await driver.newStore();
    await driver.expireAccessToken(store);
    driver.fault(store, { endpoint: 'token', kind: 'oauth_error', code: 'invalid_grant' });
    await driver.sync(store);
    expect(await events('store.needs_reconnect', store.storeCode)).toMatchObject([
      { data: { status_reason: 'REVOKED' } },
    ]);
  });

  test('nothing is written while nobody wants to know: no webhook, another type, or switched off', async () => {
    await readStore();
    await subscribe(['day.closed']);
    await subscribe(every, { enabled: false });
    await readStore();
    expect(await sql.query('select from events')).toEqual([]);
  });

  test('each webhook is told of its own types', async () => {
    const runs = await subscribe(['snapshot.completed']);
    const days = await subscribe(['day.closed']);
    const both = await subscribe(['snapshot.completed', 'day.closed']);
    await readStore();
    expect(await deliveries(runs.id)).toHaveLength(1);
    expect(await deliveries(both.id)).toHaveLength(1);
    expect(await deliveries(days.id)).toEqual([]);
  });
});

describe('a day that is over', () => {
  // Else planning has the stores of the tests before read, which is told too.
  beforeEach(() => sql.query('update stores set paused = true'));
  const dayMs = 86_400_000;
  const date = (daysAgo: number) => new Date(Date.now() - daysAgo * dayMs).toISOString().slice(0, 10);
  const addDays = async (states: readonly (readonly [daysAgo: number, state: string])[]) => {
    const code = newStoreCode();
    await sql.query(
      `insert into stores (store_code, name, timezone, status, paused) values ($1, $1, 'UTC', 'CONNECTED', true)`,
      [code],
    );
    for (const [daysAgo, state] of states) {
      await sql.query(`insert into store_days (store_code, snapshot_date, state) values ($1, $2, $3)`, [
        code,
        date(daysAgo),
        state,
      ]);
    }
    return code;
  };
  const told = async (code: string) =>
    (await events('day.closed', code)).map(({ data }) => [data.snapshot_date, data.state]).toSorted();

  test('is told once with its state, whatever planners do, but not the present one', async () => {
    const { id } = await subscribe(['day.closed']);
    await sql.query(`update webhooks set since = now() - interval '20 days' where id = $1`, [id]);
    const code = await addDays([
      [4, 'complete'],
      [3, 'partial'],
      [2, 'late'],
      [1, 'pending'],
      [0, 'complete'],
    ]);
    await Promise.all([plan(), plan()]);
    await plan();
    expect(await told(code)).toEqual([
      [date(4), 'complete'],
      [date(3), 'partial'],
      [date(2), 'late'],
      [date(1), 'missed'],
    ]);
    expect(await deliveries(id)).toHaveLength(4);
  });

  test('is not told when it was over before anybody wanted to know', async () => {
    const { id } = await subscribe(['day.closed']);
    const code = await addDays([
      [2, 'complete'],
      [1, 'complete'],
      [0, 'complete'],
    ]);
    await plan();
    expect(await told(code)).toEqual([]);
    clock.advanceMs(dayMs);
    await plan();
    expect(await told(code)).toEqual([[date(0), 'complete']]);
    // Switched off and on again: what was over meanwhile is none of its business.
    await http.call('PATCH', `/api/webhooks/${id}`, { json: { enabled: false } });
    await sql.query(`update webhooks set since = now() - interval '20 days'`);
    await http.call('PATCH', `/api/webhooks/${id}`, { json: { enabled: true } });
    await plan();
    expect(await told(code)).toEqual([[date(0), 'complete']]);
  });

  test('is not lost when its webhook comes to want something else too', async () => {
    const { id } = await subscribe(['day.closed']);
    await sql.query(`update webhooks set since = now() - interval '20 days' where id = $1`, [id]);
    const code = await addDays([[1, 'complete']]);
    const json = { events: ['day.closed', 'snapshot.completed'] };
    expect((await http.call('PATCH', `/api/webhooks/${id}`, { json })).status).toBe(200);
    await plan();
    expect(await told(code)).toEqual([[date(1), 'complete']]);
  });

  test('waits for a run that still reads it', async () => {
    const { id } = await subscribe(['day.closed']);
    await sql.query(`update webhooks set since = now() - interval '20 days' where id = $1`, [id]);
    const code = await addDays([[1, 'partial']]);
    const jobId = randomUUID();
    await sql.query(`insert into pgboss.job (id, name, state, started_on) values ($1, 'sync-store', 'active', now())`, [
      jobId,
    ]);
    await sql.query('update store_days set job_id = $1 where store_code = $2', [jobId, code]);
    await plan();
    expect(await told(code)).toEqual([]);
    await sql.query(`delete from pgboss.job where id = $1`, [jobId]);
    await plan();
    expect(await told(code)).toEqual([[date(1), 'partial']]);
  });
});

test('a key that nothing but a webhook’s secret is under is known as one that is needed', async () => {
  const { id } = await subscribe();
  const { secretEncrypted } = createSecret(createTokenCipher([{ id: 'old', key: Buffer.alloc(32, 9) }]), id);
  await sql.query('update webhooks set secret_encrypted = $1 where id = $2', [secretEncrypted, id]);
  expect(await countAccountsByKeyId(harian.harian.deps.db)).toContainEqual({ keyId: 'old', accounts: 0 });
});

describe('an endpoint that fails', () => {
  test('is asked again under the same id and for the same event, until it says yes; then no more', async () => {
    const webhook = await subscribe();
    receiver.answerWith(500);
    await readStore();
    await look();
    await until(async () => (await deliveries(webhook.id))[0]?.error_code).toBe('WEBHOOK_REFUSED');
    expect(await deliveries(webhook.id)).toMatchObject([{ state: 'pending', attempts: 1, http_status: 500 }]);
    expect((await read(webhook.id)).failing_since).not.toBeNull();
    receiver.answerWith('hang up');
    await pullForward();
    await until(async () => (await deliveries(webhook.id))[0]?.error_code).toBe('ECONNRESET');
    receiver.answerWith(200);
    await pullForward();
    await settled(webhook.id);
    expect(await deliveries(webhook.id)).toMatchObject([
      { state: 'delivered', attempts: 3, http_status: 200, error_code: null },
    ]);
    expect((await read(webhook.id)).failing_since).toBeNull();
    await look();
    const requests = sent();
    expect(requests).toHaveLength(3);
    expect(new Set(requests.map((request) => JSON.stringify(request))).size).toBe(1);
  });

  test('is given up after the last attempt, which a replay begins anew', async () => {
    const webhook = await subscribe();
    receiver.answerWith(503);
    await readStore();
    await sql.query('update event_deliveries set attempts = 29');
    await look();
    await settled(webhook.id);
    const [failed] = await deliveries(webhook.id, '?state=failed');
    expect(failed).toMatchObject({ attempts: 30, http_status: 503, error_code: 'WEBHOOK_REFUSED' });
    expect(
      await sql.query(
        `select from pgboss.job where name = 'webhook-delivery' and state in ('created','retry','active')`,
      ),
    ).toEqual([]);

    receiver.answerWith(204);
    expect(await replay(webhook.id, { event_id: failed?.event_id })).toMatchObject({
      status: 202,
      body: { queued: 1, next_cursor: null },
    });
    await look();
    await settled(webhook.id);
    expect(await deliveries(webhook.id)).toMatchObject([{ state: 'delivered', attempts: 1 }]);
    expect(sent().map(({ id }) => id)).toEqual([failed?.event_id, failed?.event_id]);
  });

  test('that wants no more (410) is switched off; a redirect is not followed', async () => {
    const webhook = await subscribe();
    receiver.answerWith(410);
    await readStore();
    await look();
    await settled(webhook.id);
    expect(await deliveries(webhook.id)).toMatchObject([{ state: 'failed', attempts: 1, error_code: 'WEBHOOK_GONE' }]);
    expect((await read(webhook.id)).enabled).toBe(false);
    expect((await http.call('PATCH', `/api/webhooks/${webhook.id}`, { json: { enabled: true } })).status).toBe(200);
    receiver.answerWith(302);
    await readStore();
    await look();
    await until(async () => (await deliveries(webhook.id))[0]?.http_status).toBe(302);
    expect(new Set(receiver.received.map(({ path }) => path))).toEqual(new Set(['/hook/secret-path']));
  });

  test('holds up no other one: however much waits for it, it has one of the slots', async () => {
    let open = 0;
    let most = 0;
    const stuck = createServer((request) => {
      open += 1;
      most = Math.max(most, open);
      request.socket.on('close', () => {
        open -= 1;
      });
    });
    await new Promise<void>((done) => stuck.listen(0, '127.0.0.1', done));
    const { port } = stuck.address() as AddressInfo;
    const slow = await subscribe(every, { url: `http://127.0.0.1:${port}/` });
    const quick = await subscribe();
    for (let run = 0; run < 5; run++) await readStore();
    await look();
    await settled(quick.id);
    expect(receiver.received).toHaveLength(5);
    expect(await deliveries(slow.id, '?state=pending')).toHaveLength(5);
    expect(most).toBe(1);
    stuck.closeAllConnections();
    stuck.close();
  });
});

describe('who is not to be told', () => {
  test('one switched off gets nothing, also of what waited; a replay is refused, until it is on again', async () => {
    const webhook = await subscribe();
    await readStore();
    expect(
      (await http.call<Webhook>('PATCH', `/api/webhooks/${webhook.id}`, { json: { enabled: false } })).body.enabled,
    ).toBe(false);
    await look();
    await settled(webhook.id);
    const [given] = await deliveries(webhook.id);
    expect(given).toMatchObject({ state: 'failed', attempts: 0, error_code: 'WEBHOOK_DISABLED' });
    expect((await replay(webhook.id, { event_id: given?.event_id })).status).toBe(409);
    await readStore();
    expect(await deliveries(webhook.id)).toHaveLength(1);
    expect(receiver.received).toEqual([]);
    await http.call('PATCH', `/api/webhooks/${webhook.id}`, { json: { enabled: true } });
    expect((await replay(webhook.id, { event_id: given?.event_id })).status).toBe(202);
    await look();
    await settled(webhook.id);
    expect(receiver.received).toHaveLength(1);
  });

  test('one that was deleted gets nothing, and its log is gone', async () => {
    const webhook = await subscribe();
    await readStore();
    await look();
    await settled(webhook.id);
    receiver.received.length = 0;
    receiver.answerWith(500);
    await readStore();
    await look();
    await until(() => receiver.received.length).toBe(1);
    expect((await http.call('DELETE', `/api/webhooks/${webhook.id}`)).status).toBe(204);
    receiver.answerWith(204);
    await pullForward();
    await until(
      async () =>
        (await sql.query(`select from pgboss.job where name = 'webhook-delivery' and state <> 'completed'`)).length,
    ).toBe(0);
    expect(receiver.received).toHaveLength(1);
    expect(await sql.query('select from event_deliveries')).toEqual([]);
    for (const path of ['', '/deliveries'])
      expect((await http.call('GET', `/api/webhooks/${webhook.id}${path}`)).body.error.code).toBe('WEBHOOK_NOT_FOUND');
    expect((await http.call('DELETE', `/api/webhooks/${webhook.id}`)).status).toBe(404);
    expect((await replay(webhook.id, { event_id: randomUUID() })).status).toBe(404);
  });

  test('a name that leads inside is refused when it is delivered, whatever was thought of it before', async () => {
    const webhook = await subscribe();
    await readStore();
    await sql.query('update event_deliveries set job_id = gen_random_uuid()');
    const [row] = await sql.query<{ store_code: string; event_id: string; job_id: string }>(
      'select * from event_deliveries',
    );
    const url = receiver.url.replace('http://127.0.0.1', 'https://localhost');
    await sql.query('update webhooks set url = $1', [url]);
    const job = {
      jobId: row?.job_id ?? '',
      storeCode: row?.store_code ?? '',
      eventId: row?.event_id ?? '',
      webhookId: webhook.id,
    };
    const production = { ...harian.harian.deps, post: postOutside, allowLoopback: false };
    expect(await deliverEvent(production, job, new AbortController().signal)).toMatchObject({
      outcome: 'failed',
      errorCode: 'ADDRESS_REFUSED',
    });
    expect(await deliveries(webhook.id)).toMatchObject([
      { state: 'pending', attempts: 1, http_status: null, error_code: 'ADDRESS_REFUSED' },
    ]);
    expect(receiver.received).toEqual([]);
  });
});

describe('a replay', () => {
  test('sends what happened since a time, delivered or not, page by page and oldest first', async () => {
    const webhook = await subscribe(['snapshot.completed']);
    const code = newStoreCode();
    await sql.query(`insert into stores (store_code, name, timezone) values ($1, $1, 'UTC')`, [code]);
    await sql.query(
      `insert into events (store_code, id, type, data, at)
       select $1, gen_random_uuid(), 'snapshot.completed', '{}', date_trunc('milliseconds', now()) - (n / 10 * 1000 || ' ms')::interval
       from generate_series(1, 1003) n`,
      [code],
    );
    const since = new Date(Date.now() - 3_600_000).toISOString();
    const first = await replay(webhook.id, { since });
    expect(first).toMatchObject({ status: 202, body: { queued: 1_000, next_cursor: expect.any(String) } });
    const rest = await replay(webhook.id, { since, cursor: first.body.next_cursor });
    expect(rest.body).toEqual({ queued: 3, next_cursor: null });
    expect(await sql.query('select from event_deliveries')).toHaveLength(1_003);
    expect((await replay(webhook.id, { since: new Date().toISOString() })).body).toEqual({
      queued: 0,
      next_cursor: null,
    });
  });

  test('is for the types of the webhook, and for events that are kept', async () => {
    await subscribe(['snapshot.completed']);
    const later = await subscribe(['day.closed']);
    await readStore();
    const since = new Date(Date.now() - 3_600_000).toISOString();
    expect((await replay(later.id, { since })).body.queued).toBe(0);
    expect((await replay(later.id, { event_id: randomUUID() })).body).toMatchObject({
      error: { code: 'EVENT_NOT_FOUND' },
    });
    for (const bad of [{}, { since, event_id: randomUUID() }, { since: 'yesterday' }, { since, cursor: 'x' }])
      expect((await replay(later.id, bad)).status).toBe(400);
  });

  test('leaves a delivery that is being made to itself: it is not made twice at the same time', async () => {
    const webhook = await subscribe();
    await readStore();
    let open = 0;
    let most = 0;
    receiver.onReceive(async () => {
      open += 1;
      most = Math.max(most, open);
      const since = new Date(Date.now() - 3_600_000).toISOString();
      expect((await replay(webhook.id, { since })).body.queued).toBe(0);
      await look();
      open -= 1;
    });
    await look();
    await settled(webhook.id);
    expect(most).toBe(1);
    expect(receiver.received).toHaveLength(1);
  });

  test('of one that waits for its retry is the only one to be made', async () => {
    const webhook = await subscribe();
    receiver.answerWith(500);
    await readStore();
    await look();
    await until(async () => (await deliveries(webhook.id))[0]?.attempts).toBe(1);
    await until(
      async () =>
        (await sql.query(`select from pgboss.job where name = 'webhook-delivery' and state = 'retry'`)).length,
    ).toBe(1);
    receiver.answerWith(204);
    const [waiting] = await deliveries(webhook.id);
    expect((await replay(webhook.id, { event_id: waiting?.event_id })).status).toBe(202);
    await look();
    await settled(webhook.id);
    await pullForward();
    await until(
      async () =>
        (await sql.query(`select from pgboss.job where name = 'webhook-delivery' and state <> 'completed'`)).length,
    ).toBe(0);
    expect(receiver.received).toHaveLength(2);
  });
});

describe('subscriptions', () => {
  test('are listed oldest first, changed, and never show their secret again', async () => {
    const made = [await subscribe(), await subscribe(['day.closed', 'day.closed'])];
    const [first, second] = made;
    const list = await readAllPages<Webhook>(http, '/api/webhooks', 1);
    expect(list.map(({ id }) => id)).toEqual([first?.id, second?.id]);
    expect(list[1]).toMatchObject({ events: ['day.closed'], enabled: true, failing_since: null });
    const changed = await http.call<Webhook>('PATCH', `/api/webhooks/${first?.id}`, {
      json: { url: 'https://hook.invalid/harian', events: ['store.recovered'] },
    });
    expect(changed.body).toMatchObject({
      url: 'https://hook.invalid/harian',
      events: ['store.recovered'],
      enabled: true,
    });
    expect(JSON.stringify([list, changed.body, await read(first?.id ?? '')])).not.toContain('whsec_');
  });

  test.each([
    'ftp://example.com/',
    'hook.invalid/harian',
    'https://user:password@example.com/',
    'https://example.com/#part',
    'https://10.0.0.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://[fd00:ec2::254]/',
    'https://[::ffff:10.0.0.1]/',
    'https://0x0a000001/',
    'https://example.com/hooks\0',
    'https://example.com/a b',
  ])('may not lead to %s', async (url) => {
    const refused = await http.call('POST', '/api/webhooks', { json: { url, events: ['day.closed'] } });
    expect(refused).toMatchObject({
      status: 400,
      body: { error: { code: 'INVALID_REQUEST', message: expect.stringMatching(/^url: /) } },
    });
    const { id } = await subscribe();
    for (const wrong of [url, `https://example.com/${'x'.repeat(2_000)}`])
      expect((await http.call('PATCH', `/api/webhooks/${id}`, { json: { url: wrong } })).status).toBe(400);
  });

  test.each([{ events: [] }, { events: ['store.deleted'] }, { url: 1 }, { secret: 'whsec_x' }, {}])(
    'are refused when they say %j',
    async (wrong) => {
      const json = Object.keys(wrong).length === 0 ? {} : { url: receiver.url, events: ['day.closed'], ...wrong };
      expect((await http.call('POST', '/api/webhooks', { json })).status).toBe(400);
    },
  );

  test('are twenty at most, also when many ask at once', async () => {
    const json = { url: receiver.url, events: ['day.closed'] };
    const answers = await Promise.all(Array.from({ length: 23 }, () => http.call('POST', '/api/webhooks', { json })));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(20);
    const refused = answers.filter(({ status }) => status !== 201).map(({ body }) => body.error.code);
    expect(refused).toEqual(['WEBHOOK_LIMIT', 'WEBHOOK_LIMIT', 'WEBHOOK_LIMIT']);
  });

  test('are for admins, and each change is in the audit log', async () => {
    const webhook = await subscribe();
    await http.call('PATCH', `/api/webhooks/${webhook.id}`, { json: { enabled: false } });
    await replay(webhook.id, { event_id: randomUUID() });
    await http.call('DELETE', `/api/webhooks/${webhook.id}`);
    const rows = await sql.query('select action, outcome from audit_log where target = $1 order by at', [webhook.id]);
    expect(rows).toEqual([
      { action: 'webhook.create', outcome: 'OK' },
      { action: 'webhook.update', outcome: 'OK' },
      { action: 'webhook.replay', outcome: 'WEBHOOK_DISABLED' },
      { action: 'webhook.delete', outcome: 'OK' },
    ]);
    const { body: operator } = await harian.api<{ key: string }>('POST', '/api/admin-keys', {
      name: newStoreCode('operator'),
      scope: 'operate',
    });
    for (const path of ['/api/webhooks', `/api/webhooks/${webhook.id}`, `/api/webhooks/${webhook.id}/deliveries`])
      expect((await http.call('GET', path, { key: operator.key })).status).toBe(403);
  });
});

test('the secret is in no log line, row, job or answer, also after failures', async () => {
  const webhook = await subscribe();
  receiver.answerWith(500);
  await readStore();
  await look();
  await until(async () => (await deliveries(webhook.id))[0]?.http_status).toBe(500);
  const tables = await sql.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'pgboss')`,
  );
  const places: Record<string, string> = { logs: harian.logs.join('') };
  for (const { name } of tables) places[name] = JSON.stringify(await sql.query(`select t::text as row from ${name} t`));
  expect(places.logs).toContain('event not delivered');
  const secrets = { secret: webhook.secret, key: Buffer.from(webhook.secret.replace('whsec_', ''), 'base64') };
  expect(findSecrets(secrets, places)).toEqual([]);
  const { 'public.webhooks': _own, ...elsewhere } = places;
  expect(findSecrets({ address: new URL(webhook.url).pathname }, elsewhere)).toEqual([]);
});

test('two processes with a scheduler each deliver every event once, by themselves', async () => {
  const webhook = await subscribe(['snapshot.completed']);
  const stores: string[] = [];
  for (let run = 0; run < 6; run++) stores.push((await readStore()).storeCode);
  const { database, simulator: sharedSimulator } = harian;
  const environment = { ROLES: 'api,worker,scheduler', SYNC_CRON: '0 0 1 1 *' };
  const others = await Promise.all(
    [1, 2].map(() => startTestHarian({ database, environment, sharedSimulator, circuitBreaker: true })),
  );
  await settled(webhook.id);
  await Promise.all(others.map((other) => other.close()));
  const ours = sent().filter(({ data }) => stores.includes(data.store_code));
  expect(ours.map(({ data }) => data.store_code).toSorted()).toEqual(stores.toSorted());
  expect(new Set(ours.map(({ id }) => id)).size).toBe(6);
});
