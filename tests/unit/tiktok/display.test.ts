import { describe, expect, it } from 'vitest';
import type { RequestBudget } from '../../../src/tiktok/budget.ts';
import { createTikTokDisplay } from '../../../src/tiktok/display.ts';
import type { TikTokErrorKind } from '../../../src/tiktok/errors.ts';
import { REQUESTED_SCOPES, VIDEO_FIELDS } from '../../../src/tiktok/scopes.ts';
import { display, failureOf, fakeFetch, json } from './fake-tiktok.ts';

function client(answer: () => Response, budget?: RequestBudget) {
  const { fetch, sent } = fakeFetch(answer);
  const tiktok = createTikTokDisplay({
    apiUrl: 'https://open.tiktokapis.com',
    fetch,
    timeoutMs: 1000,
    clock: { now: () => new Date('2026-11-24T03:00:00Z') },
    ...(budget && { budget }),
  });
  const userInfo = (scopes: readonly string[] = REQUESTED_SCOPES) => tiktok.getUserInfo({ accessToken: 'act', scopes });
  const list = (cursor?: number) => tiktok.listVideos({ accessToken: 'act', cursor });
  const query = (videoIds: string[]) => tiktok.queryVideos({ accessToken: 'act', videoIds });
  return { tiktok, sent, userInfo, list, query };
}

const user = {
  open_id: 'open-1',
  union_id: 'union-1',
  display_name: 'Toko',
  username: 'toko',
  avatar_url: 'https://cdn.test/a?x-signature=a%2Bb%3D',
  is_verified: false,
  follower_count: 3_000_000_000,
  following_count: 0,
  likes_count: 9_007_199_254_740_991,
  video_count: 45,
};
const video = {
  id: '7300000000000000001',
  create_time: 1_795_000_000,
  title: 'Judul',
  video_description: 'Isi',
  duration: 15,
  width: 576,
  height: 1024,
  share_url: 'https://www.tiktok.com/@toko/video/1?a=%2F',
  embed_link: 'https://www.tiktok.com/embed/1',
  view_count: 9_007_199_254_740_991,
  like_count: 2,
  comment_count: 0,
  share_count: 4,
};
const page = (videos: unknown, more: object = {}) => ({ videos, cursor: 1_794_000_000_000, has_more: false, ...more });

describe('user/info', () => {
  it('asks with the bearer and the fields the scopes allow', async () => {
    const { userInfo, sent } = client(() => display({ user }));
    await userInfo(['user.info.basic', 'user.info.stats']);
    expect(sent[0]?.method).toBe('GET');
    expect(sent[0]?.url.href).toBe(
      'https://open.tiktokapis.com/v2/user/info/?fields=open_id,union_id,avatar_url,display_name,follower_count,following_count,likes_count,video_count',
    );
    expect(sent[0]?.headers.get('authorization')).toBe('Bearer act');
  });

  it('gives every field back, a real zero as 0 and a signed URL unchanged', async () => {
    expect(await client(() => display({ user: { ...user, bio_description: 'x' } })).userInfo()).toEqual({
      openId: 'open-1',
      unionId: 'union-1',
      displayName: 'Toko',
      username: 'toko',
      avatarUrl: 'https://cdn.test/a?x-signature=a%2Bb%3D',
      isVerified: false,
      followerCount: 3_000_000_000,
      followingCount: 0,
      likesCount: 9_007_199_254_740_991,
      videoCount: 45,
      missingCounters: 0,
    });
  });

  it('gives null, never 0, for all that was left out', async () => {
    expect(await client(() => display({ user: { open_id: 'open-1', display_name: null } })).userInfo()).toEqual({
      openId: 'open-1',
      unionId: null,
      displayName: null,
      username: null,
      avatarUrl: null,
      isVerified: null,
      followerCount: null,
      followingCount: null,
      likesCount: null,
      videoCount: null,
      missingCounters: 4,
    });
  });

  it('does not count counters as missing that were never asked for', async () => {
    const info = await client(() => display({ user: { open_id: 'open-1' } })).userInfo(['user.info.basic']);
    expect(info).toMatchObject({ followerCount: null, missingCounters: 0 });
  });

  it.each(['-1', '1.5', '9007199254740992', '9007199254740993', '"12"', 'null', 'true', '1e400'])(
    'takes the counter %s for missing',
    async (literal) => {
      const body = `{"data":{"user":{"open_id":"o","follower_count":${literal},"following_count":1,"likes_count":1,"video_count":1}},"error":{"code":"ok"}}`;
      const info = await client(() => json(body)).userInfo();
      expect(info).toMatchObject({ followerCount: null, followingCount: 1, missingCounters: 1 });
    },
  );

  it.each([undefined, null, '', 5])('refuses an answer whose open_id is %j', async (openId) => {
    const error = await failureOf(client(() => display({ user: { ...user, open_id: openId } })).userInfo());
    expect(error).toMatchObject({ kind: 'transient', code: 'UNEXPECTED_ANSWER', logId: '202611240101AB' });
  });

  it('does not ask at all without user.info.basic', async () => {
    const { userInfo, sent } = client(() => display({ user }));
    const error = await failureOf(userInfo(['user.info.stats']));
    expect(error).toMatchObject({ kind: 'scope_not_authorized', httpStatus: null });
    expect(sent).toHaveLength(0);
  });

  it('keeps out what PostgreSQL text or a link must not hold', async () => {
    const odd = { ...user, display_name: 'a\u0000b\ud800', avatar_url: 'javascript:alert(1)' };
    expect(await client(() => display({ user: odd })).userInfo()).toMatchObject({
      displayName: 'ab\ufffd',
      avatarUrl: null,
    });
  });
});

