import type { AccountSpec } from '../../src/simulator/world.ts';

export const videosPerStore = 40;

const account = (kind: string, number: number, more: Partial<AccountSpec>): AccountSpec => {
  const name = `${kind}-${String(number).padStart(5, '0')}`;
  return { openId: name, username: name, displayName: name, ...more };
};

const many = (count: number, make: (number: number) => AccountSpec) =>
  Array.from({ length: count }, (_, index) => make(index + 1));

/** Each has two pages of videos. */
export const usualAccounts = many(1_200, (number) => account('usual', number, { videoCount: videosPerStore }));

/** Of a night that TikTok's limit paces. */
export const nightAccounts = many(3_000, (number) => account('night', number, { videoCount: videosPerStore }));

/** Without the scope for videos a sync is one request: its work lasts as long as the simulator waits. */
export const singleCallAccounts = many(200, (number) =>
  account('single-call', number, { scopes: ['user.info.basic', 'user.info.profile', 'user.info.stats'] }),
);

export const largeAccount = account('large', 1, { videoCount: 2_000 });
