import pg from 'pg';
import { connectionSettings, dropConnection } from './client.ts';

/** A statement that has no answer after so long is looked after, in such turns. */
const suspectMs = 1_000;
const lookEveryMs = 500;
/** Of what is looked through: one that cannot be had in this time tells nothing. */
const lookTimeoutMs = 2_000;
/** An answer may be on its way at the first look. */
const looksBeforeSilent = 2;

/**
 * Calls `onSilent` once the server is seen, through another connection, not to be at work on a statement of this client
 * that still has no answer: the network between them is dead, and it would be waited for until the statement's time is
 * up. Not called while the server cannot be asked, or is slow: a machine that stands still is not silent. Connected only.
 */
export function watchForSilence(client: pg.Client, url: string, onSilent: () => void): void {
  // What the server told of the session when it began, though the type does not say so.
  const pid: unknown = Reflect.get(client, 'processID');
  if (typeof pid !== 'number') return;
  const query: (...args: unknown[]) => unknown = client.query.bind(client);
  let unanswered = 0;
  let quietSinceMs = 0;
  let looking = false;
  let looks = 0;
  const heard = () => {
    quietSinceMs = performance.now();
    looks = 0;
  };
  const answered = () => {
    unanswered -= 1;
    heard();
  };
  const watched = (...args: unknown[]) => {
    if (unanswered === 0) heard();
    const answer = query(...args);
    if (answer instanceof Promise) {
      unanswered += 1;
      answer.then(answered, answered);
    }
    return answer;
  };
  Object.assign(client, { query: watched });

  const look = async () => {
    if (looking || unanswered === 0 || performance.now() - quietSinceMs < suspectMs) return;
    looking = true;
    const isAtWork = await isAtWorkOn(url, pid).catch(() => true);
    looking = false;
    if (unanswered === 0 || performance.now() - quietSinceMs < suspectMs) return;
    looks = isAtWork ? 0 : looks + 1;
    if (looks >= looksBeforeSilent) onSilent();
  };
  const timer = setInterval(() => void look(), lookEveryMs);
  timer.unref();
  client.once('end', () => clearInterval(timer));
}

async function isAtWorkOn(url: string, pid: number): Promise<boolean> {
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
