import { afterAll, beforeAll, expect, test } from 'vitest';
import { inTransaction } from '../../src/db/client.ts';
import { createStoreLockConnection, type StoreLockConnection } from '../../src/db/store-lock.ts';
import { findStore } from '../../src/db/stores.ts';
import type { JobClaim } from '../../src/services/job-queue.ts';
import { createRequestBudget } from '../../src/services/request-budget.ts';
import { enqueueNow } from '../../src/services/resync-store.ts';
import { syncStore } from '../../src/services/sync-store.ts';
import { createTikTokDisplay } from '../../src/tiktok/display.ts';
import { startTestHarian, type TestHarian } from '../support/harian.ts';
import { createStoreDriver, type StoreDriver, smallAccounts } from '../support/store-driver.ts';

// ROLES=api: the test itself is the worker, one whose patience is short.

let harian: TestHarian;
let stores: StoreDriver;
let connection: StoreLockConnection;
beforeAll(async () => {
  harian = await startTestHarian({
    environment: { ROLES: 'api' },
    simulator: { accounts: smallAccounts(8, 3) },
    circuitBreaker: true,
  });
  stores = await createStoreDriver(harian);
  connection = createStoreLockConnection(harian.database.url);
});
afterAll(async () => {
  await connection.close();
  await stores.close();
  await harian.close();
});

const impatient = () => {
  const { deps } = harian.harian;
  const { db, logger, stopping } = deps;
  const requests = createRequestBudget({
    db,
    requestsPerMinute: 1_000_000,
    logger,
    random: Math.random,
    stopping,
    patienceMs: 50,
  });
  const { fetch } = harian.simulator;
  const display = createTikTokDisplay({ apiUrl: 'http://tiktok.test', fetch, timeoutMs: 5_000, budget: requests });
  return { ...deps, requests, display };
};

/** One delivery of the store's job to a worker. */
const claim = async (storeCode: string): Promise<JobClaim> => {
  const { deps } = harian.harian;
  const found = await findStore(deps.db, storeCode);
  if (!found) throw new Error('the store is gone');
  await inTransaction(deps.db, (tx) => enqueueNow(deps, tx, found.store, 'schedule'));
  const [job] = await stores.sql.query<{ id: string; day: string }>(
    `update pgboss.job set state = 'active', started_on = now() where singleton_key = $1 and state = 'created'
     returning id, data->>'snapshot_date' as day`,
    [storeCode],
  );
  if (!job) throw new Error('no job');
  return {
    id: job.id,
    retryCount: 0,
    retryLimit: 7,
    storeCode,
    snapshotDate: job.day,
    trigger: 'schedule',
    deferrals: 0,
    traceparent: null,
    signal: new AbortController().signal,
    giveBack: new AbortController().signal,
    lastCall: new AbortController().signal,
  };
};
const open = (endpoint: string) =>
  stores.sql.query(
    `insert into circuit_breakers values ($1, 'open', now(), now() + interval '1 hour', 0)
     on conflict (endpoint) do update set state = 'open', probe_at = excluded.probe_at`,
    [endpoint],
  );
const close = () => stores.sql.query('truncate circuit_breakers');

test.each(['user/info', 'token'])(
  'a run that %s keeps waiting too long is deferred, skipped, and costs no attempt',
  async (endpoint) => {
    const store = await stores.newStore();
    if (endpoint === 'token') await stores.expireAccessToken(store);
    await open(endpoint);

    const result = await syncStore(impatient(), connection, await claim(store.storeCode));

    await close();
    expect(result).toMatchObject({ status: 'SKIPPED', errorCode: 'CIRCUIT_OPEN' });
    expect(stores.journal(store)).toEqual([]);
    const [log] = await stores.logs(store);
    expect(log).toMatchObject({ status: 'SKIPPED', error_code: 'CIRCUIT_OPEN' });
    const { job } = await stores.store(store);
    expect(await stores.job(job?.id ?? '')).toMatchObject({
      state: 'deferred',
      attempt: 0,
      error: { code: 'CIRCUIT_OPEN' },
    });
    expect(await stores.account(store)).toMatchObject({ refresh_state: 'IDLE' });
    expect(await stores.days(store)).toMatchObject([{ state: 'pending', reason: 'CIRCUIT_OPEN' }]);
  },
);

test('a store whose token lasts is read though nobody’s token can be refreshed', async () => {
  const store = await stores.newStore();
  await open('token');
  expect(await syncStore(impatient(), connection, await claim(store.storeCode))).toMatchObject({ status: 'SUCCESS' });
  await close();
});

test('a video that is missing is not waited for while video/query does not answer: the day is complete all the same', async () => {
  const store = await stores.newStore();
  const { deps } = harian.harian;
  await syncStore(deps, connection, await claim(store.storeCode));
  const [video] = await stores.sql.query<{ video_id: string }>('select video_id from videos where store_code = $1', [
    store.storeCode,
  ]);
  harian.simulator.control.setVisibility(store.openId, [video?.video_id ?? ''], 'deleted');
  await open('video/query');
  // With all the patience there is: five minutes.
  const result = await syncStore(deps, connection, await claim(store.storeCode));
  await close();
  expect(result).toMatchObject({ status: 'SUCCESS', errorCode: null });
  expect(stores.journal(store, 'video/query')).toEqual([]);
  expect(await stores.days(store)).toMatchObject([{ state: 'complete' }]);
  expect(
    await stores.sql.query('select distinct presence from videos where store_code = $1', [store.storeCode]),
  ).toEqual([{ presence: 'listed' }]);
});

test('a run whose list of videos cannot be read keeps the account’s numbers', async () => {
  const store = await stores.newStore();
  await open('video/list');
  const result = await syncStore(impatient(), connection, await claim(store.storeCode));
  await close();
  expect(result).toMatchObject({ status: 'PARTIAL', errorCode: 'CIRCUIT_OPEN' });
  expect(await stores.days(store)).toMatchObject([{ state: 'partial', reason: 'CIRCUIT_OPEN' }]);
});
