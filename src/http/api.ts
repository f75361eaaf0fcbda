import type { Hono } from 'hono';
import type { Endpoint } from 'hono/types';
import type { SuccessStatusCode } from 'hono/utils/http-status';
import type { adminKeyRoutes } from './routes/admin-keys.ts';
import type { auditRoutes } from './routes/audit.ts';
import type { curveRoutes } from './routes/curves.ts';
import type { erasureRoutes } from './routes/erasures.ts';
import type { exportRoutes } from './routes/export.ts';
import type { growthRoutes } from './routes/growth.ts';
import type { jobRoutes } from './routes/jobs.ts';
import type { numberRoutes } from './routes/numbers.ts';
import type { reportRoutes } from './routes/reports.ts';
import type { storeRoutes } from './routes/stores.ts';
import type { feedRoutes } from './routes/webhooks.ts';

/** The routes under /api with what they take and answer, for the typed client. */
export type Api = Hono<
  Record<never, never>,
  Described<typeof storeRoutes> &
    Described<typeof jobRoutes> &
    Described<typeof numberRoutes> &
    Described<typeof adminKeyRoutes> &
    Described<typeof growthRoutes> &
    Described<typeof curveRoutes> &
    Described<typeof reportRoutes> &
    Described<typeof exportRoutes> &
    Described<typeof auditRoutes> &
    Described<typeof erasureRoutes> &
    Described<typeof feedRoutes>
>;

// biome-ignore lint/suspicious/noExplicitAny: only what the routes say is asked for.
type Described<Routes extends (...args: never[]) => Hono<any, any, any>> =
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  ReturnType<Routes> extends Hono<any, infer Schema, any>
    ? { [Path in keyof Schema]: { [Method in keyof Schema[Path]]: Brief<Schema[Path][Method]> } }
    : never;

/** All refusals of an endpoint as one answer with any of their codes: `ok` tells it from the others. */
type Brief<E> = Extract<E, { status: SuccessStatusCode }> | Refused<Exclude<E, { status: SuccessStatusCode }>>;
type Refused<E> = [E] extends [Endpoint & { output: { error: { code: infer Code } } }]
  ? {
      input: E['input'];
      output: { error: { code: Code; message: string } };
      outputFormat: 'json';
      status: E['status'];
    }
  : never;
