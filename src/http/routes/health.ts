import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { AppError } from '../../errors.ts';
import { createReadinessCheck, type ReadinessDependencies } from '../../services/check-readiness.ts';
import { json, refusals } from '../define-route.ts';
import { presentReadiness } from '../present.ts';
import { readinessBody } from '../schemas.ts';

const tags = ['Operation'];

const healthz = createRoute({
  method: 'get',
  path: '/healthz',
  operationId: 'isAlive',
  tags,
  summary: 'Whether the process serves',
  description: 'Of what it needs for that nothing is said: see /readyz.',
  security: [],
  responses: { 200: json(z.object({ status: z.literal('ok') }), 'It does'), ...refusals('INVALID_REQUEST') },
});
const readyz = createRoute({
  method: 'get',
  path: '/readyz',
  operationId: 'isReady',
  tags,
  summary: 'Whether every role of this process, and what it needs, works',
  description:
    'A role that has stopped doing its work is failing. `fleet` counts other live processes with a worker, or a scheduler; `coverage` is the state of today. Neither decides whether this process is ready.',
  security: [],
  responses: { 200: json(readinessBody, 'Ready'), ...refusals('INVALID_REQUEST', 'NOT_READY') },
});

export function healthRoutes(app: OpenAPIHono, deps: ReadinessDependencies): void {
  const checkReadiness = createReadinessCheck(deps);
  app.openapi(healthz, (c) => c.json({ status: 'ok' as const }, 200));
  app.openapi(readyz, async (c) => {
    const readiness = await checkReadiness();
    const failing = Object.entries(readiness.checks).filter(([, check]) => check !== 'ok');
    if (failing.length > 0) {
      const names = failing.map(([name]) => name).join(', ');
      throw new AppError('NOT_READY', `This process is not ready, failing: ${names}. Its log says why.`);
    }
    return c.json(presentReadiness(readiness), 200);
  });
}
