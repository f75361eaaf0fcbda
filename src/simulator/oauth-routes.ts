import type { Hono } from 'hono';
import { type OAuthErrorCode, oauthError } from './answers.ts';
import type { Call, EndpointHandler, Exchange } from './exchange.ts';
import { type Grants, type IssuedPair, type Refusal, sha256 } from './grants.ts';
import type { Reply, SimulatorEnv } from './reply.ts';
import type { Settings } from './settings.ts';
import type { RemovalReason } from './webhook.ts';

const REVOKED_BY_DEVELOPER: RemovalReason = 5;

export interface OAuthOptions {
  clientKey: string;
  clientSecret: string;
  settings: Settings;
  grants: Grants;
  exchange: Exchange;
  /** Called after a revoke, when the grant is dead already. */
  onRevoked(openId: string, reason: RemovalReason): void;
}

/** POST /v2/oauth/token/ and /v2/oauth/revoke/ (tiktok-api.md, section 3). Form bodies only, flat errors. */
export function addOAuthRoutes(app: Hono<SimulatorEnv>, options: OAuthOptions): void {
  const { clientKey, clientSecret, settings, grants, exchange } = options;

  const refuse = (call: Call, code: OAuthErrorCode, description: string) =>
    oauthError(settings.oauthErrorStatus, code, description, call.logId);

  /** The form, or the answer to a request that is not even a proper form from our own client. */
  function readForm(call: Call): { form: URLSearchParams } | { refused: Reply } {
    if (call.contentType !== 'application/x-www-form-urlencoded') {
      return { refused: refuse(call, 'invalid_request', 'Content-Type must be application/x-www-form-urlencoded') };
    }
    const form = new URLSearchParams(call.body);
    if (new Set(form.keys()).size !== form.size) {
      return { refused: refuse(call, 'invalid_request', 'A parameter is repeated') };
    }
    for (const name of ['client_key', 'client_secret']) {
      if (!form.get(name)) return { refused: refuse(call, 'invalid_request', `${name} is missing`) };
    }
    if (form.get('client_key') !== clientKey || form.get('client_secret') !== clientSecret) {
      return { refused: refuse(call, 'invalid_client', 'Client key or secret is incorrect') };
    }
    return { form };
  }

  function issued(call: Call, pair: IssuedPair): Reply {
    const { grant, accessToken, refreshToken } = pair;
    call.trace.openId = grant.openId;
    call.trace.grantId = grant.id;
    call.trace.issuedHashes = { access: grant.accessHash, refresh: grant.refreshHash };
    const secondsUntil = (instantMs: number) => Math.floor((instantMs - call.now.getTime()) / 1000);
    const body = {
      open_id: grant.openId,
      scope: grant.scopes.join(','),
      access_token: accessToken,
      expires_in: secondsUntil(grant.accessExpiresMs),
      refresh_token: refreshToken,
      refresh_expires_in: secondsUntil(grant.refreshExpiresMs),
      token_type: 'Bearer',
    };
    return { kind: 'json', status: 200, body, headers: { 'cache-control': 'no-store' } };
  }

  function issuedOrRefused(call: Call, what: 'code' | 'refresh', outcome: IssuedPair | Refusal): Reply {
    if (typeof outcome !== 'string') return issued(call, outcome);
    call.trace.detail = `${what} ${outcome}`;
    return refuse(call, 'invalid_grant', `The ${what === 'code' ? 'code' : 'refresh token'} is invalid or expired`);
  }

  function answerToken(call: Call): Reply {
    const read = readForm(call);
    if ('refused' in read) return read.refused;
    const value = (name: string) => read.form.get(name) ?? '';
    const missing = (name: string) => refuse(call, 'invalid_request', `${name} is missing`);
    switch (value('grant_type')) {
      case 'authorization_code':
        if (!value('code')) return missing('code');
        if (!value('redirect_uri')) return missing('redirect_uri');
        return issuedOrRefused(call, 'code', grants.redeemCode(value('code'), value('redirect_uri')));
      case 'refresh_token':
        if (!value('refresh_token')) return missing('refresh_token');
        return issuedOrRefused(call, 'refresh', grants.refresh(value('refresh_token')));
      case '':
        return missing('grant_type');
      default:
        return refuse(call, 'unsupported_grant_type', 'grant_type is not supported');
    }
  }

  function answerRevoke(call: Call): Reply {
    const read = readForm(call);
    if ('refused' in read) return read.refused;
    const token = read.form.get('token');
    if (!token) return refuse(call, 'invalid_request', 'token is missing');
    const grant = grants.findByAccess(token);
    // An expired or unknown token here is not established; refused is the stricter guess. TODO: check official docs
    if (!grant || grants.isExpired(grant)) return refuse(call, 'invalid_grant', 'The access token is invalid');
    if (settings.revokeEnds === 'person') grants.endAll(grant.openId);
    else grants.end(grant);
    options.onRevoked(grant.openId, REVOKED_BY_DEVELOPER);
    return { kind: 'text', status: 200, text: '', contentType: 'application/json; charset=utf-8' };
  }

  const token: EndpointHandler = {
    identify(call) {
      const form = new URLSearchParams(call.body);
      const refreshToken = form.get('refresh_token');
      const known = refreshToken === null ? undefined : grants.findByRefresh(refreshToken);
      call.trace.tokenHash = refreshToken === null ? null : sha256(refreshToken);
      call.trace.grantId = known?.id ?? null;
      call.trace.openId = known?.openId ?? grants.findCode(form.get('code') ?? '')?.openId ?? null;
    },
    answer: answerToken,
  };

  const revoke: EndpointHandler = {
    identify(call) {
      const sent = new URLSearchParams(call.body).get('token');
      const grant = sent === null ? undefined : grants.findByAccess(sent);
      call.trace.tokenHash = sent === null ? null : sha256(sent);
      call.trace.grantId = grant?.id ?? null;
      call.trace.openId = grant?.openId ?? null;
    },
    answer: answerRevoke,
  };

  app.post('/v2/oauth/token/', (c) => exchange(c, 'token', token));
  app.post('/v2/oauth/revoke/', (c) => exchange(c, 'revoke', revoke));
}
