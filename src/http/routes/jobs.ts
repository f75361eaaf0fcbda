import type { OpenAPIHono } from '@hono/zod-openapi';
import { cancelJob, retryJob } from '../../services/control-jobs.ts';
import { getJob } from '../../services/read-jobs.ts';
import type { AdminVariables } from '../admin-variables.ts';
import { adminRoute, json, refusals } from '../define-route.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { audited } from '../middleware/audit-changes.ts';
import { presentJob, presentQueue } from '../present.ts';
import { jobBody, jobParams, queueBody } from '../schemas.ts';

const tags = ['Jobs'];

const read = adminRoute({
  method: 'get',
  path: '/api/jobs/{id}',
  operationId: 'readJob',
  tags,
  summary: 'Follow a job',
  description: 'Kept for 14 days after its end.',
  request: { params: jobParams },
  responses: { 200: json(jobBody, 'The job'), ...refusals('INVALID_REQUEST', 'UNAUTHORIZED', 'JOB_NOT_FOUND') },
});
const cancel = adminRoute({
  method: 'post',
  path: '/api/jobs/{id}/cancel',
  operationId: 'cancelJob',
  tags,
  summary: 'Cancel a job',
  description: 'A waiting job never starts; a running one writes nothing more.',
  request: { params: jobParams },
  responses: {
    200: json(jobBody, 'Cancelled'),
    ...refusals('INVALID_REQUEST', 'UNAUTHORIZED', 'JOB_NOT_FOUND', 'JOB_NOT_CANCELLABLE'),
  },
});
const retry = adminRoute({
  method: 'post',
  path: '/api/jobs/{id}/retry',
  operationId: 'retryJob',
  tags,
  summary: 'Give a failed job one more attempt',
  request: { params: jobParams },
  responses: {
    202: json(jobBody, 'Accepted'),
    ...refusals('INVALID_REQUEST', 'UNAUTHORIZED', 'JOB_NOT_FOUND', 'JOB_NOT_RETRYABLE', 'SYNC_IN_PROGRESS'),
  },
});
const queue = adminRoute({
  method: 'get',
  path: '/api/queue',
  operationId: 'readQueue',
  tags,
  summary: 'How deep the queue is and when it will be through',
  responses: { 200: json(queueBody, 'The queue right now'), ...refusals('UNAUTHORIZED') },
});

export function jobRoutes(app: OpenAPIHono<{ Variables: AdminVariables }>, deps: HttpDependencies) {
  const find = (id: string) => getJob(deps.db, id);
  const present = async (id: string) => presentJob(await find(id));

  return app
    .openapi(read, async (c) => c.json(await present(c.req.valid('param').id), 200))
    .openapi(cancel, async (c) => {
      const { id } = c.req.valid('param');
      const { storeCode } = await find(id);
      await audited(c, deps, { storeCode, target: id }, (own) => cancelJob(own, id));
      return c.json(await present(id), 200);
    })
    .openapi(retry, async (c) => {
      const { id } = c.req.valid('param');
      const { storeCode } = await find(id);
      await audited(c, deps, { storeCode, target: id }, (own) => retryJob(own, id));
      return c.json(await present(id), 202);
    })
    .openapi(queue, async (c) => c.json(presentQueue(await deps.readQueue()), 200));
}