describe('video/list', () => {
  it('posts cursor and count as JSON with the fields in the query', async () => {
    const { list, sent } = client(() => display(page([])));
    await list();
    await list(1_794_000_000_000);
    expect(sent[0]?.method).toBe('POST');
    expect(sent[0]?.url.href).toBe(`https://open.tiktokapis.com/v2/video/list/?fields=${VIDEO_FIELDS.join(',')}`);
    expect(sent[0]?.headers.get('content-type')).toBe('application/json');
    expect(sent.map((request) => JSON.parse(request.body))).toEqual([
      { max_count: 20 },
      { cursor: 1_794_000_000_000, max_count: 20 },
    ]);
  });

  it('reads a video, its create_time in seconds', async () => {
    const answer = await client(() => display(page([video], { has_more: true }))).list();
    expect(answer).toEqual({
      videos: [
        {
          id: '7300000000000000001',
          createdAt: new Date(1_795_000_000_000),
          title: 'Judul',
          description: 'Isi',
          durationSeconds: 15,
          width: 576,
          height: 1024,
          shareUrl: 'https://www.tiktok.com/@toko/video/1?a=%2F',
          embedLink: 'https://www.tiktok.com/embed/1',
          viewCount: 9_007_199_254_740_991,
          likeCount: 2,
          commentCount: 0,
          shareCount: 4,
        },
      ],
      cursor: 1_794_000_000_000,
      hasMore: true,
      missingCounters: 0,
    });
  });

  it('gives null for every field but the id, and counts the missing counters over all videos', async () => {
    const { videos, missingCounters } = await client(() =>
      display(page([{ id: '1' }, { ...video, id: '2', view_count: -1, create_time: -1, duration: 2 ** 31 }])),
    ).list();
    const { id, ...rest } = videos[0] ?? {};
    expect(id).toBe('1');
    expect(Object.keys(rest)).toHaveLength(12);
    expect(new Set(Object.values(rest))).toEqual(new Set([null]));
    expect(videos[1]).toMatchObject({ viewCount: null, likeCount: 2, createdAt: null, durationSeconds: null });
    expect(missingCounters).toBe(5);
  });

  it.each([undefined, null])('reads %j as no videos', async (videos) => {
    expect(await client(() => display(page(videos))).list()).toMatchObject({ videos: [], hasMore: false });
  });

  it.each<[string, unknown]>([
    ['a number as id', page([{ ...video, id: 7300000000000001 }])],
    ['no id', page([{ ...video, id: undefined }])],
    ['no has_more', page([video], { has_more: undefined })],
    ['has_more as text', page([video], { has_more: 'false' })],
    ['videos that are no list', page({})],
    ['no data', undefined],
    ['null data', null],
  ])('refuses %s', async (_name, data) => {
    const error = await failureOf(client(() => display(data)).list());
    expect(error).toMatchObject({ kind: 'transient', code: 'UNEXPECTED_ANSWER' });
  });
});

