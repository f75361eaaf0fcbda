import { describe, expect, it } from 'vitest';
import { ZodError } from 'zod';
import { authorizeUrl, errorCode, makeSimulator, redirectUri } from './support.ts';

describe('the consent page', () => {
  it('says that it is simulated and is a plain form with every account and scope', async () => {
    const { fetch } = makeSimulator();
    const response = await fetch(authorizeUrl());
    const page = await response.text();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(page).toContain('SIMULATED TikTok');
    expect(page).toContain('Shop &lt;A&gt;');
    expect(page.match(/type="radio"/g)).toHaveLength(2);
    expect(page.match(/type="checkbox"[^>]* checked/g)).toHaveLength(4);
    expect(page).toMatch(/value="user.info.basic" checked disabled/);
    expect(page).not.toMatch(/<script|src=|href="(?!data:)/);
  });

  const wrong: [string, Record<string, string | undefined>][] = [
    ['an unknown client_key', { client_key: 'other' }],
    ['no client_key', { client_key: undefined }],
    ['another response_type', { response_type: 'token' }],
    ['no state', { state: undefined }],
    ['an unregistered redirect_uri', { redirect_uri: `${redirectUri}/` }],
    ['an unknown scope', { scope: 'user.info.basic,video.upload' }],
    ['scopes separated by blanks', { scope: 'user.info.basic video.list' }],
    ['no scope', { scope: undefined }],
  ];
  it.each(wrong)('refuses %s with a page and no redirect', async (_what, change) => {
    const { fetch } = makeSimulator();
    for (const method of ['GET', 'POST']) {
      const url = new URL(authorizeUrl(change));
      const form = new URLSearchParams([...url.searchParams, ['decision', 'authorize'], ['account', 'shop-a']]);
      const response =
        method === 'GET' ? await fetch(url) : await fetch(`${url.origin}${url.pathname}`, { method, body: form });
      expect(response.status).toBe(400);
      expect(response.headers.get('location')).toBeNull();
      expect(await response.text()).toContain('log_id');
    }
  });

  it('sends the browser back with code, scopes and the unchanged state', async () => {
    const { control, api } = makeSimulator();
    const back = new URL(await control.consent(authorizeUrl(), { openId: 'shop-b' }));
    expect(`${back.origin}${back.pathname}`).toBe(redirectUri);
    expect(back.searchParams.get('state')).toBe('state with & and ü');
    expect(back.searchParams.get('scopes')).toBe('user.info.basic,user.info.profile,user.info.stats,video.list');
    const pair = await (await api.exchange(back.searchParams.get('code') ?? '')).json();
    expect(pair).toMatchObject({
      open_id: 'shop-b',
      token_type: 'Bearer',
      expires_in: 7200,
      refresh_expires_in: 15_552_000,
    });
  });

  it('grants only what was ticked, and always the basic scope', async () => {
    const { control, api } = makeSimulator();
    const back = new URL(await control.consent(authorizeUrl(), { openId: 'shop-a', scopes: ['user.info.stats'] }));
    expect(back.searchParams.get('scopes')).toBe('user.info.basic,user.info.stats');
    const pair = await (await api.exchange(back.searchParams.get('code') ?? '')).json();
    expect(pair).toMatchObject({ scope: 'user.info.basic,user.info.stats' });
  });

  it('sends the browser back with access_denied and the state when refused', async () => {
    const { control } = makeSimulator();
    const back = new URL(await control.consent(authorizeUrl(), 'refuse'));
    expect(Object.fromEntries(back.searchParams)).toMatchObject({
      error: 'access_denied',
      state: 'state with & and ü',
    });
    expect(back.searchParams.has('error_description')).toBe(true);
    expect(back.searchParams.has('code')).toBe(false);
  });
});

describe('an authorization code', () => {
  async function codeOf(simulator: ReturnType<typeof makeSimulator>) {
    const back = new URL(await simulator.control.consent(authorizeUrl(), { openId: 'shop-a' }));
    return back.searchParams.get('code') ?? '';
  }

  it('works once', async () => {
    const simulator = makeSimulator();
    const code = await codeOf(simulator);
    expect((await simulator.api.exchange(code)).status).toBe(200);
    expect(await errorCode(await simulator.api.exchange(code))).toBe('invalid_grant');
  });

  it('is dead after 10 minutes', async () => {
    const simulator = makeSimulator();
    const code = await codeOf(simulator);
    simulator.clock.advanceSeconds(600);
    expect(await errorCode(await simulator.api.exchange(code))).toBe('invalid_grant');
  });

  it('is bound to its redirect URI and not used up by a wrong one', async () => {
    const simulator = makeSimulator();
    const code = await codeOf(simulator);
    expect(await errorCode(await simulator.api.exchange(code, 'https://harian.example/other'))).toBe('invalid_grant');
    expect((await simulator.api.exchange(code)).status).toBe(200);
  });

  it('does not survive being decoded twice', async () => {
    const simulator = makeSimulator();
    const code = await codeOf(simulator);
    expect(await errorCode(await simulator.api.exchange(decodeURIComponent(code)))).toBe('invalid_grant');
  });
});

describe('createSimulator', () => {
  it.each([
    'http://harian.example/callback',
    'https://harian.example/callback?x=1',
    'https://harian.example/callback#x',
    '/callback',
    `https://harian.example/${'x'.repeat(512)}`,
  ])('refuses to register %s', (uri) => {
    expect(() => makeSimulator({ redirectUris: [uri] })).toThrow(ZodError);
  });

  it('registers http on loopback', () => {
    expect(() => makeSimulator({ redirectUris: ['http://localhost:3000/oauth/tiktok/callback'] })).not.toThrow();
  });
});
