import { OpenAPIHono } from '@hono/zod-openapi';
import { AppError } from '../errors.ts';
import { createFailureLimit } from '../services/limit-failures.ts';
import type { AdminVariables } from './admin-variables.ts';
import type { HttpDependencies } from './dependencies.ts';
import { createErrorHandler } from './error-handler.ts';
import { enforcePolicies } from './middleware/enforce-policies.ts';
import { requestLog } from './middleware/request-log.ts';
import { securityHeaders } from './middleware/security-headers.ts';
import { requirePolicies } from './policies.ts';
import { refuseOtherMethods } from './refuse-other-methods.ts';
import { healthRoutes } from './routes/health.ts';
import { metricsRoutes } from './routes/metrics.ts';

/** For a process without the role api: only whether it lives and works, and its metrics for who has a key. */
export function createHealthApp(options: HttpDependencies): OpenAPIHono<{ Variables: AdminVariables }> {
  const deps = { ...options, failures: createFailureLimit(options) };
  const app = new OpenAPIHono<{ Variables: AdminVariables }>();
  const onError = createErrorHandler(deps);
  app.onError(onError);
  app.use(securityHeaders({ https: deps.publicUrl.startsWith('https:'), tiktokOrigin: deps.tiktokOrigin }));
  app.use(requestLog(deps));
  app.use('/metrics', enforcePolicies(deps));
  healthRoutes(app as never, deps);
  metricsRoutes(app, deps);
  requirePolicies(app.routes);
  refuseOtherMethods(app);
  app.notFound((c) =>
    onError(new AppError('NOT_FOUND', 'This process serves /healthz, /readyz and /metrics only.'), c),
  );
  return app;
}
