import { describe, expect, it } from 'vitest';
import type { TikTokErrorKind } from '../../../src/tiktok/errors.ts';
import { createTikTokOAuth } from '../../../src/tiktok/oauth.ts';
import { failureOf, fakeFetch, json } from './fake-tiktok.ts';

const grant = {
  open_id: 'open-1',
  scope: 'user.info.basic,video.list',
  access_token: 'act.new',
  expires_in: 7200,
  refresh_token: 'rft.new',
  refresh_expires_in: 15_552_000,
  token_type: 'Bearer',
};

function client(answer: () => Response) {
  const { fetch, sent } = fakeFetch(answer);
  const oauth = createTikTokOAuth({
    authUrl: 'https://www.tiktok.com/v2/auth/authorize/',
    apiUrl: 'https://open.tiktokapis.com',
    clientKey: 'key',
    clientSecret: 'hush',
    redirectUri: 'https://harian.test/oauth/tiktok/callback',
    fetch,
    timeoutMs: 1000,
  });
  return { oauth, sent };
}

describe('the authorise URL', () => {
  it('carries exactly the documented parameters and no secret', () => {
    const url = new URL(client(() => json({})).oauth.buildAuthorizeUrl({ state: 'st&=+ate' }));
    expect(url.origin + url.pathname).toBe('https://www.tiktok.com/v2/auth/authorize/');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_key: 'key',
      response_type: 'code',
      scope: 'user.info.basic,user.info.profile,user.info.stats,video.list',
      redirect_uri: 'https://harian.test/oauth/tiktok/callback',
      state: 'st&=+ate',
      disable_auto_auth: '1',
    });
  });
});

