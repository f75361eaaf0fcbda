import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener, RequestError } from '@hono/node-server';

export interface HttpServer {
  port: number;
  /** Stops listening, lets requests in flight end, closes idle connections. */
  close(): Promise<void>;
}

const badRequest = JSON.stringify({
  error: { code: 'INVALID_REQUEST', message: 'The request is not valid HTTP: check the client.' },
});
const broken = JSON.stringify({
  error: { code: 'INTERNAL', message: 'Something went wrong on our side: try again.' },
});
/** For answers that the app never sees. */
const headers = {
  'Content-Type': 'application/json',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
};

/** Listens; rejects when the port is taken. Slow clients are cut off, and what is no HTTP gets the envelope too. */
export function startServer(options: {
  fetch: (request: Request) => Response | Promise<Response>;
  host: string;
  port: number;
}): Promise<HttpServer> {
  return new Promise((resolve, reject) => {
    const refuse = () => new Response(badRequest, { status: 400, headers });
    // No Request can be made of an address with credentials, and the adapter finds out only when a body is read.
    const fetch = (request: Request) => {
      const { username, password } = new URL(request.url);
      return username === '' && password === '' ? options.fetch(request) : refuse();
    };
    const listener = getRequestListener(fetch, {
      errorHandler: (error) =>
        error instanceof RequestError ? refuse() : new Response(broken, { status: 500, headers }),
    });
    // Node itself answers a missing Host without the envelope; the listener refuses it with.
    const server = createServer({ requireHostHeader: false }, listener);
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve({ port: (server.address() as AddressInfo).port, close: () => closeServer(server) });
    });
    server.headersTimeout = 10_000;
    server.requestTimeout = 30_000;
    server.keepAliveTimeout = 10_000;
    server.on('checkExpectation', (_request, response) => response.writeHead(400, headers).end(badRequest));
    server.on('clientError', (_error, socket) => {
      if (!socket.writable) return;
      const own = { ...headers, Connection: 'close', 'Content-Length': Buffer.byteLength(badRequest) };
      const head = Object.entries(own).map(([name, value]) => `${name}: ${value}`);
      socket.end(['HTTP/1.1 400 Bad Request', ...head, '', badRequest].join('\r\n'));
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeIdleConnections();
  });
}
