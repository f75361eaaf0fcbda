import { z } from 'zod';

// What the experiment and the processes that it kills tell each other.

const point = z.object({ key: z.string(), when: z.enum(['before', 'after']) });
const tripSchema = z.object({ state: z.string(), code: z.string(), browserToken: z.string() });
export const orderSchema = z.object({
  databaseUrl: z.string(),
  /** `point` null: walks to the end and tells what it came by. */
  flows: z.array(
    z.object({
      flow: z.enum(['sync', 'refresh', 'refresh-spooled', 'connect']),
      storeCode: z.string(),
      point: point.nullable(),
      trip: tripSchema.nullable(),
    }),
  ),
});

export type FlowOrder = z.input<typeof orderSchema>['flows'][number];
export type FlowName = FlowOrder['flow'];

/** `points` are the keys a flow came by; `end` is null when it stands at its own, else how it ended without coming there. */
export const reportSchema = z.array(z.object({ end: z.string().nullable(), points: z.array(z.string()) }));