describe('the token endpoint', () => {
  const calls = [
    [
      'exchangeCode',
      { code: 'co*de', grant_type: 'authorization_code', redirect_uri: 'https://harian.test/oauth/tiktok/callback' },
    ],
    ['refresh', { refresh_token: 'co*de', grant_type: 'refresh_token' }],
  ] as const;

  it.each(calls)('%s posts its form to the path with the slash and gives the pair back', async (call, form) => {
    const { oauth, sent } = client(() => json(grant));
    expect(await oauth[call]('co*de')).toEqual({
      openId: 'open-1',
      scopes: ['user.info.basic', 'video.list'],
      accessToken: 'act.new',
      expiresInSeconds: 7200,
      refreshToken: 'rft.new',
      refreshExpiresInSeconds: 15_552_000,
    });
    expect(sent).toHaveLength(1);
    expect(sent[0]?.method).toBe('POST');
    expect(sent[0]?.url.href).toBe('https://open.tiktokapis.com/v2/oauth/token/');
    expect(sent[0]?.headers.get('content-type')).toBe('application/x-www-form-urlencoded');
    expect(Object.fromEntries(new URLSearchParams(sent[0]?.body))).toEqual({
      client_key: 'key',
      client_secret: 'hush',
      ...form,
    });
  });

  it('works under both regimes, with lifetimes as numbers or digits, and unknown fields beside them', async () => {
    const old = { ...grant, expires_in: '86400', refresh_expires_in: 31_536_000, error: '', extra: 1 };
    expect(await client(() => json(old)).oauth.refresh('r')).toMatchObject({
      expiresInSeconds: 86_400,
      refreshExpiresInSeconds: 31_536_000,
    });
  });

  it.each([undefined, null, ''])('leaves the scopes empty when TikTok names none (%j)', async (scope) => {
    expect((await client(() => json({ ...grant, scope })).oauth.refresh('r')).scopes).toEqual([]);
  });

  it.each<[string, object]>([
    ['an empty refresh token', { refresh_token: '' }],
    ['a blank refresh token', { refresh_token: ' ' }],
    ['no refresh token', { refresh_token: undefined }],
    ['a null refresh token', { refresh_token: null }],
    ['an empty access token', { access_token: '' }],
    ['no access token', { access_token: undefined }],
    ['no lifetime', { expires_in: undefined }],
    ['a lifetime of zero', { expires_in: 0 }],
    ['no refresh lifetime', { refresh_expires_in: undefined }],
    ['a negative refresh lifetime', { refresh_expires_in: -1 }],
    ['no open_id', { open_id: '' }],
    ['a number as open_id', { open_id: 12 }],
    ['an error object', { error: { code: 'internal_error' } }],
  ])('does not call it a success with %s, and says the token may be spent', async (_name, change) => {
    const error = await failureOf(client(() => json({ ...grant, ...change })).oauth.refresh('r'));
    expect(error).toMatchObject({ kind: 'transient', code: 'UNEXPECTED_ANSWER', outcomeUnknown: true });
  });

  it.each<[unknown]>([[null], [[]], ['text'], [7], [{}]])('refuses the JSON %j', async (body) => {
    const error = await failureOf(client(() => json(JSON.stringify(body))).oauth.refresh('r'));
    expect(error).toMatchObject({ kind: 'transient', code: 'UNEXPECTED_ANSWER', outcomeUnknown: true });
  });

  // Every `error` of oauth-error-handling, one row each.
  const table: [string, TikTokErrorKind, boolean][] = [
    ['access_denied', 'access_denied', false],
    ['invalid_client', 'app_credentials', false],
    ['unauthorized_client', 'app_credentials', false],
    ['invalid_grant', 'grant_invalid', false],
    ['invalid_request', 'bad_request', false],
    ['invalid_scope', 'bad_request', false],
    ['unsupported_grant_type', 'bad_request', false],
    ['unsupported_response_type', 'bad_request', false],
    ['server_error', 'transient', true],
    ['temporarily_unavailable', 'transient', true],
    ['something_new', 'unknown', true],
  ];
  const rows = table.flatMap(([code, kind, unknown]) =>
    [200, 400, 401].map((status) => [code, status, kind, unknown] as const),
  );

  it.each(rows)('reads %s with HTTP %i as %s', async (code, status, kind, outcomeUnknown) => {
    const body = { error: code, error_description: 'because of rft.secret', log_id: 'LOG1' };
    for (const call of ['exchangeCode', 'refresh'] as const) {
      const error = await failureOf(client(() => json(body, status)).oauth[call]('r'));
      expect(error).toMatchObject({ kind, code, httpStatus: status, logId: 'LOG1', outcomeUnknown });
    }
  });

  it('does not store an error body as a token, even with a full pair beside the error', async () => {
    const body = { ...grant, error: 'invalid_grant' };
    expect(await failureOf(client(() => json(body)).oauth.refresh('r'))).toMatchObject({ kind: 'grant_invalid' });
  });

  it.each([500, 502, 503, 504])('never takes a %i as proof that the grant is dead', async (status) => {
    const error = await failureOf(client(() => json({ error: 'invalid_grant' }, status)).oauth.refresh('r'));
    expect(error).toMatchObject({ kind: 'transient', httpStatus: status, outcomeUnknown: true });
  });

  it('takes a full pair with an error status for no success', async () => {
    const error = await failureOf(client(() => json(grant, 500)).oauth.refresh('r'));
    expect(error).toMatchObject({ kind: 'transient', code: 'HTTP_500', outcomeUnknown: true });
  });

  it('reads a 429 as a refusal that spent nothing', async () => {
    const error = await failureOf(client(() => json({}, 429, { 'retry-after': '5' })).oauth.refresh('r'));
    expect(error).toMatchObject({ kind: 'rate_limited', retryAfterMs: 5000, outcomeUnknown: false });
  });

  it('asks once and never again by itself', async () => {
    const { oauth, sent } = client(() => json({ error: 'server_error' }, 500));
    await failureOf(oauth.refresh('r'));
    expect(sent).toHaveLength(1);
  });

  it('hands the caller’s abort reason on', async () => {
    const reason = new Error('stop');
    await expect(client(() => json(grant)).oauth.refresh('r', AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

describe('revoke', () => {
  it('posts the access token in the form and takes an empty body for success', async () => {
    const { oauth, sent } = client(() => new Response(null));
    expect(await oauth.revoke('act.x')).toBeUndefined();
    expect(sent[0]?.url.href).toBe('https://open.tiktokapis.com/v2/oauth/revoke/');
    expect(sent[0]?.body).toBe('client_key=key&client_secret=hush&token=act.x');
  });

  it.each([
    ['an error in a 200', () => json({ error: 'invalid_request', log_id: 'L' }), 'bad_request'],
    ['an empty 400', () => new Response(null, { status: 400 }), 'unknown'],
    ['an empty 503', () => new Response(null, { status: 503 }), 'transient'],
    ['a page', () => new Response('<html>', { headers: { 'content-type': 'text/html' } }), 'transient'],
  ])('fails on %s', async (_name, answer, kind) => {
    expect((await failureOf(client(answer).oauth.revoke('act.x'))).kind).toBe(kind);
  });
});

it('keeps the path of a stand-in’s base address', async () => {
  const { fetch, sent } = fakeFetch(() => json(grant));
  const oauth = createTikTokOAuth({
    authUrl: 'http://127.0.0.1:1/tt/authorize',
    apiUrl: 'http://127.0.0.1:1/tt/',
    clientKey: 'k',
    clientSecret: 's',
    redirectUri: 'http://127.0.0.1/cb',
    fetch,
    timeoutMs: 1000,
  });
  await oauth.refresh('r');
  expect(sent[0]?.url.pathname).toBe('/tt/v2/oauth/token/');
  expect(new URL(oauth.buildAuthorizeUrl({ state: 's' })).pathname).toBe('/tt/authorize');
});
