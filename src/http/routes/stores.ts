import type { OpenAPIHono, z } from '@hono/zod-openapi';
import { createConnectLink } from '../../services/create-connect-link.ts';
import { createStore } from '../../services/create-store.ts';
import { disconnectStore } from '../../services/disconnect-store.ts';
import { getStore, getStores } from '../../services/read-stores.ts';
import { removeStore } from '../../services/remove-store.ts';
import { resyncStore } from '../../services/resync-store.ts';
import { changeStore } from '../../services/update-store.ts';
import type { AdminVariables } from '../admin-variables.ts';
import { decodeCursor, pageOf } from '../cursor.ts';
import { adminRoute, json, refusals } from '../define-route.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { audited, auditedInside } from '../middleware/audit-changes.ts';
import { presentStore } from '../present.ts';
import {
  acceptedJobBody,
  connectLinkBody,
  createStoreBody,
  pageBody,
  storeBody,
  storeParams,
  storePosition,
  storesQuery,
  updateStoreBody,
} from '../schemas.ts';

const tags = ['Stores'];
const body = <T extends z.ZodType>(schema: T) => ({
  body: { content: { 'application/json': { schema } }, required: true },
});

const create = adminRoute({
  method: 'post',
  path: '/api/stores',
  operationId: 'createStore',
  tags,
  summary: 'Add a store',
  request: body(createStoreBody),
  responses: { 201: json(storeBody, 'Added'), ...refusals('INVALID_REQUEST', 'UNAUTHORIZED', 'STORE_EXISTS') },
});
const list = adminRoute({
  method: 'get',
  path: '/api/stores',
  operationId: 'listStores',
  tags,
  summary: 'List stores',
  description: 'By store_code.',
  request: { query: storesQuery },
  responses: { 200: json(pageBody(storeBody), 'A page of stores'), ...refusals('INVALID_REQUEST', 'UNAUTHORIZED') },
});
const read = adminRoute({
  method: 'get',
  path: '/api/stores/{store_code}',
  operationId: 'readStore',
  tags,
  summary: 'Read a store',
  request: { params: storeParams },
  responses: { 200: json(storeBody, 'The store'), ...refusals('INVALID_REQUEST', 'UNAUTHORIZED', 'STORE_NOT_FOUND') },
});
const update = adminRoute({
  method: 'patch',
  path: '/api/stores/{store_code}',
  operationId: 'updateStore',
  tags,
  summary: 'Rename, move to another time zone, pause',
  description: 'A new time zone counts from the next day on. Pausing cancels the job that waits or runs.',
  request: { params: storeParams, ...body(updateStoreBody) },
  responses: { 200: json(storeBody, 'Changed'), ...refusals('INVALID_REQUEST', 'UNAUTHORIZED', 'STORE_NOT_FOUND') },
});
const remove = adminRoute({
  method: 'delete',
  path: '/api/stores/{store_code}',
  operationId: 'deleteStore',
  tags,
  summary: 'Remove a store, its tokens and its numbers',
  description:
    'Final. The grant is revoked at TikTok, best effort. The audit log still names it: `POST /api/erasures` leaves no trace.',
  request: { params: storeParams },
  responses: { 204: { description: 'Removed' }, ...refusals('INVALID_REQUEST', 'UNAUTHORIZED', 'STORE_NOT_FOUND') },
});
const link = adminRoute({
  method: 'post',
  path: '/api/stores/{store_code}/connect-links',
  operationId: 'createConnectLink',
  tags,
  summary: 'Make a connect link for the owner',
  description: 'Good for 72 hours or one connection. The link is shown this once.',
  request: { params: storeParams },
  responses: { 201: json(connectLinkBody, 'Made'), ...refusals('INVALID_REQUEST', 'UNAUTHORIZED', 'STORE_NOT_FOUND') },
});
const disconnect = adminRoute({
  method: 'post',
  path: '/api/stores/{store_code}/disconnect',
  operationId: 'disconnectStore',
  tags,
  summary: 'Disconnect a store',
  description: 'Wipes the tokens, keeps the numbers, and revokes the grant at TikTok, best effort.',
  request: { params: storeParams },
  responses: {
    200: json(storeBody, 'Disconnected'),
    ...refusals('INVALID_REQUEST', 'UNAUTHORIZED', 'STORE_NOT_FOUND', 'STORE_NOT_CONNECTED'),
  },
});
const resync = adminRoute({
  method: 'post',
  path: '/api/stores/{store_code}/resync',
  operationId: 'resyncStore',
  tags,
  summary: "Read a store's present day now",
  description: 'Overtakes the nightly queue. While a sync is under way: 409 with its Location.',
  request: { params: storeParams },
  responses: {
    202: {
      ...json(acceptedJobBody, 'Accepted'),
      headers: { Location: { schema: { type: 'string' as const }, description: 'The job' } },
    },
    ...refusals('INVALID_REQUEST', 'UNAUTHORIZED', 'STORE_NOT_FOUND', 'SYNC_IN_PROGRESS', 'STORE_NOT_CONNECTED'),
  },
});

export function storeRoutes(app: OpenAPIHono<{ Variables: AdminVariables }>, deps: HttpDependencies) {
  const present = async (storeCode: string) => presentStore(await getStore(deps, storeCode));

  return app
    .openapi(create, async (c) => {
      const { store_code: storeCode, name, timezone = deps.timezone } = c.req.valid('json');
      await audited(c, deps, { storeCode }, ({ db }) => createStore(db, { storeCode, name, timezone }));
      c.header('Location', `/api/stores/${storeCode}`);
      return c.json(await present(storeCode), 201);
    })
    .openapi(list, async (c) => {
      const { limit, cursor, status = null } = c.req.valid('query');
      const afterCode = decodeCursor(cursor, storePosition)?.[0] ?? null;
      const rows = await getStores(deps, { status, afterCode, limit: limit + 1 });
      const page = pageOf(rows, limit, presentStore, (row) => [row.store.storeCode]);
      return c.json(page, 200);
    })
    .openapi(read, async (c) => c.json(await present(c.req.valid('param').store_code), 200))
    .openapi(update, async (c) => {
      const { store_code: storeCode } = c.req.valid('param');
      await audited(c, deps, { storeCode }, (own) => changeStore(own, storeCode, c.req.valid('json')));
      return c.json(await present(storeCode), 200);
    })
    .openapi(remove, async (c) => {
      const { store_code: storeCode } = c.req.valid('param');
      await auditedInside(c, deps, { storeCode }, (record) => removeStore(deps, storeCode, record));
      return c.body(null, 204);
    })
    .openapi(link, async (c) => {
      const { store_code: storeCode } = c.req.valid('param');
      const made = await audited(c, deps, { storeCode }, (own) => createConnectLink(own, storeCode));
      return c.json({ url: made.url, expires_at: made.expiresAt.toISOString() }, 201);
    })
    .openapi(disconnect, async (c) => {
      const { store_code: storeCode } = c.req.valid('param');
      await auditedInside(c, deps, { storeCode }, (record) => disconnectStore(deps, storeCode, record));
      return c.json(await present(storeCode), 200);
    })
    .openapi(resync, async (c) => {
      const { store_code: storeCode } = c.req.valid('param');
      const id = await audited(c, deps, { storeCode }, (own) => resyncStore(own, storeCode));
      c.header('Location', `/api/jobs/${id}`);
      return c.json({ job: { id, state: 'queued' as const } }, 202);
    });
}
