import type { CookieOptions } from 'hono/utils/cookie';

interface Cookie {
  name: string;
  options: CookieOptions;
}

/** With https the `__Host-` prefix keeps other hosts of the domain from planting it; plain http has only the bare name. */
function hostCookie(publicUrl: string, name: string, options: CookieOptions): Cookie {
  const secure = publicUrl.startsWith('https:');
  return { name: secure ? `__Host-${name}` : name, options: { ...options, path: '/', httpOnly: true, secure } };
}

/**
 * The console's session. Lax, so that a link in a notice leads to its page and not to the sign-in; what changes anything
 * is a POST, and has to come from a page of ours besides.
 */
export const sessionCookie = (publicUrl: string): Cookie =>
  hostCookie(publicUrl, 'harian_session', { sameSite: 'Lax' });

/** Binds an owner's browser to its trip to TikTok. Lax: it has to come along when TikTok sends the browser back. */
export const connectCookie = (publicUrl: string): Cookie =>
  hostCookie(publicUrl, 'harian_connect', { sameSite: 'Lax', maxAge: 3600 });
