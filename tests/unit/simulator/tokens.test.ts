import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { clientKey, clientSecret, errorCode, makeSimulator } from './support.ts';

interface Pair {
  access_token: string;
  refresh_token: string;
}

describe('POST /v2/oauth/token/', () => {
  it('rotates strictly: a new pair each time, the old access and refresh token dead at once', async () => {
    const { api, control } = makeSimulator();
    const old = control.grant('shop-a');
    const fresh = (await (await api.refresh(old.refreshToken)).json()) as Pair;
    expect(fresh.access_token).not.toBe(old.accessToken);
    expect(fresh.refresh_token).not.toBe(old.refreshToken);
    expect((await api.userInfo(fresh.access_token)).status).toBe(200);
    expect((await api.userInfo(old.accessToken)).status).toBe(401);
    expect(await errorCode(await api.refresh(old.refreshToken))).toBe('invalid_grant');
    expect(control.journal.entries().at(-1)).toMatchObject({ detail: 'refresh spent', openId: 'shop-a' });
    expect((await api.refresh(fresh.refresh_token)).status).toBe(200);
  });

  it('gives a pair to exactly one of many refreshes at once', async () => {
    const { api, control } = makeSimulator();
    const { refreshToken } = control.grant('shop-a');
    const answers = await Promise.all(Array.from({ length: 20 }, () => api.refresh(refreshToken)));
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
  });

  it('keeps the refresh token where rotation is off', async () => {
    const { api, control } = makeSimulator({ rotateAlways: false });
    const { refreshToken } = control.grant('shop-a');
    const fresh = (await (await api.refresh(refreshToken)).json()) as Pair;
    expect(fresh.refresh_token).toBe(refreshToken);
    expect((await api.refresh(refreshToken)).status).toBe(200);
  });

  it('ends an access token and a refresh token at their lifetimes', async () => {
    const { api, control, clock } = makeSimulator({ accessTokenLifeSeconds: 60 });
    control.setTokenLife({ refreshTokenLifeSeconds: 120 });
    const pair = control.grant('shop-a');
    expect(pair).toMatchObject({ expiresInSeconds: 60, refreshExpiresInSeconds: 120 });
    clock.advanceSeconds(59);
    expect((await api.userInfo(pair.accessToken)).status).toBe(200);
    clock.advanceSeconds(1);
    expect(await errorCode(await api.userInfo(pair.accessToken))).toBe('access_token_invalid');
    clock.advanceSeconds(60);
    expect(await errorCode(await api.refresh(pair.refreshToken))).toBe('invalid_grant');
  });

  const refusals: [string, Record<string, string>, string][] = [
    ['another secret', { client_secret: 'wrong' }, 'invalid_client'],
    ['another key', { client_key: 'wrong' }, 'invalid_client'],
    ['no secret', { client_secret: '' }, 'invalid_request'],
    ['no grant type', {}, 'invalid_request'],
    ['an unknown grant type', { grant_type: 'password' }, 'unsupported_grant_type'],
    ['a refresh without a token', { grant_type: 'refresh_token' }, 'invalid_request'],
    ['an exchange without a code', { grant_type: 'authorization_code', redirect_uri: 'x' }, 'invalid_request'],
    ['an exchange without a redirect URI', { grant_type: 'authorization_code', code: 'x' }, 'invalid_request'],
    ['an unknown refresh token', { grant_type: 'refresh_token', refresh_token: 'x' }, 'invalid_grant'],
  ];
  it.each(refusals)('answers %s with a flat error', async (_what, parameters, code) => {
    const { api } = makeSimulator();
    const response = await api.token(parameters);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      error: code,
      error_description: expect.any(String),
      log_id: expect.any(String),
    });
  });

  it('answers errors with the HTTP status that is set, 200 included', async () => {
    const { api } = makeSimulator({ oauthErrorStatus: 200 });
    const response = await api.refresh('unknown');
    expect(response.status).toBe(200);
    expect(await errorCode(response)).toBe('invalid_grant');
  });

  it('reads forms only, and refuses a repeated parameter', async () => {
    const { fetch, control } = makeSimulator();
    const { refreshToken } = control.grant('shop-a');
    const parameters = { client_key: clientKey, client_secret: clientSecret, grant_type: 'refresh_token' };
    const json = await fetch('https://x.example/v2/oauth/token/', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...parameters, refresh_token: refreshToken }),
    });
    expect(await errorCode(json)).toBe('invalid_request');
    const body = new URLSearchParams({ ...parameters, refresh_token: refreshToken });
    body.append('client_key', clientKey);
    const repeated = await fetch('https://x.example/v2/oauth/token/', { method: 'POST', body });
    expect(await errorCode(repeated)).toBe('invalid_request');
  });
});

