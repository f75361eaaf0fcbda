import { mergeOverrides, type NumbersOverride } from './numbers-override.ts';
import { createRecentCache } from './recent-cache.ts';
import type { AccountNumbers, AccountSpec, SimulatedVideo, World } from './world.ts';

/** What one account shows during one minute. */
export interface AccountSnapshot {
  numbers: AccountNumbers;
  /** Newest first. */
  videos: SimulatedVideo[];
  /** Private ones too. */
  byId: ReadonlyMap<string, SimulatedVideo>;
  isPrivate(videoId: string): boolean;
}

/** The accounts with their overrides laid over the pure world. A snapshot is kept per account and minute. */
export function createPopulation(world: World, specs: readonly AccountSpec[]) {
  const accounts = new Map(specs.map((spec) => [spec.openId, spec]));
  if (accounts.size !== specs.length) throw new Error('simulator: two accounts share an openId');
  const overrides = new Map<string, NumbersOverride>();
  const snapshots = createRecentCache<AccountSnapshot>(64);

  function find(openId: string): AccountSpec {
    const account = accounts.get(openId);
    if (!account) throw new Error(`simulator: no account ${openId}`);
    return account;
  }

  function look(account: AccountSpec, at: Date): AccountSnapshot {
    const override = overrides.get(account.openId) ?? {};
    const { videos: changed, visibility, ...numbers } = override;
    const isPrivate = (id: string) => visibility?.[id] === 'private';
    const there = world
      .videosAt(account, at)
      .filter(({ id }) => visibility?.[id] !== 'deleted')
      .map((video) => ({ ...video, ...changed?.[video.id] }));
    const videos = there.filter(({ id }) => !isPrivate(id));
    return {
      numbers: { ...world.numbersAt(account, at), video_count: videos.length, ...numbers },
      videos,
      byId: new Map(there.map((video) => [video.id, video])),
      isPrivate,
    };
  }

  return {
    accounts: [...accounts.values()],
    has: (openId: string) => accounts.has(openId),
    /** Throws for an unknown account. */
    find,
    /** Throws for an unknown account. */
    snapshot(openId: string, at: Date): AccountSnapshot {
      const minute = Math.floor(at.getTime() / 60_000);
      return snapshots.get(`${openId} ${minute}`, () => look(find(openId), at));
    },
    /** Merges into what is set already and returns the whole; throws for an unknown account. */
    override(openId: string, change: NumbersOverride): NumbersOverride {
      const merged = mergeOverrides(overrides.get(find(openId).openId) ?? {}, change);
      overrides.set(openId, merged);
      snapshots.clear();
      return merged;
    },
    reset(): void {
      overrides.clear();
      snapshots.clear();
    },
  };
}

export type Population = ReturnType<typeof createPopulation>;
