import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Fault } from '../../src/simulator/fault-plan.ts';
import { createTestClock } from '../support/clock.ts';
import { newStoreCode, startTestHarian, type TestHarian } from '../support/harian.ts';
import { createOwner, type Owner } from '../support/owner.ts';
import { createStoreDriver, type StoreDriver, smallAccounts } from '../support/store-driver.ts';

const clock = createTestClock();
let harian: TestHarian;
let stores: StoreDriver;
beforeAll(async () => {
  harian = await startTestHarian({ clock, simulator: { accounts: smallAccounts(90, 3) } });
  stores = await createStoreDriver(harian);
});
beforeEach(() => {
  clock.reset();
});
afterAll(async () => {
  await stores.close();
  await harian.close();
});

const minute = 60_000;
const hour = 60 * minute;

/** A store, a link to it, and an owner with an account: everything before the first click. */
const invite = async (language = 'en') => {
  const storeCode = newStoreCode();
  await harian.api('POST', '/api/stores', { store_code: storeCode, name: 'Toko' });
  const link = await makeLink(storeCode);
  return { storeCode, openId: stores.newOpenId(), link, owner: createOwner(harian, language) };
};
const makeLink = async (storeCode: string) =>
  (await harian.api<{ url: string }>('POST', `/api/stores/${storeCode}/connect-links`)).body.url;
const consent = (authorizeUrl: string, openId: string) => harian.simulator.control.consent(authorizeUrl, { openId });
const untouched = { status: 'PENDING', status_reason: null, account: null, connected_at: null, job: null };

const invalidState = 'This sign-in can’t be finished';
const connected = 'The TikTok account is now connected to the store.';

test('a state is good once: coming back a second time changes nothing', async () => {
  const { storeCode, openId, link, owner } = await invite();
  const back = await consent(await owner.start(link), openId);
  await owner.finish(back);
  const before = await stores.account({ storeCode, openId });

  const answer = await owner.finish(back);

  expect(answer.headers.get('location')).toBe('/connect/result');
  expect(await stores.account({ storeCode, openId })).toEqual(before);
  expect(stores.journal({ storeCode, openId }, 'token')).toHaveLength(1);
});

test('a state expires after fifteen minutes', async () => {
  const { storeCode, openId, link, owner } = await invite();
  const back = await consent(await owner.start(link), openId);
  clock.advanceMs(15 * minute);

  await owner.finish(back);

  expect(await owner.result()).toContain(invalidState);
  expect(await stores.store({ storeCode, openId })).toMatchObject(untouched);
  expect(stores.journal({ storeCode, openId }, 'token')).toEqual([]);
});

test('a state one minute younger is still good', async () => {
  const { openId, link, owner } = await invite();
  const authorizeUrl = await owner.start(link);
  clock.advanceMs(14 * minute);

  await owner.finish(await consent(authorizeUrl, openId));

  expect(await owner.result()).toContain(connected);
});

test('unknown, foreign, expired and missing states get the very same answer, and nobody is asked about the code', async () => {
  const expired = await invite();
  const expiredBack = await consent(await expired.owner.start(expired.link), expired.openId);
  clock.advanceMs(20 * minute);
  const victim = await invite();
  const foreignBack = await consent(await victim.owner.start(victim.link), victim.openId);
  const stranger = await invite();
  await stranger.owner.start(stranger.link);
  const attempts: [Owner, string][] = [
    [createOwner(harian), foreignBack],
    [stranger.owner, foreignBack],
    [expired.owner, expiredBack],
    [createOwner(harian), '/oauth/tiktok/callback?code=x&state=unknown'],
    [createOwner(harian), '/oauth/tiktok/callback?code=x'],
    [createOwner(harian), '/oauth/tiktok/callback'],
    [createOwner(harian), '/oauth/tiktok/callback?error=access_denied&state=unknown'],
  ];

  const answers = await Promise.all(
    attempts.map(async ([owner, back]) => {
      const answer = await owner.finish(back);
      const { status, headers } = answer;
      return [status, headers.get('location'), headers.get('set-cookie'), await answer.text(), await owner.result()];
    }),
  );

  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(answers[0]?.at(-1)).toContain(invalidState);
  for (const { storeCode, openId } of [expired, victim, stranger]) {
    expect(await stores.store({ storeCode, openId })).toMatchObject(untouched);
    expect(stores.journal({ storeCode, openId }, 'token')).toEqual([]);
  }
  // The one it belongs to can still use it: a stranger's try has not used it up.
  await victim.owner.finish(foreignBack);
  expect(await victim.owner.result()).toContain(connected);
});

