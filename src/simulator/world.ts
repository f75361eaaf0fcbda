import { z } from 'zod';
import { createRecentCache } from './recent-cache.ts';
import { roll } from './roll.ts';
import { scopeSchema } from './scopes.ts';
import { describeVideo, type VideoText } from './video-text.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const INT32_MAX = 2 ** 31 - 1;
/** Free accounts joined in the 400 days after this instant. */
const FIRST_JOIN_MS = Date.UTC(2025, 0, 1);
/** Videos of an account with a pinned count all lie in these two years, so the count is exact from 2025 on. */
const PINNED_FROM_MS = Date.UTC(2023, 0, 1);
const PINNED_TO_MS = Date.UTC(2025, 0, 1);

export const accountSpecSchema = z.strictObject({
  openId: z.string().regex(/^[\w.-]{1,128}$/),
  username: z.string().min(1).max(64),
  displayName: z.string().min(1).max(128),
  /** Constant follower count; may exceed 2^31. */
  followers: z.int().min(0).optional(),
  /** Exact number of public videos from 2025 on; none is added and none vanishes. */
  videoCount: z.int().min(0).max(100_000).optional(),
  /** Constant view count of the oldest video; may be near 2^53. */
  topVideoViews: z.int().min(0).optional(),
  /** What `control.grant` grants when no scopes are given; all four by default. */
  scopes: z.array(scopeSchema).optional(),
});

export type AccountSpec = z.input<typeof accountSpecSchema>;

export interface AccountNumbers {
  follower_count: number;
  following_count: number;
  likes_count: number;
  video_count: number;
}

export interface VideoNumbers {
  view_count: number;
  like_count: number;
  comment_count: number;
  share_count: number;
}

/** `id` exceeds 2^53 on purpose; `create_time` is in seconds and unique within an account. */
export interface SimulatedVideo extends VideoNumbers, VideoText {
  id: string;
  create_time: number;
}

export interface World {
  /** Account totals at that minute. All are monotone in time but `follower_count`, which may fall. */
  numbersAt(account: AccountSpec, date: Date): AccountNumbers;
  /** The public videos at that minute, newest first; a video that has vanished is left out. */
  videosAt(account: AccountSpec, date: Date): SimulatedVideo[];
}

interface VideoTraits {
  id: string;
  createdMs: number;
  vanishesMs: number;
  text: VideoText;
  finalViews: number;
  settleDays: number;
  viewsPerDay: number;
  likeRate: number;
  commentRate: number;
  shareRate: number;
  pinnedViews: number | undefined;
}

/** Every number is a pure function of (seed, account, minute), so any past day can be asked for; the cache only saves time. */
export function createWorld(seed: number): World {
  const timelines = createRecentCache<VideoTraits[]>(64);

  function everPublished(account: AccountSpec, atMs: number): VideoTraits[] {
    const timeline = timelines.get(JSON.stringify(account), () => []);
    const { startMs, stepMs, count } = publishing(seed, account);
    const due = stepMs === 0 ? 0 : Math.min(count, Math.max(0, Math.ceil((atMs - startMs) / stepMs)));
    while (timeline.length < due) timeline.push(videoTraits(seed, account, timeline.length, startMs, stepMs));
    return timeline.slice(0, due).filter((video) => video.createdMs <= atMs);
  }

  return {
    numbersAt(account, date) {
      const atMs = wholeMinute(date);
      const published = everPublished(account, atMs);
      const earlierLikes = Math.floor(roll(seed, account.openId, 'earlier likes') * 5000);
      return {
        ...audience(seed, account, atMs),
        // Likes of vanished videos stay counted: the total never falls.
        likes_count: published.reduce((sum, video) => sum + videoNumbers(video, atMs).like_count, earlierLikes),
        video_count: published.filter((video) => video.vanishesMs > atMs).length,
      };
    },

    videosAt(account, date) {
      const atMs = wholeMinute(date);
      return everPublished(account, atMs)
        .filter((video) => video.vanishesMs > atMs)
        .reverse()
        .map((video) => ({
          id: video.id,
          create_time: video.createdMs / 1000,
          ...video.text,
          ...videoNumbers(video, atMs),
        }));
    },
  };
}

