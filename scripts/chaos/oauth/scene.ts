import type { Received } from '../http-exchange.ts';
import type { Browser } from './browser.ts';
import type { Trip, World } from './world.ts';

export interface Person {
  storeCode: string;
  openId: string;
  /** The connect link of their store, as a path. */
  link: string;
  browser: Browser;
}

/**
 * An owner in the middle of connecting: consent is given, the way back not yet taken. Beside them somebody who has a
 * store, a link and a TikTok account too, and wants more.
 */
export interface Scene {
  world: World;
  owner: Person;
  attacker: Person;
  /** The owner's trip, and its way back. */
  trip: Trip;
  back: string;
  /** The owner's store was connected to the owner's account before. */
  reconnects: boolean;
  /** An account that neither of them has. */
  thirdAccount: string;
  pick<T>(list: readonly T[]): T;
  random(): number;
}

/** How one attack goes, in 50 variants and more. */
export interface Attack {
  name: string;
  /** What went wrong, a few words each; empty when it came to nothing. */
  run(scene: Scene): Promise<string[]>;
  /** Where the owner goes on; `nowhere` when the attack judges the end itself. */
  onward?: 'callback' | 'start' | 'new link' | 'nowhere';
  /** What must be as before. By default both stores, in every column. */
  leaves?: 'both stores' | "the attacker's store" | 'nothing';
  /** Some attacks need a store that was connected before. */
  on?: 'reconnect' | 'first connection';
}

export const callbackPath = '/oauth/tiktok/callback';

/** A way back made by hand; values are encoded once. */
export const callback = (parameters: readonly (readonly [string, string])[]): string =>
  `${callbackPath}?${parameters.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&')}`;

export const codeIn = (back: string): string => new URL(back, 'https://x.test').searchParams.get('code') ?? '';

/** The same way back with other parameters; null leaves one out. */
export function change(back: string, parameters: Readonly<Record<string, string | null>>): string {
  const all = new Map([...new URL(back, 'https://x.test').searchParams, ...Object.entries(parameters)]);
  return callback([...all].filter((pair): pair is [string, string] => pair[1] !== null));
}

/** The names of those that do not hold. */
export const unless = (claims: Readonly<Record<string, boolean>>): string[] =>
  Object.entries(claims)
    .filter(([, holds]) => !holds)
    .map(([claim]) => claim);

export const saysConnected = (page: string): boolean => page.includes('is now connected to the store');

/** There is no such link, or nothing at all; after many wrong ones from one address also 429. */
export const isGone = ({ status }: Received): boolean => [400, 404, 429].includes(status);

/** The one answer to every way back that is not this browser's own: to the fixed page, and no cookie. */
export const looksRefused = (answer: Received): boolean =>
  answer.status === 303 &&
  answer.headers.get('location') === '/connect/result' &&
  answer.headers.getSetCookie().length === 0;

/** Goes there and finds out that nothing came of it. */
export async function isRefused(browser: Browser, path: string): Promise<string[]> {
  const answer = await browser.go(path);
  return unless({
    'the answer is the fixed redirect': looksRefused(answer),
    'the result page says that nothing was connected': !saysConnected(await browser.result()),
  });
}
