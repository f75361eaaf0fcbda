import { client } from 'harian/client';
import { NoAnswer, Refused, UsageError } from './problems.ts';

export type Api = ReturnType<typeof client>['api'];

const timeoutMs = 30_000;

/** The installation that the environment names; nothing is asked yet. Throws UsageError. */
export function connect(environment: Readonly<Record<string, string | undefined>>, signal: AbortSignal): Api {
  const { HARIAN_URL: url = '', HARIAN_KEY: key = '' } = environment;
  const address = URL.parse(url);
  if (!address || !/^https?:$/.test(address.protocol) || address.username || address.password) {
    throw new UsageError('Set HARIAN_URL to where Harian is, such as https://harian.example');
  }
  if (!/^[\x21-\x7e]+$/.test(key)) throw new UsageError('Set HARIAN_KEY to an admin key.');
  const patient: typeof fetch = (input, init) =>
    fetch(input, { ...init, redirect: 'error', signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) });
  return client(address.origin, { key, fetch: patient }).api;
}

interface Answer {
  ok: boolean;
  status: number;
  headers: Headers;
  json(): Promise<unknown>;
}
type Body<A> = A extends { ok: true; json(): Promise<infer B> } ? B : never;

/** The body of a success. Throws Refused, or NoAnswer. */
export async function take<A extends Answer>(asked: Promise<A>): Promise<Body<A>> {
  const answer = await asked.catch((error: unknown) => {
    throw new NoAnswer(`No answer (${causeOf(error)}): is HARIAN_URL right, and does Harian run?`);
  });
  const body = await answer.json().catch(() => null);
  if (answer.ok && body !== null) return body as Body<A>;
  const { code, message } = (body as { error?: { code?: string; message?: string } } | null)?.error ?? {};
  if (code === undefined || message === undefined || answer.status >= 500) {
    throw new NoAnswer(`${code ?? 'No answer of Harian'} (${answer.status}): ${message ?? 'is HARIAN_URL right?'}`);
  }
  throw new Refused(code, message, answer.headers.get('location'));
}

/** A code such as ECONNREFUSED: messages of fetch may quote what was sent. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? String(Reflect.get(cause, 'code') ?? cause.name) : 'unknown';
}
