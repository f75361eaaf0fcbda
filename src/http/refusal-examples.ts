import type { ErrorCode } from '../errors.ts';

/** What a refusal says, for the description of the API: one message per code, as a caller may read it. */
export const refusalExamples: Readonly<Record<ErrorCode, string>> = {
  INVALID_REQUEST: 'limit: must be a whole number from 1 to 200',
  UNAUTHORIZED: 'Send a valid admin key as `Authorization: Bearer <key>`, or sign in at /.',
  FORBIDDEN: 'This needs a key with the scope operate; yours has read.',
  NOT_FOUND: 'There is nothing here: see /docs for what there is.',
  STORE_NOT_FOUND: 'There is no store with this store_code.',
  JOB_NOT_FOUND: 'There is no job with this id: jobs are kept for 14 days after their end.',
  VIDEO_NOT_FOUND: 'This store has no video with this id: list its videos to find one.',
  LINK_NOT_FOUND: 'This link is no longer valid: ask the person who sent it for a new one.',
  ACCOUNT_NOT_FOUND:
    'No store is or was connected to a TikTok account with this open_id: nothing was erased. Check the id.',
  KEY_NOT_FOUND: 'There is no key with this id: see GET /api/admin-keys.',
  WEBHOOK_NOT_FOUND: 'There is no webhook with this id: see GET /api/webhooks.',
  EVENT_NOT_FOUND:
    'There is no event with this id, or it is being delivered right now: see the deliveries of the webhook.',
  METHOD_NOT_ALLOWED: 'This path answers GET, HEAD only.',
  STORE_EXISTS: 'A store with this store_code exists already: choose another code.',
  KEY_EXISTS: 'There is or was a key of this name: choose another name.',
  KEY_NOT_REVOCABLE: 'This key follows ADMIN_API_KEY: change that and restart, and it ends at once.',
  WEBHOOK_LIMIT: 'There are 20 webhooks already: delete one that is not needed.',
  WEBHOOK_DISABLED: 'This webhook is switched off: PATCH it with "enabled": true first.',
  STORE_NOT_CONNECTED: 'This store has no working TikTok connection: send its owner a new connect link.',
  SYNC_IN_PROGRESS: 'A sync of this store is under way: follow the job named in Location.',
  JOB_NOT_CANCELLABLE: 'This job has ended already: there is nothing to cancel.',
  JOB_NOT_RETRYABLE: 'Only a failed job can be retried: resync the store instead.',
  IDEMPOTENCY_KEY_REUSED: 'This Idempotency-Key came with another request before: take a new one for every request.',
  IDEMPOTENCY_KEY_IN_USE: 'A request with this Idempotency-Key is under way: repeat it in a moment.',
  ALREADY_DONE:
    'This was done when the Idempotency-Key came first; its answer is not kept. Where it held a link or a key, make another one.',
  PAYLOAD_TOO_LARGE: 'The body is too large: send at most 64 KiB.',
  UNSUPPORTED_MEDIA_TYPE: 'Send the body as JSON, with Content-Type: application/json.',
  TOO_MANY_REQUESTS: 'Too many wrong attempts: wait a minute, then try again.',
  INTERNAL: 'Something went wrong on our side: try again, and look at the log if it stays.',
  NOT_READY: 'This process is not ready, failing: worker. Its log says why.',
  UNAVAILABLE: 'The database cannot be reached right now: try again in a moment.',
};
