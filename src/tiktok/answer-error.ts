import { TikTokError, type TikTokErrorKind } from './errors.ts';
import type { HttpAnswer } from './http-call.ts';
import { displayErrorAnswer, oauthErrorAnswer } from './schemas.ts';

type KindsByCode = ReadonlyMap<string, TikTokErrorKind>;

/** Every `error` of the OAuth endpoints (oauth-error-handling). */
const OAUTH_KINDS: KindsByCode = new Map([
  ['access_denied', 'access_denied'],
  ['invalid_client', 'app_credentials'],
  ['unauthorized_client', 'app_credentials'],
  ['invalid_grant', 'grant_invalid'],
  ['invalid_request', 'bad_request'],
  ['invalid_scope', 'bad_request'],
  ['unsupported_grant_type', 'bad_request'],
  ['unsupported_response_type', 'bad_request'],
  ['server_error', 'transient'],
  ['temporarily_unavailable', 'transient'],
]);

/** Every `error.code` of the Display API (tiktok-api-v2-error-handling). */
const DISPLAY_KINDS: KindsByCode = new Map([
  ['access_token_invalid', 'token_invalid'],
  ['scope_not_authorized', 'scope_not_authorized'],
  ['scope_permission_missed', 'bad_request'],
  ['invalid_params', 'bad_request'],
  ['invalid_file_upload', 'bad_request'],
  ['rate_limit_exceeded', 'rate_limited'],
  ['internal_error', 'transient'],
]);

export function isSuccessStatus(status: number): boolean {
  return status >= 200 && status < 300;
}

/** The error in an OAuth answer that was no success. */
export function oauthAnswerError(answer: HttpAnswer): TikTokError {
  const parsed = oauthErrorAnswer.safeParse(answer.body);
  const code = parsed.data?.error ?? null;
  const { kind, code: shownCode } = judge(OAUTH_KINDS, answer.status, code);
  return new TikTokError({
    kind,
    code: shownCode,
    httpStatus: answer.status,
    logId: parsed.data?.log_id ?? null,
    retryAfterMs: answer.retryAfterMs,
    // An answer we cannot place proves nothing about the token either.
    outcomeUnknown: kind === 'transient' || kind === 'unknown',
  });
}

/** The error in a Display API answer that was no success. These calls only read, so no outcome is in doubt. */
export function displayAnswerError(answer: HttpAnswer): TikTokError {
  const error = displayErrorAnswer.safeParse(answer.body).data?.error;
  const code = error === undefined || error.code === 'ok' ? null : error.code;
  return new TikTokError({
    ...judge(DISPLAY_KINDS, answer.status, code),
    httpStatus: answer.status,
    logId: error?.log_id ?? null,
    retryAfterMs: answer.retryAfterMs,
  });
}

/** Status and code together: a 5xx never proves that a token or a grant is dead, whatever its body says. */
function judge(kinds: KindsByCode, status: number, code: string | null): { kind: TikTokErrorKind; code: string } {
  if (code === null && isSuccessStatus(status)) return { kind: 'transient', code: 'UNEXPECTED_ANSWER' };
  const known = code === null ? undefined : kinds.get(code);
  const shownCode = code ?? `HTTP_${status}`;
  if (status === 429 || known === 'rate_limited') return { kind: 'rate_limited', code: shownCode };
  if (status >= 500) return { kind: 'transient', code: shownCode };
  return { kind: known ?? 'unknown', code: shownCode };
}
