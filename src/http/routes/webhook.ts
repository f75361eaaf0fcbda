import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { receiveWebhook } from '../../services/receive-webhook.ts';
import { json, refusals } from '../define-route.ts';
import type { HttpDependencies } from '../dependencies.ts';

const receive = createRoute({
  method: 'post',
  path: '/webhooks/tiktok',
  tags: ['TikTok'],
  summary: "TikTok's webhook",
  description: 'Signed by TikTok in `TikTok-Signature`. Every event with a good signature is accepted.',
  security: [{ tiktokSignature: [] }],
  responses: {
    200: json(z.object({ accepted: z.literal(true) }), 'Accepted'),
    ...refusals('UNAUTHORIZED', 'PAYLOAD_TOO_LARGE', 'TOO_MANY_REQUESTS', 'INTERNAL', 'UNAVAILABLE'),
  },
});

export function webhookRoutes(app: OpenAPIHono, deps: HttpDependencies): void {
  app.openapi(receive, async (c) => {
    await receiveWebhook(deps, Buffer.from(await c.req.arrayBuffer()));
    return c.json({ accepted: true as const }, 200);
  });
}
