import type { Experiment, Trial } from './experiment.ts';
import { attacksAround } from './oauth/attacks-around.ts';
import { attacksOnAnswers } from './oauth/attacks-on-answers.ts';
import { attacksOnCookies } from './oauth/attacks-on-cookies.ts';
import { attacksOnLinks } from './oauth/attacks-on-links.ts';
import { attacksOnStates } from './oauth/attacks-on-states.ts';
import { raceForOneState } from './oauth/race.ts';
import { type Attack, type Person, type Scene, saysConnected, unless } from './oauth/scene.ts';
import { buildWorld, type World } from './oauth/world.ts';

const attacks: readonly Attack[] = [
  ...attacksOnStates,
  ...attacksOnCookies,
  ...attacksOnAnswers,
  ...attacksOnLinks,
  ...attacksAround,
];
const scenesAtOnce = 6;
const variantsPerRace = 25;
/** So many failures tell the story; of a planted defect the first does. */
const enough = process.env.HARIAN_DEFECT === undefined ? 20 : 1;

/** Ways in which honest browsers press the button: with and without what newer ones say of themselves. */
const honestHeaders: readonly Record<string, string>[] = [
  {},
  { origin: 'null' },
  { 'sec-fetch-site': 'same-origin', origin: 'null' },
  { 'sec-fetch-site': 'same-origin', origin: 'https://harian.example' },
  { origin: 'https://harian.example' },
];

/** Two stores' rows in every column that a connection touches, and how many jobs they have. */
const picture = async (world: World, people: readonly Person[]) => {
  const codes = ['', ...people.map(({ storeCode }) => storeCode)].map((code) => `'${code}'`).join();
  return JSON.stringify(
    await world.sql(
      `select to_jsonb(s) - 'updated_at' as store, to_jsonb(a) - 'updated_at' as account,
              (select count(*) from pgboss.job j where j.singleton_key = s.store_code) as jobs
       from stores s left join tiktok_accounts a using (store_code) where store_code in (${codes}) order by store_code`,
    ),
  );
};

let scenes = 0;

/** One attack in the middle of an honest owner's trip. What went wrong comes back, a sentence each. */
async function play(trial: Trial, world: World, attack: Attack, variant: number, slot: number): Promise<string[]> {
  const { random } = trial;
  const pick: Scene['pick'] = (list) => {
    const drawn = list[Math.floor(random() * list.length)];
    if (drawn === undefined && list.length === 0) throw new Error('nothing to pick from');
    return drawn as (typeof list)[number];
  };
  const reconnects = attack.on === undefined ? variant % 2 === 1 : attack.on === 'reconnect';
  const [ownAccount = '', attackersAccount = '', thirdAccount = ''] = accountsOf(slot);
  for (const openId of accountsOf(slot)) world.changeProfile(openId, null);
  const person = async (openId: string, connected: boolean): Promise<Person> => {
    const storeCode = `shop-${slot}-${++scenes}`;
    await world.addStore(storeCode, connected ? openId : null);
    return { storeCode, openId, link: await world.makeLink(storeCode), browser: world.newBrowser() };
  };
  const owner = await person(ownAccount, reconnects);
  const attacker = await person(attackersAccount, false);
  const begin = async () => {
    await owner.browser.go(owner.link);
    const trip = await world.begin(owner.browser, owner.link, pick(honestHeaders));
    return { trip, back: await world.consent(trip, owner.openId) };
  };
  let { trip, back } = await begin();
  const watched = { 'both stores': [owner, attacker], "the attacker's store": [attacker], nothing: [] }[
    attack.leaves ?? 'both stores'
  ];

  const before = await picture(world, watched);
  const scene = { world, owner, attacker, trip, back, reconnects, thirdAccount, pick, random };
  const complaints = await attack.run(scene);
  if ((await picture(world, watched)) !== before) complaints.push('a store was changed');

  const { onward = 'callback' } = attack;
  const goOn = async () => {
    if (onward === 'new link') owner.link = await world.makeLink(owner.storeCode);
    if (onward !== 'callback') ({ trip, back } = await begin());
    const answer = await owner.browser.go(back);
    const [row] = await world.sql<{ status: string; open_id: string; tokens: boolean }>(
      `select status, open_id, access_token_encrypted is not null as tokens
       from stores left join tiktok_accounts using (store_code) where store_code = '${owner.storeCode}'`,
    );
    return unless({
      'the owner is sent to the result': answer.headers.get('location') === '/connect/result',
      'the owner connects their own account': row?.open_id === owner.openId && row.tokens,
      'the store is connected': row?.status === 'CONNECTED',
      'the page says so': saysConnected(await owner.browser.result()),
    });
  };
  if (onward === 'nowhere') return complaints;
  const afterwards = await goOn().catch((error: Error) => [error.message.slice(0, 120)]);
  complaints.push(...afterwards.map((complaint) => `afterwards: ${complaint}`));
  return complaints;
}

