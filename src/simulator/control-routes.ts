import type { Context, Hono } from 'hono';
import { z } from 'zod';
import type { SimulatorControl } from './control.ts';
import { faultSchema } from './fault-plan.ts';
import { numbersOverrideSchema } from './numbers-override.ts';
import type { SimulatorEnv } from './reply.ts';
import { scopeSchema } from './scopes.ts';
import { settingsChangeSchema } from './settings.ts';

const grantBody = z.strictObject({ openId: z.string(), scopes: z.array(scopeSchema).optional() });
const removeBody = z.strictObject({ openId: z.string(), reason: z.literal([0, 1, 2, 3, 4, 5]) });
const numbersBody = z.strictObject({ openId: z.string(), numbers: numbersOverrideSchema });
const journalQuery = z.strictObject({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(10_000).default(1000),
});

/**
 * The same control for other processes on this machine; anything but loopback gets 404. Bodies are JSON.
 *
 *     GET    /_simulator/accounts                  {items: AccountSpec[]}
 *     POST   /_simulator/faults                    Fault → 201 {id}
 *     GET    /_simulator/faults                    {items}, what is still to come
 *     DELETE /_simulator/faults                    forgets them, 204
 *     POST   /_simulator/grants                    {openId, scopes?} → 201 a token pair
 *     POST   /_simulator/authorizations/remove     {openId, reason 0..5} → {sent, status?}
 *     POST   /_simulator/numbers                   {openId, numbers: {follower_count?, …, videos?, visibility?}} → 204
 *     POST   /_simulator/settings                  some of Settings → all of them
 *     GET    /_simulator/journal?after=&limit=     {items, next_after}
 *     POST   /_simulator/reset                     204
 */
export function addControlRoutes(app: Hono<SimulatorEnv>, control: SimulatorControl): void {
  app.use('/_simulator/*', async (c, next) => {
    const address = c.env?.incoming?.socket.remoteAddress;
    const foreign = address !== undefined && !/^(127\.|::1$|::ffff:127\.)/.test(address);
    // Pictures are for browsers, wherever they are.
    if (foreign && !c.req.path.startsWith('/_simulator/images/')) return c.notFound();
    return next();
  });

  app.get('/_simulator/accounts', (c) => c.json({ items: control.accounts }));

  app.post('/_simulator/faults', async (c) => {
    const id = control.faults.add(await readBody(c, faultSchema));
    return c.json({ id }, 201);
  });
  app.get('/_simulator/faults', (c) => c.json({ items: control.faults.list() }));
  app.delete('/_simulator/faults', (c) => {
    control.faults.clear();
    return c.body(null, 204);
  });

  app.post('/_simulator/grants', async (c) => {
    const { openId, scopes } = known(control, await readBody(c, grantBody));
    return c.json(control.grant(openId, scopes), 201);
  });

  app.post('/_simulator/authorizations/remove', async (c) => {
    const { openId, reason } = known(control, await readBody(c, removeBody));
    return c.json(await control.removeAuthorization(openId, reason));
  });

  app.post('/_simulator/numbers', async (c) => {
    const { openId, numbers } = known(control, await readBody(c, numbersBody));
    control.setNumbers(openId, numbers);
    return c.body(null, 204);
  });

  app.post('/_simulator/settings', async (c) => {
    control.configure(await readBody(c, settingsChangeSchema));
    return c.json(control.settings);
  });

  app.get('/_simulator/journal', (c) => {
    const query = journalQuery.safeParse(c.req.query());
    if (!query.success) throw new BadControlRequest(z.prettifyError(query.error));
    const items = control.journal.entries(query.data.after, query.data.limit);
    return c.json({ items, next_after: items.at(-1)?.seq ?? query.data.after });
  });

  app.post('/_simulator/reset', (c) => {
    control.reset();
    return c.body(null, 204);
  });
}

/** Answered with 400 and its message, which never quotes a token. */
export class BadControlRequest extends Error {}

async function readBody<Body>(c: Context<SimulatorEnv>, schema: z.ZodType<Body>): Promise<Body> {
  const parsed = schema.safeParse(await c.req.json().catch(() => undefined));
  if (!parsed.success) throw new BadControlRequest(z.prettifyError(parsed.error));
  return parsed.data;
}

function known<Body extends { openId: string }>(control: SimulatorControl, body: Body): Body {
  if (control.accounts.some((account) => account.openId === body.openId)) return body;
  throw new BadControlRequest(`no account ${body.openId}`);
}
