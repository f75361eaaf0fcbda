import type { MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import type { Logger } from '../../logger.ts';
import type { Observer } from '../../observe.ts';

/** Logs and counts each request with the route's pattern, never its path or query: those carry invitations, codes and states. */
export function requestLog({ logger, observe }: { logger: Logger; observe: Observer }): MiddlewareHandler {
  return async (c, next) => {
    const startedAt = performance.now();
    await next();
    const { method } = c.req;
    const { status } = c.res;
    const route = routePath(c, -1);
    const durationMs = performance.now() - startedAt;
    observe.requestServed({ method, route, status, durationMs });
    logger.debug('request', { method, route, http_status: status, duration_ms: Math.round(durationMs) });
  };
}
