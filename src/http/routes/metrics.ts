import { type OpenAPIHono, z } from '@hono/zod-openapi';
import type { AdminVariables } from '../admin-variables.ts';
import { adminRoute } from '../define-route.ts';
import type { HttpDependencies } from '../dependencies.ts';

const example = `# HELP harian_coverage_overdue Days of today that were due an hour ago and are unread, whatever for
# TYPE harian_coverage_overdue gauge
harian_coverage_overdue 0
`;

const metrics = adminRoute({
  method: 'get',
  path: '/metrics',
  operationId: 'getMetrics',
  tags: ['Operation'],
  summary: 'Metrics for Prometheus',
  description:
    'In its text format: what this process does, and what is so of the whole installation, which every process says alike. Processes without the role api answer it too.',
  responses: {
    200: { content: { 'text/plain': { schema: z.string().openapi({ example }) } }, description: 'The metrics' },
  },
});

export function metricsRoutes(
  app: OpenAPIHono<{ Variables: AdminVariables }>,
  deps: Pick<HttpDependencies, 'metrics'>,
): void {
  app.openapi(metrics, async (c) => {
    const { text, contentType } = await deps.metrics.read();
    return c.text(text, 200, { 'Content-Type': contentType });
  });
}
