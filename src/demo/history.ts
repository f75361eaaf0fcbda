import { randomUUID } from 'node:crypto';
import type { StoreHistory } from '../db/store-history.ts';
import { syncJobName } from '../domain/job-state.ts';
import { maxAttempts } from '../domain/retry.ts';
import { addDays, dueAt, localDay } from '../domain/snapshot-day.ts';
import { scopeReason } from '../domain/snapshot-quality.ts';
import { type PresenceSince, presenceAfter } from '../domain/video-presence.ts';
import { videoFields } from '../simulator/display-fields.ts';
import { roll } from '../simulator/roll.ts';
import type { SimulatedVideo, World } from '../simulator/world.ts';
import { videoListAnswer } from '../tiktok/schemas.ts';
import type { DemoStore } from './demo-stores.ts';

export const historyDays = 60;
/** Nothing ran on these days (UTC), so they are missed in every store. */
const outageDaysAgo = [23, 24];
/** That night's runs happened in the morning. */
const catchUpDaysAgo = 38;
const pageSize = 20;
const minuteMs = 60_000;

/** What became of one store's day; a failing TikTok is always its 500. */
type DayOutcome =
  | { kind: 'read'; partialReason: string | null; cutShort: boolean }
  | { kind: 'missed'; reason: string; failedAttempts: number };

export interface HistoryOptions {
  seed: number;
  world: World;
  now: Date;
  /** HH:MM on the store's own clock, as the planner has it. */
  localTime: string;
}

interface SeenVideo extends PresenceSince {
  video: SimulatedVideo;
  firstSeenDate: string;
}

type Days = Pick<StoreHistory, 'days' | 'userDaily' | 'videos' | 'videoDaily' | 'syncLogs'>;

/**
 * The days of one store up to yesterday, read from the simulated world as it was at the time each would have been
 * read. A PENDING store has none.
 */
export function makeHistory(store: DemoStore, options: HistoryOptions): Days & { connectedAt: Date | null } {
  const days: Days = { days: [], userDaily: [], videos: [], videoDaily: [], syncLogs: [] };
  if (store.state.status === 'PENDING') return { ...days, connectedAt: null };
  const today = localDay(options.now, store.timezone);
  const connectedAt = dueAt(addDays(today, -historyDays), store.timezone, '10:40');
  const outage = outageDaysAgo.map((daysAgo) => addDays(localDay(options.now, 'UTC'), -daysAgo));
  const seen = new Map<string, SeenVideo>();

  for (let daysAgo = historyDays; daysAgo > lastDayAgo(store); daysAgo -= 1) {
    const snapshotDate = addDays(today, -daysAgo);
    const key = { storeCode: store.storeCode, snapshotDate };
    const first = daysAgo === historyDays;
    const outcome: DayOutcome = outage.includes(snapshotDate)
      ? { kind: 'missed', reason: 'NOT_PLANNED', failedAttempts: 0 }
      : outcomeOf(store, daysAgo, options.seed);
    const startedAt = first ? connectedAt : startOf(store, snapshotDate, daysAgo, options);
    const trigger = first ? 'connect' : daysAgo === catchUpDaysAgo ? 'catch_up' : 'schedule';
    const log = { ...key, jobId: randomUUID(), trigger } as const;

    if (outcome.kind === 'missed') {
      days.days.push({ ...key, state: 'missed', reason: outcome.reason, capturedAt: null });
      for (let attempt = 1; attempt <= outcome.failedAttempts; attempt += 1) {
        const at = new Date(startedAt.getTime() + attempt ** 2 * minuteMs);
        days.syncLogs.push(
          closedLog({ ...log, attempt, status: 'FAILED', errorCode: 'INTERNAL_ERROR', startedAt: at }),
        );
      }
      continue;
    }
    const capturedAt = new Date(startedAt.getTime() + 400);
    const { partialReason } = outcome;
    const state = partialReason === null ? 'complete' : 'partial';
    days.days.push({ ...key, state, reason: partialReason, capturedAt });
    days.userDaily.push({ ...key, ...accountNumbers(store, options.world, capturedAt), capturedAt });
    const videos = visibleVideos(store, options.world, capturedAt, outcome.cutShort);
    for (const video of videos) {
      const known = seen.get(video.id) ?? { firstSeenDate: snapshotDate, presence: 'listed', since: null };
      seen.set(video.id, { ...presenceAfter(known, 'in_list', snapshotDate), video });
      days.videoDaily.push({
        ...key,
        videoId: video.id,
        viewCount: video.view_count,
        likeCount: video.like_count,
        commentCount: video.comment_count,
        shareCount: video.share_count,
        capturedAt,
      });
    }
    // A video that has left the simulated world is not answered by id either.
    if (!outcome.cutShort) {
      const listed = new Set(videos.map(({ id }) => id));
      for (const [id, known] of seen) {
        if (!listed.has(id)) seen.set(id, presenceAfter(known, 'not_answered', snapshotDate));
      }
    }
    const errorCode = outcome.cutShort ? 'INTERNAL_ERROR' : partialReason;
    const logStatus = partialReason === null ? 'SUCCESS' : 'PARTIAL';
    days.syncLogs.push(
      closedLog({ ...log, attempt: 1, status: logStatus, errorCode, startedAt, videos: videos.length }),
    );
  }
  days.videos = describeVideos(store, options, [...seen.values()]);
  return { ...days, connectedAt };
}

