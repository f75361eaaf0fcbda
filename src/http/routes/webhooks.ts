import type { OpenAPIHono } from '@hono/zod-openapi';
import {
  changeWebhook,
  createWebhook,
  getDeliveries,
  getWebhook,
  getWebhooks,
  removeWebhook,
  replayEvents,
} from '../../services/manage-webhooks.ts';
import type { AdminVariables } from '../admin-variables.ts';
import { decodeCursor, encodeCursor, pageOf } from '../cursor.ts';
import { adminRoute, json, refusals } from '../define-route.ts';
import type { HttpDependencies } from '../dependencies.ts';
import {
  createWebhookBody,
  deliveriesQuery,
  deliveryBody,
  newWebhookBody,
  replayBody,
  replayedBody,
  updateWebhookBody,
  webhookBody,
  webhookParams,
} from '../feed-schemas.ts';
import { audited } from '../middleware/audit-changes.ts';
import { presentDelivery, presentWebhook } from '../present.ts';
import { logPosition, pageBody, pageQuery } from '../schemas.ts';

const tags = ['Change feed'];
const ofOne = refusals('INVALID_REQUEST', 'UNAUTHORIZED', 'WEBHOOK_NOT_FOUND');

const list = adminRoute({
  method: 'get',
  path: '/api/webhooks',
  operationId: 'listWebhooks',
  tags,
  summary: 'List webhooks',
  description: 'Oldest first. Secrets are not shown again.',
  request: { query: pageQuery },
  responses: {
    200: json(pageBody(webhookBody), 'A page of webhooks'),
    ...refusals('INVALID_REQUEST', 'UNAUTHORIZED'),
  },
});
const create = adminRoute({
  method: 'post',
  path: '/api/webhooks',
  operationId: 'createWebhook',
  tags,
  summary: 'Make a webhook',
  description: 'It is told of what happens from now on. The secret that signs is shown this once.',
  request: { body: { content: { 'application/json': { schema: createWebhookBody } }, required: true } },
  responses: { 201: json(newWebhookBody, 'Made'), ...refusals('INVALID_REQUEST', 'UNAUTHORIZED', 'WEBHOOK_LIMIT') },
});
const read = adminRoute({
  method: 'get',
  path: '/api/webhooks/{id}',
  operationId: 'getWebhook',
  tags,
  summary: 'Read a webhook',
  request: { params: webhookParams },
  responses: { 200: json(webhookBody, 'The webhook'), ...ofOne },
});
const update = adminRoute({
  method: 'patch',
  path: '/api/webhooks/{id}',
  operationId: 'updateWebhook',
  tags,
  summary: 'Change a webhook, switch it off or on',
  description: 'What waits for one that is switched off is given up; a replay sends it later.',
  request: {
    params: webhookParams,
    body: { content: { 'application/json': { schema: updateWebhookBody } }, required: true },
  },
  responses: { 200: json(webhookBody, 'Changed'), ...ofOne },
});
const remove = adminRoute({
  method: 'delete',
  path: '/api/webhooks/{id}',
  operationId: 'deleteWebhook',
  tags,
  summary: 'Delete a webhook, with its log and what waits for it',
  request: { params: webhookParams },
  responses: { 204: { description: 'Deleted' }, ...ofOne },
});
const deliveries = adminRoute({
  method: 'get',
  path: '/api/webhooks/{id}/deliveries',
  operationId: 'listDeliveries',
  tags,
  summary: 'List what was delivered to a webhook, what waits and what was given up',
  description: 'Newest events first, of the last 30 days.',
  request: { params: webhookParams, query: deliveriesQuery },
  responses: { 200: json(pageBody(deliveryBody), 'A page of deliveries'), ...ofOne },
});
const replay = adminRoute({
  method: 'post',
  path: '/api/webhooks/{id}/replay',
  operationId: 'replayEvents',
  tags,
  summary: 'Send events once more',
  description:
    'One event, or up to 1,000 of those of its types since a time, oldest first, delivered or not; each with the `webhook-id` it has always had. Events are kept for 30 days.',
  request: { params: webhookParams, body: { content: { 'application/json': { schema: replayBody } }, required: true } },
  responses: {
    202: json(replayedBody, 'On their way within seconds'),
    ...refusals('INVALID_REQUEST', 'UNAUTHORIZED', 'WEBHOOK_NOT_FOUND', 'EVENT_NOT_FOUND', 'WEBHOOK_DISABLED'),
  },
});

/** The change feed: which programs are told of what, and what came of it. */
export function feedRoutes(app: OpenAPIHono<{ Variables: AdminVariables }>, deps: HttpDependencies) {
  const positionOf = (cursor: string | undefined) => {
    const position = decodeCursor(cursor, logPosition);
    return position && { at: new Date(position[0]), id: position[1] };
  };
  return app
    .openapi(list, async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const rows = await getWebhooks(deps.db, { after: positionOf(cursor), limit: limit + 1 });
      return c.json(
        pageOf(rows, limit, presentWebhook, (row) => [row.createdAt.toISOString(), row.id]),
        200,
      );
    })
    .openapi(create, async (c) => {
      const asked = c.req.valid('json');
      const { webhook, secret } = await audited(c, deps, {}, async (own) => {
        const made = await createWebhook(own, asked);
        c.get('change').target = made.webhook.id;
        return made;
      });
      return c.json({ ...presentWebhook(webhook), secret }, 201);
    })
    .openapi(read, async (c) => c.json(presentWebhook(await getWebhook(deps.db, c.req.valid('param').id)), 200))
    .openapi(update, async (c) => {
      const { id } = c.req.valid('param');
      const changes = c.req.valid('json');
      const webhook = await audited(c, deps, { target: id }, (own) => changeWebhook(own, id, changes));
      return c.json(presentWebhook(webhook), 200);
    })
    .openapi(remove, async (c) => {
      const { id } = c.req.valid('param');
      await audited(c, deps, { target: id }, (own) => removeWebhook(own, id));
      return c.body(null, 204);
    })
    .openapi(deliveries, async (c) => {
      const { id: webhookId } = c.req.valid('param');
      const { limit, cursor, state = null } = c.req.valid('query');
      const rows = await getDeliveries(deps.db, { webhookId, state, after: positionOf(cursor), limit: limit + 1 });
      return c.json(
        pageOf(rows, limit, presentDelivery, (row) => [row.createdAt.toISOString(), row.eventId]),
        200,
      );
    })
    .openapi(replay, async (c) => {
      const { id } = c.req.valid('param');
      const { event_id: eventId = '', since, cursor } = c.req.valid('json');
      const asked = since === undefined ? { eventId } : { since: new Date(since), after: positionOf(cursor) };
      const { queued, next } = await audited(c, deps, { target: id }, (own) => replayEvents(own, id, asked));
      return c.json({ queued, next_cursor: next && encodeCursor([next.at.toISOString(), next.id]) }, 202);
    });
}
