/** Every way a request can be refused. The HTTP status of each stands in http/error-handler.ts, nowhere else. */
export type ErrorCode =
  | 'INVALID_REQUEST'
  | 'UNAUTHORIZED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'STORE_NOT_FOUND'
  | 'JOB_NOT_FOUND'
  | 'VIDEO_NOT_FOUND'
  | 'LINK_NOT_FOUND'
  | 'KEY_NOT_FOUND'
  | 'ACCOUNT_NOT_FOUND'
  | 'WEBHOOK_NOT_FOUND'
  | 'EVENT_NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'STORE_EXISTS'
  | 'KEY_EXISTS'
  | 'KEY_NOT_REVOCABLE'
  | 'WEBHOOK_LIMIT'
  | 'WEBHOOK_DISABLED'
  | 'STORE_NOT_CONNECTED'
  | 'SYNC_IN_PROGRESS'
  | 'JOB_NOT_CANCELLABLE'
  | 'JOB_NOT_RETRYABLE'
  | 'IDEMPOTENCY_KEY_REUSED'
  | 'IDEMPOTENCY_KEY_IN_USE'
  | 'ALREADY_DONE'
  | 'PAYLOAD_TOO_LARGE'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'TOO_MANY_REQUESTS'
  | 'INTERNAL'
  | 'NOT_READY'
  | 'UNAVAILABLE';

/** A refusal for the caller: `message` says what to do next and is shown; the cause is logged and never shown. */
export class AppError extends Error {
  readonly code: ErrorCode;
  /** Extra response headers, such as `Location` of the job already running. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ErrorCode, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = 'AppError';
    this.code = code;
    this.headers = headers;
  }
}