/** Accounts invented from the seed: about one in ten publishes nothing. */
export function makeAccounts(seed: number, count: number): AccountSpec[] {
  return Array.from({ length: count }, (_, index) => {
    const number = String(index + 1).padStart(3, '0');
    return {
      openId: `sim-${seed}-${number}`,
      username: `simulated.shop.${number}`,
      displayName: `Simulated Shop ${number}`,
    };
  });
}

function wholeMinute(date: Date): number {
  return Math.floor(date.getTime() / MINUTE_MS) * MINUTE_MS;
}

function joinedMs(seed: number, account: AccountSpec): number {
  return FIRST_JOIN_MS + Math.floor(roll(seed, account.openId, 'joined') * 400) * DAY_MS;
}

function publishing(seed: number, account: AccountSpec): { startMs: number; stepMs: number; count: number } {
  if (account.videoCount !== undefined) {
    const span = PINNED_TO_MS - PINNED_FROM_MS;
    const stepMs = account.videoCount === 0 ? 0 : span / account.videoCount;
    return { startMs: PINNED_FROM_MS, stepMs, count: account.videoCount };
  }
  const silent = roll(seed, account.openId, 'silent') < 0.1;
  const stepDays = 2 + roll(seed, account.openId, 'step') * 18;
  return { startMs: joinedMs(seed, account), stepMs: silent ? 0 : stepDays * DAY_MS, count: Number.POSITIVE_INFINITY };
}

function videoTraits(seed: number, account: AccountSpec, index: number, startMs: number, stepMs: number): VideoTraits {
  const draw = (what: string) => roll(seed, account.openId, index, what);
  // A jitter below one step keeps the order, and whole seconds keep create_time unique.
  const createdMs = Math.floor((startMs + (index + draw('jitter') * 0.9) * stepMs) / 1000) * 1000;
  const mayVanish = account.videoCount === undefined && draw('vanishes') < 0.06;
  const finalViews = 200 * 10 ** (draw('views') * 3.2);
  return {
    id: String((BigInt(createdMs / 1000) << 32n) | BigInt(Math.floor(draw('id') * 2 ** 32))),
    createdMs,
    vanishesMs: mayVanish ? createdMs + (5 + draw('vanishes after') * 115) * DAY_MS : Number.POSITIVE_INFINITY,
    text: describeVideo(draw),
    finalViews,
    settleDays: 1.5 + draw('settle') * 4.5,
    viewsPerDay: 4 + finalViews * 0.001,
    likeRate: 0.03 + draw('likes') * 0.12,
    commentRate: 0.002 + draw('comments') * 0.01,
    shareRate: 0.001 + draw('shares') * 0.007,
    pinnedViews: index === 0 ? account.topVideoViews : undefined,
  };
}

function videoNumbers(video: VideoTraits, atMs: number): VideoNumbers {
  const ageDays = (atMs - video.createdMs) / DAY_MS;
  const grown = video.finalViews * (1 - Math.exp(-ageDays / video.settleDays)) + video.viewsPerDay * ageDays;
  const views = video.pinnedViews ?? grown;
  const int32 = (value: number) => Math.min(INT32_MAX, Math.floor(value));
  return {
    view_count: Math.floor(views),
    like_count: int32(views * video.likeRate),
    comment_count: int32(views * video.commentRate),
    share_count: int32(views * video.shareRate),
  };
}

function audience(seed: number, account: AccountSpec, atMs: number) {
  const draw = (...what: (string | number)[]) => roll(seed, account.openId, ...what);
  const days = Math.max(0, (atMs - joinedMs(seed, account)) / DAY_MS);
  const day = Math.floor(days);
  const start = 50 * 10 ** (draw('followers') * 3.5);
  const perDay = start * (draw('trend') * 0.0032 - 0.0002);
  // The wobble runs in a straight line from one day's draw to the next one's, so it is continuous.
  const wobble = draw('wobble', day) + (days - day) * (draw('wobble', day + 1) - draw('wobble', day));
  const followers = account.followers ?? Math.max(0, Math.round(start + perDay * days + wobble * start * 0.004));
  return {
    follower_count: followers,
    following_count: Math.floor(20 + draw('following') * 800 + days * draw('follows') * 0.3),
  };
}
