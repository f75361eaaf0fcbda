import { createServer, type Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener, RequestError } from '@hono/node-server';
import type { ErrorCode } from '../errors.ts';
import { headersOfAnyAnswer } from './middleware/security-headers.ts';

export interface HttpServer {
  port: number;
  /** Stops listening and lets requests in flight end: after 16 s their connections are cut. */
  close(): Promise<void>;
}

const maxHeaderBytes = 16 * 1024;
const maxHeaders = 100;
const maxUrlLength = 8 * 1024;
/** What a refused client has to take its answer. */
const lingerMs = 2_000;

interface Patience {
  maxConnections: number;
  /** For the last byte of the headers, and of the whole request. */
  headersTimeoutMs: number;
  requestTimeoutMs: number;
  /** Between two requests of a connection, and between two bytes in either direction. */
  keepAliveTimeoutMs: number;
  silenceTimeoutMs: number;
  /** How often Node looks for requests that are late. */
  lateCheckMs: number;
}

const ordinaryPatience: Patience = {
  maxConnections: 2_000,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 10_000,
  silenceTimeoutMs: 65_000,
  lateCheckMs: 5_000,
};

const body = (code: ErrorCode, message: string) => JSON.stringify({ error: { code, message } });
const notHttp = body('INVALID_REQUEST', 'The request is not valid HTTP: check the client.');
const tooLong = body('INVALID_REQUEST', `The address is too long: at most ${maxUrlLength} characters are read.`);
const broken = body('INTERNAL', 'Something went wrong on our side: try again.');
/** What Node says of a request that it cut off. 408 and 431 are none of our statuses. */
const cutOff: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: body('INVALID_REQUEST', 'The request came too slowly: send it at once.'),
  HPE_HEADER_OVERFLOW: body(
    'INVALID_REQUEST',
    `The headers are too large: at most ${maxHeaderBytes / 1024} KiB are read.`,
  ),
};

/**
 * Listens; rejects when the port is taken. Slow and silent clients are cut off, what is no HTTP gets the envelope too.
 * `https`: the address that people see is.
 */
export function startServer(options: {
  fetch: (request: Request, env: object) => Response | Promise<Response>;
  host: string;
  port: number;
  https?: boolean;
  patience?: Patience;
}): Promise<HttpServer> {
  const { patience = ordinaryPatience } = options;
  const headers = { ...headersOfAnyAnswer({ https: options.https ?? false }), 'Content-Type': 'application/json' };
  return new Promise((resolve, reject) => {
    const refuse = (text = notHttp) => new Response(text, { status: 400, headers });
    const fetch = (request: Request, env: object) => {
      if (request.url.length > maxUrlLength) return refuse(tooLong);
      // No Request can be made of an address with credentials, and the adapter finds out only when a body is read.
      const { username, password } = new URL(request.url);
      return username === '' && password === '' ? options.fetch(request, env) : refuse();
    };
    const listener = getRequestListener(fetch, {
      errorHandler: (error) =>
        error instanceof RequestError ? refuse() : new Response(broken, { status: 500, headers }),
    });
    const server = createServer(
      {
        // Node itself answers a missing Host without the envelope; the listener refuses it with.
        requireHostHeader: false,
        maxHeaderSize: maxHeaderBytes,
        connectionsCheckingInterval: patience.lateCheckMs,
        headersTimeout: patience.headersTimeoutMs,
        requestTimeout: patience.requestTimeoutMs,
        keepAliveTimeout: patience.keepAliveTimeoutMs,
      },
      listener,
    );
    server.maxConnections = patience.maxConnections;
    server.maxHeadersCount = maxHeaders;
    server.timeout = patience.silenceTimeoutMs;
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve({ port: (server.address() as AddressInfo).port, close: () => closeServer(server) });
    });

    /** Past Node's own response: for what never became a request. */
    const answerRaw = (socket: Duplex, text: string) => {
      if (!socket.writable) return;
      // An answer that has begun must not get another one into its body.
      const answering: unknown = Reflect.get(socket, '_httpMessage');
      if (answering instanceof ServerResponse && answering.headersSent) {
        socket.destroy();
        return;
      }
      const own = { ...headers, Connection: 'close', 'Content-Length': Buffer.byteLength(text) };
      const head = Object.entries(own).map(([name, value]) => `${name}: ${value}`);
      socket.end(['HTTP/1.1 400 Bad Request', ...head, '', text].join('\r\n'));
      setTimeout(() => socket.destroy(), lingerMs).unref();
    };
    server.on('checkExpectation', (_request, response) =>
      response.writeHead(400, { ...headers, 'Content-Length': Buffer.byteLength(notHttp) }).end(notHttp),
    );
    server.on('clientError', (error: NodeJS.ErrnoException, socket) =>
      answerRaw(socket, cutOff[error.code ?? ''] ?? notHttp),
    );
    // Without a listener Node hangs up without a word.
    server.on('connect', (_request, socket) => {
      socket.on('error', () => socket.destroy());
      answerRaw(socket, notHttp);
    });
  });
}

/** Longer than the slowest request waits for TikTok, and well within the time that a stop may take. */
const closeMs = 16_000;
/** A connection that becomes idle after its last answer is not closed by Node itself. */
const sweepMs = 200;

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    const sweep = setInterval(() => server.closeIdleConnections(), sweepMs);
    const cut = setTimeout(() => server.closeAllConnections(), closeMs);
    server.close((error) => {
      clearInterval(sweep);
      clearTimeout(cut);
      if (error) reject(error);
      else resolve();
    });
    server.closeIdleConnections();
  });
}
