import type { MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import type { Logger } from '../../logger.ts';
import type { Observer } from '../../observe.ts';
import { traced } from '../../tracing.ts';

/**
 * Logs, counts and traces each request with the route's pattern, never its path or query: those carry invitations, codes and
 * states. What a request says of its own trace counts for nothing: anybody could.
 */
export function requestLog({ logger, observe }: { logger: Logger; observe: Observer }): MiddlewareHandler {
  return (c, next) =>
    traced(
      c.req.method,
      {},
      async (span) => {
        const startedAt = performance.now();
        await next();
        const { method } = c.req;
        const { status } = c.res;
        const route = routePath(c, -1);
        const durationMs = performance.now() - startedAt;
        span.updateName(`${method} ${route}`);
        span.setAttribute('http.response.status_code', status);
        observe.requestServed({ method, route, status, durationMs });
        logger.debug('request', { method, route, http_status: status, duration_ms: Math.round(durationMs) });
      },
      { kind: 'server' },
    );
}
