import { errorOf } from './answers.ts';
import { type Endpoint, endpoints } from './endpoints.ts';
import type { FaultParameters } from './fault-parameters.ts';
import type { JsonObject, Reply } from './reply.ts';

const HUGE_BYTES = 64 * 1024 * 1024;
/** How far the list shifts between two pages. */
const SHIFTED_VIDEOS = 3;

/** The request a fault happens to. `proceed` lets the endpoint do its work and gives its true answer. */
export interface FaultyCall {
  endpoint: Endpoint;
  logId: string;
  /** The cursor that was sent, ms; null for the first page and other endpoints. */
  cursor: number | null;
  /** Now, ms. */
  nowMs: number;
  proceed(change?: { overlapVideos: number }): Promise<Reply>;
  sleep(delayMs: number): Promise<void>;
}

export interface FaultKindDefinition {
  endpoints: readonly Endpoint[];
  /** How often it happens unless `times` says otherwise; null is for ever. */
  times: number | null;
  /** The call it can happen to; any when absent. */
  when?(call: FaultyCall): boolean;
  act(call: FaultyCall, parameters: FaultParameters): Reply | Promise<Reply>;
}

const display: readonly Endpoint[] = ['user/info', 'video/list', 'video/query'];
const oauth: readonly Endpoint[] = ['token', 'revoke'];
const isOauth = (call: FaultyCall) => oauth.includes(call.endpoint);

/** Changes the body of a JSON answer that is no error; any other answer stays as it is. */
function changeData(reply: Reply, change: (data: JsonObject) => JsonObject): Reply {
  if (reply.kind !== 'json' || reply.status !== 200 || !isObject(reply.body.data)) return reply;
  return { ...reply, body: { ...reply.body, data: change(reply.body.data) } };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(reply: Reply): { status: number; text: string } {
  if (reply.kind === 'json') return { status: reply.status, text: JSON.stringify(reply.body) };
  return reply.kind === 'text' ? { status: reply.status, text: reply.text } : { status: 200, text: '' };
}

function html(status: number, title: string): Reply {
  const text = `<!doctype html><title>${title}</title><h1>${title}</h1><p>Simulated.</p>`;
  return { kind: 'text', status, text, contentType: 'text/html; charset=utf-8' };
}

function without(fields: readonly string[], value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => without(fields, item));
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([name]) => !fields.includes(name));
  return Object.fromEntries(kept.map(([name, item]) => [name, without(fields, item)]));
}