describe('revoking', () => {
  it('answers an empty body and ends the pair', async () => {
    const { api, control } = makeSimulator();
    const pair = control.grant('shop-a');
    const other = control.grant('shop-a');
    const response = await api.revoke(pair.accessToken);
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect((await api.userInfo(pair.accessToken)).status).toBe(401);
    expect(await errorCode(await api.refresh(pair.refreshToken))).toBe('invalid_grant');
    expect((await api.userInfo(other.accessToken)).status).toBe(200);
  });

  it('can be set to end everything the person granted', async () => {
    const { api, control } = makeSimulator({ revokeEnds: 'person' });
    const other = control.grant('shop-a');
    await api.revoke(control.grant('shop-a').accessToken);
    expect((await api.userInfo(other.accessToken)).status).toBe(401);
  });

  it('refuses a token that is not good', async () => {
    const { api } = makeSimulator();
    expect(await errorCode(await api.revoke('unknown'))).toBe('invalid_grant');
  });
});

describe('the webhook', () => {
  function receiver(status = 200) {
    const received: { body: string; signature: string | null }[] = [];
    const fetch = async (input: string | URL | Request, init?: RequestInit) => {
      const request = new Request(input, init);
      received.push({ body: await request.text(), signature: request.headers.get('tiktok-signature') });
      return new Response(null, { status });
    };
    return { received, fetch };
  }

  it('tells a signed authorization.removed and ends every grant of the account', async () => {
    const { received, fetch } = receiver();
    const { api, control } = makeSimulator({ webhookUrl: 'https://harian.example/webhooks/tiktok', fetch });
    const pairs = [control.grant('shop-a'), control.grant('shop-a')];
    const bystander = control.grant('shop-b');
    expect(await control.removeAuthorization('shop-a', 2)).toEqual({ sent: true, status: 200 });
    for (const pair of pairs) expect((await api.userInfo(pair.accessToken)).status).toBe(401);
    expect((await api.userInfo(bystander.accessToken)).status).toBe(200);
    const { body, signature } = received[0] ?? { body: '', signature: null };
    expect(JSON.parse(body)).toEqual({
      client_key: clientKey,
      event: 'authorization.removed',
      create_time: Date.parse('2026-11-20T03:00:00Z') / 1000,
      user_openid: 'shop-a',
      content: '{"reason":2}',
    });
    const sentSeconds = Date.parse('2026-11-20T03:00:00Z') / 1000;
    const expected = createHmac('sha256', clientSecret).update(`${sentSeconds}.${body}`).digest('hex');
    expect(signature).toBe(`t=${sentSeconds},s=${expected}`);
  });

  it('tells reason 5 after a revoke', async () => {
    const { received, fetch } = receiver();
    const { api, control, close } = makeSimulator({ webhookUrl: 'https://harian.example/webhooks/tiktok', fetch });
    await api.revoke(control.grant('shop-a').accessToken);
    await close();
    expect(JSON.parse(received[0]?.body ?? '{}')).toMatchObject({ user_openid: 'shop-a', content: '{"reason":5}' });
  });

  it('reports a receiver that cannot be reached, and sends nothing without an address', async () => {
    const fetch = () => Promise.reject(new TypeError('fetch failed'));
    const unreachable = makeSimulator({ webhookUrl: 'https://harian.example/webhooks/tiktok', fetch });
    expect(await unreachable.control.removeAuthorization('shop-a', 1)).toEqual({ sent: true, status: null });
    expect(await makeSimulator().control.removeAuthorization('shop-a', 1)).toEqual({ sent: false });
  });
});
