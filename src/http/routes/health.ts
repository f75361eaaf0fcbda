import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { checkReadiness } from '../../services/check-readiness.ts';
import { json } from '../define-route.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { readinessBody } from '../schemas.ts';

const tags = ['Operation'];

const healthz = createRoute({
  method: 'get',
  path: '/healthz',
  tags,
  summary: 'Whether the process serves',
  security: [],
  responses: { 200: json(z.object({ status: z.literal('ok') }), 'It does') },
});
const readyz = createRoute({
  method: 'get',
  path: '/readyz',
  tags,
  summary: 'Whether every role of this process, and what it needs, works',
  security: [],
  responses: { 200: json(readinessBody, 'Ready'), 503: json(readinessBody, 'Not ready: `checks` says why') },
});

export function healthRoutes(app: OpenAPIHono, deps: Pick<HttpDependencies, 'db' | 'roles'>): void {
  app.openapi(healthz, (c) => c.json({ status: 'ok' as const }, 200));
  app.openapi(readyz, async (c) => {
    const readiness = await checkReadiness(deps.db, deps.roles);
    return readiness.ready ? c.json(readiness, 200) : c.json(readiness, 503);
  });
}
