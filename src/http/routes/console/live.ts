import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { getCookie } from 'hono/cookie';
import { streamSSE } from 'hono/streaming';
import type { Pulse } from '../../../services/watch-fleet.ts';
import type { AdminVariables } from '../../admin-variables.ts';
import { sessionCookie } from '../../cookies.ts';
import type { GuardedDependencies } from '../../dependencies.ts';

const pingMs = 5_000;
/** Then the browser comes back, perhaps to another process; a sign-in that is over ends the stream before that. */
const lifeMs = 120_000;
const reopenMs = 1_000;

/**
 * Says over one stream per open page that something has changed; the page fetches itself then. `pulse`: what changed;
 * `away`: the database does not answer; `ping`: nothing, but we are there. HEAD asks whether one is still signed in.
 */
export function liveRoutes(app: OpenAPIHono<{ Variables: AdminVariables }>, deps: GuardedDependencies): void {
  app.get('/live', (c) => {
    // A stream that nobody reads would never end.
    if (c.req.method === 'HEAD') return c.body(null, 200, { 'Content-Type': 'text/event-stream' });
    const bySession = c.req.header('authorization') === undefined;
    const signIn = {
      keyId: c.get('admin').keyId,
      sessionToken: (bySession && getCookie(c, sessionCookie(deps.publicUrl).name)) || null,
    };
    const answer = streamSSE(c, async (stream) => {
      const signedOut = new AbortController();
      const unwatch = deps.signIns.subscribe(signIn, () => signedOut.abort());
      const ended = AbortSignal.any([deps.stopping, AbortSignal.timeout(lifeMs), c.req.raw.signal, signedOut.signal]);
      let pending: { pulse: Pulse | null } | undefined;
      let wake = Promise.withResolvers<void>();
      const unsubscribe = deps.watch.subscribe((pulse) => {
        pending = { pulse: pending ? merge(pending.pulse, pulse) : pulse };
        wake.resolve();
      });
      ended.addEventListener('abort', () => wake.resolve(), { once: true });
      try {
        await stream.writeSSE({ event: 'ping', data: '', retry: reopenMs });
        while (!ended.aborted && !stream.aborted && !stream.closed) {
          await Promise.race([wake.promise, sleep(pingMs, undefined, { ref: false })]);
          wake = Promise.withResolvers();
          if (ended.aborted) break;
          const said = pending;
          pending = undefined;
          if (said === undefined) await stream.writeSSE({ event: 'ping', data: '' });
          else if (said.pulse === null) await stream.writeSSE({ event: 'away', data: '' });
          else await stream.writeSSE({ event: 'pulse', data: JSON.stringify(said.pulse) });
        }
      } finally {
        unwatch();
        unsubscribe();
      }
    });
    // A proxy that collects an answer before it passes it on would make the page look dead.
    answer.headers.set('X-Accel-Buffering', 'no');
    return answer;
  });
}

/** For a client slower than the changes: one pulse that says all of them. */
function merge(before: Pulse | null, now: Pulse | null): Pulse | null {
  if (before === null || now === null) return now;
  const stores = before.stores === null || now.stores === null ? null : [...new Set([...before.stores, ...now.stores])];
  return { ...now, stores };
}
