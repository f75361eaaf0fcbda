import { Agent, type OutgoingHttpHeaders, request } from 'node:http';
import { gunzipSync, inflateSync } from 'node:zlib';

export interface Sent {
  method: string;
  /** As it goes on the wire: path and query, already encoded. */
  path: string;
  headers?: OutgoingHttpHeaders;
  body?: string | Buffer;
  /** Sends the body in chunks, without its length. */
  chunked?: boolean;
}

export interface Received {
  status: number;
  /** Names in lower case; what came several times is joined by `, `. */
  headers: Headers;
  /** The same as it stood on the wire. */
  rawHeaders: string[];
  text: string;
}

const answerTimeoutMs = 20_000;

/** Connections kept alive, so that thousands of requests a second need no thousands of ports. */
export function createHttpAgent(connections: number): Agent {
  return new Agent({ keepAlive: true, maxSockets: connections });
}

/**
 * One request, no redirect followed; what the server closed while it was idle is sent again. Rejects when the
 * connection breaks, or after 20 s without an answer.
 */
export function exchange(agent: Agent, port: number, sent: Sent): Promise<Received> {
  const { method, path, headers = {}, body, chunked = false } = sent;
  const framing = chunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': String(body?.length ?? 0) };
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        agent,
        host: '127.0.0.1',
        port,
        method,
        path,
        headers: body === undefined ? headers : { ...headers, ...framing },
        setHost: !('host' in headers),
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        const answer = () => {
          const received = new Headers();
          for (let at = 0; at + 1 < incoming.rawHeaders.length; at += 2) {
            received.append(incoming.rawHeaders[at] ?? '', incoming.rawHeaders[at + 1] ?? '');
          }
          resolve({
            status: incoming.statusCode ?? 0,
            headers: received,
            rawHeaders: incoming.rawHeaders,
            text: decode(Buffer.concat(chunks), incoming.headers['content-encoding']).toString(),
          });
        };
        // A live stream ends by itself only after minutes: its head is the answer.
        if (incoming.headers['content-type'] === 'text/event-stream') {
          answer();
          outgoing.destroy();
          return;
        }
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', answer);
      },
    );
    outgoing.setTimeout(answerTimeoutMs, () => outgoing.destroy(new Error('no answer in 20 s')));
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      const closedWhileIdle = outgoing.reusedSocket && error.code === 'ECONNRESET';
      if (closedWhileIdle) exchange(agent, port, sent).then(resolve, reject);
      else reject(error);
    });
    outgoing.end(body);
  });
}

/** A request may ask for a compressed answer. Throws when the bytes are not what their encoding says. */
function decode(body: Buffer, encoding: string | undefined): Buffer {
  if (body.length === 0) return body;
  return encoding === 'gzip' ? gunzipSync(body) : encoding === 'deflate' ? inflateSync(body) : body;
}
