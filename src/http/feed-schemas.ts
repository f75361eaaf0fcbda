import { z } from '@hono/zod-openapi';
import { deliveryStates, feedEvents } from '../domain/feed-event.ts';
import { day, instant, nextCursor, pageQuery, storeCode, tally, uuid } from './schemas.ts';

// Of the change feed; what others have too stands in schemas.ts.

const webhookUrl = z
  .string()
  .max(2_000)
  // What a URL parser cuts off or escapes is kept here as it was sent, and PostgreSQL keeps no NUL.
  .regex(/^[!-~]*$/, 'must be printable ASCII without spaces: percent-encode the rest')
  .openapi({
    description: 'https, and on the public internet: where its name leads is looked at before every delivery',
    example: 'https://example.com/hooks/harian',
  });
const wantedEvents = z
  .array(z.enum(feedEvents))
  .min(1)
  .max(20)
  .openapi({ example: ['snapshot.completed', 'day.closed'] });
export const webhookParams = z.object({ id: uuid });
export const createWebhookBody = z.strictObject({
  url: webhookUrl,
  events: wantedEvents,
  enabled: z.boolean().default(true),
});
export const updateWebhookBody = z
  .strictObject({ url: webhookUrl.optional(), events: wantedEvents.optional(), enabled: z.boolean().optional() })
  .refine((body) => Object.keys(body).length > 0, 'must change at least one of url, events, enabled')
  .openapi({ example: { events: ['day.closed'], enabled: true } });
export const deliveriesQuery = pageQuery.extend({ state: z.enum(deliveryStates).optional() });
export const replayBody = z
  .strictObject({
    event_id: uuid.optional(),
    since: instant.optional(),
    cursor: pageQuery.shape.cursor.openapi({
      description: '`next_cursor` of the replay before, with the same `since`',
    }),
  })
  .refine((body) => (body.event_id === undefined) !== (body.since === undefined), 'takes one of event_id, since')
  .openapi({ example: { since: '2026-11-24T00:00:00.000Z' } });

export const webhookBody = z
  .object({
    id: uuid,
    url: webhookUrl,
    events: z.array(z.enum(feedEvents)).openapi({ example: ['snapshot.completed', 'day.closed'] }),
    enabled: z.boolean().openapi({ example: true }),
    failing_since: instant.nullable().openapi({
      description: 'null: the last attempt was delivered, or there was none',
      example: null,
    }),
    created_at: instant,
  })
  .openapi('Webhook');

export const newWebhookBody = webhookBody
  .extend({
    secret: z.string().openapi({
      description: 'signs every delivery, as Standard Webhooks says',
      example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw8m2b1Q0Zt0E=',
    }),
  })
  .openapi('NewWebhook');

export const deliveryBody = z
  .object({
    event_id: uuid.openapi({ description: 'the `webhook-id` of every attempt' }),
    type: z.enum(feedEvents).openapi({ example: 'day.closed' }),
    store_code: storeCode,
    snapshot_date: day.nullable(),
    state: z.enum(deliveryStates).openapi({ description: 'failed: given up', example: 'delivered' }),
    attempts: tally(1),
    http_status: z.int().nullable().openapi({ description: "of the last attempt's answer", example: 204 }),
    error_code: z.string().nullable().openapi({
      description: 'of the last attempt, for instance WEBHOOK_REFUSED, TIMEOUT, ADDRESS_REFUSED',
      example: null,
    }),
    created_at: instant.openapi({ description: 'when it happened' }),
    last_attempt_at: instant.nullable(),
  })
  .openapi('Delivery');

export const replayedBody = z
  .object({
    queued: tally(42),
    next_cursor: nextCursor.openapi({ description: 'null: these were all', example: null }),
  })
  .openapi('Replay');
