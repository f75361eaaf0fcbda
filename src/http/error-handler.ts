import type { Context, ErrorHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { AppError, type ErrorCode } from '../errors.ts';
import { errorCodeOf, type Logger } from '../logger.ts';
import type { AdminVariables } from './admin-variables.ts';
import { errorPage } from './pages/error-page.ts';
import { pickLanguage } from './pages/language.ts';
import { linkGonePage } from './pages/link-gone-page.ts';
import { signInPage } from './pages/sign-in-page.ts';
import { wayBack } from './way-back.ts';

/** The one table of statuses. */
export const statusOf = {
  INVALID_REQUEST: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  STORE_NOT_FOUND: 404,
  JOB_NOT_FOUND: 404,
  VIDEO_NOT_FOUND: 404,
  LINK_NOT_FOUND: 404,
  KEY_NOT_FOUND: 404,
  ACCOUNT_NOT_FOUND: 404,
  WEBHOOK_NOT_FOUND: 404,
  EVENT_NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  STORE_EXISTS: 409,
  KEY_EXISTS: 409,
  KEY_NOT_REVOCABLE: 409,
  WEBHOOK_LIMIT: 409,
  WEBHOOK_DISABLED: 409,
  STORE_NOT_CONNECTED: 409,
  SYNC_IN_PROGRESS: 409,
  JOB_NOT_CANCELLABLE: 409,
  JOB_NOT_RETRYABLE: 409,
  IDEMPOTENCY_KEY_REUSED: 409,
  IDEMPOTENCY_KEY_IN_USE: 409,
  ALREADY_DONE: 409,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  TOO_MANY_REQUESTS: 429,
  INTERNAL: 500,
  NOT_READY: 503,
  UNAVAILABLE: 503,
} as const satisfies Record<ErrorCode, ContentfulStatusCode>;

const codeOfStatus: Readonly<Record<number, ErrorCode>> = {
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
};

/** Turns everything thrown on the way of a request into the envelope, or into a page for a browser on a page. */
export function createErrorHandler(options: {
  logger: Logger;
  publicUrl: string;
  simulated: boolean;
  isUnavailable: (error: unknown) => boolean;
}): ErrorHandler<{ Variables: AdminVariables }> {
  return (error, c) => {
    // Who hung up half-way takes no answer; the reset of their connection is not one of the database's.
    const hungUp = !(error instanceof AppError) && c.req.raw.signal.aborted;
    const refusal = hungUp ? cutOff() : toAppError(error, options.isUnavailable);
    const status = statusOf[refusal.code];
    if (status >= 500) {
      const route = c.req.path.startsWith('/api/') ? 'api' : 'page';
      options.logger.error('request failed', { error_code: errorCodeOf(error), http_status: status, route });
    }
    for (const [name, value] of Object.entries(refusal.headers)) c.header(name, value);
    const { code, message } = refusal;
    if (!wantsPage(c)) return c.json({ error: { code, message } }, status);
    const language = pickLanguage(c.req.header('accept-language'));
    if (code === 'LINK_NOT_FOUND') return c.html(linkGonePage({ language, simulated: options.simulated }), status);
    if (code === 'UNAUTHORIZED') {
      const why = c.get('signIn');
      const to = c.get('signInTo') ?? wayBack(c, options.publicUrl);
      const error = why === undefined ? message : null;
      return c.html(signInPage({ language, simulated: options.simulated, error, ended: why === 'ended', to }), status);
    }
    return c.html(errorPage({ language, simulated: options.simulated, status, message, code }), status);
  };
}

const cutOff = () => new AppError('INVALID_REQUEST', 'The request was cut off: send it whole.');

function toAppError(error: unknown, isUnavailable: (error: unknown) => boolean): AppError {
  if (error instanceof AppError) return error;
  if (isUnavailable(error)) {
    return new AppError('UNAVAILABLE', 'The database cannot be reached right now: try again in a moment.', {
      'Retry-After': '5',
    });
  }
  if (error instanceof HTTPException) {
    const code = codeOfStatus[error.status] ?? (error.status < 500 ? 'INVALID_REQUEST' : 'INTERNAL');
    if (code !== 'INTERNAL') return new AppError(code, 'The request could not be read: check its form and try again.');
  }
  return new AppError('INTERNAL', 'Something went wrong on our side: try again, and look at the log if it stays.');
}

/** The API always answers JSON; a page answers HTML to whoever prefers it. */
export function wantsPage(c: Context): boolean {
  if (/^\/(api|webhooks|healthz|readyz|metrics|openapi\.json)(\/|$)/.test(c.req.path)) return false;
  return (c.req.header('accept') ?? '').includes('text/html');
}
