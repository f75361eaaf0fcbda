import { createHash, randomBytes } from 'node:crypto';
import {
  type Attack,
  callback,
  change,
  codeIn,
  isGone,
  isRefused,
  type Scene,
  saysConnected,
  unless,
} from './scene.ts';

const hash = (text: string) => createHash('sha256').update(text).digest();
const hashes = (text: string) => [
  hash(text).toString('hex'),
  hash(text).toString('base64'),
  hash(text).toString('base64url'),
  `\\x${hash(text).toString('hex')}`,
  hash(text).toString('latin1'),
];

/** Each letter's case turned, or that of some. */
function turnCase(text: string, random: () => number): string {
  const turned = text
    .split('')
    .map((c) => (random() < 0.3 ? (c === c.toUpperCase() ? c.toLowerCase() : c.toUpperCase()) : c));
  const result = turned.join('');
  return result === text ? text.toLowerCase().replace(/^./, (c) => (c === text[0] ? `${c}_` : c)) : result;
}

/** Ways to write a secret that somebody half knows. None of them is the secret. */
export const almost = {
  forged: () => randomBytes(32).toString('base64url'),
  truncated: (text: string, scene: Scene) => {
    const cut = 1 + Math.floor(scene.random() * (text.length - 1));
    return scene.pick([text.slice(0, -cut), text.slice(cut), text.slice(0, cut)]);
  },
  extended: (text: string, scene: Scene) =>
    scene.pick([
      ...['A', '=', '==', '\0', ' ', '\n', '.', '/', '%00', ';', ',x', text, `&state=${text}`].map(
        (end) => `${text}${end}`,
      ),
      ...[' ', '\t', '\0', '=', '/', '\u00a0', '\ufeff'].map((start) => `${start}${text}`),
    ]),
  'in another case': (text: string, scene: Scene) => turnCase(text, scene.random),
  'in another alphabet': (text: string, scene: Scene) =>
    scene.pick([
      Buffer.from(text, 'base64url').toString('base64'),
      Buffer.from(text, 'base64url').toString('hex'),
      Buffer.from(text).toString('base64url'),
      text
        .split('')
        .map((c) => `%${c.charCodeAt(0).toString(16)}`)
        .join(''),
      text
        .split('')
        .map((c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0))
        .join(''),
      text.replace(/[a-z]/, (c) => `${c}\u0301`),
      text.split('').toReversed().join(''),
    ]),
  'as its hash': (text: string, scene: Scene) => scene.pick(hashes(text)),
};

const mutated = (kind: keyof typeof almost): Attack => ({
  name: `a state ${kind}`,
  run: (scene) => {
    const state = almost[kind](scene.trip.state, scene);
    const { browser } = scene.pick([scene.owner, scene.attacker]);
    return isRefused(browser, change(scene.back, { state }));
  },
});

