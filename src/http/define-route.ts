import { createRoute, type RouteConfig } from '@hono/zod-openapi';
import type { ErrorCode } from '../errors.ts';
import { statusOf } from './error-handler.ts';
import { policies } from './policies.ts';
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

/** What a change can meet beside its own refusals: a foreign page. */
const ofAnyChange = refusals('FORBIDDEN');
/** What anybody can meet who sends a body that is none of ours, also where none is needed. */
const ofBody = refusals('INVALID_REQUEST', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE');
const ofAny = { ...ofBody, ...refusals('TOO_MANY_REQUESTS', 'INTERNAL', 'UNAVAILABLE') };

/** A route behind the admin's key or session. Its description ends with the scope that its policy asks for. */
export function adminRoute<const R extends Omit<RouteConfig, 'security'>>(route: R) {
  const scope = policies[`${route.method.toUpperCase()} ${route.path.replaceAll(/\{(\w+)\}/g, ':$1')}`]?.for;
  const shared = {
    ...ofAny,
    ...(scope !== 'read' && refusals('FORBIDDEN')),
    ...(route.method !== 'get' && ofAnyChange),
  };
  const responses = { ...shared, ...route.responses } as R['responses'];
  const description = [route.description, `Scope: ${scope}.`].filter(Boolean).join(' ');
  return createRoute({ ...route, description, responses, security: [{ adminKey: [] }, { session: [] }] });
}
