import type { MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import type { Logger } from '../../logger.ts';

/** One line per request with the route's pattern, never its path or query: those carry invitations, codes and states. */
export function requestLog(logger: Logger): MiddlewareHandler {
  return async (c, next) => {
    const startedAt = performance.now();
    await next();
    logger.debug('request', {
      method: c.req.method,
      route: routePath(c, -1),
      http_status: c.res.status,
      duration_ms: Math.round(performance.now() - startedAt),
    });
  };
}
