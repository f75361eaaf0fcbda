import { afterAll, beforeAll, expect, test } from 'vitest';
import { localDay } from '../../src/domain/snapshot-day.ts';
import { newStoreCode, startTestHarian, type TestHarian } from '../support/harian.ts';
import { createOwner, type Owner } from '../support/owner.ts';
import { openSql, type Sql } from '../support/sql.ts';
import { smallAccounts } from '../support/store-driver.ts';

let now = new Date('2026-03-10T20:00:00Z');
let harian: TestHarian;
let sql: Sql;
beforeAll(async () => {
  harian = await startTestHarian({
    clock: { now: () => now },
    simulator: { accounts: smallAccounts(20, 3), fetch: async () => new Response() },
  });
  sql = await openSql(harian.database.url);
});
afterAll(async () => {
  await sql.close();
  await harian.close();
});

let used = 0;
const newAccount = () => harian.simulator.control.accounts[used++]?.openId ?? '';
const newStore = async () => {
  const storeCode = newStoreCode();
  await harian.api('POST', '/api/stores', { store_code: storeCode, name: 'Toko Melati' });
  return storeCode;
};
const store = async (code: string) =>
  (
    await harian.api<{ status: string; status_reason: string | null; account: unknown; last_synced_at: string | null }>(
      'GET',
      `/api/stores/${code}`,
    )
  ).body;
const connect = async (storeCode: string, openId: string, owner: Owner = createOwner(harian)): Promise<Owner> => {
  const link = await harian.api<{ url: string }>('POST', `/api/stores/${storeCode}/connect-links`);
  await owner.finish(await harian.simulator.control.consent(await owner.start(link.body.url), { openId }));
  return owner;
};
const untilRead = (code: string) => expect.poll(async () => (await store(code)).last_synced_at).not.toBeNull();
const rowsOf = async (code: string) => {
  const counts = await sql.query<{ n: number }>(
    `select (select count(*) from user_daily where store_code = $1) + (select count(*) from video_daily where store_code = $1)
       + (select count(*) from videos where store_code = $1) + (select count(*) from store_days where store_code = $1)
       + (select count(*) from tiktok_accounts where store_code = $1) as n`,
    [code],
  );
  return Number(counts[0]?.n);
};

test('an owner who connected the wrong store takes it back: no account, no number of it stays, TikTok is told', async () => {
  const code = await newStore();
  const openId = newAccount();
  const owner = await connect(code, openId);
  await untilRead(code);
  expect(await owner.result()).toContain('action="/connect/undo"');

  const answer = await owner.undo(code);

  expect([answer.status, answer.headers.get('location')]).toEqual([303, '/connect/result']);
  expect(await owner.result()).toContain('Taken back');
  expect(await store(code)).toMatchObject({
    status: 'PENDING',
    status_reason: 'UNDONE_BY_OWNER',
    account: null,
    last_synced_at: null,
  });
  expect(await rowsOf(code)).toBe(0);
  const revoked = harian.simulator.control.journal.entries().filter(({ endpoint }) => endpoint === 'revoke');
  expect(revoked.at(-1)).toMatchObject({ openId, status: 200 });
  const audit = await sql.query('select actor_name, outcome from audit_log where store_code = $1 and action = $2', [
    code,
    'store.undo_connect',
  ]);
  expect(audit).toEqual([{ actor_name: 'owner', outcome: 'OK' }]);

  // The account may now go where it belongs, and the store takes its own.
  const [other, own] = [await newStore(), newAccount()];
  expect(await (await connect(other, openId)).result()).toContain('Connected');
  expect(await (await connect(code, own)).result()).toContain('Connected');
});

test('it is undone once, and by that browser alone', async () => {
  const code = await newStore();
  const owner = await connect(code, newAccount());

  expect((await createOwner(harian).undo(code)).status).toBe(404);
  expect((await store(code)).status).toBe('CONNECTED');
  expect((await owner.undo(code)).status).toBe(303);
  expect((await owner.undo(code)).status).toBe(404);
});

test('a page of an earlier connection does not take a later one back', async () => {
  const [code, later] = [await newStore(), await newStore()];
  const owner = await connect(code, newAccount());
  await connect(later, newAccount(), owner);

  expect((await owner.undo(code)).status).toBe(404);
  expect([(await store(code)).status, (await store(later)).status]).toEqual(['CONNECTED', 'CONNECTED']);
  expect((await owner.undo(later)).status).toBe(303);
});

test('a reconnect of an account that was read before cannot be undone: its numbers are the store’s own', async () => {
  const code = await newStore();
  const openId = newAccount();
  await connect(code, openId);
  await untilRead(code);
  const before = await rowsOf(code);

  now = new Date(now.getTime() + 60_000);
  const again = await connect(code, openId);

  expect(await again.result()).not.toContain('/connect/undo');
  expect((await again.undo(code)).status).toBe(404);
  expect(await rowsOf(code)).toBeGreaterThanOrEqual(before);
});

test('after an hour it is the admin’s to disconnect', async () => {
  const code = await newStore();
  const owner = await connect(code, newAccount());
  now = new Date(now.getTime() + 61 * 60_000);

  expect(await owner.result()).not.toContain('/connect/undo');
  expect((await owner.undo(code)).status).toBe(404);
  expect((await store(code)).status).toBe('CONNECTED');
});

test('a request that is no form undoes nothing', async () => {
  const answer = await fetch(`${harian.url}/connect/undo`, {
    method: 'POST',
    body: 'none',
    headers: { 'content-type': 'multipart/form-data; boundary=x', accept: 'application/json' },
  });
  expect([answer.status, await answer.json()]).toMatchObject([404, { error: { code: 'NOT_FOUND' } }]);
});

test('a page elsewhere cannot undo it', async () => {
  const answer = await fetch(`${harian.url}/connect/undo`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'sec-fetch-site': 'cross-site', accept: 'application/json' },
  });
  expect([answer.status, await answer.json()]).toMatchObject([403, { error: { code: 'FORBIDDEN' } }]);
});

test('the page of a reconnect says since when, and how many days that has cost', async () => {
  const code = await newStore();
  await connect(code, newAccount());
  await untilRead(code);
  await sql.query(
    `insert into store_days (store_code, snapshot_date, state, reason)
     select $1, last_snapshot_date + n, 'missed', 'NEED_RECONNECT' from stores, generate_series(1, 3) n where store_code = $1`,
    [code],
  );
  await sql.query(`update stores set status = 'NEED_RECONNECT', status_reason = 'REVOKED' where store_code = $1`, [
    code,
  ]);
  const link = await harian.api<{ url: string }>('POST', `/api/stores/${code}/connect-links`);

  const page = await (await createOwner(harian).open(link.body.url)).text();

  // The first day that was not read has not come yet: it was read today.
  expect(page).toMatch(
    new RegExp(`needed a new connection since <time datetime="${localDay(now, harian.config.sync.timezone)}">`),
  );
  expect(page).toContain('3 days are missing so far');
  expect(await (await createOwner(harian, 'id').open(link.body.url)).text()).toContain('3 hari sudah terlewat');
});
