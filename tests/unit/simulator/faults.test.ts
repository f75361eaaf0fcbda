import { afterEach, describe, expect, it } from 'vitest';
import type { Simulator } from '../../../src/simulator/app.ts';
import type { Granted } from '../../../src/simulator/control.ts';
import type { Fault } from '../../../src/simulator/fault-plan.ts';
import { type FaultKind, faultKinds } from '../../../src/simulator/faults.ts';
import { type Api, errorCode, makeSimulator, readPage, videoFields, walk } from './support.ts';

interface Ground {
  api: Api;
  pair: Granted;
  control: Simulator['control'];
}

type Case = [FaultKind, Omit<Fault, 'kind'>, string, (ground: Ground) => Promise<void>];

const userInfo = { endpoint: 'user/info' } as const;
const videoList = { endpoint: 'video/list' } as const;
const token = { endpoint: 'token' } as const;

async function expectStillGood({ api, pair }: Ground): Promise<void> {
  expect((await api.userInfo(pair.accessToken)).status).toBe(200);
}

async function expectReset(answer: Promise<Response>): Promise<void> {
  const error = await answer.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(TypeError);
  expect(error).toMatchObject({ cause: { code: 'ECONNRESET' } });
}

const cases: Case[] = [
  [
    'rate_limited',
    { ...userInfo, retryAfterSeconds: 7 },
    'is 429 with the Retry-After that was planned',
    async ({ api, pair }) => {
      const response = await api.userInfo(pair.accessToken);
      expect([response.status, response.headers.get('retry-after')]).toEqual([429, '7']);
      expect(await errorCode(response)).toBe('rate_limit_exceeded');
    },
  ],
  [
    'rate_limited',
    token,
    'is a flat error without Retry-After at the token endpoint',
    async ({ api, pair }) => {
      const response = await api.refresh(pair.refreshToken);
      expect([response.status, response.headers.get('retry-after')]).toEqual([429, null]);
      expect(await errorCode(response)).toBe('temporarily_unavailable');
    },
  ],
  [
    'internal_error',
    { endpoint: 'any' },
    'is 500 in the shape of the endpoint',
    async ({ api, pair }) => {
      const response = await api.refresh(pair.refreshToken);
      expect([response.status, await errorCode(response)]).toEqual([500, 'server_error']);
    },
  ],
  [
    'http_502_html',
    { ...videoList, status: 503 },
    'is a page of a proxy',
    async ({ api, pair }) => {
      const response = await api.videoList(pair.accessToken);
      expect([response.status, response.headers.get('content-type')]).toEqual([503, 'text/html; charset=utf-8']);
      expect(await response.text()).toContain('<h1>');
    },
  ],
  [
    'timeout',
    token,
    'answers nothing, and rotates nothing',
    async (ground) => {
      const { api, pair } = ground;
      const silent = api.refresh(pair.refreshToken).catch(() => 'closed');
      const first = await Promise.race([silent, api.userInfo(pair.accessToken)]);
      expect(first).toBeInstanceOf(Response);
      await expectStillGood(ground);
    },
  ],
  [
    'timeout',
    videoList,
    "rejects with the signal's own reason",
    async ({ api, pair }) => {
      const caller = new AbortController();
      const answer = api.videoList(pair.accessToken, {}, videoFields, { signal: caller.signal });
      caller.abort(new Error('deadline'));
      await expect(answer).rejects.toThrow('deadline');
    },
  ],
  [
    'timeout',
    { ...userInfo, delayMs: 1 },
    'becomes a reset after the planned delay',
    ({ api, pair }) => expectReset(api.userInfo(pair.accessToken)),
  ],
  [
    'reset',
    token,
    'rejects as a destroyed connection and rotates nothing',
    async (ground) => {
      await expectReset(ground.api.refresh(ground.pair.refreshToken));
      await expectStillGood(ground);
    },
  ],
  [
    'reply_lost',
    token,
    'rotates the token although no answer comes',
    async ({ api, pair, control }) => {
      await expectReset(api.refresh(pair.refreshToken));
      expect(await errorCode(await api.refresh(pair.refreshToken))).toBe('invalid_grant');
      expect((await api.userInfo(pair.accessToken)).status).toBe(401);
      const entry = control.journal.entries().find(({ fault }) => fault === 'reply_lost');
      expect(entry).toMatchObject({ delivered: false, status: null, openId: 'shop-a' });
      expect(entry?.issuedHashes).not.toBeNull();
    },
  ],
  [
    'truncated_body',
    videoList,
    'breaks off in the middle of the body',
    async ({ api, pair }) => {
      const response = await api.videoList(pair.accessToken);
      expect(response.status).toBe(200);
      await expect(response.text()).rejects.toThrow(TypeError);
    },
  ],
  [
    'html_200',
    token,
    'is a page with status 200',
    async ({ api, pair }) => {
      const response = await api.refresh(pair.refreshToken);
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    },
  ],
  [
    'error_body_200',
    userInfo,
    'is an error with status 200, internal_error unless chosen',
    async ({ api, pair }) => {
      const response = await api.userInfo(pair.accessToken);
      expect([response.status, await errorCode(response)]).toEqual([200, 'internal_error']);
    },
  ],
  [
    'error_body_200',
    { ...token, code: 'invalid_grant' },
    'is flat at the token endpoint',
    async (ground) => {
      const response = await ground.api.refresh(ground.pair.refreshToken);
      expect([response.status, await errorCode(response)]).toEqual([200, 'invalid_grant']);
      await expectStillGood(ground);
    },
  ],
  [
    'display_error',
    { ...userInfo, code: 'scope_permission_missed', status: 400 },
    'is any row of the error table',
    async ({ api, pair }) => {
      const response = await api.userInfo(pair.accessToken);
      expect([response.status, await errorCode(response)]).toEqual([400, 'scope_permission_missed']);
    },
  ],
  [
    'oauth_error',
    { ...token, code: 'invalid_client', status: 401 },
    'is any OAuth error with any status, and rotates nothing',
    async (ground) => {
      const response = await ground.api.refresh(ground.pair.refreshToken);
      expect([response.status, await errorCode(response)]).toEqual([401, 'invalid_client']);
      await expectStillGood(ground);
    },
  ],
  [
    'token_invalid',
    userInfo,
    'is 401 for a good token',
    async (ground) => {
      const response = await ground.api.userInfo(ground.pair.accessToken);
      expect([response.status, await errorCode(response)]).toEqual([401, 'access_token_invalid']);
      await expectStillGood(ground);
    },
  ],
  [
    'cursor_loop',
    videoList,
    'answers the same cursor and has_more for ever',
    async ({ api, pair }) => {
      const pages = await walk(api, pair, 8);
      expect(pages).toHaveLength(8);
      expect(new Set(pages.map((page) => page.cursor)).size).toBe(1);
    },
  ],
  [
    'duplicate_videos',
    { ...videoList, times: null },
    'begins a further page with the last ids of the former, and loses none',
    async ({ api, pair }) => {
      const pages = await walk(api, pair);
      const ids = pages.map((page) => page.videos.map((video) => video.id));
      expect(ids[1]?.slice(0, 3)).toEqual(ids[0]?.slice(-3));
      expect(new Set(ids.flat()).size).toBe(45);
      expect(ids.flat().length).toBeGreaterThan(45);
    },
  ],
  [
    'skipped_videos',
    { ...videoList, times: null },
    'begins a further page too late, and the answers do not say so',
    async ({ api, pair }) => {
      const pages = await walk(api, pair);
      expect(pages.map((page) => page.videos.length)).toEqual([20, 17, 2]);
      expect(pages.map((page) => page.has_more)).toEqual([true, true, false]);
    },
  ],
  [
    'empty_page_has_more',
    { ...videoList, afterRequests: 1 },
    'is an empty page whose cursor moves on, and loses none',
    async ({ api, pair }) => {
      const pages = await walk(api, pair);
      expect(pages.map((page) => page.videos.length)).toEqual([20, 0, 20, 5]);
      expect(new Set(pages.map((page) => page.cursor)).size).toBe(4);
      expect(new Set(pages.flatMap((page) => page.videos.map((video) => video.id))).size).toBe(45);
    },
  ],
  [
    'missing_counters',
    { endpoint: 'any', times: 2 },
    'drops follower_count and view_count and keeps the rest',
    async ({ api, pair }) => {
      const { data } = (await (await api.userInfo(pair.accessToken)).json()) as { data: { user: object } };
      expect(data.user).not.toHaveProperty('follower_count');
      expect(data.user).toHaveProperty('likes_count');
      const [video] = (await readPage(await api.videoList(pair.accessToken))).videos;
      expect(video).not.toHaveProperty('view_count');
      expect(video).toHaveProperty('like_count');
    },
  ],
  [
    'redirect',
    { ...userInfo, times: 2 },
    'is 302 to elsewhere, and rejects where redirects are errors',
    async ({ api, pair }) => {
      const response = await api.userInfo(pair.accessToken);
      expect([response.status, response.headers.get('location')]).toEqual([302, 'https://elsewhere.invalid/']);
      await expect(api.userInfo(pair.accessToken, undefined, { redirect: 'error' })).rejects.toThrow(TypeError);
    },
  ],
  [
    'huge_body',
    { ...userInfo, bytes: 5_000_000 },
    'is a body of that many bytes that is no JSON',
    async ({ api, pair }) => {
      const text = await (await api.userInfo(pair.accessToken)).text();
      expect(text.length).toBeGreaterThanOrEqual(5_000_000);
      expect(() => JSON.parse(text)).toThrow(SyntaxError);
    },
  ],
  [
    'wrong_content_type',
    userInfo,
    'is the true answer labelled text/plain',
    async ({ api, pair }) => {
      const response = await api.userInfo(pair.accessToken);
      expect(response.headers.get('content-type')).toContain('text/plain');
      expect(await errorCode(response)).toBe('ok');
    },
  ],
  [
    'delay',
    { ...userInfo, delayMs: 30 },
    'is the true answer, late',
    async ({ api, pair }) => {
      const startMs = performance.now();
      expect((await api.userInfo(pair.accessToken)).status).toBe(200);
      expect(performance.now() - startMs).toBeGreaterThanOrEqual(28);
    },
  ],
];

