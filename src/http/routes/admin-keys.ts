import type { OpenAPIHono } from '@hono/zod-openapi';
import { AppError } from '../../errors.ts';
import { createAdminKey } from '../../services/create-admin-key.ts';
import { endAdminKey, getAdminKeys } from '../../services/manage-admin-keys.ts';
import type { AdminVariables } from '../admin-variables.ts';
import { decodeCursor, pageOf } from '../cursor.ts';
import { adminRoute, json, refusals } from '../define-route.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { audited } from '../middleware/audit-changes.ts';
import { presentAdminKey } from '../present.ts';
import {
  adminKeyBody,
  adminKeyParams,
  createAdminKeyBody,
  keyPosition,
  newAdminKeyBody,
  pageBody,
  pageQuery,
} from '../schemas.ts';

const tags = ['Admin keys'];
const dayMs = 86_400_000;

const list = adminRoute({
  method: 'get',
  path: '/api/admin-keys',
  operationId: 'listAdminKeys',
  tags,
  summary: 'List admin keys',
  description: 'By name; revoked and expired ones included. The keys themselves are kept as hashes only.',
  request: { query: pageQuery },
  responses: { 200: json(pageBody(adminKeyBody), 'A page of keys'), ...refusals('INVALID_REQUEST', 'UNAUTHORIZED') },
});
const create = adminRoute({
  method: 'post',
  path: '/api/admin-keys',
  operationId: 'createAdminKey',
  tags,
  summary: 'Make an admin key',
  description: 'Shown this once. A name is never given twice, so that the audit log stays clear.',
  request: { body: { content: { 'application/json': { schema: createAdminKeyBody } }, required: true } },
  responses: { 201: json(newAdminKeyBody, 'Made'), ...refusals('INVALID_REQUEST', 'UNAUTHORIZED', 'KEY_EXISTS') },
});
const revoke = adminRoute({
  method: 'delete',
  path: '/api/admin-keys/{id}',
  operationId: 'revokeAdminKey',
  tags,
  summary: 'Revoke an admin key',
  description: 'It and its sessions end at once; it may be the key that asks. `bootstrap` follows ADMIN_API_KEY.',
  request: { params: adminKeyParams },
  responses: {
    204: { description: 'Revoked, now or before' },
    ...refusals('INVALID_REQUEST', 'UNAUTHORIZED', 'KEY_NOT_FOUND', 'KEY_NOT_REVOCABLE'),
  },
});

/** Admin keys: who else may come in, how far and for how long. */
export function adminKeyRoutes(app: OpenAPIHono<{ Variables: AdminVariables }>, deps: HttpDependencies) {
  return app
    .openapi(list, async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const afterName = decodeCursor(cursor, keyPosition)?.[0] ?? null;
      const rows = await getAdminKeys(deps.db, { afterName, limit: limit + 1 });
      return c.json(
        pageOf(rows, limit, presentAdminKey, (row) => [row.name]),
        200,
      );
    })
    .openapi(create, async (c) => {
      const { name, scope, expires_in_days: days, expires_at: at } = c.req.valid('json');
      const now = deps.clock.now();
      const expiresAt = days !== undefined ? new Date(now.getTime() + days * dayMs) : at ? new Date(at) : null;
      if (expiresAt !== null && expiresAt <= now) {
        throw new AppError('INVALID_REQUEST', 'expires_at: must be later than now');
      }
      const made = await audited(c, deps, { target: name }, (own) => createAdminKey(own, { name, scope, expiresAt }));
      return c.json({ ...presentAdminKey(made.key), key: made.secret }, 201);
    })
    .openapi(revoke, async (c) => {
      const { id } = c.req.valid('param');
      await audited(c, deps, { target: id }, async (own) => {
        c.get('change').target = (await endAdminKey(own, id)).name;
      });
      return c.body(null, 204);
    });
}
