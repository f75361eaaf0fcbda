import type { Context, MiddlewareHandler } from 'hono';
import { getCookie } from 'hono/cookie';
import { includesScope } from '../../domain/admin-scope.ts';
import { AppError } from '../../errors.ts';
import { type AdminIdentity, authenticateKey, authenticateSession } from '../../services/authenticate-admin.ts';
import { isFromTikTok } from '../../services/receive-webhook.ts';
import type { AdminVariables } from '../admin-variables.ts';
import { clientAddress } from '../client-address.ts';
import { sessionCookie } from '../cookies.ts';
import type { GuardedDependencies, HttpDependencies } from '../dependencies.ts';
import { policyOf } from '../policies.ts';

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

type PolicyDependencies = HttpDependencies & Pick<GuardedDependencies, 'failures'>;

/** Lets a request through to its route only when its policy does. */
export function enforcePolicies(deps: PolicyDependencies): MiddlewareHandler<{ Variables: AdminVariables }> {
  return async (c, next) => {
    const { for: who } = policyOf(c);
    // It listens before the queue is up: until then only whether it lives is told.
    if (who !== 'anyone' && deps.roles.api?.() === false) throw starting();
    switch (who) {
      case 'anyone':
      case 'owner':
        break;
      case 'own page':
        requireOwnPage(c, deps.publicUrl);
        break;
      case 'tiktok':
        await requireTikTok(deps, c);
        break;
      case 'console': {
        const admin = await findAdmin(deps, c);
        if (admin) c.set('admin', admin);
        break;
      }
      case 'read':
      case 'operate':
      case 'admin': {
        const admin = await findAdmin(deps, c);
        if (!admin) throw unauthorized();
        c.set('admin', admin);
        // A browser sends the cookie along for whoever asks: a change also has to come from our own pages.
        const bySession = c.req.header('authorization') === undefined;
        if (bySession && !safeMethods.has(c.req.method)) requireOwnPage(c, deps.publicUrl);
        if (!includesScope(admin.scope, who)) {
          throw new AppError('FORBIDDEN', `This needs a key with the scope ${who}; yours has ${admin.scope}.`);
        }
      }
    }
    await next();
  };
}

const starting = () =>
  new AppError('UNAVAILABLE', 'Harian is starting, or stopping: try again in a moment.', { 'Retry-After': '2' });

const unauthorized = () =>
  new AppError('UNAUTHORIZED', 'Send a valid admin key as `Authorization: Bearer <key>`, or sign in at /.', {
    'WWW-Authenticate': 'Bearer',
  });

/** By `Authorization: Bearer <key>`, else by the console's session. Null without either; a wrong key is refused. */
async function findAdmin(
  deps: PolicyDependencies,
  c: Context<{ Variables: AdminVariables }>,
): Promise<AdminIdentity | null> {
  const authorization = c.req.header('authorization');
  if (authorization !== undefined) {
    const key = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(authorization)?.[1];
    const admin = key === undefined ? null : await authenticateKey(deps, key);
    return admin ?? deps.failures.refuse('admin_key.use', clientAddress(c), unauthorized());
  }
  const token = getCookie(c, sessionCookie(deps.publicUrl).name);
  const admin = token === undefined ? null : await authenticateSession(deps, token);
  if (admin === null) c.set('signIn', token === undefined ? 'needed' : 'ended');
  return admin;
}

async function requireTikTok(deps: PolicyDependencies, c: Context): Promise<void> {
  const signature = c.req.header('tiktok-signature') ?? null;
  if (isFromTikTok(deps, { signature, rawBody: Buffer.from(await c.req.arrayBuffer()) })) return;
  const refusal = new AppError('UNAUTHORIZED', 'The signature is not that of our TikTok app.');
  await deps.failures.refuse('webhook.receive', clientAddress(c), refusal);
}

/** The browser has to say that the request comes from a page of ours. */
function requireOwnPage(c: Context, publicUrl: string): void {
  const site = c.req.header('sec-fetch-site');
  const own = site === undefined ? c.req.header('origin') === new URL(publicUrl).origin : site === 'same-origin';
  if (!own) {
    throw new AppError('FORBIDDEN', `Changes are taken from the console's own pages only: open it at ${publicUrl}.`);
  }
}
