// Made from src/client/client.ts by `npm run client:emit`.
import { hc } from 'hono/client';
/**
 * Every route under /api, as in `client(url, { key }).api.stores[':store_code'].$get({ param: { store_code } })`. An
 * answer is a Response: `ok` and `status` tell which body `json()` gives, a refusal's is `{ error: { code, message } }`
 * with the codes of that route. Rejects only when no answer came, with the error of `fetch`.
 */
export const client = (url, { key, ...options }) => hc(url, { headers: { Authorization: `Bearer ${key}` }, ...options });
