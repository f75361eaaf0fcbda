import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestHarian, type TestHarian } from '../support/harian.ts';
import { createStoreDriver, type StoreDriver, smallAccounts } from '../support/store-driver.ts';

let harian: TestHarian;
let stores: StoreDriver;
beforeAll(async () => {
  harian = await startTestHarian({ simulator: { accounts: smallAccounts(30, 3) }, circuitBreaker: true });
  stores = await createStoreDriver(harian);
});
afterAll(async () => {
  await stores.close();
  await harian.close();
});

test('while TikTok is down a sync waits in place, marks nothing, uses no attempt, and goes on when TikTok is back', async () => {
  const { control } = harian.simulator;
  const fault = control.faults.add({ endpoint: 'user/info', kind: 'http_502_html', times: null });
  const unlucky = await Promise.all(Array.from({ length: 12 }, () => stores.newStore()));
  const jobs = await Promise.all(unlucky.map((store) => stores.resync(store)));
  const queue = async () => (await harian.api<{ breaker: { endpoint: string } | null }>('GET', '/api/queue')).body;
  await expect.poll(async () => (await queue()).breaker).toMatchObject({ endpoint: 'user/info' });
  const failedBefore = await countFailed();

  const late = await stores.newStore();
  const lateJob = await stores.resync(late);
  await stores.sql.query(`update circuit_breakers set probe_at = now() + interval '1 hour'`);
  const asked = stores.journal(late).length;
  expect(asked).toBe(0);
  expect(await countFailed()).toBeLessThanOrEqual(failedBefore + 4);

  control.faults.clear(fault);
  await stores.sql.query('update circuit_breakers set probe_at = now()');
  for (const id of [...jobs, lateJob]) expect(await stores.untilJob(id, 'completed')).toMatchObject({ error: null });
  expect((await queue()).breaker).toBeNull();
  expect(await stores.job(lateJob)).toMatchObject({ attempt: 1 });
  for (const store of [...unlucky, late]) {
    expect(await stores.store(store)).toMatchObject({ status: 'CONNECTED', status_reason: null });
    expect(await stores.days(store)).toMatchObject([{ state: 'complete', reason: null }]);
  }
});

const countFailed = async () =>
  Number((await stores.sql.query<{ n: string }>(`select count(*) as n from sync_logs where status = 'FAILED'`))[0]?.n);
