import type { MiddlewareHandler } from 'hono';
import { AppError } from '../../errors.ts';
import { claimRequest, type FirstAnswer } from '../../services/answer-once.ts';
import type { AdminVariables } from '../admin-variables.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { policyOf, routeNameOf } from '../policies.ts';

const keyFormat = /^[\x21-\x7e]{1,255}$/;
/** Refusals that say how things stand. The others leave the key free: nothing was done, and it may go better next time. */
const finalRefusals = new Set([404, 409]);

/** A POST with an Idempotency-Key is carried out once, and a repetition of it gets the first answer again. */
export function answerOnce(deps: HttpDependencies): MiddlewareHandler<{ Variables: AdminVariables }> {
  return async (c, next) => {
    const key = c.req.header('idempotency-key');
    const route = routeNameOf(c);
    if (key === undefined || route === undefined || c.req.method !== 'POST') return next();
    if (!keyFormat.test(key)) {
      throw new AppError('INVALID_REQUEST', 'Idempotency-Key: must be 1 to 255 visible ASCII characters.');
    }
    const { pathname, search } = new URL(c.req.url);
    const first = await claimRequest(deps, {
      adminKeyId: c.get('admin').keyId,
      route,
      key,
      address: pathname + search,
      body: await c.req.text(),
    });
    const change = c.get('change');
    if ('body' in first) {
      // Nothing is changed, so nothing is recorded.
      change.recorded = true;
      return repeat(first);
    }
    await next();
    const { status } = c.res;
    if (!c.res.ok && !finalRefusals.has(status)) return first.failed();
    await first.answered({
      status,
      body: await c.res.clone().text(),
      location: c.res.headers.get('location'),
      keepsBody: policyOf(c).keepsAnswer === true || !c.res.ok,
      storeCode: c.res.ok ? change.storeCode : null,
    });
  };
}

function repeat({ status, body, location }: FirstAnswer): Response {
  const headers = {
    'Content-Type': 'application/json',
    'Idempotency-Replayed': 'true',
    ...(location !== null && { Location: location }),
  };
  return new Response(body === '' ? null : body, { status, headers });
}
