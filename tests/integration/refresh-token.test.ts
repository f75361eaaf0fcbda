import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { decryptRefreshToken } from '../../src/services/token-pair.ts';
import { createTestClock } from '../support/clock.ts';
import { createGate } from '../support/gate.ts';
import { startTestHarian, type TestHarian } from '../support/harian.ts';
import { reconnectStore } from '../support/owner.ts';
import { openSql } from '../support/sql.ts';
import { createStoreDriver, type StoreDriver, smallAccounts, type TestStore } from '../support/store-driver.ts';

const clock = createTestClock();
const gate = createGate();
let harian: TestHarian;
let stores: StoreDriver;
beforeAll(async () => {
  harian = await startTestHarian({
    clock,
    wrapFetch: gate.wrapFetch,
    simulator: { accounts: smallAccounts(30, 25) },
  });
  stores = await createStoreDriver(harian);
});
beforeEach(() => {
  clock.reset();
});
afterAll(async () => {
  await stores.close();
  await harian.close();
});

const hour = 3_600_000;
const tokenCalls = (store: TestStore) => stores.journal(store, 'token');

/** Somebody else spends the refresh token: from now on TikTok calls the stored one spent. */
const spendElsewhere = async (store: TestStore) => {
  const { refresh_token_encrypted: ciphertext } = await stores.account(store);
  const answer = await harian.simulator.fetch('http://tiktok.test/v2/oauth/token/', {
    method: 'POST',
    body: new URLSearchParams({
      client_key: harian.config.tiktok.clientKey,
      client_secret: harian.config.tiktok.clientSecret,
      grant_type: 'refresh_token',
      refresh_token: decryptRefreshToken(harian.harian.deps.cipher, store.storeCode, Buffer.from(ciphertext ?? '')),
    }),
  });
  expect(answer.status).toBe(200);
};

test('a fresh access token is used as it is: no refresh', async () => {
  const store = await stores.newStore();

  await stores.sync(store);

  expect(tokenCalls(store)).toEqual([]);
  expect(await stores.account(store)).toMatchObject({ version: 1, refresh_state: 'IDLE' });
});

test('an expired access token is refreshed exactly once, however many pages and runs follow', async () => {
  const store = await stores.newStore();
  clock.advanceMs(3 * hour);

  await stores.sync(store);
  await stores.sync(store);

  expect(tokenCalls(store)).toHaveLength(1);
  expect(stores.journal(store).map((entry) => entry.endpoint)).toEqual([
    'token',
    ...['user/info', 'video/list', 'video/list'],
    ...['user/info', 'video/list', 'video/list'],
  ]);
  expect((await stores.logs(store)).map((log) => log.status)).toEqual(['SUCCESS', 'SUCCESS']);
  expect(await stores.account(store)).toMatchObject({ version: 2, refresh_state: 'IDLE' });
});

test('a token that would end during the run is refreshed before it', async () => {
  const store = await stores.newStore();
  clock.advanceMs(2 * hour - 60_000);

  await stores.sync(store);

  expect(tokenCalls(store)).toHaveLength(1);
  expect(stores.journal(store, 'user/info').map((entry) => entry.status)).toEqual([200]);
});

test('both lives come from TikTok’s answer, whatever they are', async () => {
  const store = await stores.newStore();
  await stores.expireAccessToken(store);
  harian.simulator.control.setTokenLife({ accessTokenLifeSeconds: 86_400, refreshTokenLifeSeconds: 365 * 86_400 });

  await stores.sync(store);

  harian.simulator.control.setTokenLife({ accessTokenLifeSeconds: 7_200, refreshTokenLifeSeconds: 180 * 86_400 });
  const account = await stores.account(store);
  const secondsLeft = (instant: Date | null) => ((instant?.getTime() ?? 0) - clock.now().getTime()) / 1000;
  expect(secondsLeft(account.access_expires_at)).toBeCloseTo(86_400, -2);
  expect(secondsLeft(account.refresh_expires_at)).toBeCloseTo(365 * 86_400, -2);
});

test('when TikTok keeps the refresh token, the same one is good for the next time', async () => {
  harian.simulator.control.configure({ rotateAlways: false });
  const store = await stores.newStore();
  await stores.expireAccessToken(store);
  await stores.sync(store);
  await stores.expireAccessToken(store);

  const job = await stores.sync(store);

  harian.simulator.control.configure({ rotateAlways: true });
  expect(job.state).toBe('completed');
  const [first, second] = tokenCalls(store);
  expect(second?.tokenHash).toBe(first?.tokenHash);
});

