import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Scope } from './scopes.ts';
import type { Settings } from './settings.ts';
import type { GrantRecord, StateFile } from './state-file.ts';

const CODE_LIFE_MS = 10 * 60_000;
const CODES_AT_ONCE = 1000;
const SPENT_KEPT = 20;

/** A fresh pair. Nothing but this object ever holds the tokens themselves. */
export interface IssuedPair {
  grant: GrantRecord;
  accessToken: string;
  refreshToken: string;
}

/** Why a code or token was turned away; the caller is told less than this. */
export type Refusal = 'unknown' | 'spent' | 'expired' | 'other_redirect_uri';

interface Code {
  openId: string;
  scopes: Scope[];
  redirectUri: string;
  expiresMs: number;
  spent: boolean;
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Codes and grants. All changes are synchronous and on disk before they return, so two refreshes can never share a token. */
export function createGrants(options: { clock: Clock; settings: Settings; stateFile: StateFile }) {
  const { clock, settings, stateFile } = options;
  const codes = new Map<string, Code>();
  const grants = new Map<string, GrantRecord>();
  const byAccess = new Map<string, GrantRecord>();
  const byRefresh = new Map<string, GrantRecord>();
  const bySpent = new Map<string, GrantRecord>();

  const nowMs = () => clock.now().getTime();
  for (const record of stateFile.records) if (record.type === 'grant') index(record);

  function index(grant: GrantRecord): void {
    grants.set(grant.id, grant);
    byAccess.set(grant.accessHash, grant);
    byRefresh.set(grant.refreshHash, grant);
    for (const hash of grant.spentHashes) bySpent.set(hash, grant);
  }

  function unindex(grant: GrantRecord): void {
    grants.delete(grant.id);
    byAccess.delete(grant.accessHash);
    byRefresh.delete(grant.refreshHash);
    for (const hash of grant.spentHashes) bySpent.delete(hash);
  }

  function issue(
    base: Pick<GrantRecord, 'id' | 'openId' | 'scopes' | 'spentHashes'>,
    replaces?: { grant: GrantRecord; keptRefreshToken: string | undefined },
  ): IssuedPair {
    const accessToken = `sim_act.${randomBytes(32).toString('base64url')}`;
    const refreshToken = replaces?.keptRefreshToken ?? `sim_rft.${randomBytes(32).toString('base64url')}!`;
    const grant: GrantRecord = {
      type: 'grant',
      ...base,
      accessHash: sha256(accessToken),
      accessExpiresMs: nowMs() + settings.accessTokenLifeSeconds * 1000,
      refreshHash: sha256(refreshToken),
      // Sliding or fixed 180 days is not established: sliding here. TODO: check official docs
      refreshExpiresMs: nowMs() + settings.refreshTokenLifeSeconds * 1000,
    };
    stateFile.append(grant);
    if (replaces) unindex(replaces.grant);
    index(grant);
    return { grant, accessToken, refreshToken };
  }

  function createGrant(openId: string, scopes: Scope[]): IssuedPair {
    return issue({ id: randomUUID(), openId, scopes, spentHashes: [] });
  }

  function end(grant: GrantRecord): void {
    stateFile.append({ type: 'ended', id: grant.id });
    unindex(grant);
  }

  return {
    grant: createGrant,

    /** A code holds characters that only survive exact form encoding, so a client that decodes twice is found out. */
    issueCode(code: Pick<Code, 'openId' | 'scopes' | 'redirectUri'>): string {
      for (const [key, known] of codes) {
        if (known.expiresMs + CODE_LIFE_MS < nowMs() || codes.size >= CODES_AT_ONCE) codes.delete(key);
      }
      const text = `sim_code+${randomBytes(24).toString('base64')}%2F*!`;
      codes.set(sha256(text), { ...code, expiresMs: nowMs() + CODE_LIFE_MS, spent: false });
      return text;
    },

    /** A code is good once, for 10 minutes, for the redirect URI it was asked with. */
    redeemCode(text: string, redirectUri: string): IssuedPair | Refusal {
      const code = codes.get(sha256(text));
      if (!code) return 'unknown';
      if (code.spent) return 'spent';
      if (code.expiresMs <= nowMs()) return 'expired';
      if (code.redirectUri !== redirectUri) return 'other_redirect_uri';
      code.spent = true;
      return createGrant(code.openId, code.scopes);
    },

    /** Strictly single use: the token sent and the access token beside it stop working before this returns. */
    refresh(refreshToken: string): IssuedPair | Refusal {
      const hash = sha256(refreshToken);
      const grant = byRefresh.get(hash);
      if (!grant) return bySpent.has(hash) ? 'spent' : 'unknown';
      if (grant.refreshExpiresMs <= nowMs()) return 'expired';
      const { id, openId, scopes, spentHashes } = grant;
      if (!settings.rotateAlways) {
        return issue({ id, openId, scopes, spentHashes }, { grant, keptRefreshToken: refreshToken });
      }
      const spent = [...spentHashes, hash].slice(-SPENT_KEPT);
      return issue({ id, openId, scopes, spentHashes: spent }, { grant, keptRefreshToken: undefined });
    },

    /** Expired grants too: ask `isExpired`. */
    findByAccess: (token: string) => byAccess.get(sha256(token)),
    isExpired: (grant: GrantRecord) => grant.accessExpiresMs <= nowMs(),
    findByRefresh: (token: string) => byRefresh.get(sha256(token)) ?? bySpent.get(sha256(token)),
    findCode: (text: string) => codes.get(sha256(text)),

    end,
    endAll(openId: string): void {
      for (const grant of [...grants.values()]) if (grant.openId === openId) end(grant);
    },
    reset(): void {
      for (const map of [codes, grants, byAccess, byRefresh, bySpent]) map.clear();
    },
  };
}

export type Grants = ReturnType<typeof createGrants>;
