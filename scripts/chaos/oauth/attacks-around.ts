import type { Received } from '../http-exchange.ts';
import { type Attack, change, type Scene, saysConnected, unless } from './scene.ts';

const spoofed = (scene: Scene): Record<string, string> =>
  scene.pick<Record<string, string>>([
    { host: 'evil.example' },
    { host: 'evil.example:443' },
    { 'x-forwarded-host': 'evil.example' },
    { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http', 'x-forwarded-port': '81' },
    { forwarded: 'host=evil.example;proto=http' },
    { 'x-original-url': '/evil.example', 'x-rewrite-url': '/evil.example' },
    { 'x-host': 'evil.example', 'x-forwarded-server': 'evil.example' },
    { referer: 'https://evil.example/', origin: 'null' },
  ]);

const redirects = [
  'redirect_uri',
  'redirect',
  'next',
  'return_to',
  'url',
  'continue',
  'RelayState',
  'target',
  'callback',
  'state_redirect',
];
const targets = [
  'https://evil.example/',
  '//evil.example',
  '/\\evil.example',
  'javascript:alert(1)',
  'data:text/html,x',
  'https:evil.example',
  '%2F%2Fevil.example',
];

const guarded = ({ headers }: Received) =>
  unless({
    'no other site may frame it':
      headers.get('content-security-policy')?.includes("frame-ancestors 'none'") === true &&
      headers.get('x-frame-options') === 'DENY',
    'no cache keeps it': headers.get('cache-control') === 'no-store',
    'no page hears of its address': headers.get('referrer-policy') === 'no-referrer',
    'nothing is guessed of its type': headers.get('x-content-type-options') === 'nosniff',
    'no window reaches it': headers.get('cross-origin-opener-policy') === 'same-origin',
    'only https from now on': /max-age=\d{8}/.test(headers.get('strict-transport-security') ?? ''),
  });

interface Ends {
  status: string;
  access: boolean;
  refresh: boolean;
}
const endsOf = (storeCode: string) =>
  `select status, access_token_encrypted is not null as access, refresh_token_encrypted is not null as refresh
   from stores left join tiktok_accounts using (store_code) where store_code = '${storeCode}'`;

/** Connected with both tokens, or not with neither: never something between. */
const isWhole = (row: Ends | undefined) =>
  row === undefined || (row.status === 'CONNECTED' ? row.access && row.refresh : !row.access && !row.refresh);

/** The addresses around the flow, what the answers carry, and what happens at the same moment. */
export const attacksAround: readonly Attack[] = [
  {
    name: 'an open redirect by a parameter',
    onward: 'start',
    async run({ world, owner, trip, back, pick }) {
      const extra = { [pick(redirects)]: pick(targets) };
      const browser = world.newBrowser();
      const start = await browser.go(`${owner.link}?${new URLSearchParams(extra)}`, { method: 'POST' });
      const tiktok = URL.parse(start.headers.get('location') ?? '');
      const refused = await world.refuse(trip);
      const end = await owner.browser.go(change(pick([back.replace(/code=[^&]*/, 'code=x'), refused]), extra));
      return unless({
        'the start leads to TikTok alone': tiktok?.origin === new URL(trip.authorizeUrl).origin,
        'with our own redirect URI':
          tiktok?.searchParams.get('redirect_uri') === `${world.publicUrl}/oauth/tiktok/callback`,
        'the way back leads to the result alone': end.headers.get('location') === '/connect/result',
      });
    },
  },
  {
    name: 'another host by a header',
    onward: 'start',
    async run(scene) {
      const { world, owner, trip } = scene;
      const headers = spoofed(scene);
      const made = await world.api('POST', `/api/stores/${owner.storeCode}/connect-links`, headers);
      const page = await world.newBrowser().go(owner.link, { headers });
      const start = await world.newBrowser().go(owner.link, { method: 'POST', headers });
      const redirectUri = URL.parse(start.headers.get('location') ?? '')?.searchParams.get('redirect_uri');
      const end = await owner.browser.go(await world.refuse(trip), { headers });
      return unless({
        'links are ours': made.text.includes(`"${world.publicUrl}/connect/`),
        'the redirect URI is ours': redirectUri === `${world.publicUrl}/oauth/tiktok/callback`,
        'the way back stays here': end.headers.get('location') === '/connect/result',
        'nothing is echoed': ![made, page, start, end].some(({ text, rawHeaders }) =>
          `${text}${rawHeaders.join()}`.includes('evil.example'),
        ),
      });
    },
  },
  {
    name: 'a frame, a cache or a referrer gets hold of an address',
    onward: 'start',
    async run({ world, owner, attacker, back, pick }) {
      const method = pick(['GET', 'POST', 'HEAD', 'PUT']);
      const answers = [
        await world.newBrowser().go(owner.link, { method }),
        await world.newBrowser().go(`${owner.link}x`, { method }),
        await owner.browser.go('/connect/result', { method: pick(['GET', 'HEAD', 'PUT']) }),
        await owner.browser.go(pick([change(back, { error: 'access_denied' }), change(back, { code: null })])),
        await attacker.browser.go(back, { method }),
      ];
      return answers.flatMap(guarded);
    },
  },
  {
    name: 'the invite leaves the page',
    async run({ world, owner, back }) {
      const invite = owner.link.split('/').at(-1) ?? '';
      const browser = world.newBrowser();
      const page = await browser.go(owner.link);
      const start = await browser.go(owner.link, { method: 'POST' });
      const end = await world.newBrowser().go(back);
      const elsewhere = [...page.text.matchAll(/(?:src|href|action)="(https?:)?\/\/[^"]*"/g)];
      return unless({
        'the page fetches nothing from elsewhere': elsewhere.length === 0,
        'TikTok does not see it': !(start.headers.get('location') ?? invite).includes(invite),
        'no cookie holds it': !start.headers.getSetCookie().join().includes(invite),
        'the end does not show it': !`${end.text}${end.rawHeaders.join()}`.includes(invite),
      });
    },
  },
  {
    name: 'eight at once with one state',
    onward: 'nowhere',
    leaves: "the attacker's store",
    async run({ world, owner, attacker, back, pick, reconnects }) {
      const since = world.now();
      const other = pick([owner.browser, attacker.browser]);
      const runners = Array.from({ length: 8 }, (_, at) => (at % 2 === 0 ? owner.browser : other));
      await Promise.all(runners.map((browser) => browser.go(back)));
      const [row] = await world.sql<{ version: number; open_id: string }>(
        `select version, open_id from tiktok_accounts where store_code = '${owner.storeCode}'`,
      );
      return unless({
        'one of them asks TikTok': world.exchanges(owner.openId, since) === 1,
        'the pair is stored once': row?.version === (reconnects ? 2 : 1),
        'the owner is told so': saysConnected(await owner.browser.result()),
      });
    },
  },
  {
    name: 'two browsers at once on one link',
    onward: 'nowhere',
    leaves: "the attacker's store",
    async run({ world, owner, attacker, back, pick, thirdAccount, reconnects }) {
      const rival = world.newBrowser();
      const theirs = await world.consent(
        await world.begin(rival, owner.link),
        pick([owner.openId, attacker.openId, thirdAccount]),
      );
      await Promise.all([owner.browser.go(back), rival.go(theirs)]);
      const [row] = await world.sql<{ version: number }>(
        `select version from tiktok_accounts where store_code = '${owner.storeCode}'`,
      );
      const told = [await owner.browser.result(), await rival.result()].filter(saysConnected).length;
      return unless({
        'one connection is made': row?.version === (reconnects ? 2 : 1),
        'one of them is told so': told === 1,
      });
    },
  },
  {
    name: 'two stores at once on one account',
    on: 'first connection',
    onward: 'nowhere',
    leaves: 'nothing',
    async run({ world, owner, attacker, back }) {
      const theirs = await world.consent(await world.begin(attacker.browser, attacker.link), owner.openId);
      await Promise.all([owner.browser.go(back), attacker.browser.go(theirs)]);
      const rows = await world.sql(`select from tiktok_accounts where open_id = '${owner.openId}'`);
      const connected = await world.sql(
        `select from stores where status = 'CONNECTED' and store_code in ('${owner.storeCode}', '${attacker.storeCode}')`,
      );
      const told = [await owner.browser.result(), await attacker.browser.result()].filter(saysConnected).length;
      return unless({
        'one store has it': rows.length === 1 && connected.length === 1,
        'one owner is told so': told === 1,
      });
    },
  },
  {
    name: 'disconnected by the admin in the middle of the exchange',
    on: 'reconnect',
    onward: 'nowhere',
    leaves: "the attacker's store",
    async run({ world, owner, back, pick }) {
      const disconnect = () => world.api('POST', `/api/stores/${owner.storeCode}/disconnect`);
      if (pick([true, false])) {
        world.interfere(back, { meanwhile: disconnect });
        await owner.browser.go(back);
      } else await Promise.all([owner.browser.go(back), disconnect()]);
      const [row] = await world.sql<Ends>(endsOf(owner.storeCode));
      return unless({ 'connected with tokens, or disconnected without': isWhole(row) });
    },
  },
  {
    name: 'access taken back at TikTok in the middle of the exchange',
    on: 'reconnect',
    onward: 'nowhere',
    leaves: "the attacker's store",
    async run({ world, owner, back }) {
      world.interfere(back, { meanwhile: () => world.removeAuthorization(owner.openId) });
      await owner.browser.go(back);
      const [row] = await world.sql<Ends>(endsOf(owner.storeCode));
      return unless({ 'connected with tokens, or cut off without': isWhole(row) });
    },
  },
  {
    name: 'the store deleted in the middle of the exchange',
    onward: 'nowhere',
    leaves: "the attacker's store",
    async run({ world, owner, back, pick }) {
      const recreated = pick([true, false]);
      world.interfere(back, {
        async meanwhile() {
          await world.api('DELETE', `/api/stores/${owner.storeCode}`);
          if (recreated) await world.addStore(owner.storeCode, null);
        },
      });
      const answer = await owner.browser.go(back);
      const accounts = await world.sql(`select from tiktok_accounts where open_id = '${owner.openId}'`);
      const stores = await world.sql(
        `select from stores where store_code = '${owner.storeCode}' and status <> 'PENDING'`,
      );
      return unless({
        'the answer is the fixed redirect': answer.headers.get('location') === '/connect/result',
        'nothing is connected': accounts.length === 0 && stores.length === 0,
        'the page says so': !saysConnected(await owner.browser.result()),
      });
    },
  },
  {
    name: 'the link expires in the middle of the exchange, and is used again',
    onward: 'nowhere',
    leaves: "the attacker's store",
    async run({ world, owner, attacker, back, reconnects }) {
      const early = await world.consent(await world.begin(attacker.browser, owner.link), owner.openId);
      world.interfere(back, {
        meanwhile: () =>
          world.sql(`update connect_links set expires_at = now() where store_code = '${owner.storeCode}'`),
      });
      await owner.browser.go(back);
      await attacker.browser.go(early);
      const [row] = await world.sql<{ version: number }>(
        `select version from tiktok_accounts where store_code = '${owner.storeCode}'`,
      );
      return unless({
        'who set out in time is connected': saysConnected(await owner.browser.result()),
        once: row?.version === (reconnects ? 2 : 1) && !saysConnected(await attacker.browser.result()),
      });
    },
  },
];