test('the new pair is in the database before its first use: a run that dies after it costs no second refresh', async () => {
  const store = await stores.newStore();
  await stores.expireAccessToken(store);
  const before = await stores.account(store);
  const firstUse = gate.holdNext('user/info');
  stores.fault(store, { endpoint: 'user/info', kind: 'reset' });

  const jobId = await stores.resync(store);
  await firstUse.reached;

  // Nothing has been asked with the new token yet, and it is safe already.
  const stored = await stores.account(store);
  expect(stored).toMatchObject({ version: 2, refresh_state: 'IDLE' });
  expect(stored.refresh_token_encrypted).not.toBe(before.refresh_token_encrypted);
  firstUse.release();
  await stores.untilJob(jobId, 'completed');
  expect(tokenCalls(store)).toHaveLength(1);
  expect((await stores.logs(store)).map((log) => log.status)).toEqual(['FAILED', 'SUCCESS']);
});

test('the intent to spend a refresh token is in the database before TikTok is asked', async () => {
  const store = await stores.newStore();
  await stores.expireAccessToken(store);
  const refresh = gate.holdNext('token');

  const jobId = await stores.resync(store);
  await refresh.reached;

  expect(await stores.account(store)).toMatchObject({ version: 1, refresh_state: 'IN_FLIGHT' });
  refresh.release();
  await stores.untilJob(jobId, 'completed');
  expect(await stores.account(store)).toMatchObject({ version: 2, refresh_state: 'IDLE' });
});

test('access_token_invalid refreshes once and repeats the call once, on the page where it came', async () => {
  const store = await stores.newStore();
  stores.fault(store, { endpoint: 'video/list', kind: 'token_invalid', afterRequests: 1 });

  const job = await stores.sync(store);

  expect(job.state).toBe('completed');
  expect(stores.journal(store).map((entry) => [entry.endpoint, entry.status, entry.cursor === null])).toEqual([
    ['user/info', 200, true],
    ['video/list', 200, true],
    ['video/list', 401, false],
    ['token', 200, true],
    ['video/list', 200, false],
  ]);
  expect((await stores.logs(store)).map((log) => [log.status, log.videos])).toEqual([['SUCCESS', 25]]);
});

test('a token still invalid after its refresh is a temporary failure: one refresh a run, the store stays CONNECTED', async () => {
  const store = await stores.newStore();
  stores.fault(store, { endpoint: 'user/info', kind: 'token_invalid', times: null });

  const job = await stores.sync(store);

  await stores.cancel(job.id);
  expect(job).toMatchObject({ state: 'retrying', error: { code: 'ACCESS_TOKEN_INVALID', http_status: 401 } });
  expect(stores.journal(store).map((entry) => entry.endpoint)).toEqual(['user/info', 'token', 'user/info']);
  expect(await stores.store(store)).toMatchObject({ status: 'CONNECTED', status_reason: null });
});

test('one refresh a run for refused tokens: a second refusal later in the run is a temporary failure', async () => {
  const store = await stores.newStore();
  for (const endpoint of ['user/info', 'video/list'] as const) stores.fault(store, { endpoint, kind: 'token_invalid' });

  const job = await stores.sync(store);

  await stores.cancel(job.id);
  expect(job).toMatchObject({ state: 'retrying', error: { code: 'ACCESS_TOKEN_INVALID' } });
  const endpoints = stores.journal(store).map((entry) => entry.endpoint);
  expect(endpoints).toEqual(['user/info', 'token', 'user/info', 'video/list']);
});

test('a token refused right after its lazy refresh is refreshed once more, not sent again', async () => {
  const store = await stores.newStore();
  await stores.expireAccessToken(store);
  stores.fault(store, { endpoint: 'user/info', kind: 'token_invalid' });

  const job = await stores.sync(store);

  expect(job.state).toBe('completed');
  const [first, refused, second, accepted] = stores.journal(store);
  expect([first, refused, second, accepted].map((entry) => entry?.status)).toEqual([200, 401, 200, 200]);
  expect(second?.endpoint).toBe('token');
  expect(refused?.tokenHash).toBe(first?.issuedHashes?.access);
  expect(accepted?.tokenHash).toBe(second?.issuedHashes?.access);
});

