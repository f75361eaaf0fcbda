import type { Endpoint } from './endpoints.ts';
import type { JsonObject, Reply } from './reply.ts';

/** The ten of tiktok-api.md, section 3. */
export const oauthErrorCodes = [
  'access_denied',
  'invalid_client',
  'invalid_grant',
  'invalid_request',
  'invalid_scope',
  'unauthorized_client',
  'unsupported_grant_type',
  'unsupported_response_type',
  'server_error',
  'temporarily_unavailable',
] as const;

export type OAuthErrorCode = (typeof oauthErrorCodes)[number];

/** Statuses of the official table (tiktok-api.md, section 7); `not_found` is the simulator's own. */
export const displayErrorStatus = {
  access_token_invalid: 401,
  scope_not_authorized: 401,
  scope_permission_missed: 400,
  invalid_params: 400,
  invalid_file_upload: 400,
  rate_limit_exceeded: 429,
  internal_error: 500,
  not_found: 404,
} as const;

export type DisplayErrorCode = keyof typeof displayErrorStatus;

export function displayOk(data: JsonObject, logId: string): Reply {
  return { kind: 'json', status: 200, body: { data, error: { code: 'ok', message: '', log_id: logId } } };
}

export function displayError(code: DisplayErrorCode, message: string, logId: string): Reply {
  const body = { data: {}, error: { code, message, log_id: logId } };
  return { kind: 'json', status: displayErrorStatus[code], body };
}

export function oauthError(status: number, code: OAuthErrorCode, description: string, logId: string): Reply {
  return { kind: 'json', status, body: { error: code, error_description: description, log_id: logId } };
}

/** An error in the shape of its endpoint with any code and status: the OAuth endpoints answer flat, the others nested. */
export function errorOf(endpoint: Endpoint, status: number, code: string, logId: string): Reply {
  const message = `simulated ${code}`;
  const flat = endpoint === 'token' || endpoint === 'revoke';
  const body = flat
    ? { error: code, error_description: message, log_id: logId }
    : { data: {}, error: { code, message, log_id: logId } };
  return { kind: 'json', status, body };
}