let open: Simulator | undefined;
afterEach(() => open?.close());

describe('a fault', () => {
  it.each(cases)('%s %o %s', async (kind, fault, _says, expectation) => {
    const simulator = makeSimulator();
    open = simulator;
    const pair = simulator.control.grant('shop-a');
    simulator.control.faults.add({ ...fault, kind });
    await expectation({ api: simulator.api, pair, control: simulator.control });
    expect(simulator.control.journal.entries().some((entry) => entry.fault === kind)).toBe(true);
  });

  it('of every kind is in this table', () => {
    expect(new Set(cases.map(([kind]) => kind))).toEqual(new Set(Object.keys(faultKinds)));
  });
});

describe('the fault plan', () => {
  const statuses = async (ask: () => Promise<Response>, count: number) => {
    const found: number[] = [];
    for (let index = 0; index < count; index++) found.push((await ask()).status);
    return found;
  };

  it('lets requests through first, then happens so many times', async () => {
    const { api, control } = makeSimulator();
    const { accessToken } = control.grant('shop-a');
    control.faults.add({ endpoint: 'user/info', kind: 'internal_error', afterRequests: 1, times: 2 });
    expect(await statuses(() => api.userInfo(accessToken), 4)).toEqual([200, 500, 500, 200]);
    expect(control.faults.list()).toEqual([]);
  });

  it('happens to its account only, at the token endpoint too', async () => {
    const { api, control } = makeSimulator();
    const [a, b] = [control.grant('shop-a'), control.grant('shop-b')];
    control.faults.add({ endpoint: 'any', openId: 'shop-b', kind: 'internal_error', times: 2 });
    expect((await api.userInfo(a.accessToken)).status).toBe(200);
    expect((await api.userInfo(b.accessToken)).status).toBe(500);
    expect((await api.refresh(a.refreshToken)).status).toBe(200);
    expect((await api.refresh(b.refreshToken)).status).toBe(500);
  });

  it('draws a probability from the seed, so a run can be repeated', async () => {
    const run = async (seed: number) => {
      const { api, control } = makeSimulator({ seed });
      const { accessToken } = control.grant('shop-a');
      control.faults.add({ endpoint: 'user/info', kind: 'internal_error', probability: 0.3, times: null });
      return statuses(() => api.userInfo(accessToken), 100);
    };
    const first = await run(1);
    expect(await run(1)).toEqual(first);
    expect(await run(2)).not.toEqual(first);
    const failures = first.filter((status) => status === 500).length;
    expect(failures).toBeGreaterThan(15);
    expect(failures).toBeLessThan(45);
  });

  it('takes the first due line only, and can be cleared', async () => {
    const { api, control } = makeSimulator();
    const { accessToken } = control.grant('shop-a');
    control.faults.add({ endpoint: 'user/info', kind: 'internal_error' });
    control.faults.add({ endpoint: 'user/info', kind: 'token_invalid', times: null });
    expect(await statuses(() => api.userInfo(accessToken), 3)).toEqual([500, 401, 401]);
    control.faults.clear();
    expect(await statuses(() => api.userInfo(accessToken), 1)).toEqual([200]);
  });

  it('refuses a fault that its endpoint does not know', () => {
    const { control } = makeSimulator();
    expect(() => control.faults.add({ endpoint: 'token', kind: 'cursor_loop' })).toThrow('no such fault');
    expect(() => control.faults.add({ endpoint: 'user/info', kind: 'oauth_error' })).toThrow('no such fault');
  });
});
