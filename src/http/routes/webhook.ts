import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { receiveWebhook } from '../../services/receive-webhook.ts';
import { json, refusals } from '../define-route.ts';
import type { HttpDependencies } from '../dependencies.ts';

/** As TikTok's pages show an event. */
const removal = {
  client_key: 'YOUR_CLIENT_KEY',
  event: 'authorization.removed',
  create_time: 1_764_032_407,
  user_openid: '723f24d7-e717-40f8-a2b6-cb8464cd23b4',
  content: '{"reason": 1}',
};

const receive = createRoute({
  method: 'post',
  path: '/webhooks/tiktok',
  operationId: 'receiveTikTokEvent',
  tags: ['TikTok'],
  summary: "TikTok's webhook",
  description: 'Signed by TikTok in `TikTok-Signature`. Every event with a good signature is accepted.',
  security: [{ tiktokSignature: [] }],
  // Described only: its bytes are what is signed, so they are read as they came.
  requestBody: {
    required: true,
    content: { 'application/json': { schema: { type: 'object' }, example: removal } },
  },
  responses: {
    200: json(z.object({ accepted: z.literal(true) }), 'Accepted'),
    ...refusals('INVALID_REQUEST', 'UNAUTHORIZED', 'PAYLOAD_TOO_LARGE', 'TOO_MANY_REQUESTS', 'INTERNAL', 'UNAVAILABLE'),
  },
});

export function webhookRoutes(app: OpenAPIHono, deps: HttpDependencies): void {
  app.openapi(receive, async (c) => {
    await receiveWebhook(deps, Buffer.from(await c.req.arrayBuffer()));
    return c.json({ accepted: true as const }, 200);
  });
}