test('a verdict on a pair that was refreshed in the same run counts', async () => {
  const store = await stores.newStore();
  await stores.expireAccessToken(store);
  stores.fault(store, { endpoint: 'user/info', kind: 'display_error', code: 'scope_not_authorized', status: 401 });

  await stores.sync(store);

  expect(await stores.store(store)).toMatchObject({ status: 'NEED_RECONNECT', status_reason: 'SCOPE_MISSING' });
});

test('an answer that is lost leaves the outcome unknown; if the token was spent by it, the owner is told so, not "revoked"', async () => {
  const store = await stores.newStore();
  await stores.expireAccessToken(store);
  const before = await stores.account(store);
  stores.fault(store, { endpoint: 'token', kind: 'reply_lost' });

  const jobId = await stores.resync(store);
  await stores.untilJob(jobId, 'retrying');

  expect(await stores.account(store)).toEqual({ ...before, refresh_state: 'OUTCOME_UNKNOWN' });
  expect(await stores.store(store)).toMatchObject({ status: 'CONNECTED' });
  await stores.resync(store);
  expect(await stores.untilJob(jobId, 'failed')).toMatchObject({ error: { code: 'INVALID_GRANT' } });
  expect(await stores.store(store)).toMatchObject({
    status: 'NEED_RECONNECT',
    status_reason: 'REFRESH_OUTCOME_UNKNOWN',
  });
});

test('an unknown outcome is over as soon as a refresh succeeds', async () => {
  const store = await stores.newStore();
  await stores.expireAccessToken(store);
  stores.fault(store, { endpoint: 'token', kind: 'reset' });

  const jobId = await stores.resync(store);
  await stores.untilJob(jobId, 'retrying');
  expect(await stores.account(store)).toMatchObject({ refresh_state: 'OUTCOME_UNKNOWN', version: 1 });
  await stores.untilJob(jobId, 'completed');

  expect(await stores.account(store)).toMatchObject({ refresh_state: 'IDLE', version: 2 });
});

test('a refresh token whose own life is over says REFRESH_TOKEN_EXPIRED', async () => {
  const store = await stores.newStore();
  clock.advanceMs(181 * 24 * hour);

  const job = await stores.sync(store);

  expect(job).toMatchObject({ state: 'failed', error: { code: 'INVALID_GRANT', http_status: 400 } });
  expect(await stores.store(store)).toMatchObject({
    status: 'NEED_RECONNECT',
    status_reason: 'REFRESH_TOKEN_EXPIRED',
  });
});

test('a store that needs to be reconnected is asked nothing more; its owner’s return heals it, and the numbers go on', async () => {
  const store = await stores.newStore();
  await stores.sync(store);
  await spendElsewhere(store);
  await stores.expireAccessToken(store);
  await stores.sync(store);
  expect(await stores.store(store)).toMatchObject({ status: 'NEED_RECONNECT', status_reason: 'REVOKED' });
  expect(await harian.api('POST', `/api/stores/${store.storeCode}/resync`)).toMatchObject({
    status: 409,
    body: { error: { code: 'STORE_NOT_CONNECTED' } },
  });

  await reconnectStore(harian, store.storeCode, { openId: store.openId });

  expect(await stores.store(store)).toMatchObject({ status: 'CONNECTED', status_reason: null });
  await expect
    .poll(async () => (await stores.logs(store)).at(-1))
    .toMatchObject({
      status: 'SUCCESS',
      trigger: 'connect',
    });
});

test('a reconnect during a refresh wins over the refusal of the old pair: the run goes on with the new one', async () => {
  const store = await stores.newStore();
  await spendElsewhere(store);
  await stores.expireAccessToken(store);
  const refresh = gate.holdNext('token');
  const jobId = await stores.resync(store);
  await refresh.reached;

  await reconnectStore(harian, store.storeCode, { openId: store.openId });
  const reconnected = await stores.account(store);
  refresh.release();

  expect(await stores.untilJob(jobId, 'completed', 'failed')).toMatchObject({ state: 'completed' });
  expect(await stores.store(store)).toMatchObject({ status: 'CONNECTED', status_reason: null });
  expect(await stores.account(store)).toMatchObject({
    version: reconnected.version,
    refresh_token_encrypted: reconnected.refresh_token_encrypted,
    refresh_state: 'IDLE',
  });
});

