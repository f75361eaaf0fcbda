import { z } from 'zod';
import { findOperation, type OpenApi, strictValidator } from '../../../tests/support/openapi.ts';
import type { Received, Sent } from '../http-exchange.ts';
import { markup } from './values.ts';

/** The one shape of every refusal. */
const envelope = z.strictObject({
  error: z.strictObject({ code: z.string().regex(/^[A-Z][A-Z_]+$/), message: z.string().min(10) }),
});
const refusals = new Set([400, 401, 403, 404, 405, 409, 413, 415, 429, 503]);

/** What every answer carries, whatever it is. */
const wanted: Readonly<Record<string, RegExp>> = {
  'content-security-policy': /default-src 'none'.*frame-ancestors 'none'/,
  'x-content-type-options': /^nosniff$/,
  'x-frame-options': /^DENY$/,
  'referrer-policy': /^(same-origin|no-referrer)$/,
  'cross-origin-opener-policy': /^same-origin$/,
  'cross-origin-resource-policy': /^same-origin$/,
};
const unwanted = ['x-powered-by', 'server', 'access-control-allow-origin', 'access-control-allow-credentials'];

/** What is missing or too much, in one line; empty when nothing is. */
export function judgeHeaders(headers: Headers): string[] {
  const missing = Object.entries(wanted).filter(([name, form]) => !form.test(headers.get(name) ?? ''));
  const surplus = unwanted.filter((name) => headers.has(name));
  const names = [...missing.map(([name]) => name), ...surplus];
  return names.length === 0 ? [] : [`headers missing, wrong or too many: ${names.join(', ')}`];
}

/** Null when the text is the envelope. */
export function judgeEnvelope(text: string): string | null {
  try {
    return envelope.safeParse(JSON.parse(text)).success ? null : 'a refusal in another shape';
  } catch {
    return 'a refusal that is no JSON';
  }
}

/** Everything that is wrong with an answer; the document itself says what shape it has. */
export function judgeAnswer(document: OpenApi, sent: Sent, received: Received): string[] {
  const { status, headers, text } = received;
  const path = pathOf(sent.path);
  const type = headers.get('content-type') ?? '';
  const wrong = judgeHeaders(headers);
  const readiness = path === '/readyz' && status === 503;
  if (status >= 500 && !readiness) wrong.push(`status ${status}`);
  if (status >= 400 && !refusals.has(status)) wrong.push(`a refusal with status ${status}`);
  const setsCookie = /^\/(session|session\/end|connect\/[^/]+)$/.test(path) && sent.method === 'POST';
  if (headers.has('set-cookie') && !setsCookie) wrong.push('a cookie from a path that sets none');
  if (status === 405 && !headers.has('allow')) wrong.push('405 without Allow');
  if (sent.method === 'HEAD' || status === 204 || status === 304) {
    return text === '' ? wrong : [...wrong, `a body with ${sent.method} ${status}`];
  }
  if (type.startsWith('text/html')) {
    if (!text.startsWith('<!doctype html>')) wrong.push('a page that is none');
    if (text.includes(markup)) wrong.push('markup of the request in a page');
    if (/^\/(api|webhooks|healthz|readyz|metrics|openapi\.json)(\/|$)/.test(path)) wrong.push('a page from the API');
    return wrong;
  }
  if (status >= 400 && !readiness) {
    const problem = type === 'application/json' ? judgeEnvelope(text) : `a refusal of the type ${type || 'none'}`;
    if (problem !== null) wrong.push(problem);
  }
  const operation = findOperation(document, sent.method, path);
  if (!operation || wrong.length > 0) return wrong;
  const content = operation.responses[status]?.content ?? {};
  const [mediaType = ''] = type.split(';', 1);
  // A file: of its rows the description says nothing.
  if (mediaType !== 'application/json' && mediaType in content) return wrong;
  const schema = content['application/json']?.schema;
  if (!schema) return status === 400 && neverArrived(sent) ? [] : [`status ${status} is not described`];
  const parsed = strictValidator(document, schema).safeParse(JSON.parse(text));
  return parsed.success ? [] : [`not as described: ${parsed.error.issues[0]?.path.join('.')}`];
}

/** True when no request could be made of it, so that no route was asked. */
function neverArrived({ path, headers }: Sent): boolean {
  const host = URL.parse(`http://${String(headers?.host ?? 'localhost')}`);
  return host === null || host.username !== '' || headers?.expect === 'x' || path.length > 7_000;
}

/** As the server reads it: dots taken out, an absolute form cut down to its path. */
function pathOf(target: string): string {
  // Two at the beginning are no host to the server.
  if (target.startsWith('//')) return target.replace(/[?#].*$/, '');
  return URL.parse(target, 'http://localhost')?.pathname ?? target;
}
