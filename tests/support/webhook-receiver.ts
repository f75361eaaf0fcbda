import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedWebhook {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  json: { type: string; timestamp: string; text: string; data: { count: number; stores: { store_code: string }[] } };
}

export interface WebhookReceiver {
  url: string;
  received: ReceivedWebhook[];
  /** What it answers from now on: a status, or a request that is dropped without an answer. */
  answerWith(answer: number | 'hang up'): void;
  /** Called with each request before it is answered. */
  onReceive(work: () => Promise<void>): void;
  /** Nothing listens any more; `open` brings it back on the same port. */
  close(): Promise<void>;
  open(): Promise<void>;
}

/** Somebody's endpoint on 127.0.0.1, as far from Harian as a test can put it. */
export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  let answer: number | 'hang up' = 204;
  let work = async () => {};
  const received: ReceivedWebhook[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    received.push({ path: request.url ?? '', headers: request.headers, body, json: JSON.parse(body) });
    await work();
    if (answer === 'hang up') return void request.socket.destroy();
    response.writeHead(answer, answer === 302 ? { location: '/elsewhere' } : {}).end();
  });
  const listen = (port: number) => new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook/secret-path`,
    received,
    answerWith: (next) => {
      answer = next;
    },
    onReceive: (next) => {
      work = next;
    },
    open: () => listen(port),
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
