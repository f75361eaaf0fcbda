import { spawn } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { type Boss, createBoss } from '../../src/jobs/boss.ts';
import { createNoticeQueue } from '../../src/jobs/notice-queue.ts';
import { createLogger } from '../../src/logger.ts';
import { lookForNotices } from '../../src/services/look-for-notices.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { newStoreCode, startTestHarian, type TestHarian } from '../support/harian.ts';
import { findSecrets } from '../support/secret-search.ts';
import { type SmtpReceiver, startSmtpReceiver } from '../support/smtp-receiver.ts';
import { openSqlPool, type Sql } from '../support/sql.ts';
import { openTestPool } from '../support/stores.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

// A whole scheduler with its queue, a webhook's endpoint and a mail server; looks are made by hand, not every 30 s.

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const signingSecret = randomBytes(32);
const mailPassword = `p@:/${randomBytes(12).toString('hex')}`;
const publicUrl = 'http://localhost:65002';
const silent = createLogger({ level: 'silent', write: () => undefined, now: () => new Date() });

let database: TestDatabase;
let sql: Sql;
let pool: ReturnType<typeof openTestPool>;
let webhook: WebhookReceiver;
let mail: SmtpReceiver;
let harian: TestHarian;
let queue: Boss;
let environment: Record<string, string>;

const addStore = async (name = 'Toko Melati') => {
  const storeCode = newStoreCode();
  await sql.query(
    `insert into stores (store_code, name, timezone, status, status_reason)
     values ($1, $2, 'Asia/Jakarta', 'NEED_RECONNECT', 'REVOKED')`,
    [storeCode, name],
  );
  return storeCode;
};
const look = () =>
  lookForNotices({
    db: pool.db,
    clock: systemClock,
    logger: silent,
    notices: createNoticeQueue(queue.boss),
    channels: ['webhook', 'email'],
    localTime: '01:00',
  });
const jobs = (name: string) =>
  sql.query<{ id: string; state: string; output: unknown }>(
    'select id, state::text, output from pgboss.job where name = $1 order by created_on desc',
    [name],
  );
const until = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 20_000, interval: 50 });
const latestState = async (name: string) => (await jobs(name))[0]?.state;
/** The time of the retry has come. */
const pullForward = (name: string) =>
  sql.query(`update pgboss.job set start_after = now() where name = $1 and state = 'retry'`, [name]);

beforeAll(async () => {
  database = await createTestDatabase();
  sql = openSqlPool(database.url);
  pool = openTestPool(database.url);
  webhook = await startWebhookReceiver();
  mail = await startSmtpReceiver();
  environment = {
    ROLES: 'api,scheduler',
    PUBLIC_URL: publicUrl,
    NOTICE_WEBHOOK_URL: webhook.url,
    NOTICE_WEBHOOK_SECRET: `whsec_${signingSecret.toString('base64')}`,
    NOTICE_EMAIL_TO: 'ops@harian.test,night@harian.test',
    NOTICE_EMAIL_FROM: 'harian@harian.test',
    SMTP_URL: `smtp://harian:${encodeURIComponent(mailPassword)}@127.0.0.1:${mail.port}`,
  };
  harian = await startTestHarian({ database, environment });
  queue = createBoss({ url: database.url, supervise: false, maxConnections: 2, logger: silent });
  await queue.boss.start();
});
afterAll(async () => {
  await queue.stop();
  await queue.close();
  await harian.close();
  await webhook.close();
  await mail.close();
  await pool.close();
  await sql.close();
  await database.drop();
});
beforeEach(() => {
  webhook.received.length = 0;
  mail.received.length = 0;
});
afterEach(async () => {
  webhook.answerWith(204);
  mail.refuse(false);
  await sql.query(`delete from stores; `);
  await sql.query(`delete from pgboss.job where name like 'notice-%'`);
});