const accountsOf = (slot: number) => ['a', 'b', 'c'].map((letter) => `person-${slot}-${letter}`);

export const oauthAttacks: Experiment = {
  name: 'oauth-attacks',
  figure: `${attacks.length} attacks on connecting come to nothing, the owner in their midst connects`,
  quick: 50,
  full: 100,
  negative: 12,
  async run(trial) {
    const { n, say, signal } = trial;
    const slots = Array.from({ length: scenesAtOnce }, (_, slot) => slot);
    const world = await buildWorld(trial, [...slots.flatMap(accountsOf), 'racer']);
    const failures: string[] = [];
    const rounds = Array.from({ length: n }, (_, variant) => attacks.map((attack) => ({ attack, variant }))).flat();
    let next = 0;
    const playOn = async (slot: number) => {
      for (let round = rounds[next++]; round && failures.length < enough; round = rounds[next++]) {
        signal.throwIfAborted();
        const { attack, variant } = round;
        const complaints = await play(trial, world, attack, variant, slot).catch((error: Error) => [
          `broke off: ${error.message.slice(0, 120)}`,
        ]);
        await world.sql(`delete from stores where store_code like 'shop-${slot}-%'`);
        for (const complaint of complaints) failures.push(`${attack.name}: ${complaint} (variant ${variant})`);
        if (next % 250 === 0) say(`${next} of ${rounds.length} attacks`);
      }
    };
    await Promise.all(slots.map(playOn));
    const races = Math.ceil(n / variantsPerRace);
    for (let race = 0; race < races && failures.length < enough; race++)
      failures.push(...(await raceForOneState(world, race)));
    for (const alarm of world.alarms) failures.push(`an error in the log: ${alarm.trim()}`);
    return {
      n: rounds.length + races * 3,
      failures,
      measured: [`${attacks.length} attacks × ${n} variants`, `${races} × 3 races of 100`],
    };
  },
  defects: [
    {
      name: 'a state is good in any browser',
      file: 'src/db/oauth-states.ts',
      find: 'eq(oauthStates.browserHash, options.browserHash),',
      replace: '',
    },
    {
      name: 'a state is good twice',
      file: 'src/db/oauth-states.ts',
      find: 'isNull(oauthStates.usedAt),',
      replace: '',
    },
    {
      name: 'a state never expires',
      file: 'src/db/oauth-states.ts',
      find: 'gt(oauthStates.expiresAt, options.now),',
      replace: '',
    },
    {
      name: 'a used link begins another trip',
      file: 'src/db/connect-links.ts',
      find: 'isNull(connectLinks.usedAt), ',
      replace: '',
    },
    {
      name: 'the result page is the latest one of anybody',
      file: 'src/db/oauth-states.ts',
      find: 'eq(oauthStates.browserHash, browserHash), ',
      replace: '',
    },
    {
      name: 'another account may reconnect a store',
      file: 'src/services/complete-connect.ts',
      find: "if (account && account.openId !== grant.openId) return 'OTHER_ACCOUNT';",
      replace: '',
    },
    {
      name: 'a page elsewhere may begin a trip',
      file: 'src/http/routes/connect.ts',
      find: "if (isForeign(c)) throw new AppError('FORBIDDEN', 'Open",
      replace: "if (isForeign(c) && false) throw new AppError('FORBIDDEN', 'Open",
    },
    {
      name: 'HEAD uses a state up',
      file: 'src/http/routes/connect.ts',
      find: "c.req.method === 'GET' && ",
      replace: '',
    },
    {
      name: 'of a parameter that is there twice the first counts',
      file: 'src/http/routes/connect.ts',
      find: ' && !isDoubtful',
      replace: '',
    },
    {
      name: 'the cookie can be planted by another host',
      file: 'src/http/cookies.ts',
      find: 'secure ? ',
      replace: 'false ? ',
    },
    {
      name: 'the invite’s address is given to the next page',
      file: 'src/http/middleware/security-headers.ts',
      find: "c.header('Referrer-Policy', 'no-referrer');",
      replace: '',
    },
  ],
};
