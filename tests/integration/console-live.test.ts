import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createAdminKey } from '../../src/services/create-admin-key.ts';
import { endAdminKey } from '../../src/services/manage-admin-keys.ts';
import { adminKey, startTestHarian, type TestHarian } from '../support/harian.ts';
import { type LiveStream, openLive } from '../support/live.ts';
import { createStoreDriver, type StoreDriver, smallAccounts, type TestStore } from '../support/store-driver.ts';

// ROLES=api: nobody works, so a job does what the test does with it.

let harian: TestHarian;
let stores: StoreDriver;
const streams: LiveStream[] = [];
beforeAll(async () => {
  harian = await startTestHarian({ environment: { ROLES: 'api' }, simulator: { accounts: smallAccounts(10, 3) } });
  stores = await createStoreDriver(harian);
});
afterEach(() => {
  for (const stream of streams.splice(0)) stream.close();
});
afterAll(async () => {
  await stores.close();
  await harian.close();
});

const listen = async (headers: Record<string, string> = { authorization: `Bearer ${adminKey}` }) => {
  const stream = await openLive(harian, headers);
  streams.push(stream);
  return stream;
};
/** A store at which nothing has happened for long, and its job, which waits for an hour still. */
const storeAtRest = async () => {
  const store = await stores.newStore();
  const jobId = await stores.resync(store);
  await stores.sql.query(
    `update pgboss.job set state = 'retry', retry_count = 1, priority = 0, created_on = now() - interval '1 hour',
       start_after = now() + interval '1 hour' where id = $1`,
    [jobId],
  );
  await stores.sql.query(`update stores set updated_at = now() - interval '1 hour' where store_code = $1`, [
    store.storeCode,
  ]);
  return { ...store, jobId };
};
const hears = (stream: LiveStream, { storeCode }: TestStore) =>
  expect
    .poll(() => stream.pulses.some(({ stores: named }) => named?.includes(storeCode)), { timeout: 20_000 })
    .toBe(true);

test('an open page is told of a job that was queued, moved up or cancelled, or whose wait is over', async () => {
  const [queued, moved, cancelled, due, untouched] = [
    await storeAtRest(),
    await storeAtRest(),
    await storeAtRest(),
    await storeAtRest(),
    await storeAtRest(),
  ];
  await stores.sql.query('delete from pgboss.job where id = $1', [queued.jobId]);
  const stream = await listen();

  await stores.resync(queued);
  await hears(stream, queued);
  await stores.resync(moved);
  await hears(stream, moved);
  await stores.cancel(cancelled.jobId);
  await hears(stream, cancelled);
  await stores.sql.query('update pgboss.job set start_after = now() where id = $1', [due.jobId]);
  await hears(stream, due);
  expect(stream.pulses.flatMap((pulse) => pulse.stores)).not.toContain(untouched.storeCode);
});

test('a stream ends soon after its sign-in: a key revoked by any process, a session ended or over; others go on', async () => {
  const { deps } = harian.harian;
  const origin = harian.config.publicUrl;
  const newKey = () => createAdminKey(deps, { name: randomUUID(), scope: 'read', expiresAt: null });
  const signIn = async (secret: string) => {
    const body = new URLSearchParams({ key: secret });
    const answer = await fetch(`${harian.url}/session`, {
      method: 'POST',
      redirect: 'manual',
      body,
      headers: { origin },
    });
    return { cookie: answer.headers.getSetCookie()[0]?.split(';')[0] ?? '' };
  };
  const [revoked, left, lapsing, staying] = await Promise.all([newKey(), newKey(), newKey(), newKey()]);
  const bearer = { authorization: `Bearer ${revoked.secret}` };
  const [ofRevoked, ofLeft, ofLapsing, ofStaying] = await Promise.all(
    [revoked, left, lapsing, staying].map(({ secret }) => signIn(secret)),
  );
  const ending = await Promise.all([bearer, ofRevoked, ofLeft, ofLapsing].map((headers) => listen(headers)));
  let others = 0;
  for (const headers of [ofStaying, { authorization: `Bearer ${left.secret}` }]) {
    (await listen(headers)).ended.then(
      () => others++,
      () => others++,
    );
  }

  await endAdminKey(deps, revoked.key.id);
  await fetch(`${harian.url}/session/end`, { method: 'POST', redirect: 'manual', headers: { origin, ...ofLeft } });
  await stores.sql.query(`update admin_sessions set expires_at = now() where admin_key_id = $1`, [lapsing.key.id]);

  await Promise.all(ending.map((stream) => stream.ended));
  expect(others).toBe(0);
  await expect(listen(ofRevoked)).rejects.toThrow('401');
});
