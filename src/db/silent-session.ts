import { Socket } from 'node:net';
import pg from 'pg';
import { connectionSettings, dropConnection } from './client.ts';

/** A statement that has no answer after so long is looked after: twice before it is given up, and ever more seldom else. */
const suspectMs = 1_000;
const lookAgainMs = 500;
const longestPauseMs = 4_000;
/** One that cannot be had in this time tells nothing. */
const lookTimeoutMs = 2_000;

/**
 * Calls `onSilent` once the server is seen, through another connection, not to be at work on a statement of this client
 * that still has no answer, and no byte has moved: the network between them is dead. Not called while the server is at
 * work on it or cannot be asked: then the statement's own time counts. `sinceMs`: by performance.now().
 */
export function watchForSilence(
  client: pg.Client,
  session: { url: string; pid: number },
  onSilent: (sinceMs: number) => void,
): void {
  const { stream } = client.connection;
  const moved = () => (stream instanceof Socket ? `${stream.bytesRead} ${stream.bytesWritten}` : '');
  const query: (...args: unknown[]) => unknown = client.query.bind(client);
  let unanswered = 0;
  let sinceMs = 0;
  let timer: NodeJS.Timeout | undefined;
  /** Counts what was heard: a look that was under way meanwhile tells nothing. */
  let heard = 0;

  const hear = () => {
    clearTimeout(timer);
    heard += 1;
    sinceMs = performance.now();
    if (unanswered > 0) schedule(suspectMs, { pauseMs: lookAgainMs, silentAt: null });
  };
  const schedule = (ms: number, past: Past) => {
    timer = setTimeout(() => void look(past), ms);
    timer.unref();
  };
  const look = async ({ pauseMs, silentAt }: Past) => {
    const [before, bytes] = [heard, moved()];
    const isAtWork = await isAtWorkOn(session).catch(() => true);
    if (heard !== before) return;
    if (isAtWork) return schedule(pauseMs, { pauseMs: Math.min(2 * pauseMs, longestPauseMs), silentAt: null });
    if (silentAt !== null && silentAt === moved()) return onSilent(sinceMs);
    schedule(lookAgainMs, { pauseMs, silentAt: bytes });
  };

  const watched = (...args: unknown[]) => {
    const answer = query(...args);
    if (!(answer instanceof Promise)) return answer;
    unanswered += 1;
    if (unanswered === 1) hear();
    const answered = () => {
      unanswered = Math.max(0, unanswered - 1);
      hear();
    };
    answer.then(answered, answered);
    return answer;
  };
  Object.assign(client, { query: watched });
  client.once('end', () => {
    unanswered = 0;
    hear();
  });
}

interface Past {
  pauseMs: number;
  /** The bytes that had moved when the server was first seen idle; null: it was not, the last time. */
  silentAt: string | null;
}

async function isAtWorkOn({ url, pid }: { url: string; pid: number }): Promise<boolean> {
  const client = new pg.Client(connectionSettings(url, 'harian-look', lookTimeoutMs));
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ active: boolean }>({
      text: `select exists (select from pg_stat_activity where pid = $1 and coalesce(state, '') not like 'idle%') as active`,
      values: [pid],
    });
    return rows[0]?.active !== false;
  } finally {
    dropConnection(client);
  }
}
