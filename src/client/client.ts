import { hc } from 'hono/client';
import type { Api } from '../http/api.ts';

export interface ClientOptions {
  /** An admin key. */
  key: string;
  /** In place of the global one: for a proxy, a deadline, a test. */
  fetch?: typeof fetch;
}

/**
 * Every route under /api, as in `client(url, { key }).api.stores[':store_code'].$get({ param: { store_code } })`. An
 * answer is a Response: `ok` and `status` tell which body `json()` gives, a refusal's is `{ error: { code, message } }`
 * with the codes of that route. Rejects only when no answer came, with the error of `fetch`.
 */
export const client = (url: string, { key, ...options }: ClientOptions) =>
  hc<Api>(url, { headers: { Authorization: `Bearer ${key}` }, ...options });
