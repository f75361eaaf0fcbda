import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signWebhook } from '../../src/simulator/webhook.ts';
import { createGate } from '../support/gate.ts';
import { clientSecret, newStoreCode, startTestHarian, type TestHarian } from '../support/harian.ts';
import { createHttpClient, type HttpClient } from '../support/http.ts';
import { reconnectStore } from '../support/owner.ts';
import { openSql, type Sql } from '../support/sql.ts';
import { insertConnectedStore } from '../support/stores.ts';

interface StoreBody {
  status: string;
  status_reason: string | null;
  account: { open_id: string; username: string | null; display_name: string | null; avatar_url: string | null };
  job: { id: string } | null;
  next_sync_at: string | null;
}

let harian: TestHarian;
let http: HttpClient;
let sql: Sql;
let used = 0;
const openIds = Array.from({ length: 20 }, (_, index) => `hook-${index}`);

beforeAll(async () => {
  harian = await startTestHarian({
    environment: { ROLES: 'api' },
    simulator: {
      accounts: openIds.map((openId) => ({ openId, username: openId, displayName: openId, videoCount: 1 })),
    },
  });
  http = await createHttpClient(harian.url);
  sql = await openSql(harian.database.url);
});
afterAll(async () => {
  await sql.close();
  await harian.close();
});

const seconds = () => Math.floor(Date.now() / 1000);
const removal = (openId: string, reason: unknown, changes: Record<string, unknown> = {}) => ({
  client_key: 'test-client-key',
  event: 'authorization.removed',
  create_time: seconds(),
  user_openid: openId,
  content: JSON.stringify({ reason }),
  ...changes,
});
const deliver = (body: unknown, signature?: string | null) => {
  const raw = typeof body === 'string' ? body : JSON.stringify(body);
  const header = signature === undefined ? signWebhook(clientSecret, raw, seconds()) : signature;
  return http.call('POST', '/webhooks/tiktok', {
    key: null,
    body: raw,
    headers: { 'content-type': 'application/json', ...(header === null ? {} : { 'tiktok-signature': header }) },
  });
};

/** Connected an hour ago, with a profile, a day's numbers and a waiting job. */
const connected = async () => {
  const code = newStoreCode();
  const openId = openIds[used++];
  if (openId === undefined) throw new Error('too few accounts');
  const connectedAt = new Date(Date.now() - 3_600_000);
  await insertConnectedStore(harian.harian.deps.db, harian.simulator, { storeCode: code, openId, connectedAt });
  await sql.query(
    `update tiktok_accounts set username = 'toko', display_name = 'Toko', avatar_url = 'https://x.example/a', union_id = 'u'
     where store_code = $1`,
    [code],
  );
  await sql.query(`insert into user_daily values ($1, '2026-01-01', 1, 2, 3, 4, now())`, [code]);
  const resync = await http.call<{ job: { id: string } }>('POST', `/api/stores/${code}/resync`);
  return { code, openId, jobId: resync.body.job.id };
};
const read = async (code: string) => (await http.call<StoreBody>('GET', `/api/stores/${code}`)).body;
const tokensOf = async (code: string) =>
  (
    await sql.query<{ access: string | null; refresh: string | null; union_id: string | null }>(
      `select access_token_encrypted as access, refresh_token_encrypted as refresh, union_id
       from tiktok_accounts where store_code = $1`,
      [code],
    )
  )[0];