test.each([
  ['en', 'You declined on TikTok, so nothing was connected.', 'It still works.'],
  ['id', 'Anda menolak di TikTok, jadi tidak ada yang dihubungkan.', 'Tautannya masih berlaku.'],
])('who declines is told so, and the link stays good; the state does not (%s)', async (language, what, next) => {
  const { storeCode, openId, link, owner } = await invite(language);
  const authorizeUrl = await owner.start(link);
  const back = await harian.simulator.control.consent(authorizeUrl, 'refuse');
  await owner.finish(back);
  const page = await owner.result();

  expect(page).toContain(what);
  expect(page).toContain(next);
  expect(await stores.store({ storeCode, openId })).toMatchObject(untouched);
  // The same state cannot come back with a code.
  await owner.finish(await consent(authorizeUrl, openId));
  expect(await stores.store({ storeCode, openId })).toMatchObject(untouched);
  await owner.finish(await consent(await owner.start(link), openId));
  expect(await stores.store({ storeCode, openId })).toMatchObject({ status: 'CONNECTED' });
});

test('another error from TikTok, or a way back without a code, connects nothing and leaves the link good', async () => {
  const { storeCode, openId, link, owner } = await invite();
  for (const query of ['error=server_error&error_description=%3Cb%3Ex', 'scopes=user.info.basic']) {
    const back = new URL(await consent(await owner.start(link), openId));
    back.search = `?${query}&state=${back.searchParams.get('state')}`;
    await owner.finish(back.href);
    const page = await owner.result();
    expect(page).toContain('TikTok did not complete the sign-in');
    expect(page).not.toContain('<b>x');
  }

  expect(await stores.store({ storeCode, openId })).toMatchObject(untouched);
  expect((await owner.open(link)).status).toBe(200);
});

test('a link is good for 72 hours and not a second longer', async () => {
  const { storeCode, openId, link, owner } = await invite();
  clock.advanceMs(72 * hour - minute);
  expect((await owner.open(link)).status).toBe(200);
  clock.advanceMs(minute);

  const [page, start] = [await owner.open(link), await owner.start(link)];

  expect(page.status).toBe(404);
  expect(await page.text()).toContain('This link no longer works');
  expect(start).toBe('');
  expect(await stores.store({ storeCode, openId })).toMatchObject(untouched);
});

test('an owner who set out before the link ran out still connects, and nobody after', async () => {
  const { storeCode, openId, link, owner } = await invite();
  clock.advanceMs(72 * hour - 5 * minute);
  const back = await consent(await owner.start(link), openId);
  clock.advanceMs(6 * minute);

  await owner.finish(back);

  expect(await stores.store({ storeCode, openId })).toMatchObject({ status: 'CONNECTED' });
  expect((await createOwner(harian).open(link)).status).toBe(404);
});

test('a link is used up by a success, for whoever opens it; every link of a store works until its own success', async () => {
  const { storeCode, openId, link, owner } = await invite();
  const second = await makeLink(storeCode);
  await owner.finish(await consent(await owner.start(link), openId));

  const again = await createOwner(harian).open(link);

  expect(again.status).toBe(404);
  expect(await again.text()).toContain('This link no longer works');
  expect((await createOwner(harian).open(second)).status).toBe(200);
});

test('opening a link uses nothing up: a preview robot does no harm', async () => {
  const { openId, link, owner } = await invite();
  for (let visit = 0; visit < 5; visit++) await createOwner(harian).open(link);

  await owner.finish(await consent(await owner.start(link), openId));

  expect(await owner.result()).toContain(connected);
});

