import { describe, expect, it } from 'vitest';
import type { Scope } from '../../../src/simulator/scopes.ts';
import { createWorld } from '../../../src/simulator/world.ts';
import { errorCode, makeSimulator, readPage, userFields, videoFields, walk } from './support.ts';

describe('GET /v2/user/info/', () => {
  it('answers exactly the requested fields, with error code ok', async () => {
    const { api, control, clock } = makeSimulator();
    const { accessToken } = control.grant('shop-a');
    const body = await (await api.userInfo(accessToken, 'open_id,follower_count')).json();
    const account = control.accounts[0];
    if (!account) throw new Error('no account');
    const { follower_count } = createWorld(7).numbersAt(account, clock.now());
    expect(body).toEqual({
      data: { user: { open_id: 'shop-a', follower_count } },
      error: { code: 'ok', message: '', log_id: expect.any(String) },
    });
  });

  it('answers a follower count above 2^31 exactly', async () => {
    const followers = 2 ** 40 + 1;
    const { api, control } = makeSimulator({ accounts: [{ openId: 'a', username: 'a', displayName: 'A', followers }] });
    const text = await (await api.userInfo(control.grant('a').accessToken)).text();
    expect(text).toContain(`"follower_count":${followers},`);
  });

  it.each([
    ['avatar_url', ['user.info.stats']],
    ['username', ['user.info.basic', 'user.info.stats']],
    ['is_verified', ['user.info.basic']],
    ['follower_count', ['user.info.basic', 'user.info.profile', 'video.list']],
  ] as [string, Scope[]][])('fails the whole call for %s without its scope', async (field, scopes) => {
    const { api, control } = makeSimulator();
    const { accessToken } = control.grant('shop-a', scopes);
    const response = await api.userInfo(accessToken, `${field},${field}`);
    expect(response.status).toBe(401);
    expect(await errorCode(response)).toBe('scope_not_authorized');
  });

  it.each(['', 'nickname', 'open_id,', 'open_id, display_name'])('refuses the fields "%s"', async (fields) => {
    const { api, control } = makeSimulator();
    const response = await api.userInfo(control.grant('shop-a').accessToken, fields);
    expect([response.status, await errorCode(response)]).toEqual([400, 'invalid_params']);
  });

  it.each(['Basic x', 'bearer x', 'Bearer ', 'Bearer unknown'])(
    'refuses the authorization "%s"',
    async (authorization) => {
      const { api } = makeSimulator();
      const response = await api.userInfo('', userFields, { headers: { authorization } });
      expect([response.status, await errorCode(response)]).toEqual([401, 'access_token_invalid']);
    },
  );

  it('answers a signed avatar address that works untouched until it expires', async () => {
    const { api, control, fetch, clock } = makeSimulator();
    const body = (await (await api.userInfo(control.grant('shop-a').accessToken, 'avatar_url')).json()) as {
      data: { user: { avatar_url: string } };
    };
    const address = body.data.user.avatar_url;
    expect(address.length).toBeGreaterThan(300);
    expect((await fetch(address)).headers.get('content-type')).toBe('image/svg+xml');
    expect((await fetch(decodeURIComponent(address))).status).toBe(403);
    clock.advanceSeconds(6 * 3600);
    expect((await fetch(address)).status).toBe(403);
  });
});

