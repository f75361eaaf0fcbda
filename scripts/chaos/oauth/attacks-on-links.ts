import type { Received } from '../http-exchange.ts';
import { almost } from './attacks-on-states.ts';
import { type Attack, callbackPath, codeIn, isGone, looksRefused, saysConnected, unless } from './scene.ts';

const leadsToTikTok = ({ status, headers }: Received) =>
  status === 303 || headers.get('location') !== null || headers.getSetCookie().length > 0;

const statesOf = (storeCode: string) =>
  `select count(*)::int as count from oauth_states where store_code = '${storeCode}'`;

/** What a page elsewhere makes a browser say of itself; older browsers say less. */
const foreignHeaders: readonly Record<string, string>[] = [
  { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
  { 'sec-fetch-site': 'cross-site', origin: 'null' },
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site', origin: 'https://other.harian.example' },
  { 'sec-fetch-site': 'same-site', origin: 'null' },
  { origin: 'https://evil.example' },
  { origin: 'http://harian.example' },
  { origin: 'https://harian.example.evil.example' },
  { origin: 'https://harian.example:8443' },
];

/** Links that are not good any more, and starts that nobody meant. */
export const attacksOnLinks: readonly Attack[] = [
  {
    name: 'a link that is almost the right one',
    async run(scene) {
      const { world, owner, pick } = scene;
      const kind = pick(Object.keys(almost) as (keyof typeof almost)[]);
      const invite = almost[kind](owner.link.split('/').at(-1) ?? '', scene);
      const browser = world.newBrowser();
      const path = `/connect/${encodeURIComponent(invite)}`;
      const [page, start] = [await browser.go(path), await browser.go(path, { method: 'POST' })];
      return unless({
        'there is no page': isGone(page),
        'it does not begin a trip': !leadsToTikTok(start),
        'no store is named': !page.text.includes(owner.storeCode),
      });
    },
  },
  {
    name: 'a link that has expired',
    async run({ world, owner, pick }) {
      const age = pick(['0 seconds', '1 second', '1 hour', '1 year']);
      await world.sql(
        `update connect_links set expires_at = now() - interval '${age}' where store_code = '${owner.storeCode}'`,
      );
      // The owner set out in time: how long they may take is up to their state.
      const browser = world.newBrowser();
      const [page, start] = [await browser.go(owner.link), await browser.go(owner.link, { method: 'POST' })];
      return unless({ 'there is no page': isGone(page), 'it does not begin a trip': !leadsToTikTok(start) });
    },
  },
  {
    name: 'a link that was used',
    onward: 'nowhere',
    leaves: "the attacker's store",
    async run({ world, owner, attacker, back, pick, thirdAccount }) {
      const early = await world.begin(attacker.browser, owner.link);
      const theirs = await world.consent(early, pick([attacker.openId, owner.openId, thirdAccount]));
      await owner.browser.go(back);
      const row = `select open_id, version from tiktok_accounts where store_code = '${owner.storeCode}'`;
      const before = JSON.stringify(await world.sql(row));
      const browser = pick([owner.browser, attacker.browser, world.newBrowser()]);
      const [page, start] = [await browser.go(owner.link), await browser.go(owner.link, { method: 'POST' })];
      await attacker.browser.go(theirs);
      return unless({
        'there is no page': isGone(page),
        'it does not begin a trip': !leadsToTikTok(start),
        'a trip begun before changes nothing': JSON.stringify(await world.sql(row)) === before,
        'and its page says so': !saysConnected(await attacker.browser.result()),
      });
    },
  },
  {
    name: 'a used link after a disconnect',
    onward: 'new link',
    leaves: "the attacker's store",
    async run({ world, owner, attacker, back, pick }) {
      await owner.browser.go(back);
      await world.api('POST', `/api/stores/${owner.storeCode}/disconnect`);
      const browser = pick([owner.browser, attacker.browser, world.newBrowser()]);
      const [page, start] = [await browser.go(owner.link), await browser.go(owner.link, { method: 'POST' })];
      const again = await owner.browser.go(back);
      const [row] = await world.sql<{ status: string; tokens: boolean }>(
        `select status, access_token_encrypted is not null or refresh_token_encrypted is not null as tokens
         from stores join tiktok_accounts using (store_code) where store_code = '${owner.storeCode}'`,
      );
      return unless({
        'there is no page': isGone(page),
        'it does not begin a trip': !leadsToTikTok(start),
        'the old way back leads nowhere': again.status === 303,
        'the store stays disconnected, without tokens': row?.status === 'DISCONNECTED' && !row.tokens,
      });
    },
  },
  {
    name: 'link and state of a store that was deleted',
    onward: 'nowhere',
    leaves: "the attacker's store",
    async run({ world, owner, back, pick }) {
      await world.api('DELETE', `/api/stores/${owner.storeCode}`);
      const recreated = pick([true, false]);
      if (recreated) await world.addStore(owner.storeCode, null);
      const [page, start] = [
        await owner.browser.go(owner.link),
        await owner.browser.go(owner.link, { method: 'POST' }),
      ];
      const answer = await owner.browser.go(back);
      const accounts = await world.sql(`select from tiktok_accounts where open_id = '${owner.openId}'`);
      const rows = await world.sql(
        `select from stores where store_code = '${owner.storeCode}' and status <> 'PENDING'`,
      );
      return unless({
        'there is no page': isGone(page),
        'it does not begin a trip': !leadsToTikTok(start),
        'the way back leads nowhere': answer.status === 303 && !saysConnected(await owner.browser.result()),
        'nothing is connected': accounts.length === 0 && rows.length === 0,
      });
    },
  },
  {
    name: 'a start that a page elsewhere made',
    async run({ world, owner, attacker, pick }) {
      const { link, storeCode } = pick([attacker, owner]);
      const before = await world.sql(statesOf(storeCode));
      const cookie = owner.browser.cookie();
      const start = await owner.browser.go(link, {
        method: 'POST',
        from: 'elsewhere',
        headers: { ...pick(foreignHeaders), 'content-type': pick(['application/x-www-form-urlencoded', 'text/plain']) },
        body: pick(['', 'x=y']),
      });
      return unless({
        'it does not lead to TikTok': !leadsToTikTok(start),
        'no trip begins': JSON.stringify(await world.sql(statesOf(storeCode))) === JSON.stringify(before),
        'the browser keeps its own trip': owner.browser.cookie() === cookie,
      });
    },
  },
  {
    name: 'a start that is no form',
    async run({ world, owner, pick }) {
      const browser = world.newBrowser();
      const type = pick(['application/json', 'text/html', 'application/xml', 'multipart/mixed', 'text/plainx', 'x']);
      const start = await browser.go(owner.link, { method: 'POST', headers: { 'content-type': type }, body: '{}' });
      return unless({ 'it does not lead to TikTok': !leadsToTikTok(start) });
    },
  },
  {
    name: 'a preview robot opens the link',
    async run({ world, owner, pick }) {
      const before = await world.sql(statesOf(owner.storeCode));
      const answers: Received[] = [];
      for (let visit = 0; visit < 5; visit++) {
        answers.push(
          await world.newBrowser().go(owner.link, {
            method: pick(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH', 'PROPFIND']),
            headers: pick<Record<string, string>>([
              { 'user-agent': 'WhatsApp/2.0' },
              { 'sec-purpose': 'prefetch' },
              { 'sec-purpose': 'prefetch;prerender' },
              { 'x-moz': 'prefetch' },
              { 'x-http-method-override': 'POST' },
              { 'x-method-override': 'POST' },
              {},
            ]),
          }),
        );
      }
      return unless({
        'nothing is begun': JSON.stringify(await world.sql(statesOf(owner.storeCode))) === JSON.stringify(before),
        'nobody is led to TikTok': !answers.some(leadsToTikTok),
      });
    },
  },
  {
    name: 'the way back taken by another method than GET',
    async run({ owner, trip, back, pick }) {
      // HEAD as often as all others: it is the one that comes to the same route.
      const others = ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'QUERY', 'TRACE'];
      const method = pick([true, false]) ? 'HEAD' : pick(others);
      const inBody = method !== 'HEAD' && method !== 'TRACE' && pick([true, false]);
      const answer = await owner.browser.go(inBody ? callbackPath : back, {
        method,
        headers: {
          ...pick<Record<string, string>>([{}, { 'x-http-method-override': 'GET' }]),
          ...(inBody ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
        },
        ...(inBody ? { body: `state=${trip.state}&code=${encodeURIComponent(codeIn(back))}` } : {}),
      });
      return unless({
        'it is not taken for the owner': answer.status !== 200 && !saysConnected(await owner.browser.result()),
      });
    },
  },
  {
    name: 'a robot takes the way back without the cookie',
    async run({ world, back, pick }) {
      const answer = await world.newBrowser().go(back, {
        method: pick(['GET', 'HEAD']),
        headers: pick<Record<string, string>>([{ 'sec-purpose': 'prefetch' }, { 'user-agent': 'scanner' }, {}]),
      });
      return unless({ 'it is refused': looksRefused(answer) });
    },
  },
  {
    name: 'the way back under another spelling of its path',
    async run({ owner, back, pick, world }) {
      const { search } = new URL(back, world.publicUrl);
      const path = pick([
        `${callbackPath}/`,
        `/${callbackPath}`,
        '/oauth//tiktok/callback',
        '/oauth/tiktok/callback%00',
        '/oauth/tiktok/Callback',
        '/oauth/tiktok/callback;x',
        '/oauth/tiktok%2Fcallback',
        '/connect/callback',
        '/oauth/tiktok/../tiktok/callback/.',
      ]);
      const answer = await owner.browser.go(`${path}${search}`);
      return unless({ 'there is nothing': isGone(answer) });
    },
  },
];