test('a link that never existed looks like one that ran out', async () => {
  const answer = await createOwner(harian).open('/connect/no-such-link');

  expect(answer.status).toBe(404);
  expect(await answer.text()).toContain('This link no longer works');
});

type TokenFault = Omit<Fault, 'endpoint' | 'openId'>;
const answer = (code: string, status = 400): TokenFault => ({ kind: 'oauth_error', code, status });
const silent = 'TikTok did not answer, so nothing was connected.';
const failing = 'TikTok did not complete the sign-in, so nothing was connected.';
const ours = 'TikTok does not accept the settings of this system.';

const exchanges: [TokenFault, string][] = [
  [answer('invalid_grant'), failing],
  [answer('invalid_grant', 200), failing],
  [answer('access_denied'), failing],
  [answer('invalid_request'), failing],
  [answer('invalid_scope'), failing],
  [answer('unsupported_grant_type'), failing],
  [answer('unsupported_response_type'), failing],
  [answer('brand_new_error'), failing],
  [answer('invalid_client'), ours],
  [answer('invalid_client', 200), ours],
  [answer('unauthorized_client', 401), ours],
  [answer('server_error'), silent],
  [answer('temporarily_unavailable'), silent],
  [{ kind: 'internal_error' }, silent],
  [{ kind: 'error_body_200' }, silent],
  [{ kind: 'rate_limited' }, silent],
  [{ kind: 'http_502_html' }, silent],
  [{ kind: 'reset' }, silent],
  [{ kind: 'timeout', delayMs: 50 }, silent],
  [{ kind: 'reply_lost' }, silent],
  [{ kind: 'truncated_body' }, silent],
  [{ kind: 'html_200' }, silent],
  [{ kind: 'wrong_content_type' }, silent],
  [{ kind: 'huge_body' }, silent],
  [{ kind: 'redirect' }, silent],
];

test.each(exchanges.map(([fault, sentence]) => ({ what: JSON.stringify(fault), fault, sentence })))(
  'a code exchange answered by $what leaves the store as it was, new or connected, and the link good',
  async ({ fault, sentence }) => {
    const fresh = await invite();
    const known = await stores.newStore();
    const before = await stores.account(known);
    const link = await makeLink(known.storeCode);
    const owner = createOwner(harian);
    for (const { openId } of [fresh, known]) stores.fault({ storeCode: '', openId }, { ...fault, endpoint: 'token' });

    await fresh.owner.finish(await consent(await fresh.owner.start(fresh.link), fresh.openId));
    await owner.finish(await consent(await owner.start(link), known.openId));

    expect(await fresh.owner.result()).toContain(sentence);
    expect(await owner.result()).toContain(sentence);
    expect(await stores.store(fresh)).toMatchObject(untouched);
    expect(await stores.store(known)).toMatchObject({ status: 'CONNECTED', status_reason: null, job: null });
    expect(await stores.account(known)).toEqual(before);
    for (const each of [fresh.link, link]) expect((await owner.open(each)).status).toBe(200);
  },
);

test('app credentials that TikTok refuses are an alarm in the log, once per refusal', async () => {
  const { openId, link, owner, storeCode } = await invite();
  stores.fault({ storeCode, openId }, { endpoint: 'token', kind: 'oauth_error', code: 'invalid_client', status: 400 });

  await owner.finish(await consent(await owner.start(link), openId));

  const alarms = harian.logs
    .map((line) => JSON.parse(line))
    .filter((line) => line.store_code === storeCode && line.level === 'error');
  expect(alarms).toMatchObject([
    { event: 'TikTok does not accept our client key and secret', error_code: 'invalid_client' },
  ]);
});

test('the connect form takes what a form sends, and nothing else', async () => {
  const { link } = await invite();
  const post = (path: string, type: string) =>
    fetch(new URL(path, harian.url), { method: 'POST', headers: { 'content-type': type }, body: '{}' });

  const json = await post(new URL(link).pathname, 'application/json');
  const result = await post('/connect/result', 'application/x-www-form-urlencoded');

  expect(json.status).toBe(415);
  expect(await json.json()).toMatchObject({ error: { code: 'UNSUPPORTED_MEDIA_TYPE' } });
  expect([result.status, result.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});