/** Every kind of fault, each a small function from the call to what happens to it. */
export const faultKinds = {
  /** 429; `retryAfterSeconds` adds the header, which nothing official promises. */
  rate_limited: {
    endpoints,
    times: 1,
    act(call, { retryAfterSeconds }) {
      const reply = errorOf(
        call.endpoint,
        429,
        isOauth(call) ? 'temporarily_unavailable' : 'rate_limit_exceeded',
        call.logId,
      );
      if (reply.kind !== 'json' || retryAfterSeconds === undefined) return reply;
      return { ...reply, headers: { 'retry-after': String(retryAfterSeconds) } };
    },
  },
  /** 500 in the endpoint's own error shape. */
  internal_error: {
    endpoints,
    times: 1,
    act: (call) => errorOf(call.endpoint, 500, isOauth(call) ? 'server_error' : 'internal_error', call.logId),
  },
  /** A proxy's page; `status` makes it 503 or 504. */
  http_502_html: { endpoints, times: 1, act: (_call, { status }) => html(status ?? 502, 'Bad Gateway') },
  /** Nothing is done and nothing answered, until the caller gives up or `delayMs` has passed; then a reset. */
  timeout: { endpoints, times: 1, act: (_call, { delayMs }) => ({ kind: 'hang', delayMs }) },
  /** Nothing is done, the connection is destroyed. */
  reset: { endpoints, times: 1, act: () => ({ kind: 'reset' }) },
  /** The work is done (a token is rotated), then the answer is lost: by a reset, or with `drop: 'hang'` by silence. */
  reply_lost: {
    endpoints,
    times: 1,
    async act(call, { drop, delayMs }) {
      await call.proceed();
      return drop === 'hang' ? { kind: 'hang', delayMs } : { kind: 'reset' };
    },
  },
  /** The true answer breaks off in the middle of its body (a token is rotated). */
  truncated_body: {
    endpoints,
    times: 1,
    async act(call) {
      return { kind: 'cut', contentType: 'application/json; charset=utf-8', ...textOf(await call.proceed()) };
    },
  },
  /** A page in place of JSON with status 200. */
  html_200: { endpoints, times: 1, act: () => html(200, 'Please wait') },
  /** HTTP 200 with an error in the body; `code` chooses which. */
  error_body_200: {
    endpoints,
    times: 1,
    act: (call, { code }) =>
      errorOf(call.endpoint, 200, code ?? (isOauth(call) ? 'server_error' : 'internal_error'), call.logId),
  },
  /** Any row of the Display API's error table, or an unknown `code`, with `status`. */
  display_error: {
    endpoints: display,
    times: 1,
    act: (call, { code, status }) => errorOf(call.endpoint, status ?? 400, code ?? 'invalid_params', call.logId),
  },
  /** One of the ten OAuth errors; nothing is rotated. */
  oauth_error: {
    endpoints: oauth,
    times: 1,
    act: (call, { code, status }) => errorOf(call.endpoint, status ?? 400, code ?? 'invalid_grant', call.logId),
  },
  /** 401 for a token that is good. */
  token_invalid: {
    endpoints: display,
    times: 1,
    act: (call) => errorOf(call.endpoint, 401, 'access_token_invalid', call.logId),
  },
  /** Each page answers the cursor that was sent and has_more, for ever. */
  cursor_loop: {
    endpoints: ['video/list'],
    times: null,
    async act(call) {
      const reply = await call.proceed();
      return changeData(reply, (data) => ({ ...data, cursor: call.cursor ?? data.cursor, has_more: true }));
    },
  },
  /** A further page begins with the last videos of the former one; no video is lost by it. */
  duplicate_videos: {
    endpoints: ['video/list'],
    times: 1,
    when: (call) => call.cursor !== null,
    act: (call) => call.proceed({ overlapVideos: SHIFTED_VIDEOS }),
  },
  /** A further page begins some videos too late, and nothing in the answers says so. */
  skipped_videos: {
    endpoints: ['video/list'],
    times: 1,
    when: (call) => call.cursor !== null,
    async act(call) {
      return changeData(await call.proceed(), (data) => ({
        ...data,
        videos: Array.isArray(data.videos) ? data.videos.slice(SHIFTED_VIDEOS) : [],
      }));
    },
  },
  /** An empty page with has_more; its cursor moves to just before the next video, so no video is lost by it. */
  empty_page_has_more: {
    endpoints: ['video/list'],
    times: 1,
    async act(call) {
      return changeData(await call.proceed(), (data) => {
        const first: unknown = Array.isArray(data.videos) ? data.videos[0] : undefined;
        const createdSeconds = isObject(first) ? first.create_time : undefined;
        const cursor = typeof createdSeconds === 'number' ? createdSeconds * 1000 + 1 : (call.cursor ?? call.nowMs) - 1;
        return { videos: [], cursor, has_more: true };
      });
    },
  },
  /** The answer lacks `fields` (by default follower_count and view_count), as a requested field may be absent. */
  missing_counters: {
    endpoints: display,
    times: 1,
    async act(call, { fields = ['follower_count', 'view_count'] }) {
      return changeData(await call.proceed(), (data) => without(fields, data) as JsonObject);
    },
  },
  /** 302 to `location`, which no client may follow with a token in its hands. */
  redirect: {
    endpoints,
    times: 1,
    act: (_call, { location = 'https://elsewhere.invalid/' }) => {
      return { kind: 'text', status: 302, text: '', contentType: 'text/plain', headers: { location } };
    },
  },
  /** `bytes` of JSON that does not end properly (64 MiB by default). */
  huge_body: { endpoints, times: 1, act: (_call, { bytes }) => ({ kind: 'huge', bytes: bytes ?? HUGE_BYTES }) },
  /** The true answer labelled text/plain. */
  wrong_content_type: {
    endpoints,
    times: 1,
    async act(call) {
      return { kind: 'text', contentType: 'text/plain; charset=utf-8', ...textOf(await call.proceed()) };
    },
  },
  /** The true answer, `delayMs` late. */
  delay: {
    endpoints,
    times: 1,
    async act(call, { delayMs = 1000 }) {
      await call.sleep(delayMs);
      return call.proceed();
    },
  },
} satisfies Record<string, FaultKindDefinition>;

export type FaultKind = keyof typeof faultKinds;
