import { TikTokError } from '../../../src/tiktok/errors.ts';
import type { Fetch } from '../../../src/tiktok/http-call.ts';

export interface SentRequest {
  url: URL;
  method: string;
  headers: Headers;
  body: string;
}

/** A `fetch` that answers from a function and keeps what it was sent. */
export function fakeFetch(answer: (request: SentRequest) => Response | Promise<Response>): {
  fetch: Fetch;
  sent: SentRequest[];
} {
  const sent: SentRequest[] = [];
  const fetch: Fetch = async (url, init) => {
    const request = {
      url: new URL(url),
      method: init.method ?? 'GET',
      headers: new Headers(init.headers),
      body: String(init.body ?? ''),
    };
    sent.push(request);
    return answer(request);
  };
  return { fetch, sent };
}

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return new Response(text, { status, headers: { 'content-type': 'application/json; charset=utf-8', ...headers } });
}

/** An answer of the Display API. */
export function display(data: unknown, code = 'ok', status = 200, headers: Record<string, string> = {}): Response {
  return json({ data, error: { code, message: '', log_id: '202611240101AB' } }, status, headers);
}

/** The TikTokError a promise rejects with; anything else fails the test. */
export async function failureOf(work: Promise<unknown>): Promise<TikTokError> {
  const outcome = await work.then(
    () => new Error('expected a TikTokError, got a success'),
    (error: unknown) => error,
  );
  if (outcome instanceof TikTokError) return outcome;
  throw outcome;
}
