import type { OpenAPIHono } from '@hono/zod-openapi';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { AppError } from '../../../errors.ts';
import { signIn, signOut } from '../../../services/authenticate-admin.ts';
import type { AdminVariables } from '../../admin-variables.ts';
import { clientAddress } from '../../client-address.ts';
import { sessionCookie } from '../../cookies.ts';
import type { GuardedDependencies } from '../../dependencies.ts';
import { ownPathOf } from '../../way-back.ts';
import { readForm } from './form.ts';

/** A browser that still has the cookie of a session that is over can be told so. */
const rememberedSeconds = 30 * 86_400;

/** Into the console with a key, and out again. */
export function sessionRoutes(app: OpenAPIHono<{ Variables: AdminVariables }>, deps: GuardedDependencies): void {
  const cookie = sessionCookie(deps.publicUrl);

  app.post('/session', async (c) => {
    const { key = '', to = '/' } = await readForm(c);
    c.set('signInTo', ownPathOf(to));
    const session = await signIn(deps, key.trim());
    if (!session) {
      deps.logger.warn('sign-in refused');
      const refusal = new AppError('UNAUTHORIZED', 'This key is not known, was revoked or has expired: check it.');
      return deps.failures.refuse('session.begin', clientAddress(c), refusal);
    }
    c.set('admin', session.admin);
    setCookie(c, cookie.name, session.sessionToken, {
      ...cookie.options,
      maxAge: session.lifeSeconds + rememberedSeconds,
    });
    return c.redirect(ownPathOf(to), 303);
  });

  app.post('/session/end', async (c) => {
    const token = getCookie(c, cookie.name);
    const admin = token === undefined ? null : await signOut(deps, token);
    if (admin) c.set('admin', admin);
    deleteCookie(c, cookie.name, cookie.options);
    return c.redirect('/', 303);
  });
}
