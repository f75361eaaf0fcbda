import type { Hono } from 'hono';
import { html } from 'hono/html';
import type { Clock } from '../clock.ts';
import { imageSignature } from './display-fields.ts';
import type { SimulatorEnv } from './reply.ts';
import { roll } from './roll.ts';

/** Avatars and covers as plain coloured squares; 403 once the signed address has expired or was changed on the way. */
export function addImageRoutes(app: Hono<SimulatorEnv>, options: { seed: number; clock: Clock }): void {
  app.get('/_simulator/images/:file', (c) => {
    const url = new URL(c.req.url);
    const expires = Number(url.searchParams.get('x-expires'));
    const intact = url.searchParams.get('x-signature') === imageSignature(options.seed, url.pathname, expires);
    if (!intact || expires * 1000 <= options.clock.now().getTime()) return c.text('expired', 403);
    const hue = Math.floor(roll(options.seed, url.pathname.replace(/-\d+\.svg$/, '')) * 360);
    return c.body(
      String(
        html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><rect width="10" height="10" fill="hsl(${hue} 50% 45%)"/></svg>`,
      ),
      200,
      { 'content-type': 'image/svg+xml', 'cache-control': 'private, max-age=600' },
    );
  });
}