test('both channels tell of it: the webhook signed as Standard Webhooks says, the mail in plain text', async () => {
  const store = await addStore();
  await look();
  await until(() => webhook.received.length + mail.received.length).toBe(2);

  const [hook] = webhook.received;
  const { 'webhook-id': id, 'webhook-timestamp': timestamp } = hook?.headers ?? {};
  const mac = createHmac('sha256', signingSecret).update(`${id}.${timestamp}.${hook?.body}`).digest('base64');
  expect(hook?.headers['webhook-signature']).toBe(`v1,${mac}`);
  expect(Math.abs(Date.now() / 1000 - Number(timestamp))).toBeLessThan(60);
  expect(hook?.headers['content-type']).toBe('application/json');
  expect(hook?.json).toMatchObject({
    type: 'store.needs_reconnect',
    data: { count: 1, stores: [{ store_code: store, status_reason: 'REVOKED', url: `${publicUrl}/stores/${store}` }] },
  });
  expect(hook?.json.text).toBe(
    `Toko Melati (${store}) needs reconnecting\nTikTok no longer accepts the connection. Send the owner a connect link.\n${publicUrl}/stores/${store}`,
  );

  const [message] = mail.received;
  expect(message).toMatchObject({
    from: 'harian@harian.test',
    to: ['ops@harian.test', 'night@harian.test'],
    auth: `\0harian\0${mailPassword}`,
  });
  expect(message?.raw).toContain(`Subject: Toko Melati (${store}) needs reconnecting`);
  expect(message?.raw).toMatch(/^Content-Type: text\/plain/m);
  expect(message?.raw).toContain(`${publicUrl}/stores/${store}`);
  expect(message?.raw).toContain(`Message-ID: <${(await jobs('notice-email'))[0]?.id}@localhost>`);

  await until(() => latestState('notice-webhook')).toBe('completed');
  await look();
  expect(await jobs('notice-webhook')).toHaveLength(1);
});

test('an endpoint that fails, or is not there, gets it later under the same id, and the mail is not repeated', async () => {
  webhook.answerWith(500);
  await addStore();
  await look();
  await until(() => latestState('notice-webhook')).toBe('retry');
  await webhook.close();
  await pullForward('notice-webhook');
  await until(async () => JSON.stringify((await jobs('notice-webhook'))[0]?.output)).toContain('ECONNREFUSED');
  await webhook.open();
  webhook.answerWith(200);
  await until(() => latestState('notice-webhook')).toBe('retry');
  await pullForward('notice-webhook');
  await until(() => latestState('notice-webhook')).toBe('completed');

  const [{ id } = { id: '' }] = await jobs('notice-webhook');
  expect(webhook.received.map(({ headers }) => headers['webhook-id'])).toEqual([id, id]);
  expect(webhook.received.map(({ json }) => json.timestamp)[0]).toBe(webhook.received[1]?.json.timestamp);
  expect(mail.received).toHaveLength(1);
});

test('a mail server that refuses repeats nothing at the webhook', async () => {
  mail.refuse(true);
  await addStore();
  await look();
  await until(() => latestState('notice-email')).toBe('retry');
  await until(() => latestState('notice-webhook')).toBe('completed');
  mail.refuse(false);
  await pullForward('notice-email');
  await until(() => latestState('notice-email')).toBe('completed');
  expect([webhook.received.length, mail.received.length]).toEqual([1, 1]);
});

test.each([
  [302, 'retry'],
  [404, 'retry'],
  ['hang up', 'retry'],
  // Gone: whoever is there wants no more.
  [410, 'completed'],
] as const)('an answer of %s leaves its job in %s, and no redirect is followed', async (answer, state) => {
  webhook.answerWith(answer);
  const store = await addStore();
  await look();
  await until(() => latestState('notice-webhook')).toBe(state);
  expect(webhook.received.map(({ path }) => path)).toEqual(['/hook/secret-path']);
  const told = await sql.query(
    `select from notices where store_code = $1 and channel = 'webhook' and told_at is not null`,
    [store],
  );
  expect(told).toEqual([]);
});

test('trouble that is over when its retry comes is not told of any more', async () => {
  webhook.answerWith(503);
  const store = await addStore();
  await look();
  await until(() => latestState('notice-webhook')).toBe('retry');
  await sql.query(`update stores set status = 'CONNECTED', status_reason = null where store_code = $1`, [store]);
  webhook.answerWith(204);
  await pullForward('notice-webhook');
  await until(() => latestState('notice-webhook')).toBe('completed');
  expect(webhook.received).toHaveLength(1);
});

