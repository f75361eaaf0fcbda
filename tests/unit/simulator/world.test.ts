import { describe, expect, it } from 'vitest';
import { type AccountSpec, createWorld, makeAccounts } from '../../../src/simulator/world.ts';

const DAY_MS = 86_400_000;
const at = (text: string) => new Date(text);
const day = (index: number) => new Date(Date.UTC(2026, 8, 20) + index * DAY_MS);

describe('the simulated world', () => {
  const accounts = makeAccounts(3, 12);

  it('gives the same numbers for the same seed, account and minute, whatever was asked before', () => {
    const warm = createWorld(3);
    for (const account of accounts) for (let index = 60; index >= 0; index--) warm.videosAt(account, day(index));
    for (const account of accounts) {
      const cold = createWorld(3);
      expect(warm.numbersAt(account, day(30))).toEqual(cold.numbersAt(account, day(30)));
      expect(warm.videosAt(account, day(30))).toEqual(cold.videosAt(account, day(30)));
    }
  });

  it('is another world under another seed', () => {
    const account = accounts[0] as AccountSpec;
    expect(createWorld(3).numbersAt(account, day(1))).not.toEqual(createWorld(4).numbersAt(account, day(1)));
  });

  it('lets every counter but followers only grow, from day to day and within a day', () => {
    const world = createWorld(3);
    for (const account of accounts) {
      for (let index = 0; index < 60; index++) {
        const [before, after] = [day(index), new Date(day(index).getTime() + DAY_MS / 3)];
        const [earlier, later] = [world.numbersAt(account, before), world.numbersAt(account, after)];
        expect(later.likes_count).toBeGreaterThanOrEqual(earlier.likes_count);
        const laterVideos = new Map(world.videosAt(account, after).map((video) => [video.id, video]));
        for (const video of world.videosAt(account, before)) {
          const grown = laterVideos.get(video.id);
          if (!grown) continue; // vanished in between
          expect(grown.view_count).toBeGreaterThan(video.view_count);
          expect(grown.like_count).toBeGreaterThanOrEqual(video.like_count);
          expect(grown.comment_count).toBeGreaterThanOrEqual(video.comment_count);
          expect(grown.share_count).toBeGreaterThanOrEqual(video.share_count);
        }
      }
    }
  });

  it('has falling followers, new videos, vanishing videos and silent accounts somewhere in 60 days', () => {
    const world = createWorld(3);
    let [fell, appeared, vanished, silent] = [0, 0, 0, 0];
    for (const account of makeAccounts(3, 40)) {
      const ids = (index: number) => new Set(world.videosAt(account, day(index)).map((video) => video.id));
      const followers = (index: number) => world.numbersAt(account, day(index)).follower_count;
      for (let index = 0; index < 60; index++) if (followers(index + 1) < followers(index)) fell += 1;
      appeared += ids(60).difference(ids(0)).size;
      vanished += ids(0).difference(ids(60)).size;
      if (ids(60).size === 0) silent += 1;
    }
    expect([fell, appeared, vanished, silent].every((count) => count > 0)).toBe(true);
  });

  it('counts in video_count exactly the videos it lists', () => {
    const world = createWorld(3);
    for (const account of accounts) {
      expect(world.numbersAt(account, day(9)).video_count).toBe(world.videosAt(account, day(9)).length);
    }
  });

  it('holds a pinned account to its numbers at any date', () => {
    const account = {
      openId: 'big',
      username: 'big',
      displayName: 'Big',
      followers: 2 ** 31 + 5,
      videoCount: 2000,
      topVideoViews: Number.MAX_SAFE_INTEGER,
    };
    const world = createWorld(3);
    for (const date of [at('2025-01-01T00:00:00Z'), at('2026-11-20T12:34:56Z')]) {
      expect(world.numbersAt(account, date)).toMatchObject({ follower_count: 2 ** 31 + 5, video_count: 2000 });
      const videos = world.videosAt(account, date);
      expect(videos.at(-1)?.view_count).toBe(Number.MAX_SAFE_INTEGER);
      expect(videos.every((video) => video.like_count < 2 ** 31)).toBe(true);
    }
  });

  it('lists newest first with unique seconds and unique ids above 2^53', () => {
    const videos = createWorld(3).videosAt({ ...(accounts[0] as AccountSpec), videoCount: 2000 }, day(1));
    const times = videos.map((video) => video.create_time);
    expect(times).toEqual([...new Set(times)].sort((a, b) => b - a));
    expect(new Set(videos.map((video) => video.id)).size).toBe(2000);
    expect(videos.every((video) => BigInt(video.id) > 2n ** 53n)).toBe(true);
  });
});
