import type { OpenAPIHono } from '@hono/zod-openapi';
import { erase } from '../../services/erase.ts';
import type { AdminVariables } from '../admin-variables.ts';
import { adminRoute, json, refusals } from '../define-route.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { auditedInside } from '../middleware/audit-changes.ts';
import { presentErasure } from '../present.ts';
import { createErasureBody, erasureBody } from '../schemas.ts';

const create = adminRoute({
  method: 'post',
  path: '/api/erasures',
  operationId: 'erase',
  tags: ['Stores'],
  summary: 'Erase all that is kept of a store, or of a TikTok account, and prove it',
  description:
    'Final, and complete: rows of every table, jobs of the queue, names in the audit log. The stores of an account stay, as if never connected. Keep the answer: the audit log gets its id and counts without any name.',
  request: {
    body: {
      content: {
        'application/json': { schema: createErasureBody, example: { store_code: 'jkt-01', confirm: 'jkt-01' } },
      },
      required: true,
    },
  },
  responses: {
    200: json(erasureBody, 'Erased'),
    ...refusals('INVALID_REQUEST', 'UNAUTHORIZED', 'STORE_NOT_FOUND', 'ACCOUNT_NOT_FOUND'),
  },
});

export function erasureRoutes(app: OpenAPIHono<{ Variables: AdminVariables }>, deps: HttpDependencies) {
  return app.openapi(create, async (c) => {
    const { store_code: storeCode, open_id: openId = '' } = c.req.valid('json');
    const subject = storeCode === undefined ? { openId } : { storeCode };
    const erasure = await auditedInside(c, deps, { storeCode: null }, (record) => erase(deps, subject, record));
    return c.json(presentErasure(erasure), 200);
  });
}
