import { createRoute, type RouteConfig } from '@hono/zod-openapi';
import type { ErrorCode } from '../errors.ts';
import { statusOf } from './error-handler.ts';
import { errorBody } from './schemas.ts';

/** `application/json` with a schema, as OpenAPI wants it. */
export const json = <Schema>(schema: Schema, description: string) => ({
  content: { 'application/json': { schema } },
  description,
});

/** The error answers a route can give, one entry per status, naming the codes. */
export function refusals(...codes: ErrorCode[]): Record<number, ReturnType<typeof json<typeof errorBody>>> {
  const byStatus = Map.groupBy(codes, (code) => statusOf[code]);
  return Object.fromEntries([...byStatus].map(([status, list]) => [status, json(errorBody, list.join(', '))]));
}

/** What a change can meet beside its own refusals: a foreign page, a body that is none of ours. */
const ofAnyChange = refusals('FORBIDDEN', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE');
const ofAny = refusals('INTERNAL', 'UNAVAILABLE');

/** A route behind the admin's key or session. */
export function adminRoute<const R extends Omit<RouteConfig, 'security'>>(route: R) {
  const shared = route.method === 'get' ? ofAny : { ...ofAny, ...ofAnyChange };
  const responses = { ...shared, ...route.responses } as R['responses'];
  return createRoute({ ...route, responses, security: [{ adminKey: [] }, { session: [] }] });
}
