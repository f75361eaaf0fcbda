import type { Server } from 'node:http';
import { serve } from '@hono/node-server';

export interface HttpServer {
  port: number;
  /** Stops listening, lets requests in flight end, closes idle connections. */
  close(): Promise<void>;
}

const badRequest = JSON.stringify({
  error: { code: 'INVALID_REQUEST', message: 'The request is not valid HTTP: check the client.' },
});

/** Listens; rejects when the port is taken. Slow clients are cut off, and what is no HTTP gets the envelope too. */
export function startServer(options: {
  fetch: (request: Request) => Response | Promise<Response>;
  host: string;
  port: number;
}): Promise<HttpServer> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: options.fetch, hostname: options.host, port: options.port }, (address) => {
      server.off('error', reject);
      resolve({ port: address.port, close: () => closeServer(server) });
    }) as Server;
    server.once('error', reject);
    server.headersTimeout = 10_000;
    server.requestTimeout = 30_000;
    server.keepAliveTimeout = 10_000;
    server.on('clientError', (_error, socket) => {
      if (!socket.writable) return;
      const head = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: application/json';
      socket.end(`${head}\r\nContent-Length: ${Buffer.byteLength(badRequest)}\r\n\r\n${badRequest}`);
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeIdleConnections();
  });
}