describe('authorization.removed', () => {
  test.each([
    [0, 'REVOKED', false],
    [1, 'DISCONNECTED_IN_TIKTOK', false],
    [2, 'ACCOUNT_DELETED', true],
    [3, 'AGE_CHANGED', true],
    [4, 'ACCOUNT_BANNED', true],
    [5, 'REVOKED_BY_DEVELOPER', false],
    [6, 'REVOKED', false],
    [-1, 'REVOKED', false],
  ])('with reason %i: NEED_RECONNECT because of %s, profile cleared: %s', async (code, reason, cleared) => {
    const store = await connected();
    const answer = await deliver(removal(store.openId, code));
    expect([answer.status, answer.body]).toEqual([200, { accepted: true }]);
    expect(await read(store.code)).toMatchObject({
      status: 'NEED_RECONNECT',
      status_reason: reason,
      job: null,
      next_sync_at: null,
      account: cleared
        ? { open_id: store.openId, username: null, display_name: null, avatar_url: null }
        : { open_id: store.openId, username: 'toko', display_name: 'Toko', avatar_url: 'https://x.example/a' },
    });
    expect(await tokensOf(store.code)).toEqual({ access: null, refresh: null, union_id: cleared ? null : 'u' });
    expect((await http.call<{ state: string }>('GET', `/api/jobs/${store.jobId}`)).body.state).toBe('cancelled');
    const days = await http.call<{ items: unknown[] }>('GET', `/api/stores/${store.code}/daily`);
    expect(days.body.items).toMatchObject([{ follower_count: 1, likes_count: 3 }]);
    const resync = await http.call('POST', `/api/stores/${store.code}/resync`);
    expect([resync.status, resync.body.error.code]).toEqual([409, 'STORE_NOT_CONNECTED']);
  });

  test('touches no other store', async () => {
    const [one, other] = [await connected(), await connected()];
    await deliver(removal(one.openId, 1));
    expect((await read(other.code)).status).toBe('CONNECTED');
    expect((await tokensOf(other.code))?.refresh).not.toBeNull();
  });

  test('delivered again changes nothing more, and after a reconnect it is about a connection that is over', async () => {
    const { code, openId } = await connected();
    const event = removal(openId, 1, { create_time: seconds() - 60 });
    const raw = JSON.stringify(event);
    const signature = signWebhook(clientSecret, raw, seconds());
    await deliver(raw, signature);
    const first = await read(code);
    expect((await deliver(raw, signature)).status).toBe(200);
    expect(await read(code)).toMatchObject({ status: first.status, status_reason: first.status_reason });

    await reconnectStore(harian, code, { openId });
    expect((await read(code)).status).toBe('CONNECTED');
    // The very same delivery, and one signed anew as a retry may be.
    for (const again of [signature, signWebhook(clientSecret, raw, seconds())]) {
      expect((await deliver(raw, again)).status).toBe(200);
      expect((await read(code)).status).toBe('CONNECTED');
      expect((await tokensOf(code))?.access).not.toBeNull();
    }
  });

  test('older than the connection is ignored', async () => {
    const { code, openId } = await connected();
    await deliver(removal(openId, 4, { create_time: seconds() - 3_700 }));
    expect(await read(code)).toMatchObject({ status: 'CONNECTED', account: { display_name: 'Toko' } });
    await deliver(removal(openId, 4, { create_time: seconds() - 3_500 }));
    expect((await read(code)).status).toBe('NEED_RECONNECT');
  });

  test('in the second of a first connection is about it; in that of a renewal it is left to the sync', async () => {
    const { code, openId } = await connected();
    const connectedAt = (version: number) =>
      sql.query('update tiktok_accounts set connected_at = $2, version = $3 where store_code = $1', [
        code,
        new Date(second * 1000 + 900),
        version,
      ]);
    const second = seconds() - 10;
    await connectedAt(2);
    await deliver(removal(openId, 1, { create_time: second }));
    expect((await read(code)).status).toBe('CONNECTED');
    expect((await tokensOf(code))?.refresh).not.toBeNull();
    await deliver(removal(openId, 1, { create_time: second + 1 }));
    expect((await read(code)).status).toBe('NEED_RECONNECT');

    await reconnectStore(harian, code, { openId });
    await connectedAt(1);
    await deliver(removal(openId, 1, { create_time: second }));
    expect((await read(code)).status).toBe('NEED_RECONNECT');
  });

  test('in the second in which another store took the account over is left to the sync too', async () => {
    const former = await connected();
    const { openId } = former;
    expect((await http.call('POST', `/api/stores/${former.code}/disconnect`)).status).toBe(200);
    const code = newStoreCode();
    // Later than what TikTok says of that disconnect by itself, which may arrive in between.
    const second = seconds() + 10;
    const connectedAt = new Date(second * 1000 + 900);
    await insertConnectedStore(harian.harian.deps.db, harian.simulator, { storeCode: code, openId, connectedAt });
    await deliver(removal(openId, 5, { create_time: second }));
    expect((await read(code)).status).toBe('CONNECTED');
    expect((await tokensOf(code))?.refresh).not.toBeNull();
  });

  test('is recorded once however often it comes; a better reason replaces a poorer one', async () => {
    const { code, openId } = await connected();
    const rows = () =>
      sql.query('select actor_name, target, outcome from audit_log where store_code = $1 and action = $2', [
        code,
        'store.authorization_removed',
      ]);
    const raw = JSON.stringify(removal(openId, 0));
    await Promise.all(Array.from({ length: 8 }, () => deliver(raw)));
    expect(await rows()).toEqual([{ actor_name: 'tiktok', target: 'REVOKED', outcome: 'OK' }]);
    await deliver(removal(openId, 4));
    expect((await read(code)).status_reason).toBe('ACCOUNT_BANNED');
    expect(await rows()).toHaveLength(2);
  });

  test('leaves a store that its admin disconnected as it is', async () => {
    const { code, openId } = await connected();
    await http.call('POST', `/api/stores/${code}/disconnect`);
    await deliver(removal(openId, 1));
    expect(await read(code)).toMatchObject({ status: 'DISCONNECTED', status_reason: 'DISCONNECTED_BY_ADMIN' });
  });

  test('comes from the simulated TikTok in the same form', async () => {
    const { code, openId } = await connected();
    const delivery = await harian.simulator.control.removeAuthorization(openId, 3);
    expect(delivery).toEqual({ sent: true, status: 200 });
    expect(await read(code)).toMatchObject({ status: 'NEED_RECONNECT', status_reason: 'AGE_CHANGED' });
  });
});

