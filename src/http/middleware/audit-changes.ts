import type { Context, MiddlewareHandler } from 'hono';
import { errorCodeOf } from '../../logger.ts';
import { type AuditEntry, changeWithAudit, recordAudit, recordAuditAfterwards } from '../../services/audit.ts';
import type { AdminVariables } from '../admin-variables.ts';
import { clientAddress } from '../client-address.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { policyOf } from '../policies.ts';
import { storeCode as storeCodeSchema } from '../schemas.ts';

type AdminContext = Context<{ Variables: AdminVariables }>;

/**
 * Records every change that somebody recognised asked for, refused ones included. What a route did not write in the
 * change's own transaction is written here, before the answer leaves.
 */
export function auditChanges(deps: HttpDependencies): MiddlewareHandler<{ Variables: AdminVariables }> {
  return async (c, next) => {
    const { action } = policyOf(c);
    if (!action) return next();
    c.set('change', { action, storeCode: null, target: null, recorded: false });
    await next();
    const change = c.get('change');
    // While the database is away nothing was changed, and nothing can be written.
    if (c.get('admin') === undefined || change.recorded || c.res.status === 503) return;
    const outcome = change.refusal ?? (c.error === undefined ? 'OK' : errorCodeOf(c.error));
    await recordAuditAfterwards(deps, { ...entryOf(c), outcome });
  };
}

/** Runs a change so that its audit row is committed with it. */
export async function audited<T>(
  c: AdminContext,
  deps: HttpDependencies,
  subject: { storeCode?: string | null; target?: string },
  work: (deps: HttpDependencies) => Promise<T>,
): Promise<T> {
  const change = Object.assign(c.get('change'), subject);
  const result = await changeWithAudit(deps, () => entryOf(c), work);
  change.recorded = true;
  return result;
}

/** The same for a change that opens its own transaction, because TikTok is told when that is over. */
export async function auditedInside<T>(
  c: AdminContext,
  deps: HttpDependencies,
  subject: { storeCode: string | null },
  work: (record: (tx: HttpDependencies['db'], target?: string) => Promise<void>) => Promise<T>,
): Promise<T> {
  const change = Object.assign(c.get('change'), subject);
  const result = await work((tx, target) =>
    recordAudit({ ...deps, db: tx }, { ...entryOf(c), ...(target !== undefined && { target }), outcome: 'OK' }),
  );
  change.recorded = true;
  return result;
}

function entryOf(c: AdminContext): Omit<AuditEntry, 'outcome'> {
  const { action, storeCode, target } = c.get('change');
  return {
    actor: c.get('admin'),
    action,
    storeCode: storeCode ?? storeCodeIn(c.req.path),
    target,
    client: clientAddress(c),
  };
}

/** For a request that was refused before its route read its address. `/stores/bulk` names no store. */
function storeCodeIn(path: string): string | null {
  const [, api, page] = /^\/api\/stores\/([^/]+)|^\/stores\/([^/]+)\//.exec(path) ?? [];
  return storeCodeSchema.safeParse(api ?? page).data ?? null;
}
