import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createTikTokDisplay } from '../../../src/tiktok/display.ts';
import { TikTokError } from '../../../src/tiktok/errors.ts';
import type { Fetch } from '../../../src/tiktok/http-call.ts';
import { createTikTokOAuth } from '../../../src/tiktok/oauth.ts';
import { REQUESTED_SCOPES } from '../../../src/tiktok/scopes.ts';
import { failureOf, fakeFetch, json } from './fake-tiktok.ts';

const clientSecret = 'cs-4f1d9b77e2';
const accessToken = 'act.Zx81kQm!5021';
const refreshToken = 'rft.Hy33pLw!9944';
const code = 'code*Qa77!1';
const secrets = [clientSecret, accessToken, refreshToken, code].flatMap((secret) => [
  secret,
  encodeURIComponent(secret),
  Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  Buffer.from(secret).toString('hex'),
]);
const leak = [clientSecret, accessToken, refreshToken, code].join(' ');

/** Answers and failures that carry every secret wherever something could be copied from. */
const echoes: [string, () => Response | Promise<Response>][] = [
  ['an OAuth error', () => json({ error: 'invalid_grant', error_description: leak, log_id: leak }, 400)],
  ['an OAuth error whose code is a secret', () => json({ error: accessToken, log_id: refreshToken })],
  ['a Display error', () => json({ data: leak, error: { code: 'invalid_params', message: leak, log_id: leak } }, 400)],
  ['a Display error whose code is a secret', () => json({ error: { code: leak, log_id: accessToken } }, 401)],
  ['half a pair', () => json({ access_token: accessToken, refresh_token: refreshToken, open_id: 'o' })],
  ['broken JSON', () => json(`{"access_token":"${leak}`)],
  ['a page', () => new Response(leak, { status: 502, headers: { 'content-type': 'text/html' } })],
  ['a redirect', () => json({ leak }, 302, { location: `https://x.test/?t=${encodeURIComponent(leak)}` })],
  ['a rate limit', () => json({ leak }, 429, { 'retry-after': accessToken })],
  [
    'a network error',
    () => {
      const cause = Object.assign(new Error(leak), { code: 'ECONNRESET', headers: { authorization: accessToken } });
      throw new TypeError(`fetch failed for ${leak}`, { cause });
    },
  ],
  [
    'a network error whose code is a secret',
    () => {
      throw Object.assign(new Error(leak), { code: accessToken });
    },
  ],
  [
    'a body that breaks off',
    () => new Response(new ReadableStream({ pull: (stream) => stream.error(new Error(leak)) })),
  ],
];

function everyCall(fetch: Fetch, token = accessToken) {
  const options = { apiUrl: 'http://127.0.0.1:9', fetch, timeoutMs: 1000 };
  const oauth = createTikTokOAuth({
    ...options,
    authUrl: 'https://tiktok.test/a/',
    clientKey: 'k',
    clientSecret,
    redirectUri: 'https://harian.test/cb',
  });
  const display = createTikTokDisplay(options);
  return {
    exchangeCode: () => oauth.exchangeCode(code),
    refresh: () => oauth.refresh(refreshToken),
    revoke: () => oauth.revoke(token),
    getUserInfo: () => display.getUserInfo({ accessToken: token, scopes: REQUESTED_SCOPES }),
    listVideos: () => display.listVideos({ accessToken: token }),
    queryVideos: () => display.queryVideos({ accessToken: token, videoIds: ['1'] }),
  };
}

function everythingPrinted(error: Error): string {
  return [
    String(error),
    error.stack,
    JSON.stringify(error),
    inspect(error, { depth: null, showHidden: true, getters: true }),
    inspect(Object.getOwnPropertyDescriptors(error), { depth: null }),
  ].join('\n');
}

describe('a TikTokError', () => {
  it.each(echoes)('holds no secret after %s', async (_name, answer) => {
    const outcomes = Object.entries(everyCall(fakeFetch(answer).fetch)).map(async ([name, call]) => {
      const error = await call().then(
        () => null,
        (thrown: unknown) => thrown,
      );
      return { name, error };
    });
    // A stray 2xx body is no failure of a revocation.
    const failures = (await Promise.all(outcomes)).filter(({ name, error }) => name !== 'revoke' || error !== null);
    expect(failures.length).toBeGreaterThanOrEqual(5);
    for (const { error } of failures) {
      expect(error).toBeInstanceOf(TikTokError);
      const printed = everythingPrinted(error as TikTokError);
      for (const secret of secrets) expect(printed).not.toContain(secret);
      expect(error).not.toHaveProperty('cause');
    }
  });

  it('holds no token that real fetch refused as a header and quoted in its message', async () => {
    const { getUserInfo, listVideos, queryVideos } = everyCall(fetch, `${accessToken}\nx`);
    for (const call of [getUserInfo, listVideos, queryVideos]) {
      const error = await failureOf(call());
      expect(error).toMatchObject({ kind: 'transient', code: 'NETWORK_ERROR' });
      expect(everythingPrinted(error)).not.toContain(accessToken);
    }
  });

  it('says in its own words what happened', async () => {
    const { fetch } = fakeFetch(() => json({ error: 'invalid_grant', error_description: leak }, 400));
    const error = await failureOf(everyCall(fetch).refresh());
    expect(error.message).toBe('TikTok call failed: invalid_grant (grant_invalid, HTTP 400)');
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: 'TikTokError',
      kind: 'grant_invalid',
      code: 'invalid_grant',
      httpStatus: 400,
      logId: null,
      retryAfterMs: null,
      outcomeUnknown: false,
    });
  });
});
