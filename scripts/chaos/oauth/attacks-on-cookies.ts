import { createHash } from 'node:crypto';
import { almost } from './attacks-on-states.ts';
import { type Attack, looksRefused, saysConnected, unless } from './scene.ts';

const cookieName = '__Host-harian_connect';

/** Whoever has no cookie of their own trip, or makes a browser carry another. */
export const attacksOnCookies: readonly Attack[] = [
  {
    name: 'two browsers with each other’s cookies',
    onward: 'start',
    async run({ world, owner, attacker, back }) {
      const trip = await world.begin(attacker.browser, attacker.link);
      const theirs = await world.consent(trip, attacker.openId);
      const swapped = [
        await world.newBrowser().go(back, { planted: { before: `${cookieName}=${attacker.browser.cookie()}` } }),
        await world.newBrowser().go(theirs, { planted: { before: `${cookieName}=${owner.browser.cookie()}` } }),
      ];
      return unless({ 'both are refused': swapped.every(looksRefused) });
    },
  },
  {
    name: 'a cookie that is almost the right one',
    async run(scene) {
      const { world, owner, trip, back, pick } = scene;
      const cookie = owner.browser.cookie();
      const kind = pick(Object.keys(almost) as (keyof typeof almost)[]);
      const value = pick([almost[kind](cookie, scene), '', trip.state, owner.link.split('/').at(-1) ?? '']);
      const planted = { before: `${cookieName}=${encodeURIComponent(value)}` };
      const stranger = world.newBrowser();
      const answer = await stranger.go(back, { planted });
      const page = await stranger.go('/connect/result', { planted });
      return unless({ 'it is refused': looksRefused(answer), 'nothing is said': !page.text.includes(owner.storeCode) });
    },
  },
  {
    name: 'a cookie tossed under another name',
    async run({ world, owner, attacker, pick, random }) {
      const trip = await world.begin(attacker.browser, attacker.link);
      const back = await world.consent(trip, pick([owner.openId, attacker.openId]));
      const name = pick([
        'harian_connect',
        '__host-harian_connect',
        '__HOST-harian_connect',
        '__Secure-harian_connect',
        `\u00a0${cookieName}`,
        `${cookieName}\u00a0`,
        `${cookieName}[]`,
        `${cookieName}.`,
        `${cookieName}%20`,
        `"${cookieName}"`,
        '__Host-harian-connect',
        '__Host-Harian_Connect',
      ]);
      const tossed = `${name}=${attacker.browser.cookie()}`;
      const planted = random() < 0.5 ? { before: tossed } : { after: tossed };
      const browser = pick([owner.browser, world.newBrowser()]);
      const answer = await browser.go(back, { planted });
      return unless({
        'it is refused': looksRefused(answer),
        'the page speaks of nobody else': !saysConnected((await browser.go('/connect/result', { planted })).text),
      });
    },
  },
  {
    name: 'the console’s session, or an admin’s key, in place of the cookie',
    async run({ world, back, pick, owner }) {
      const planted = { before: `__Host-harian_session=${owner.browser.cookie()}` };
      const headers = pick<Record<string, string>>([
        {},
        { authorization: `Bearer ${owner.browser.cookie()}` },
        { 'x-harian-connect': owner.browser.cookie() },
      ]);
      const answer = await world.newBrowser().go(back, { planted, headers });
      return unless({ 'it is refused': looksRefused(answer) });
    },
  },
  {
    name: 'the result page of another browser',
    async run({ world, owner, attacker, pick }) {
      const browser = pick([attacker.browser, world.newBrowser()]);
      const hash = createHash('sha256').update(owner.browser.cookie()).digest('hex');
      const query = pick(['', `?store_code=${owner.storeCode}`, `?outcome=CONNECTED`, `?state=${hash}`]);
      const visit = pick([{}, { planted: { before: `${cookieName}=${hash}` } }]);
      const { text } = await browser.go(`/connect/result${query}`, visit);
      return unless({
        'it names no store': !text.includes(owner.storeCode),
        'it names no person': !text.includes(owner.openId),
        'it says nothing was connected': !saysConnected(text),
      });
    },
  },
  {
    name: 'a cookie that a script, another host or plain http could get at',
    onward: 'start',
    async run({ world, owner }) {
      const browser = world.newBrowser();
      // The browser itself throws when Secure, HttpOnly, SameSite=Lax, Path=/ or the __Host- prefix is missing.
      await world.begin(browser, owner.link);
      await world.begin(owner.browser, owner.link);
      return unless({
        'the cookie has the prefix': [...browser.jar.keys()].join() === cookieName,
        'each trip has a cookie of its own': browser.cookie() !== owner.browser.cookie(),
        'it is long enough not to be guessed': browser.cookie().length >= 43,
      });
    },
  },
];
