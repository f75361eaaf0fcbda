import type { Clock } from '../clock.ts';
import { traced } from '../tracing.ts';
import { DeadlineExceeded, withDeadline } from './deadline.ts';
import { TikTokError } from './errors.ts';
import { parseRetryAfter } from './retry-after.ts';

/** The part of a `RequestInit` used here. */
export interface Sent {
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body: string | null;
  signal: AbortSignal;
  /** No redirect may be followed: the token would go with it. */
  redirect: 'manual';
}

/** The part of a `Response` used here. Leaving the body's loop early cancels it. */
export interface Answer {
  status: number;
  /** Names are asked for in lower case. */
  headers: { get(name: string): string | null };
  body: (AsyncIterable<Uint8Array> & { cancel(): Promise<void> }) | null;
}

/**
 * The part of `fetch` used here, so that a simulator or a test can stand in. Rejects with a system error, its own or its
 * cause's, or with the signal's reason.
 */
export type Fetch = (url: string, sent: Sent) => Promise<Answer>;

export interface HttpCall {
  fetch: Fetch;
  clock: Clock;
  method: 'GET' | 'POST';
  url: string;
  headers: Record<string, string>;
  body?: string;
  /** From the first byte sent to the last byte read. */
  timeoutMs: number;
  /** Counted after decompression. */
  maxBodyBytes?: number;
  signal?: AbortSignal | undefined;
  /** True when doing it twice is not doing it once: sent without a readable answer, it is then `outcomeUnknown`. */
  changesState: boolean;
  /** True when an empty body is an answer. */
  mayBeEmpty?: boolean;
}

/** An answer that was read in full. It may still say that the call failed. */
export interface HttpAnswer {
  status: number;
  retryAfterMs: number | null;
  /** The parsed JSON; undefined when the body was empty. */
  body: unknown;
}

/** A page holds 20 videos: 50 KiB for each is far more than its texts and addresses take. */
const DEFAULT_MAX_BODY_BYTES = 1024 * 1024;
const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;
const SYSTEM_CODE = /^[A-Z][A-Z0-9_]{1,63}$/;

/**
 * One request, no retry, no redirect followed. Throws TikTokError when no readable JSON came back (`rate_limited`
 * for a 429, else `transient`), or the caller's own abort reason.
 */
export async function callJson(call: HttpCall): Promise<HttpAnswer> {
  const { pathname } = new URL(call.url);
  try {
    return await traced(
      `${call.method} ${pathname}`,
      {},
      async (span) => {
        const answer = await withDeadline(call.timeoutMs, call.signal, (signal) => readAnswer(call, signal));
        span.setAttribute('http.response.status_code', answer.status);
        return answer;
      },
      { kind: 'client' },
    );
  } catch (error) {
    if (error instanceof TikTokError) throw error;
    if (call.signal?.aborted) throw call.signal.reason;
    const code = error instanceof DeadlineExceeded ? 'TIMEOUT' : systemCodeOf(error);
    throw new TikTokError({ kind: 'transient', code, outcomeUnknown: call.changesState && !neverLeft(error) });
  }
}

async function readAnswer(call: HttpCall, signal: AbortSignal): Promise<HttpAnswer> {
  const { method, headers, body = null } = call;
  const response = await call.fetch(call.url, { method, headers, body, signal, redirect: 'manual' });
  const { status } = response;
  const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'), call.clock.now());
  const unreadable = (code: string): TikTokError =>
    new TikTokError({
      kind: status === 429 ? 'rate_limited' : 'transient',
      code,
      httpStatus: status,
      retryAfterMs,
      outcomeUnknown: call.changesState && status !== 429,
    });

  if (status >= 300 && status < 400) {
    await response.body?.cancel();
    throw unreadable('REDIRECT_REFUSED');
  }
  const maxBodyBytes = call.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES;
  // Refused unread where its own header says so. Compressed it is counted as it comes out.
  const isTooLong = Number(response.headers.get('content-length')) > maxBodyBytes;
  if (isTooLong) await response.body?.cancel();
  const text = isTooLong ? null : await readText(response, maxBodyBytes, signal);
  if (text === null) throw unreadable('BODY_TOO_LARGE');
  if (text.trim() === '') {
    if (call.mayBeEmpty) return { status, retryAfterMs, body: undefined };
    throw unreadable('EMPTY_BODY');
  }
  if (!JSON_TYPE.test(response.headers.get('content-type') ?? '')) throw unreadable('UNEXPECTED_CONTENT_TYPE');
  try {
    return { status, retryAfterMs, body: JSON.parse(text) };
  } catch {
    throw unreadable('INVALID_JSON');
  }
}

/** Null as soon as the body is larger than allowed; leaving the loop cancels the stream. */
async function readText(response: Answer, maxBodyBytes: number, signal: AbortSignal): Promise<string | null> {
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of response.body ?? []) {
    signal.throwIfAborted();
    size += chunk.byteLength;
    if (size > maxBodyBytes) return null;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Only the code: messages may quote header values and URLs. */
function systemCodeOf(error: unknown): string {
  const code = errorCode(error) ?? errorCode(error instanceof Error ? error.cause : undefined);
  return code ?? 'NETWORK_ERROR';
}

/** Of what is done before there is a connection. The code alone would not do: a connection that broke may give it too. */
const connectCalls = ['getaddrinfo', 'connect'];

/** True when nothing was sent for certain. A connection that broke, or an answer that did not come, proves nothing. */
function neverLeft(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(neverLeft);
  if ('syscall' in error && connectCalls.includes(String(error.syscall))) return true;
  return errorCode(error) === 'UND_ERR_CONNECT_TIMEOUT' || neverLeft(error.cause);
}

function errorCode(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return typeof code === 'string' && SYSTEM_CODE.test(code) ? code : null;
}
