import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RawScenario } from './raw-scenarios.ts';

export interface RawAnswer {
  status: number;
  headers: Headers;
  body: string;
}

export interface RawEnd {
  /** Everything that came, in order. */
  bytes: Buffer;
  /** False: the server was still holding the connection after `patienceMs`. */
  closed: boolean;
  tookMs: number;
}

/** Opens one connection, does what the scenario says, and waits for its end. Never rejects: a reset is an end too. */
export async function playScenario(port: number, scenario: RawScenario, patienceMs: number): Promise<RawEnd> {
  const startedMs = performance.now();
  const chunks: Buffer[] = [];
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  const ended = Promise.withResolvers<boolean>();
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  // The server's side is closed: ours follows.
  socket.on('end', () => socket.end());
  socket.on('error', () => undefined);
  socket.on('close', () => ended.resolve(true));
  const timer = setTimeout(() => ended.resolve(false), patienceMs);
  for (const piece of scenario.pieces) {
    if (socket.destroyed) break;
    socket.write(piece);
    if (scenario.pauseMs !== undefined) await sleep(scenario.pauseMs);
  }
  finish(socket, scenario.afterwards);
  const closed = await ended.promise;
  clearTimeout(timer);
  socket.destroy();
  return { bytes: Buffer.concat(chunks), closed, tookMs: performance.now() - startedMs };
}

function finish(socket: Socket, afterwards: RawScenario['afterwards']): void {
  if (afterwards === 'close') socket.end();
  if (afterwards === 'destroy') socket.destroy();
  if (afterwards === 'reset') socket.resetAndDestroy();
}

/** The answers in a stream, whole ones only, and what is left over. Interim ones (1xx) are left out. */
export function readAnswers(bytes: Buffer): { answers: RawAnswer[]; rest: Buffer } {
  const answers: RawAnswer[] = [];
  let rest = bytes;
  for (;;) {
    const headEnd = rest.indexOf('\r\n\r\n');
    const head = rest.subarray(0, Math.max(headEnd, 0)).toString('latin1');
    const [statusLine = '', ...lines] = head.split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1]);
    if (headEnd < 0 || Number.isNaN(status)) return { answers, rest };
    const headers = new Headers(lines.map((line) => line.split(/:\s*(.*)/s, 2) as [string, string]));
    const after = rest.subarray(headEnd + 4);
    if (status < 200) {
      rest = after;
      continue;
    }
    const body = readBody(headers, after);
    if (body === null) return { answers, rest };
    answers.push({ status, headers, body: body.content });
    rest = after.subarray(body.bytes);
  }
}

/** Null when it is not all there. */
function readBody(headers: Headers, bytes: Buffer): { content: string; bytes: number } | null {
  if (headers.get('transfer-encoding') !== 'chunked') {
    const length = Number(headers.get('content-length') ?? 0);
    return bytes.length < length ? null : { content: bytes.toString('utf8', 0, length), bytes: length };
  }
  let content = '';
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return null;
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    if (bytes.length < lineEnd + 4 + size) return null;
    content += bytes.toString('utf8', lineEnd + 2, lineEnd + 2 + size);
    at = lineEnd + 4 + size;
    if (size === 0) return { content, bytes: at };
  }
}
