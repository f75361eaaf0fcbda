import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGate } from '../support/gate.ts';
import { startTestHarian, type TestHarian } from '../support/harian.ts';
import { reconnectStore } from '../support/owner.ts';
import { createStoreDriver, type StoreDriver, smallAccounts, type TestStore } from '../support/store-driver.ts';

const gate = createGate();
let harian: TestHarian;
let stores: StoreDriver;
beforeAll(async () => {
  harian = await startTestHarian({
    wrapFetch: gate.wrapFetch,
    // TikTok's word of each end is lost on the way: what is checked here does not depend on it.
    simulator: { accounts: smallAccounts(30, 25), fetch: async () => new Response() },
  });
  stores = await createStoreDriver(harian);
});
afterAll(async () => {
  await stores.close();
  await harian.close();
});

const disconnect = (store: TestStore) => harian.api('POST', `/api/stores/${store.storeCode}/disconnect`);
const remove = (store: TestStore) => harian.api('DELETE', `/api/stores/${store.storeCode}`);
const wiped = {
  access_token_encrypted: null,
  refresh_token_encrypted: null,
  access_expires_at: null,
  refresh_expires_at: null,
  refresh_state: 'IDLE',
};
const numbers = async (store: TestStore) =>
  stores.sql.query(
    `select 'account' as what, snapshot_date::text, follower_count::text as number from user_daily where store_code = $1
     union all select video_id, snapshot_date::text, view_count::text from video_daily where store_code = $1 order by 1`,
    [store.storeCode],
  );
const tablesWith = async (store: TestStore) => {
  const tables = await stores.sql.query<{ name: string }>(
    `select table_name as name from information_schema.columns
     where table_schema = 'public' and column_name = 'store_code' order by 1`,
  );
  const counts = await Promise.all(
    tables.map(async ({ name }) => {
      const rows = await stores.sql.query(`select from ${name} where store_code = $1 limit 1`, [store.storeCode]);
      return { name, rows: rows.length };
    }),
  );
  return counts.filter(({ rows }) => rows > 0).map(({ name }) => name);
};

test('disconnecting revokes the grant at TikTok, wipes the tokens at once and keeps the numbers', async () => {
  const store = await stores.newStore();
  await stores.sync(store);
  const before = await numbers(store);

  const answer = await disconnect(store);

  expect(answer).toMatchObject({
    status: 200,
    body: { status: 'DISCONNECTED', status_reason: 'DISCONNECTED_BY_ADMIN', next_sync_at: null, job: null },
  });
  expect(await stores.account(store)).toMatchObject(wiped);
  expect(stores.journal(store, 'revoke')).toMatchObject([{ status: 200, errorCode: null }]);
  expect(await numbers(store)).toEqual(before);
  expect(before).toHaveLength(26);
});

test.each([
  ['is down', { kind: 'reset' }],
  ['answers 500', { kind: 'internal_error' }],
  ['refuses', { kind: 'oauth_error', code: 'invalid_grant' }],
] as const)('disconnecting works when TikTok %s: the tokens are gone all the same', async (_, fault) => {
  const store = await stores.newStore();
  stores.fault(store, { endpoint: 'revoke', ...fault });

  expect(await disconnect(store)).toMatchObject({ status: 200, body: { status: 'DISCONNECTED' } });

  expect(await stores.account(store)).toMatchObject(wiped);
  expect(stores.journal(store, 'revoke')).toHaveLength(1);
});

test('what is not connected cannot be disconnected, and TikTok is not asked a second time', async () => {
  const store = await stores.newStore();
  await disconnect(store);

  expect(await disconnect(store)).toMatchObject({ status: 409, body: { error: { code: 'STORE_NOT_CONNECTED' } } });

  expect(stores.journal(store, 'revoke')).toHaveLength(1);
});

