import type { MiddlewareHandler } from 'hono';

/** What an answer may do in a browser when it is no page: nothing. */
const nothing = "default-src 'none'; base-uri 'none'; form-action 'none'; object-src 'none'; frame-ancestors 'none'";

/** Nothing from elsewhere, nothing inline, no frame. */
const ofPage = (formAction: string) =>
  [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "connect-src 'self'",
    "img-src 'self'",
    `form-action ${formAction}`,
    "base-uri 'none'",
    "object-src 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

const refusedFeatures = ['accelerometer', 'camera', 'display-capture', 'fullscreen', 'geolocation', 'gyroscope']
  .concat(['magnetometer', 'microphone', 'midi', 'payment', 'publickey-credentials-get', 'screen-wake-lock', 'usb'])
  .map((feature) => `${feature}=()`)
  .join(', ');

/** For every answer, also for those that never reach the app. */
export function headersOfAnyAnswer(options: { https: boolean }): Readonly<Record<string, string>> {
  return {
    'Content-Security-Policy': nothing,
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Origin-Agent-Cluster': '?1',
    'Permissions-Policy': refusedFeatures,
    // Not no-referrer: with that, browsers hide the Origin of our own forms, which tells them from foreign ones.
    'Referrer-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
    'X-DNS-Prefetch-Control': 'off',
    'X-Frame-Options': 'DENY',
    'X-Permitted-Cross-Domain-Policies': 'none',
    'Cache-Control': 'no-store',
    ...(options.https && { 'Strict-Transport-Security': 'max-age=31536000; includeSubDomains' }),
  };
}

/** Only what names its own Cache-Control is cached, and only the connect form may lead away, to TikTok. */
export function securityHeaders(options: { https: boolean; tiktokOrigin: string }): MiddlewareHandler {
  const headers = Object.entries(headersOfAnyAnswer(options));
  const csp = { connect: ofPage(`'self' ${options.tiktokOrigin}`), other: ofPage("'self'") };
  return async (c, next) => {
    await next();
    const answer = c.res.headers;
    const cache = answer.get('cache-control');
    const isPage = answer.get('content-type')?.startsWith('text/html') ?? false;
    for (const [name, value] of headers) answer.set(name, value);
    if (cache !== null) answer.set('Cache-Control', cache);
    if (isPage) answer.set('Content-Security-Policy', c.req.path.startsWith('/connect/') ? csp.connect : csp.other);
  };
}

/** For addresses that carry an invitation, a code or a state: not even our own pages hear of them, nor does any cache. */
export const secretAddress: MiddlewareHandler = async (c, next) => {
  await next();
  c.header('Referrer-Policy', 'no-referrer');
  c.header('Cache-Control', 'no-store');
};
