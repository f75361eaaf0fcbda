import { randomBytes } from 'node:crypto';
import { type Attack, callback, callbackPath, change, codeIn, isRefused, saysConnected, unless } from './scene.ts';

/** What the page at the end of a trip that came to nothing must not say. */
const endsUnconnected = async (go: Promise<unknown>, page: () => Promise<string>) => {
  await go;
  return unless({ 'the page says that nothing was connected': !saysConnected(await page()) });
};

interface Row {
  status: string;
  reason: string | null;
  open_id: string | null;
  username: string | null;
  scopes: string[] | null;
}

const rowOf = (storeCode: string) =>
  `select s.status, s.status_reason as reason, a.open_id, a.username, a.scopes
   from stores s left join tiktok_accounts a using (store_code) where store_code = '${storeCode}'`;

/** Codes that are not this trip's, and answers of TikTok's that are not what they should be. */
export const attacksOnAnswers: readonly Attack[] = [
  {
    name: 'a code that was spent already',
    onward: 'start',
    async run({ world, owner, attacker, trip, pick }) {
      const own = await world.begin(attacker.browser, attacker.link);
      const back = await world.consent(own, attacker.openId);
      const spent = codeIn(back);
      await attacker.browser.go(back);
      const version = `select version from tiktok_accounts where store_code = '${attacker.storeCode}'`;
      const before = JSON.stringify(await world.sql(version));
      const another = await world.begin(attacker.browser, await world.makeLink(attacker.storeCode));
      const [browser, state] = pick([
        [owner.browser, trip.state],
        [attacker.browser, another.state],
      ] as const);
      await browser.go(
        callback([
          ['code', spent],
          ['state', state],
        ]),
      );
      return unless({
        'it changes nothing': JSON.stringify(await world.sql(version)) === before,
        'the page says so': !saysConnected(await browser.result()),
      });
    },
    leaves: 'nothing',
  },
  {
    name: 'a code that was never issued, or another client’s',
    onward: 'start',
    run({ owner, trip, back, pick }) {
      const code = pick([
        randomBytes(24).toString('base64'),
        `sim_code+${randomBytes(24).toString('base64')}%2F*!`,
        `${codeIn(back)}x`,
        codeIn(back).slice(1),
        codeIn(back).toUpperCase(),
        decodeURIComponent(codeIn(back).replaceAll('+', ' ')),
      ]);
      const path = callback([
        ['code', code],
        ['state', trip.state],
      ]);
      return endsUnconnected(owner.browser.go(path), owner.browser.result);
    },
  },
  {
    name: 'a code issued for another redirect URI',
    onward: 'start',
    async run({ world, owner, attacker, trip, pick }) {
      const elsewhere = new URL(trip.authorizeUrl);
      elsewhere.searchParams.set('redirect_uri', 'https://other.example/callback');
      const stolen = await world.consent({ ...trip, authorizeUrl: elsewhere.href }, pick([owner, attacker]).openId);
      const path = callback([
        ['code', codeIn(stolen)],
        ['state', trip.state],
      ]);
      return endsUnconnected(owner.browser.go(path), owner.browser.result);
    },
  },
  {
    name: 'an error and a code at once',
    onward: 'start',
    run({ owner, back, pick }) {
      const error = pick(['access_denied', 'server_error', '', 'invalid_scope', '<b>x</b>']);
      return endsUnconnected(owner.browser.go(change(back, { error })), owner.browser.result);
    },
  },
  {
    name: 'a parameter twice',
    async run({ world, owner, attacker, trip, back, pick, random }) {
      const foreign = await world.consent(await world.begin(attacker.browser, attacker.link), attacker.openId);
      const foreignState = new URL(foreign, world.publicUrl).searchParams.get('state') ?? '';
      const own: [string, string][] = [
        ['code', codeIn(back)],
        ['state', trip.state],
      ];
      const twice = pick<[string, string]>([
        ['code', codeIn(foreign)],
        ['state', foreignState],
        ['state', trip.state],
        ['code', codeIn(back)],
        ['state', ''],
        ['code', ''],
      ]);
      const parameters = random() < 0.5 ? [...own, twice] : [twice, ...own];
      return isRefused(pick([owner.browser, attacker.browser]), callback(parameters));
    },
  },
  {
    name: 'a code as long as the server takes, or no text at all',
    onward: 'start',
    run({ owner, trip, pick }) {
      const code = pick([
        'x'.repeat(4_096),
        'x'.repeat(12_000),
        '%00'.repeat(20),
        '%ff%fe%fd',
        '%ED%A0%80',
        '%F0%9F%9B%8D'.repeat(400),
        '%0d%0aset-cookie:x=y',
        '',
        '%',
        '%zz',
      ]);
      const path = `${callbackPath}?state=${trip.state}&code=${code}`;
      return endsUnconnected(owner.browser.go(path), owner.browser.result);
    },
  },
  {
    name: 'a reconnect with another account',
    on: 'reconnect',
    onward: 'start',
    async run({ world, owner, trip, pick, thirdAccount }) {
      const scopes = pick([undefined, ['user.info.basic'] as const]);
      const back = await world.consent(trip, thirdAccount, scopes && [...scopes]);
      await owner.browser.go(back);
      const page = await owner.browser.result();
      return unless({ 'the page says why': page.includes('belongs to another TikTok account') });
    },
  },
  {
    name: 'an account that another store holds',
    onward: 'start',
    leaves: 'nothing',
    async run({ world, owner, attacker, trip }) {
      const own = await world.begin(attacker.browser, attacker.link);
      await attacker.browser.go(await world.consent(own, attacker.openId));
      const rows = async () =>
        JSON.stringify([await world.sql<Row>(rowOf(owner.storeCode)), await world.sql<Row>(rowOf(attacker.storeCode))]);
      const before = await rows();
      await owner.browser.go(await world.consent(trip, attacker.openId));
      return unless({
        'both stores stay as they were': (await rows()) === before,
        'the page says that nothing was connected': !saysConnected(await owner.browser.result()),
      });
    },
  },
  {
    name: 'consent with scopes taken away',
    onward: 'nowhere',
    leaves: "the attacker's store",
    async run({ world, owner, trip, pick }) {
      const scopes = pick([
        ['user.info.basic'],
        ['user.info.basic', 'video.list'],
        ['user.info.basic', 'user.info.stats'],
        ['user.info.basic', 'user.info.profile', 'user.info.stats'],
      ] as const);
      // The query may claim what it likes: only the token answer counts.
      const back = change(await world.consent(trip, owner.openId, [...scopes]), {
        scopes: pick(['user.info.basic,user.info.profile,user.info.stats,video.list', '', 'admin']),
      });
      await owner.browser.go(back);
      const [row] = await world.sql<Row>(rowOf(owner.storeCode));
      return unless({
        'the store is connected': row?.status === 'CONNECTED',
        'with what was granted': row?.scopes?.toSorted().join() === scopes.toSorted().join(),
        'and says what is missing': row?.reason?.startsWith('SCOPE_MISSING') === true,
      });
    },
  },
  {
    name: 'scopes renamed or added in the token answer',
    onward: 'nowhere',
    leaves: "the attacker's store",
    async run({ world, owner, back, pick }) {
      const scope = pick([
        'user.info.basic,admin',
        'USER.INFO.BASIC,VIDEO.LIST',
        "user.info.basic,'; drop table stores",
        'user.info.basic,__proto__',
        '',
        'video.list.video.list',
        `user.info.basic,${'x'.repeat(5_000)}`,
      ]);
      world.interfere(back, { change: (body) => ({ body: { ...body, scope } }) });
      await owner.browser.go(back);
      const [row] = await world.sql<Row>(rowOf(owner.storeCode));
      return unless({
        'no scope is held that was not named':
          row?.scopes?.every((held) => scope.split(/[\s,]+/).includes(held)) ?? false,
        'the store says what is missing': row?.reason?.startsWith('SCOPE_MISSING') === true,
      });
    },
  },
  {
    name: 'a token answer that names another account',
    on: 'reconnect',
    onward: 'start',
    async run({ world, owner, attacker, trip, pick, thirdAccount }) {
      // Not the owner's consent: its grant is given back, and TikTok's word of that would be true.
      const back = await world.consent(trip, thirdAccount);
      const open_id = pick([
        attacker.openId,
        thirdAccount,
        owner.openId.toUpperCase(),
        `${owner.openId} `,
        '',
        null,
        7,
      ]);
      world.interfere(back, { change: (body) => ({ body: { ...body, open_id } }) });
      return endsUnconnected(owner.browser.go(back), owner.browser.result);
    },
  },
  {
    name: 'a token answer that is an error, or no pair',
    onward: 'start',
    run({ world, owner, back, pick }) {
      const answer = pick<(body: Record<string, unknown>) => { status?: number; body: unknown }>([
        (body) => ({ body: { ...body, error: 'invalid_grant' } }),
        (body) => ({ status: 400, body }),
        (body) => ({ status: 500, body }),
        (body) => ({ body: { ...body, access_token: '' } }),
        (body) => ({ body: { ...body, refresh_token: null } }),
        (body) => ({ body: { ...body, refresh_token: ['x'] } }),
        (body) => ({ body: { ...body, expires_in: -1 } }),
        (body) => ({ body: { ...body, expires_in: 1e300 } }),
        (body) => ({ body: [body] }),
        () => ({ body: null }),
        () => ({ body: 'ok' }),
      ]);
      world.interfere(back, { change: answer });
      return endsUnconnected(owner.browser.go(back), owner.browser.result);
    },
  },
  {
    name: 'a profile answer about another account',
    onward: 'nowhere',
    leaves: "the attacker's store",
    async run({ world, owner, attacker, back, pick }) {
      const other = pick([attacker.openId, 'nobody', '']);
      world.changeProfile(owner.openId, { open_id: other, username: 'intruder', display_name: 'Intruder' });
      await owner.browser.go(back);
      const [row] = await world.sql<Row>(rowOf(owner.storeCode));
      const page = await owner.browser.result();
      return unless({
        'the store is connected to its owner’s account': row?.open_id === owner.openId,
        'another account’s name is not taken': row?.username !== 'intruder' && !page.includes('Intruder'),
      });
    },
  },
];
