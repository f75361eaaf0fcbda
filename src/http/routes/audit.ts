import type { OpenAPIHono } from '@hono/zod-openapi';
import { getAudit } from '../../services/audit.ts';
import type { AdminVariables } from '../admin-variables.ts';
import { decodeCursor, pageOf } from '../cursor.ts';
import { adminRoute, json, refusals } from '../define-route.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { presentAuditRow } from '../present.ts';
import { auditBody, auditQuery, logPosition, pageBody } from '../schemas.ts';

const list = adminRoute({
  method: 'get',
  path: '/api/audit',
  operationId: 'listAudit',
  tags: ['Log'],
  summary: 'Who changed what, and who was turned away, newest first',
  description: 'Of wrong keys, signatures and invitations only those within the rate limit are recorded.',
  request: { query: auditQuery },
  responses: { 200: json(pageBody(auditBody), 'A page of the log'), ...refusals('INVALID_REQUEST', 'UNAUTHORIZED') },
});

export function auditRoutes(app: OpenAPIHono<{ Variables: AdminVariables }>, deps: HttpDependencies) {
  return app.openapi(list, async (c) => {
    const { limit, cursor, store_code: storeCode = null, action = null } = c.req.valid('query');
    const position = decodeCursor(cursor, logPosition);
    const after = position && { at: new Date(position[0]), id: position[1] };
    const rows = await getAudit(deps.db, { storeCode, action, after, limit: limit + 1 });
    return c.json(
      pageOf(rows, limit, presentAuditRow, (row) => [row.at.toISOString(), row.id]),
      200,
    );
  });
}