describe('video/query', () => {
  it('asks for the ids and gives back what is there today', async () => {
    const { query, sent } = client(() => display({ videos: [{ ...video, share_count: null }] }));
    expect(await query([video.id, '2'])).toMatchObject({ videos: [{ id: video.id }], missingCounters: 1 });
    expect(sent[0]?.url.pathname).toBe('/v2/video/query/');
    expect(JSON.parse(sent[0]?.body ?? '')).toEqual({ filters: { video_ids: [video.id, '2'] } });
  });

  it.each([0, 21])('refuses %i ids without asking', async (count) => {
    const { query, sent } = client(() => display({ videos: [] }));
    await expect(query(Array.from({ length: count }, (_, index) => `${index}`))).rejects.toThrow(RangeError);
    expect(sent).toHaveLength(0);
  });
});

describe('Display API errors', () => {
  // Every row of tiktok-api-v2-error-handling, with its own status and with the 200 that others saw.
  const table: [string, number, TikTokErrorKind][] = [
    ['access_token_invalid', 401, 'token_invalid'],
    ['scope_not_authorized', 401, 'scope_not_authorized'],
    ['scope_permission_missed', 400, 'bad_request'],
    ['invalid_params', 400, 'bad_request'],
    ['invalid_file_upload', 400, 'bad_request'],
    ['rate_limit_exceeded', 429, 'rate_limited'],
    ['internal_error', 500, 'transient'],
    ['brand_new_code', 400, 'unknown'],
  ];
  const rows = table.flatMap(([code, status, kind]) => [[code, status, kind] as const, [code, 200, kind] as const]);

  it.each(rows)('reads %s with HTTP %i as %s', async (code, status, kind) => {
    // The data is whole, so only status and code can give the error away.
    const asks = [
      client(() => display({ user }, code, status)).userInfo(),
      client(() => display(page([video]), code, status)).list(),
      client(() => display({ videos: [video] }, code, status)).query(['1']),
    ];
    for (const error of await Promise.all(asks.map(failureOf))) {
      expect(error).toMatchObject({ kind, code, httpStatus: status, logId: '202611240101AB', outcomeUnknown: false });
    }
  });

  it.each([
    [500, 'access_token_invalid', 'transient'],
    [503, 'scope_not_authorized', 'transient'],
    [503, 'rate_limit_exceeded', 'rate_limited'],
    [429, 'brand_new_code', 'rate_limited'],
    [429, 'access_token_invalid', 'rate_limited'],
    [401, 'ok', 'unknown'],
    [500, 'ok', 'transient'],
  ])('lets status and code decide together: %i with %s is %s', async (status, code, kind) => {
    expect((await failureOf(client(() => display({ user }, code, status)).userInfo())).kind).toBe(kind);
  });

  it('takes whole data without error.code "ok" for no success', async () => {
    const error = await failureOf(client(() => json({ data: { user } })).userInfo());
    expect(error).toMatchObject({ kind: 'transient', code: 'UNEXPECTED_ANSWER' });
  });

  it.each([
    ['7', 7000],
    ['Tue, 24 Nov 2026 03:02:00 GMT', 120_000],
    ['nonsense', null],
    [undefined, null],
  ])('passes Retry-After %j on as %j', async (header, retryAfterMs) => {
    const headers: Record<string, string> = header === undefined ? {} : { 'retry-after': header };
    const error = await failureOf(client(() => display({}, 'rate_limit_exceeded', 429, headers)).userInfo());
    expect(error).toMatchObject({ kind: 'rate_limited', retryAfterMs });
  });

  it.each(['Weird-Code', 'x'.repeat(65), 'act.secret', 'a b'])('does not pass the code %j on', async (code) => {
    expect((await failureOf(client(() => display({}, code, 400)).userInfo())).code).toBe('UNRECOGNIZED_CODE');
  });

  it.each(['act.secret', 'x'.repeat(65), '', 7, null])('does not pass the log id %j on', async (logId) => {
    const body = { error: { code: 'invalid_params', log_id: logId } };
    expect((await failureOf(client(() => json(body, 400)).userInfo())).logId).toBeNull();
  });
});

describe('the request budget', () => {
  it('is asked before each call, by endpoint', async () => {
    const asked: string[] = [];
    const send: RequestBudget['send'] = (endpoint, _caller, request) => {
      asked.push(endpoint);
      return request();
    };
    await client(() => display({ user }), { send }).userInfo();
    await client(() => display(page([])), { send }).list();
    await client(() => display({ videos: [] }), { send }).query(['1']);
    expect(asked).toEqual(['user/info', 'video/list', 'video/query']);
  });

  it('stops the call when it refuses', async () => {
    const refusal = new Error('no budget');
    const { userInfo, sent } = client(() => display({ user }), { send: () => Promise.reject(refusal) });
    await expect(userInfo()).rejects.toBe(refusal);
    expect(sent).toHaveLength(0);
  });
});