test('a job that runs when the authorisation is removed writes nothing more', async () => {
  const gate = createGate();
  const working = await startTestHarian({ wrapFetch: gate.wrapFetch });
  const code = newStoreCode();
  const openId = working.simulator.control.accounts[0]?.openId ?? '';
  const connectedAt = new Date(Date.now() - 3_600_000);
  await insertConnectedStore(working.harian.deps.db, working.simulator, { storeCode: code, openId, connectedAt });
  const held = gate.holdAnswer('user/info');
  const { job } = (await working.api<{ job: { id: string } }>('POST', `/api/stores/${code}/resync`)).body;
  await held.reached;
  expect((await working.api<{ state: string }>('GET', `/api/jobs/${job.id}`)).body.state).toBe('active');
  expect(await working.simulator.control.removeAuthorization(openId, 1)).toEqual({ sent: true, status: 200 });
  held.release();
  const log = async () =>
    (await working.api<{ items: { status: string }[] }>('GET', `/api/sync-logs?store_code=${code}`)).body.items;
  await expect.poll(async () => (await log())[0]?.status).not.toBe('RUNNING');
  expect((await working.api<{ state: string }>('GET', `/api/jobs/${job.id}`)).body.state).toBe('cancelled');
  expect((await working.api<{ items: unknown[] }>('GET', `/api/stores/${code}/daily`)).body.items).toEqual([]);
  expect((await working.api<StoreBody>('GET', `/api/stores/${code}`)).body).toMatchObject({
    status: 'NEED_RECONNECT',
    status_reason: 'DISCONNECTED_IN_TIKTOK',
  });
  await working.close();
});

describe('a signature', () => {
  let store: Awaited<ReturnType<typeof connected>>;
  beforeAll(async () => {
    store = await connected();
  });
  const sign = (raw: string, secret = clientSecret, at = seconds()) => signWebhook(secret, raw, at);

  test.each<[string, (raw: string) => string | null]>([
    ['is missing', () => null],
    ['is empty', () => ''],
    ['is no signature', () => 'nonsense'],
    ['lacks its time', (raw) => sign(raw).split(',')[1] ?? ''],
    ['lacks its hash', (raw) => sign(raw).split(',')[0] ?? ''],
    ['was made with another secret', (raw) => sign(raw, 'other-secret')],
    ['was made with the client key', (raw) => sign(raw, 'test-client-key')],
    ['is of another body', (raw) => sign(`${raw} `)],
    ['has another time than was signed', (raw) => sign(raw).replace(/t=\d+/, `t=${seconds() + 9}`)],
    ['is cut short', (raw) => sign(raw).slice(0, -2)],
    ['has one digit changed', (raw) => sign(raw).replace(/.$/, (digit) => (digit === '0' ? '1' : '0'))],
    ['is there twice', (raw) => `${sign(raw)},s=${'0'.repeat(64)}`],
  ])('that %s is refused with 401 and changes nothing', async (_what, signatureOf) => {
    const raw = JSON.stringify(removal(store.openId, 1));
    const answer = await deliver(raw, signatureOf(raw));
    expect([answer.status, answer.body.error.code]).toEqual([401, 'UNAUTHORIZED']);
    expect((await read(store.code)).status).toBe('CONNECTED');
    expect((await tokensOf(store.code))?.refresh).not.toBeNull();
  });

  test('that is good is enough: no admin key is asked for, and one does not replace it', async () => {
    const raw = JSON.stringify(removal('nobody', 1));
    expect((await deliver(raw)).status).toBe(200);
    const withKey = await http.call('POST', '/webhooks/tiktok', { body: raw });
    expect(withKey.status).toBe(401);
  });
});

describe('what is signed but not for us is accepted and ignored', () => {
  let store: Awaited<ReturnType<typeof connected>>;
  beforeAll(async () => {
    store = await connected();
  });
  test.each<[string, () => unknown]>([
    ['an unknown open_id', () => removal('unknown', 1)],
    ['another event', () => removal(store.openId, 1, { event: 'video.publish.completed' })],
    ['the event of another app', () => removal(store.openId, 1, { client_key: 'other-app' })],
    ['content that is no JSON', () => removal(store.openId, 1, { content: 'nonsense' })],
    ['content without a reason', () => removal(store.openId, 1, { content: '{}' })],
    ['content that is an object, not a string', () => removal(store.openId, 1, { content: { reason: 1 } })],
    ['a reason that is text', () => removal(store.openId, 'one')],
    ['a time that is none', () => removal(store.openId, 1, { create_time: 'now' })],
    ['a negative time', () => removal(store.openId, 1, { create_time: -1 })],
    ['no open_id', () => removal('', 1)],
    ['a body that is no JSON', () => '{"event":'],
    ['an empty body', () => ''],
    ['a JSON null', () => 'null'],
    ['a list', () => '[]'],
  ])('%s', async (_what, body) => {
    const answer = await deliver(body());
    expect([answer.status, answer.body]).toEqual([200, { accepted: true }]);
    expect((await read(store.code)).status).toBe('CONNECTED');
  });
});
