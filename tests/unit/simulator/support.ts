import { createSimulator, type SimulatorOptions } from '../../../src/simulator/app.ts';
import type { Granted } from '../../../src/simulator/control.ts';

export const clientKey = 'test-client-key';
export const clientSecret = 'test-client-secret';
export const redirectUri = 'https://harian.example/oauth/tiktok/callback';
export const userFields = 'open_id,display_name,follower_count,following_count,likes_count,video_count';
export const videoFields = 'id,create_time,view_count,like_count,comment_count,share_count';

const apiUrl = 'https://open.tiktokapis.example';

function movableClock(start = '2026-11-20T03:00:00.000Z') {
  let nowMs = Date.parse(start);
  return {
    now: () => new Date(nowMs),
    advanceSeconds(seconds: number) {
      nowMs += seconds * 1000;
    },
  };
}

export function makeSimulator(options: Partial<SimulatorOptions> = {}) {
  const clock = movableClock();
  const simulator = createSimulator({
    clientKey,
    clientSecret,
    redirectUris: [redirectUri],
    seed: 7,
    clock,
    accounts: [
      { openId: 'shop-a', username: 'shop.a', displayName: 'Shop <A>', videoCount: 45 },
      { openId: 'shop-b', username: 'shop.b', displayName: 'Shop B', videoCount: 3 },
    ],
    ...options,
  });
  return { ...simulator, clock, api: apiOf(simulator.fetch) };
}

type Fetch = (input: string | URL, init?: RequestInit) => Promise<Response>;

/** The requests a client makes, so that each test reads as what it asks. */
export function apiOf(fetch: Fetch, origin = apiUrl) {
  const form = (path: string, parameters: Record<string, string>) =>
    fetch(`${origin}${path}`, {
      method: 'POST',
      body: new URLSearchParams({ client_key: clientKey, client_secret: clientSecret, ...parameters }),
    });
  const authorization = (token: string) => ({ authorization: `Bearer ${token}` });
  const post = (path: string, token: string, fields: string, body: unknown, init: RequestInit = {}) =>
    fetch(`${origin}${path}?fields=${fields}`, {
      method: 'POST',
      headers: { ...authorization(token), 'content-type': 'application/json' },
      body: JSON.stringify(body),
      ...init,
    });
  return {
    token: (parameters: Record<string, string>) => form('/v2/oauth/token/', parameters),
    exchange: (code: string, uri = redirectUri) =>
      form('/v2/oauth/token/', { grant_type: 'authorization_code', code, redirect_uri: uri }),
    refresh: (token: string) => form('/v2/oauth/token/', { grant_type: 'refresh_token', refresh_token: token }),
    revoke: (token: string) => form('/v2/oauth/revoke/', { token }),
    userInfo: (token: string, fields = userFields, init: RequestInit = {}) =>
      fetch(`${origin}/v2/user/info/?fields=${fields}`, { headers: authorization(token), ...init }),
    videoList: (token: string, body: unknown = {}, fields = videoFields, init: RequestInit = {}) =>
      post('/v2/video/list/', token, fields, body, init),
    videoQuery: (token: string, ids: unknown, fields = videoFields) =>
      post('/v2/video/query/', token, fields, { filters: { video_ids: ids } }),
  };
}

export type Api = ReturnType<typeof apiOf>;

export interface VideoPage {
  videos: { id: string; create_time: number; view_count?: number; like_count?: number }[];
  cursor: number;
  has_more: boolean;
}

export async function readPage(response: Response): Promise<VideoPage> {
  const { data } = (await response.json()) as { data: VideoPage };
  return data;
}

/** Walks all pages of 20, at most `cap` of them. */
export async function walk(api: Api, pair: Granted, cap = 200): Promise<VideoPage[]> {
  const pages: VideoPage[] = [];
  for (let cursor: number | undefined; pages.length < cap; ) {
    const page = await readPage(await api.videoList(pair.accessToken, { max_count: 20, ...(cursor && { cursor }) }));
    pages.push(page);
    if (!page.has_more) break;
    cursor = page.cursor;
  }
  return pages;
}

/** `error.code` of the Display API, or the flat OAuth `error`. */
export async function errorCode(response: Response): Promise<string> {
  const { error } = (await response.json()) as { error: string | { code: string } };
  return typeof error === 'string' ? error : error.code;
}

export function authorizeUrl(change: Record<string, string | undefined> = {}): string {
  const url = new URL('https://www.tiktok.example/v2/auth/authorize/');
  const parameters = {
    client_key: clientKey,
    response_type: 'code',
    scope: 'user.info.basic,user.info.profile,user.info.stats,video.list',
    redirect_uri: redirectUri,
    state: 'state with & and ü',
    disable_auto_auth: '1',
    ...change,
  };
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.set(name, value);
  return url.href;
}
