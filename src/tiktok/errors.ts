/** What a caller can do about it; the tables of TikTok's codes behind it are in `answer-error.ts`. */
export type TikTokErrorKind =
  /** Wait `retryAfterMs`, or a window when TikTok named no time; nothing was done. */
  | 'rate_limited'
  /** No usable answer: 5xx, timeout, reset, redirect, or a body that is not what it should be. Try again later. */
  | 'transient'
  /** Refresh once, repeat once. */
  | 'token_invalid'
  /** The person did not grant the scope; a refresh cannot cure it. */
  | 'scope_not_authorized'
  /** Authorisation code or refresh token invalid, expired, revoked or spent. */
  | 'grant_invalid'
  /** Our own app credentials are wrong; no store is to blame. */
  | 'app_credentials'
  /** Our request is wrong: a bug, no retry. */
  | 'bad_request'
  /** The person said no. */
  | 'access_denied'
  /** A code that is in no table: a plain failure. */
  | 'unknown';

export interface TikTokErrorDetails {
  kind: TikTokErrorKind;
  code: string;
  httpStatus?: number | null;
  logId?: string | null;
  retryAfterMs?: number | null;
  outcomeUnknown?: boolean;
}

const SAFE_CODE = /^(?:[a-z_]{1,64}|[A-Z][A-Z0-9_]{0,63})$/;
const SAFE_LOG_ID = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * The one error of `src/tiktok`. Every field is safe to log and store: no token, URL, header, body or foreign
 * message gets in, and there is no `cause`.
 */
export class TikTokError extends Error {
  override readonly name = 'TikTokError';
  readonly kind: TikTokErrorKind;
  /** TikTok's own code (`a-z_`), a system code such as ECONNRESET, or one of ours in SCREAMING_SNAKE. */
  readonly code: string;
  /** Null when no answer came. */
  readonly httpStatus: number | null;
  /** What TikTok's support asks for. */
  readonly logId: string | null;
  /** `Retry-After` as TikTok gave it, in ms; null when it gave none. */
  readonly retryAfterMs: number | null;
  /** True when the request may have taken effect all the same, so a refresh token may be spent. */
  readonly outcomeUnknown: boolean;

  constructor(details: TikTokErrorDetails) {
    const code = SAFE_CODE.test(details.code) ? details.code : 'UNRECOGNIZED_CODE';
    const httpStatus = details.httpStatus ?? null;
    super(`TikTok call failed: ${code} (${details.kind}${httpStatus === null ? '' : `, HTTP ${httpStatus}`})`);
    this.kind = details.kind;
    this.code = code;
    this.httpStatus = httpStatus;
    this.logId = details.logId && SAFE_LOG_ID.test(details.logId) ? details.logId : null;
    this.retryAfterMs = details.retryAfterMs ?? null;
    this.outcomeUnknown = details.outcomeUnknown ?? false;
  }
}
