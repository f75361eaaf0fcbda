import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

const CHUNK_BYTES = 64 * 1024;

/** What node-server hands over beside the request; absent when the app is called in-process. */
export interface SimulatorEnv {
  Bindings: { incoming?: IncomingMessage; outgoing?: ServerResponse };
}

export type JsonObject = Record<string, unknown>;

/** An answer, or the way in which there is none. Faults turn one into another before anything is sent. */
export type Reply =
  | { kind: 'json'; status: number; body: JsonObject; headers?: Record<string, string> }
  | { kind: 'text'; status: number; text: string; contentType: string; headers?: Record<string, string> }
  | { kind: 'cut'; status: number; text: string; contentType: string }
  | { kind: 'huge'; bytes: number }
  | { kind: 'reset' }
  | { kind: 'hang'; delayMs: number | undefined };

/** What an in-process caller gets for a destroyed connection, shaped as the global `fetch` reports it. */
export class ConnectionLost extends TypeError {
  constructor() {
    super('fetch failed', { cause: Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }) });
  }
}

/** Sends the reply. `closing` ends answers that hang. Rejects with ConnectionLost when there is no socket to destroy. */
export async function sendReply(c: Context<SimulatorEnv>, reply: Reply, closing: AbortSignal): Promise<Response> {
  switch (reply.kind) {
    case 'json':
      return c.body(JSON.stringify(reply.body), reply.status as ContentfulStatusCode, {
        'content-type': 'application/json; charset=utf-8',
        ...reply.headers,
      });
    case 'text':
      return c.body(reply.text, reply.status as ContentfulStatusCode, {
        'content-type': reply.contentType,
        ...reply.headers,
      });
    case 'cut':
      return cutOff(c, reply);
    case 'huge':
      return c.body(endlessObject(reply.bytes), 200, { 'content-type': 'application/json; charset=utf-8' });
    case 'reset':
      return drop(c);
    case 'hang':
      await pause(reply.delayMs, [c.req.raw.signal, closing]);
      return drop(c);
  }
}

/** Resolves after `delayMs` (never, when undefined) or as soon as one of the signals aborts. */
export async function pause(delayMs: number | undefined, signals: AbortSignal[]): Promise<void> {
  if (signals.some((signal) => signal.aborted)) return;
  // Not AbortSignal.any: that would stay attached to a signal which lives as long as the simulator.
  const done = Promise.withResolvers<void>();
  const finish = () => done.resolve();
  const timer = delayMs === undefined ? undefined : setTimeout(finish, delayMs);
  for (const signal of signals) signal.addEventListener('abort', finish);
  await done.promise;
  for (const signal of signals) signal.removeEventListener('abort', finish);
  clearTimeout(timer);
}

function drop(c: Context<SimulatorEnv>): Promise<never> {
  const socket = c.env?.incoming?.socket;
  if (!socket) throw new ConnectionLost();
  socket.destroy();
  // The server would write any answer it got; with the socket gone there is nobody to write to.
  return new Promise<never>(() => {});
}

function cutOff(c: Context<SimulatorEnv>, reply: { status: number; text: string; contentType: string }) {
  const whole = Buffer.from(reply.text);
  const half = whole.subarray(0, Math.floor(whole.length / 2));
  const outgoing = c.env?.outgoing;
  if (outgoing) {
    outgoing.writeHead(reply.status, { 'content-type': reply.contentType, 'content-length': whole.length });
    outgoing.write(half, () => outgoing.destroy());
    return new Promise<never>(() => {});
  }
  let sent = false;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent) controller.error(new TypeError('terminated'));
      else controller.enqueue(half);
      sent = true;
    },
  });
  return c.body(body, reply.status as ContentfulStatusCode, { 'content-type': reply.contentType });
}

/** The start of a JSON object whose one string never ends before `bytes`; made chunk by chunk, never held. */
function endlessObject(bytes: number): ReadableStream<Uint8Array> {
  let left = bytes;
  return new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(Buffer.from('{"data":{"padding":"')),
    pull(controller) {
      if (left <= 0) return controller.close();
      controller.enqueue(Buffer.alloc(Math.min(left, CHUNK_BYTES), 'x'));
      left -= CHUNK_BYTES;
    },
  });
}