describe('POST /v2/video/list/', () => {
  it('pages 45 videos as 20, 20 and 5, newest first, with a cursor in ms', async () => {
    const { api, control } = makeSimulator();
    const pages = await walk(api, control.grant('shop-a'));
    expect(pages.map((page) => page.videos.length)).toEqual([20, 20, 5]);
    expect(pages.map((page) => page.has_more)).toEqual([true, true, false]);
    const videos = pages.flatMap((page) => page.videos);
    expect(new Set(videos.map((video) => video.id)).size).toBe(45);
    const times = videos.map((video) => video.create_time);
    expect(times).toEqual([...times].sort((a, b) => b - a));
    expect(pages[0]?.cursor).toBe((pages[0]?.videos.at(-1)?.create_time ?? 0) * 1000);
  });

  it('answers 10 videos by default, and an empty page for an account without videos', async () => {
    const { api, control } = makeSimulator({
      accounts: [
        { openId: 'full', username: 'f', displayName: 'F', videoCount: 11 },
        { openId: 'empty', username: 'e', displayName: 'E', videoCount: 0 },
      ],
    });
    expect((await readPage(await api.videoList(control.grant('full').accessToken))).videos).toHaveLength(10);
    const page = await readPage(await api.videoList(control.grant('empty').accessToken));
    expect(page).toEqual({ videos: [], cursor: 0, has_more: false });
  });

  it('answers a view count near 2^53 exactly', async () => {
    const topVideoViews = Number.MAX_SAFE_INTEGER;
    const { api, control } = makeSimulator({
      accounts: [{ openId: 'a', username: 'a', displayName: 'A', videoCount: 1, topVideoViews }],
    });
    const text = await (await api.videoList(control.grant('a').accessToken)).text();
    expect(text).toContain(`"view_count":9007199254740991,`);
  });

  it.each([
    { max_count: 0 },
    { max_count: 21 },
    { max_count: '20' },
    { cursor: -1 },
    { cursor: 1.5 },
    { limit: 5 },
    [],
    null,
  ])('refuses the body %j', async (body) => {
    const { api, control } = makeSimulator();
    const response = await api.videoList(control.grant('shop-a').accessToken, body);
    expect([response.status, await errorCode(response)]).toEqual([400, 'invalid_params']);
  });

  it('refuses a body that is not JSON by its content type', async () => {
    const { api, control } = makeSimulator();
    const { accessToken } = control.grant('shop-a');
    const headers = { authorization: `Bearer ${accessToken}`, 'content-type': 'text/plain' };
    expect((await api.videoList(accessToken, {}, videoFields, { headers })).status).toBe(400);
  });

  it('wants the scope video.list, and knows no is_aigc', async () => {
    const { api, control } = makeSimulator();
    const without = control.grant('shop-a', ['user.info.basic', 'user.info.stats']);
    expect(await errorCode(await api.videoList(without.accessToken))).toBe('scope_not_authorized');
    const response = await api.videoList(control.grant('shop-a').accessToken, {}, 'id,is_aigc');
    expect(await errorCode(response)).toBe('invalid_params');
  });

  it('shows set numbers, and a deleted video neither in the list nor in the count', async () => {
    const { api, control } = makeSimulator();
    const pair = control.grant('shop-b');
    const [first, second] = (await readPage(await api.videoList(pair.accessToken))).videos;
    control.setNumbers('shop-b', { follower_count: 5, videos: { [second?.id ?? '']: { view_count: 6 } } });
    control.setVisibility('shop-b', [first?.id ?? ''], 'deleted');
    const page = await readPage(await api.videoList(pair.accessToken));
    expect(page.videos.map((video) => video.id)).not.toContain(first?.id);
    expect(page.videos[0]).toMatchObject({ id: second?.id, view_count: 6, like_count: second?.like_count });
    const user = await (await api.userInfo(pair.accessToken, 'follower_count,video_count')).json();
    expect(user).toMatchObject({ data: { user: { follower_count: 5, video_count: 2 } } });
  });
});

describe('POST /v2/video/query/', () => {
  it("answers the person's own videos and leaves out the others", async () => {
    const { api, control } = makeSimulator();
    const own = (await readPage(await api.videoList(control.grant('shop-b').accessToken))).videos.map(({ id }) => id);
    const foreign = (await readPage(await api.videoList(control.grant('shop-a').accessToken))).videos.map(
      ({ id }) => id,
    );
    const response = await api.videoQuery(control.grant('shop-b').accessToken, [...own, foreign[0]]);
    expect((await readPage(response)).videos.map(({ id }) => id)).toEqual(own);
  });

  it('can be set to fail for an id that is not there', async () => {
    const { api, control } = makeSimulator({ missingVideos: 'fail' });
    expect((await api.videoQuery(control.grant('shop-b').accessToken, ['1'])).status).toBe(400);
  });

  it('answers a private video as long as it is set to, and the list has it again once it is public', async () => {
    const { api, control } = makeSimulator();
    const { accessToken } = control.grant('shop-b');
    const listed = async () => (await readPage(await api.videoList(accessToken))).videos.map(({ id }) => id);
    const [own = ''] = await listed();
    control.setVisibility('shop-b', [own], 'private');
    expect(await listed()).not.toContain(own);
    expect((await readPage(await api.videoQuery(accessToken, [own]))).videos).toHaveLength(1);
    control.configure({ privateVideos: 'omit' });
    expect((await readPage(await api.videoQuery(accessToken, [own]))).videos).toEqual([]);
    control.configure({ missingVideos: 'fail' });
    expect((await api.videoQuery(accessToken, [own])).status).toBe(400);
    control.setVisibility('shop-b', [own], 'public');
    expect(await listed()).toContain(own);
  });

  it.each([[[]], [Array.from({ length: 21 }, (_, index) => String(index))], [[7]], ['7']])(
    'refuses the ids %j',
    async (ids) => {
      const { api, control } = makeSimulator();
      const response = await api.videoQuery(control.grant('shop-a').accessToken, ids);
      expect([response.status, await errorCode(response)]).toEqual([400, 'invalid_params']);
    },
  );
});

describe('anything else', () => {
  it.each([
    ['GET', '/'],
    ['GET', '/v2/oauth/token/'],
    ['POST', '/v2/user/info/'],
    ['GET', '/v2/user/info'],
    ['POST', '/v1/video/list/'],
  ])('%s %s is 404 with a log_id', async (method, path) => {
    const { fetch } = makeSimulator();
    const response = await fetch(`https://open.tiktokapis.example${path}`, { method });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: 'not_found', log_id: expect.any(String) } });
  });
});