test('a store removed over the API takes its notices with it', async () => {
  const store = await addStore();
  await look();
  await until(() => latestState('notice-email')).toBe('completed');
  expect((await harian.api('DELETE', `/api/stores/${store}`)).status).toBe(204);
  expect(await sql.query('select from notices')).toEqual([]);
});

test('two schedulers that start at once tell of it once', async () => {
  await addStore();
  const { simulator: sharedSimulator } = harian;
  const others = await Promise.all(
    [1, 2].map(() => startTestHarian({ database, environment, sharedSimulator, circuitBreaker: true })),
  );
  await until(() => webhook.received.length + mail.received.length).toBe(2);
  await Promise.all(others.map((other) => other.close()));
  expect([await jobs('notice-webhook'), await jobs('notice-email')].map(({ length }) => length)).toEqual([1, 1]);
});

test('where nothing is configured nobody looks', async () => {
  const fresh = await createTestDatabase();
  const own = openSqlPool(fresh.url);
  await own.query(`insert into stores (store_code, name, timezone, status) values ('a', 'A', 'UTC', 'NEED_RECONNECT')`);
  const quiet = await startTestHarian({ database: fresh, environment: { ROLES: 'api,scheduler' } });
  expect(await own.query('select from notices')).toEqual([]);
  await quiet.close();
  await own.close();
  await fresh.drop();
});

/** `npm run notice:test`, and what it said. */
const runTest = async (changes: Record<string, string> = {}) => {
  const env = { PATH: process.env.PATH, ...harianEnvironment, ...environment, ...changes };
  const child = spawn(process.execPath, ['scripts/send-test-notice.ts'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((done) => child.on('close', done));
  return { code, lines: output.trim().split('\n').toSorted() };
};
const harianEnvironment = {
  TIKTOK_CLIENT_KEY: 'test-client-key',
  TIKTOK_CLIENT_SECRET: 'test-client-secret',
  TOKEN_ENC_KEY: Buffer.alloc(32, 7).toString('base64'),
  ADMIN_API_KEY: 'a'.repeat(32),
};

test('notice:test sends to each channel, and says of each what came of it', async () => {
  expect(await runTest()).toEqual({ code: 0, lines: ['email: delivered', 'webhook: delivered'] });
  expect(webhook.received.map(({ json }) => json.type)).toEqual(['test']);
  expect(mail.received[0]?.raw).toContain('Subject: Harian can reach you here');

  webhook.answerWith(403);
  mail.refuse(true);
  expect(await runTest()).toEqual({
    code: 1,
    lines: ['email: not delivered: EENVELOPE', 'webhook: not delivered: WEBHOOK_REFUSED 403'],
  });
  const nothing = await runTest(Object.fromEntries(Object.keys(environment).map((name) => [name, ''])));
  expect(nothing.code).toBe(2);
});

test('addresses and secrets of notices are in no log line, row or job, also after failures', async () => {
  webhook.answerWith(500);
  mail.refuse(true);
  await addStore();
  await look();
  await until(() => latestState('notice-webhook')).toBe('retry');
  await until(() => latestState('notice-email')).toBe('retry');
  await mail.close();
  await webhook.close();
  await pullForward('notice-webhook');
  await pullForward('notice-email');
  const output = async (name: string) => JSON.stringify((await jobs(name))[0]?.output);
  await until(() => output('notice-webhook')).toContain('ECONNREFUSED');
  await until(() => output('notice-email')).toContain('ESOCKET');

  const tables = await sql.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'pgboss')`,
  );
  const places: Record<string, string> = { logs: harian.logs.join('') };
  for (const { name } of tables) {
    places[name] = JSON.stringify(await sql.query(`select t::text as row from ${name} t`));
  }
  expect(places.logs).toContain('WEBHOOK_REFUSED');
  expect(places.logs).toContain('EENVELOPE');
  const secrets = {
    'webhook address': new URL(webhook.url).pathname,
    'signing key': signingSecret,
    'mail password': mailPassword,
    'mail address': 'ops@harian.test',
  };
  expect(findSecrets(secrets, places)).toEqual([]);
});