test('a disconnected store is connected again by its owner’s same account', async () => {
  const store = await stores.newStore();
  await disconnect(store);

  const page = await reconnectStore(harian, store.storeCode, { openId: store.openId });

  expect(page).toContain('The TikTok account is now connected to the store.');
  expect(await stores.store(store)).toMatchObject({ status: 'CONNECTED', status_reason: null });
});

test('a job that waits is cancelled by the disconnect and never asks TikTok', async () => {
  const store = await stores.newStore();
  stores.fault(store, { endpoint: 'user/info', kind: 'rate_limited', retryAfterSeconds: 600 });
  const job = await stores.sync(store);

  await disconnect(store);

  expect(await stores.job(job.id)).toMatchObject({ state: 'cancelled' });
});

test('a disconnect in the middle of a run: the run writes nothing more, says so in its log, and is not tried again', async () => {
  const store = await stores.newStore();
  const list = gate.holdNext('video/list');
  const jobId = await stores.resync(store);
  await list.reached;

  await disconnect(store);
  list.release();

  await expect
    .poll(() => stores.logs(store), { interval: 20 })
    .toMatchObject([{ status: 'SKIPPED', error_code: 'JOB_CANCELLED' }]);
  expect(await numbers(store)).toEqual([]);
  expect(await stores.job(jobId)).toMatchObject({ state: 'cancelled' });
  expect(await stores.store(store)).toMatchObject({ status: 'DISCONNECTED', last_synced_at: null });
  expect(await stores.days(store)).toMatchObject([{ state: 'pending', captured_at: null, retry_after: null }]);
});

test('a disconnect in the middle of a refresh: the new pair is not stored', async () => {
  const store = await stores.newStore();
  await stores.expireAccessToken(store);
  const refresh = gate.holdAnswer('token');
  await stores.resync(store);
  await refresh.reached;

  await disconnect(store);
  refresh.release();

  await expect.poll(() => stores.logs(store)).toMatchObject([{ status: 'SKIPPED' }]);
  expect(await stores.account(store)).toMatchObject(wiped);
  expect(await stores.store(store)).toMatchObject({ status: 'DISCONNECTED' });
  expect(stores.journal(store, 'user/info')).toEqual([]);
});

test('a job cancelled in the middle of its run writes nothing more', async () => {
  const store = await stores.newStore();
  const list = gate.holdNext('video/list');
  const jobId = await stores.resync(store);
  await list.reached;

  await stores.cancel(jobId);
  list.release();

  await expect.poll(() => stores.logs(store)).toMatchObject([{ status: 'SKIPPED' }]);
  expect(await numbers(store)).toEqual([]);
  expect(await stores.store(store)).toMatchObject({ status: 'CONNECTED' });
  expect(await stores.sync(store)).toMatchObject({ state: 'completed' });
});

test('a deleted store is gone from every table but the audit log, and its grant is revoked', async () => {
  const store = await stores.newStore();
  await stores.sync(store);
  expect(await tablesWith(store)).toEqual(expect.arrayContaining(['stores', 'tiktok_accounts', 'video_daily']));

  expect((await remove(store)).status).toBe(204);

  expect(await tablesWith(store)).toEqual(['audit_log']);
  expect(stores.journal(store, 'revoke')).toMatchObject([{ status: 200 }]);
});

test('a store deleted in the middle of a run leaves nothing behind, and the worker goes on', async () => {
  const store = await stores.newStore();
  const list = gate.holdNext('video/list');
  const jobId = await stores.resync(store);
  await list.reached;

  expect((await remove(store)).status).toBe(204);
  list.release();

  await expect.poll(() => harian.logs.some((line) => line.includes('"sync ended"') && line.includes(jobId))).toBe(true);
  expect(await tablesWith(store)).toEqual(['audit_log']);
  expect((await harian.api('GET', `/api/jobs/${jobId}`)).status).toBe(404);
  // Nothing went wrong: no alarm for the operator.
  expect(harian.logs.filter((line) => line.includes(store.storeCode) && line.includes('"level":"error"'))).toEqual([]);
  expect(await stores.sync(await stores.newStore())).toMatchObject({ state: 'completed' });
});