/** Days younger than this have no row: nobody expected them. */
function lastDayAgo({ state }: DemoStore): number {
  if (state.status === 'DISCONNECTED') return state.daysAgo;
  return state.status === 'CONNECTED' ? (state.pausedDaysAgo ?? 0) : 0;
}

function outcomeOf({ storeCode, state }: DemoStore, daysAgo: number, seed: number): DayOutcome {
  if (state.status === 'NEED_RECONNECT' && daysAgo <= state.daysAgo) {
    return { kind: 'missed', reason: 'NEED_RECONNECT', failedAttempts: 0 };
  }
  const luck = roll(seed, 'demo day', storeCode, daysAgo);
  if (luck < 0.01) return { kind: 'missed', reason: 'INTERNAL_ERROR', failedAttempts: maxAttempts };
  if (luck < 0.03) return { kind: 'read', partialReason: 'INTERNAL_ERROR', cutShort: true };
  return { kind: 'read', partialReason: scopeReason(missingScopes(state)), cutShort: false };
}

const missingScopes = (state: DemoStore['state']) =>
  state.status === 'CONNECTED' && state.missingScope ? [state.missingScope] : [];

/** The queue gets round to a store within a quarter of an hour. */
function startOf(store: DemoStore, day: string, daysAgo: number, options: HistoryOptions): Date {
  const localTime = daysAgo === catchUpDaysAgo ? '09:30' : options.localTime;
  const waitMs = roll(options.seed, 'demo wait', store.storeCode, daysAgo) * 15 * minuteMs;
  return new Date(dueAt(day, store.timezone, localTime).getTime() + Math.floor(waitMs));
}

function accountNumbers({ account, state }: DemoStore, world: World, at: Date) {
  if (missingScopes(state).includes('user.info.stats')) {
    return { followerCount: null, followingCount: null, likesCount: null, videoCount: null };
  }
  const numbers = world.numbersAt(account, at);
  return {
    followerCount: numbers.follower_count,
    followingCount: numbers.following_count,
    likesCount: numbers.likes_count,
    videoCount: numbers.video_count,
  };
}

/** A run that is cut short has seen its first page, or nothing when that was the one that failed. */
function visibleVideos(store: DemoStore, world: World, at: Date, cutShort: boolean): SimulatedVideo[] {
  if (missingScopes(store.state).includes('video.list')) return [];
  const videos = world.videosAt(store.account, at);
  if (!cutShort) return videos;
  return videos.length > pageSize ? videos.slice(0, pageSize) : [];
}

function closedLog(log: {
  storeCode: string;
  snapshotDate: string;
  jobId: string;
  trigger: 'connect' | 'catch_up' | 'schedule';
  attempt: number;
  status: 'SUCCESS' | 'PARTIAL' | 'FAILED';
  errorCode: string | null;
  startedAt: Date;
  videos?: number;
}): StoreHistory['syncLogs'][number] {
  const videos = log.videos ?? 0;
  const pages = Math.ceil(videos / pageSize);
  return {
    ...log,
    id: randomUUID(),
    jobName: syncJobName,
    delivery: log.attempt - 1,
    httpStatus: log.errorCode === 'INTERNAL_ERROR' ? 500 : null,
    pages,
    videos,
    finishedAt: new Date(log.startedAt.getTime() + 600 + pages * 150),
  };
}

/** Through the reader of every sync, so that the next one finds the videos as it would have written them. */
function describeVideos(
  store: DemoStore,
  { seed, now }: HistoryOptions,
  seen: readonly SeenVideo[],
): StoreHistory['videos'] {
  const { account, storeCode } = store;
  const raw = seen.map(({ video }) => videoFields({ seed, origin: 'http://localhost', now, account, video }));
  const { data } = videoListAnswer.parse({ error: { code: 'ok' }, data: { videos: raw, cursor: 0, has_more: false } });
  const known = new Map(seen.map((one) => [one.video.id, one]));
  return data.videos.map((video) => ({
    storeCode,
    videoId: video.id,
    title: video.title,
    description: video.description,
    postedAt: video.createdAt,
    durationSeconds: video.durationSeconds,
    width: video.width,
    height: video.height,
    shareUrl: video.shareUrl,
    embedLink: video.embedLink,
    firstSeenDate: known.get(video.id)?.firstSeenDate ?? localDay(now, store.timezone),
    presence: known.get(video.id)?.presence ?? 'listed',
    presenceSince: known.get(video.id)?.since ?? null,
  }));
}
