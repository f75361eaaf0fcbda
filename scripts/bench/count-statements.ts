import { createTcpProxy } from '../rig/tcp-proxy.ts';

export interface StatementCounter {
  /** The same database, through here. */
  url: string;
  /** So far; a round trip is what the client waits for. */
  counts(): { statements: number; roundTrips: number };
  close(): Promise<void>;
}

/** Counts what clients send to PostgreSQL, by its protocol: a type, a length and a body after the first message. */
export async function countStatements(databaseUrl: string): Promise<StatementCounter> {
  const counts = { statements: 0, roundTrips: 0 };
  const proxy = await createTcpProxy(databaseUrl, () => countMessages(counts));
  return { url: proxy.url, counts: () => ({ ...counts }), close: proxy.cut };
}

const [simpleQuery, execute, sync] = ['Q', 'E', 'S'].map((letter) => letter.charCodeAt(0));

function countMessages(counts: { statements: number; roundTrips: number }): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  /** What is left of a message that has been counted. */
  let skip = 0;
  let isFirst = true;
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      const skipped = Math.min(skip, rest.length);
      rest = rest.subarray(skipped);
      skip -= skipped;
      const head = isFirst ? 4 : 5;
      if (skip > 0 || rest.length < head) return;
      const type = isFirst ? 0 : rest[0];
      skip = isFirst ? rest.readUInt32BE(0) : 1 + rest.readUInt32BE(1);
      isFirst = false;
      if (type === simpleQuery || type === execute) counts.statements += 1;
      if (type === simpleQuery || type === sync) counts.roundTrips += 1;
    }
  };
}
