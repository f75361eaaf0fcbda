import { afterAll, beforeAll, expect, test } from 'vitest';
import { newStoreCode, startTestHarian, type TestHarian } from '../support/harian.ts';
import { openSql } from '../support/sql.ts';
import { createStoreDriver, type StoreDriver, smallAccounts } from '../support/store-driver.ts';

let harian: TestHarian;
let stores: StoreDriver;
let cookieSent = '';
/** What TikTok says of an account beside the truth. */
let profile: Record<string, unknown> | null = null;
beforeAll(async () => {
  harian = await startTestHarian({
    simulator: { accounts: smallAccounts(20, 1) },
    wrapFetch: (fetch) => async (input, init) => {
      const answer = await fetch(input, init);
      if (profile === null || !String(input).includes('/user/info/')) return answer;
      const body = (await answer.json()) as { data: { user: object } };
      return Response.json({ ...body, data: { user: { ...body.data.user, ...profile } } });
    },
  });
  stores = await createStoreDriver(harian);
});
afterAll(async () => {
  await stores.close();
  await harian.close();
});

const invite = async () => {
  const storeCode = newStoreCode();
  await harian.api('POST', '/api/stores', { store_code: storeCode, name: 'Toko' });
  const { body } = await harian.api<{ url: string }>('POST', `/api/stores/${storeCode}/connect-links`);
  return { storeCode, openId: stores.newOpenId(), link: `${harian.url}${new URL(body.url).pathname}` };
};
const statesOf = (storeCode: string) =>
  stores.sql.query('select from oauth_states where store_code = $1 and used_at is null', [storeCode]);
const press = (link: string, headers: Record<string, string>) =>
  fetch(link, { method: 'POST', redirect: 'manual', headers });
/** An owner who has said yes at TikTok and is about to come back. */
const returning = async () => {
  const invited = await invite();
  const start = await press(invited.link, {});
  cookieSent = start.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const back = await harian.simulator.control.consent(start.headers.get('location') ?? '', { openId: invited.openId });
  return { ...invited, back: `${harian.url}/oauth/tiktok/callback${new URL(back).search}` };
};
const comeBack = (url: string, method = 'GET') =>
  fetch(url, { method, redirect: 'manual', headers: { cookie: cookieSent } });

test.each([
  { 'sec-fetch-site': 'cross-site', origin: 'null' },
  { 'sec-fetch-site': 'same-site' },
  { origin: 'https://evil.example' },
])('a page elsewhere cannot send a browser to TikTok: %o', async (headers) => {
  const { link, storeCode } = await invite();

  const answer = await press(link, headers);

  expect([answer.status, answer.headers.get('location'), answer.headers.getSetCookie()]).toEqual([403, null, []]);
  expect(await answer.json()).toMatchObject({ error: { code: 'FORBIDDEN' } });
  expect(await statesOf(storeCode)).toHaveLength(0);
});

test.each([{}, { origin: 'null' }, { 'sec-fetch-site': 'same-origin', origin: 'null' }, { 'sec-fetch-site': 'none' }])(
  'the button of our own page leads to TikTok: %o',
  async (headers) => {
    expect((await press((await invite()).link, headers)).status).toBe(303);
  },
);

test('HEAD and a parameter that is there twice use no state up: the owner still connects', async () => {
  const { storeCode, openId, back } = await returning();

  const answers = [
    await comeBack(back, 'HEAD'),
    await comeBack(`${back}&code=another`),
    await comeBack(`${back}&state=another`),
  ];

  expect(answers.map(({ status, headers }) => [status, headers.get('location')])).toEqual(
    Array.from(answers, () => [303, '/connect/result']),
  );
  expect(await statesOf(storeCode)).toHaveLength(1);
  await comeBack(back);
  expect(await stores.store({ storeCode, openId })).toMatchObject({ status: 'CONNECTED' });
});

test('a profile of another account is nobody’s name here', async () => {
  const { storeCode, openId, back } = await returning();
  profile = { open_id: 'somebody-else', display_name: 'Intruder' };

  await comeBack(back);

  profile = null;
  const store = await stores.store({ storeCode, openId });
  expect(store).toMatchObject({ status: 'CONNECTED', account: { open_id: openId } });
  expect(store.account?.display_name).not.toBe('Intruder');
});

test('who is connected is told so even when the name is still being asked for', async () => {
  const { storeCode, openId, back } = await returning();
  stores.fault({ storeCode, openId }, { endpoint: 'user/info', kind: 'timeout', delayMs: 30_000 });
  const first = comeBack(back);
  await expect.poll(async () => (await stores.store({ storeCode, openId })).status).toBe('CONNECTED');

  const page = await fetch(`${harian.url}/connect/result`, {
    headers: { cookie: cookieSent, accept: 'text/html', 'accept-language': 'en' },
  });

  expect(await page.text()).toContain('is now connected to the store');
  await first;
});

test.each(['a link', 'a trip'])(
  '%s that meets the deletion of its store is refused, and no error of ours',
  async (what) => {
    const { link, storeCode } = await invite();
    const sql = await openSql(harian.database.url);
    await sql.query('begin');
    await sql.query('delete from stores where store_code = $1', [storeCode]);
    const answer =
      what === 'a link'
        ? harian.api('POST', `/api/stores/${storeCode}/connect-links`).then(({ status }) => status)
        : press(link, {}).then(({ status }) => status);
    const waiting = "select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()";
    await expect.poll(() => stores.sql.query(waiting)).toHaveLength(1);

    await sql.query('commit');

    expect(await answer).toBe(404);
    await sql.close();
  },
);