/** Whoever brings back what is not their own trip's. */
export const attacksOnStates: readonly Attack[] = [
  ...(Object.keys(almost) as (keyof typeof almost)[]).map(mutated),
  {
    name: 'no state, or an empty one',
    run: ({ owner, back, pick }) => isRefused(owner.browser, change(back, { state: pick([null, '']) })),
  },
  {
    name: 'a cookie, a link or a code as the state',
    run: ({ owner, attacker, back, pick }) => {
      const state = pick([owner.browser.cookie(), owner.link.split('/').at(-1) ?? '', codeIn(back)]);
      return isRefused(pick([owner, attacker]).browser, change(back, { state }));
    },
  },
  {
    name: 'the state under names that some parsers take for it',
    run: ({ owner, attacker, trip, back, pick, world, random }) => {
      const name = pick(['state[]', 'state[0]', 'State', 'STATE', 'state.', ' state', 'state\0', '__proto__[state]']);
      const own: [string, string][] = random() < 0.5 ? [] : [['state', 'x']];
      const path = callback([[name, trip.state], ['code', codeIn(back)], ...own]);
      return isRefused(pick([owner.browser, attacker.browser, world.newBrowser()]), path);
    },
  },
  {
    name: 'fixation: the attacker begins, the owner finishes',
    async run({ world, owner, attacker, pick }) {
      const trip = await world.begin(attacker.browser, attacker.link);
      const consenting = pick([owner.openId, attacker.openId]);
      return isRefused(owner.browser, await world.consent(trip, consenting));
    },
  },
  {
    name: 'fixation: the owner begins, a browser without a trip finishes',
    run: ({ world, back }) => isRefused(world.newBrowser(), back),
  },
  {
    name: 'fixation: the owner begins, a browser on a trip of its own finishes',
    async run({ world, attacker, back, pick }) {
      await world.begin(attacker.browser, attacker.link);
      return isRefused(attacker.browser, change(back, pick<Record<string, string>>([{}, { scopes: 'video.list' }])));
    },
  },
  {
    name: "the owner's state with the attacker's code, in the attacker's browser",
    async run({ world, attacker, trip, pick, thirdAccount }) {
      const own = await world.begin(attacker.browser, attacker.link);
      const back = await world.consent(own, pick([attacker.openId, thirdAccount]));
      return isRefused(attacker.browser, change(back, { state: trip.state }));
    },
  },
  {
    name: "the attacker's state with the attacker's code, in the owner's browser",
    async run({ world, owner, attacker, pick, thirdAccount }) {
      const own = await world.begin(attacker.browser, attacker.link);
      return isRefused(owner.browser, await world.consent(own, pick([attacker.openId, thirdAccount])));
    },
  },
  {
    name: "another browser's state, both on one link",
    async run({ world, owner, back, pick }) {
      const other = world.newBrowser();
      const trip = await world.begin(other, owner.link);
      const theirs = await world.consent(trip, owner.openId);
      return pick([true, false]) ? isRefused(other, back) : isRefused(owner.browser, theirs);
    },
  },
  {
    name: 'a state of an earlier trip of the same browser',
    onward: 'start',
    async run({ world, owner, back, pick, attacker }) {
      // The later trip has the browser's cookie now.
      await world.begin(owner.browser, pick([owner.link, attacker.link]));
      return isRefused(owner.browser, back);
    },
  },
  {
    name: 'a state replayed after success',
    onward: 'nowhere',
    leaves: "the attacker's store",
    async run({ world, owner, attacker, trip, back, pick }) {
      await owner.browser.go(back);
      const before = await world.sql(`select version from tiktok_accounts where store_code = '${owner.storeCode}'`);
      const since = world.now();
      const again = pick([
        back,
        callback([
          ['state', trip.state],
          ['code', 'x'],
        ]),
        callback([
          ['state', trip.state],
          ['error', 'access_denied'],
        ]),
      ]);
      const browser = pick([owner.browser, attacker.browser, world.newBrowser()]);
      const answer = await browser.go(again);
      const after = await world.sql(`select version from tiktok_accounts where store_code = '${owner.storeCode}'`);
      return unless({
        'the answer is the fixed redirect': answer.headers.get('location') === '/connect/result',
        'TikTok is not asked again': world.exchanges(owner.openId, since) === 0,
        'the connection stays': JSON.stringify(before) === JSON.stringify(after) && before.length === 1,
        'only the owner is told of it': browser === owner.browser || !saysConnected(await browser.result()),
      });
    },
  },
  {
    name: 'a state replayed with a fresh code',
    onward: 'start',
    async run({ world, owner, trip, pick, thirdAccount }) {
      await owner.browser.go(pick([await world.refuse(trip), callback([['state', trip.state]])]));
      const another = await world.consent(trip, pick([owner.openId, thirdAccount]));
      return isRefused(owner.browser, another);
    },
  },
  {
    name: 'a state that has expired',
    onward: 'start',
    async run({ world, owner, back, pick }) {
      const age = pick(['0 seconds', '1 second', '1 minute', '1 day']);
      await world.sql(
        `update oauth_states set expires_at = now() - interval '${age}' where store_code = '${owner.storeCode}'`,
      );
      return isRefused(owner.browser, back);
    },
  },
  {
    name: 'SQL and other code as state, cookie and link',
    async run({ world, owner, attacker, back, pick }) {
      const text = pick([
        "' or '1'='1",
        "'; drop table stores; --",
        '#{process.exit()}',
        '{{7*7}}',
        '../../etc/passwd',
        '<script>alert(1)</script>',
        '\\x00',
        '%s%s%n',
      ]);
      const complaints = await isRefused(owner.browser, change(back, { state: text }));
      const link = await attacker.browser.go(`/connect/${encodeURIComponent(text)}`);
      const page = await world
        .newBrowser()
        .go('/connect/result', { planted: { before: `__Host-harian_connect=${encodeURIComponent(text)}` } });
      return [
        ...complaints,
        ...unless({
          'such a link is no link': isGone(link),
          'nothing is echoed': !link.text.includes(text) && !page.text.includes(text),
        }),
      ];
    },
  },
];