test('a reconnect during a refresh that succeeds keeps the reconnect’s pair', async () => {
  const store = await stores.newStore();
  await stores.expireAccessToken(store);
  const refresh = gate.holdNext('token');
  const jobId = await stores.resync(store);
  await refresh.reached;

  await reconnectStore(harian, store.storeCode, { openId: store.openId });
  const reconnected = await stores.account(store);
  refresh.release();

  expect(await stores.untilJob(jobId, 'completed', 'failed')).toMatchObject({ state: 'completed' });
  expect((await stores.account(store)).refresh_token_encrypted).toBe(reconnected.refresh_token_encrypted);
});

test('a reconnect during a run wins over the run’s verdict on the old pair, and the day is tried again', async () => {
  const store = await stores.newStore();
  const info = gate.holdNext('user/info');
  // The first answer names the account on the owner's page; the second one is the held run's.
  const refusal = { code: 'scope_not_authorized', status: 401, afterRequests: 1 };
  stores.fault(store, { endpoint: 'user/info', kind: 'display_error', ...refusal });
  const jobId = await stores.resync(store);
  await info.reached;

  await reconnectStore(harian, store.storeCode, { openId: store.openId });
  info.release();

  await stores.untilJob(jobId, 'failed');
  expect(await stores.store(store)).toMatchObject({ status: 'CONNECTED', status_reason: null });
  expect(await stores.days(store)).toMatchObject([{ state: 'pending', retry_after: expect.any(Date) }]);
});

test('a reconnect that commits while the verdict is being written still wins', async () => {
  const store = await stores.newStore();
  await stores.expireAccessToken(store);
  stores.fault(store, { endpoint: 'token', kind: 'oauth_error', code: 'invalid_grant' });
  const refresh = gate.holdNext('token');
  const jobId = await stores.resync(store);
  await refresh.reached;
  const reconnect = await openSql(harian.database.url);
  await reconnect.query('begin');
  await reconnect.query('select from stores where store_code = $1 for update', [store.storeCode]);

  refresh.release();
  const waitsForReconnect = `select from pg_locks where not granted and locktype in ('transactionid', 'tuple')`;
  await expect.poll(() => stores.sql.query(waitsForReconnect), { interval: 20 }).not.toEqual([]);
  await reconnect.query('update tiktok_accounts set version = version + 1 where store_code = $1', [store.storeCode]);
  await reconnect.query('commit');
  await reconnect.close();

  await stores.untilJob(jobId, 'failed');
  expect(await stores.store(store)).toMatchObject({ status: 'CONNECTED', status_reason: null });
});

test('a refresh answer without a usable refresh token never replaces the good one', async () => {
  const store = await stores.newStore();
  await stores.expireAccessToken(store);
  const before = await stores.account(store);
  gate.answerNext('token', {
    open_id: store.openId,
    access_token: 'act',
    expires_in: 7200,
    refresh_token: '',
    refresh_expires_in: 9,
  });

  const job = await stores.sync(store);

  expect(job.state).toBe('retrying');
  await stores.cancel(job.id);
  expect(await stores.account(store)).toEqual({ ...before, refresh_state: 'OUTCOME_UNKNOWN' });
});

test('a refresh that names no scopes keeps the known ones; one that names fewer is believed', async () => {
  const store = await stores.newStore();
  const answerWith = (scope: string) => {
    const pair = harian.simulator.control.grant(store.openId);
    return {
      open_id: store.openId,
      scope,
      access_token: pair.accessToken,
      expires_in: pair.expiresInSeconds,
      refresh_token: pair.refreshToken,
      refresh_expires_in: pair.refreshExpiresInSeconds,
    };
  };
  const { scopes } = await stores.account(store);
  await stores.expireAccessToken(store);
  gate.answerNext('token', answerWith(''));
  await stores.sync(store);
  expect((await stores.account(store)).scopes).toEqual(scopes);

  await stores.expireAccessToken(store);
  gate.answerNext('token', answerWith('user.info.basic,user.info.stats'));
  await stores.sync(store);

  expect((await stores.account(store)).scopes).toEqual(['user.info.basic', 'user.info.stats']);
  expect(await stores.store(store)).toMatchObject({
    status: 'CONNECTED',
    status_reason: 'SCOPE_MISSING: user.info.profile, video.list',
  });
});
