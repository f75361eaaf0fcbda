import { type Clock, systemClock } from '../clock.ts';
import { type Observer, unobserved } from '../observe.ts';
import { isSuccessStatus, oauthAnswerError } from './answer-error.ts';
import { callJson, type Fetch, type HttpAnswer } from './http-call.ts';
import { observed } from './observed.ts';
import { revokeAnswer, tokenAnswer } from './schemas.ts';
import { parseScopes, REQUESTED_SCOPES } from './scopes.ts';

export interface TikTokOAuthOptions {
  authUrl: string;
  apiUrl: string;
  clientKey: string;
  clientSecret: string;
  redirectUri: string;
  fetch: Fetch;
  timeoutMs: number;
  clock?: Clock;
  observe?: Observer;
}

export interface TokenGrant {
  openId: string;
  /** Empty when TikTok named none; after a refresh that means "as before". */
  scopes: string[];
  accessToken: string;
  expiresInSeconds: number;
  /** Always store this one: the one that was sent is spent. */
  refreshToken: string;
  refreshExpiresInSeconds: number;
}

/**
 * Login Kit for web. Every call is one request without retry and throws TikTokError; an aborted `signal` rethrows
 * its reason, and then, as with `outcomeUnknown`, the code or refresh token may be spent.
 */
export interface TikTokOAuth {
  buildAuthorizeUrl(request: { state: string }): string;
  exchangeCode(code: string, signal?: AbortSignal): Promise<TokenGrant>;
  refresh(refreshToken: string, signal?: AbortSignal): Promise<TokenGrant>;
  revoke(accessToken: string, signal?: AbortSignal): Promise<void>;
}

export function createTikTokOAuth(options: TikTokOAuthOptions): TikTokOAuth {
  const { clientKey, clientSecret, redirectUri, fetch, timeoutMs, clock = systemClock, observe = unobserved } = options;
  const authUrl = new URL(options.authUrl);
  const oauthUrl = `${new URL(options.apiUrl).href.replace(/\/+$/, '')}/v2/oauth`;

  const post = (path: string, form: Record<string, string>, signal?: AbortSignal): Promise<HttpAnswer> =>
    callJson({
      fetch,
      clock,
      method: 'POST',
      url: `${oauthUrl}/${path}/`,
      headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ client_key: clientKey, client_secret: clientSecret, ...form }).toString(),
      timeoutMs,
      signal,
      changesState: true,
      mayBeEmpty: path === 'revoke',
    });

  const requestGrant = (form: Record<string, string>, signal?: AbortSignal): Promise<TokenGrant> =>
    observed(observe, 'token', () => askGrant(form, signal));
  const askGrant = async (form: Record<string, string>, signal?: AbortSignal): Promise<TokenGrant> => {
    const answer = await post('token', form, signal);
    const { data } = tokenAnswer.safeParse(answer.body);
    if (!isSuccessStatus(answer.status) || data === undefined) throw oauthAnswerError(answer);
    return {
      openId: data.open_id,
      scopes: parseScopes(data.scope ?? ''),
      accessToken: data.access_token,
      expiresInSeconds: data.expires_in,
      refreshToken: data.refresh_token,
      refreshExpiresInSeconds: data.refresh_expires_in,
    };
  };

  return {
    buildAuthorizeUrl({ state }) {
      const url = new URL(authUrl);
      url.searchParams.set('client_key', clientKey);
      url.searchParams.set('response_type', 'code');
      url.searchParams.set('scope', REQUESTED_SCOPES.join(','));
      url.searchParams.set('redirect_uri', redirectUri);
      url.searchParams.set('state', state);
      // The owner may be signed in to another account: always show the consent page.
      url.searchParams.set('disable_auto_auth', '1');
      return url.href;
    },
    exchangeCode: (code, signal) =>
      requestGrant({ code, grant_type: 'authorization_code', redirect_uri: redirectUri }, signal),
    refresh: (refreshToken, signal) =>
      requestGrant({ grant_type: 'refresh_token', refresh_token: refreshToken }, signal),
    revoke: (accessToken, signal) =>
      observed(observe, 'revoke', async () => {
        const answer = await post('revoke', { token: accessToken }, signal);
        const succeeded = isSuccessStatus(answer.status) && revokeAnswer.safeParse(answer.body).success;
        if (!succeeded) throw oauthAnswerError(answer);
      }),
  };
}
