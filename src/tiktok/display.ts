import type { z } from 'zod';
import { type Clock, systemClock } from '../clock.ts';
import { type Observer, unobserved } from '../observe.ts';
import { displayAnswerError, isSuccessStatus } from './answer-error.ts';
import type { DisplayEndpoint, RequestBudget, RequestCaller } from './budget.ts';
import { TikTokError } from './errors.ts';
import { callJson, type Fetch } from './http-call.ts';
import { observed } from './observed.ts';
import {
  countMissing,
  countMissingVideoCounters,
  type TikTokVideo,
  userInfoAnswer,
  videoListAnswer,
  videoQueryAnswer,
} from './schemas.ts';
import { canReadStats, fieldsForScopes, VIDEO_FIELDS } from './scopes.ts';

const nobody: RequestCaller = { lane: 'routine', storeCode: '' };

/** Most that video/list and video/query take at once. */
export const mostVideosPerCall = 20;

export interface TikTokDisplayOptions {
  apiUrl: string;
  fetch: Fetch;
  timeoutMs: number;
  /** Sends each request; waiting for it is outside the request's timeout. */
  budget?: RequestBudget;
  clock?: Clock;
  observe?: Observer;
}

/** Null means not granted, left out by TikTok, or malformed; never 0. */
export interface TikTokUserInfo {
  openId: string;
  unionId: string | null;
  displayName: string | null;
  username: string | null;
  avatarUrl: string | null;
  isVerified: boolean | null;
  followerCount: number | null;
  followingCount: number | null;
  likesCount: number | null;
  videoCount: number | null;
  /** How many of the counters that were asked for are null. */
  missingCounters: number;
}

export interface TikTokVideos {
  videos: TikTokVideo[];
  missingCounters: number;
}

export interface TikTokVideoPage extends TikTokVideos {
  /** Milliseconds; where the next page begins. */
  cursor: number | null;
  hasMore: boolean;
}

interface Authorized {
  accessToken: string;
  /** For whom; without it the request waits its turn as any other. */
  caller?: RequestCaller | undefined;
  signal?: AbortSignal | undefined;
}

/** Display API v2. Every call is one request without retry; throws TikTokError, or the reason of an aborted `signal`. */
export interface TikTokDisplay {
  /** Refuses with `scope_not_authorized`, unasked, when `user.info.basic` is missing: the answer would name no account. */
  getUserInfo(request: Authorized & { scopes: readonly string[] }): Promise<TikTokUserInfo>;
  listVideos(request: Authorized & { cursor?: number | undefined; maxCount?: number }): Promise<TikTokVideoPage>;
  /** 1-20 ids, else RangeError. A video that is not in the answer was "not returned today", no more. */
  queryVideos(request: Authorized & { videoIds: readonly string[] }): Promise<TikTokVideos>;
}

interface Ask<Schema extends z.ZodType> extends Authorized {
  endpoint: DisplayEndpoint;
  fields: readonly string[];
  body?: object;
  schema: Schema;
}

export function createTikTokDisplay(options: TikTokDisplayOptions): TikTokDisplay {
  const { fetch, timeoutMs, budget, clock = systemClock, observe = unobserved } = options;
  const apiUrl = `${new URL(options.apiUrl).href.replace(/\/+$/, '')}/v2`;

  const ask = async <Schema extends z.ZodType>(question: Ask<Schema>): Promise<z.output<Schema>> => {
    const { endpoint, caller = nobody, signal } = question;
    const sendObserved = () => observed(observe, endpoint, () => send(question));
    return budget ? budget.send(endpoint, { ...caller, signal }, sendObserved) : sendObserved();
  };

  const send = async <Schema extends z.ZodType>(question: Ask<Schema>): Promise<z.output<Schema>> => {
    const { endpoint, fields, body, schema, accessToken, signal } = question;
    const answer = await callJson({
      fetch,
      clock,
      method: body === undefined ? 'GET' : 'POST',
      url: `${apiUrl}/${endpoint}/?fields=${fields.join(',')}`,
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${accessToken}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      timeoutMs,
      signal,
      changesState: false,
    });
    const parsed = schema.safeParse(answer.body);
    if (!isSuccessStatus(answer.status) || !parsed.success) throw displayAnswerError(answer);
    return parsed.data;
  };

  return {
    async getUserInfo({ accessToken, scopes, caller, signal }) {
      const fields = fieldsForScopes(scopes);
      if (!fields.includes('open_id')) {
        throw new TikTokError({ kind: 'scope_not_authorized', code: 'BASIC_SCOPE_MISSING' });
      }
      const { data } = await ask({
        endpoint: 'user/info',
        fields,
        schema: userInfoAnswer,
        accessToken,
        caller,
        signal,
      });
      const { user } = data;
      const counters = [user.follower_count, user.following_count, user.likes_count, user.video_count];
      return {
        openId: user.open_id,
        unionId: user.union_id,
        displayName: user.display_name,
        username: user.username,
        avatarUrl: user.avatar_url,
        isVerified: user.is_verified,
        followerCount: user.follower_count,
        followingCount: user.following_count,
        likesCount: user.likes_count,
        videoCount: user.video_count,
        missingCounters: canReadStats(scopes) ? countMissing(counters) : 0,
      };
    },

    async listVideos({ accessToken, cursor, maxCount = mostVideosPerCall, caller, signal }) {
      const { data } = await ask({
        endpoint: 'video/list',
        fields: VIDEO_FIELDS,
        body: { ...(cursor === undefined ? {} : { cursor }), max_count: maxCount },
        schema: videoListAnswer,
        accessToken,
        caller,
        signal,
      });
      const { videos, has_more: hasMore } = data;
      return { videos, cursor: data.cursor, hasMore, missingCounters: countMissingVideoCounters(videos) };
    },

    async queryVideos({ accessToken, videoIds, caller, signal }) {
      if (videoIds.length === 0 || videoIds.length > mostVideosPerCall) {
        throw new RangeError(`video/query takes 1-${mostVideosPerCall} ids.`);
      }
      const { data } = await ask({
        endpoint: 'video/query',
        fields: VIDEO_FIELDS,
        body: { filters: { video_ids: videoIds } },
        schema: videoQueryAnswer,
        accessToken,
        caller,
        signal,
      });
      return { videos: data.videos, missingCounters: countMissingVideoCounters(data.videos) };
    },
  };
}
