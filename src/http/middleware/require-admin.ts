import type { Context, MiddlewareHandler } from 'hono';
import { getCookie } from 'hono/cookie';
import { AppError } from '../../errors.ts';
import { type AdminIdentity, authenticateKey, authenticateSession } from '../../services/authenticate-admin.ts';
import { sessionCookie } from '../cookies.ts';
import type { HttpDependencies } from '../dependencies.ts';

export interface AdminVariables {
  admin: AdminIdentity;
}

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The admin behind a request: by `Authorization: Bearer <key>`, else by the console's session. Null when neither holds. */
export async function findAdmin(
  deps: Pick<HttpDependencies, 'db' | 'clock' | 'publicUrl'>,
  c: Context,
): Promise<AdminIdentity | null> {
  const authorization = c.req.header('authorization');
  if (authorization !== undefined) {
    const key = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(authorization)?.[1];
    return key === undefined ? null : authenticateKey(deps.db, key);
  }
  const token = getCookie(c, sessionCookie(deps.publicUrl).name);
  const admin = token === undefined ? null : await authenticateSession(deps, token);
  // A browser sends the cookie along for whoever asks: a change also has to come from our own pages.
  if (admin && !safeMethods.has(c.req.method) && !isOwnPage(c, deps.publicUrl)) {
    throw new AppError(
      'FORBIDDEN',
      `Changes are taken from the console's own pages only: open it at ${deps.publicUrl}.`,
    );
  }
  return admin;
}

/** True when the browser says that the request comes from a page of ours. */
export function isOwnPage(c: Context, publicUrl: string): boolean {
  const site = c.req.header('sec-fetch-site');
  return site === undefined ? c.req.header('origin') === new URL(publicUrl).origin : site === 'same-origin';
}

/** 401 unless an admin asks, known route or not. */
export function requireAdmin(
  deps: Pick<HttpDependencies, 'db' | 'clock' | 'publicUrl'>,
): MiddlewareHandler<{ Variables: AdminVariables }> {
  return async (c, next) => {
    const admin = await findAdmin(deps, c);
    if (!admin) {
      throw new AppError('UNAUTHORIZED', 'Send a valid admin key as `Authorization: Bearer <key>`, or sign in at /.', {
        'WWW-Authenticate': 'Bearer',
      });
    }
    c.set('admin', admin);
    c.header('Cache-Control', 'no-store');
    await next();
  };
}
