import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { connectionSettings, dropConnection, followQueries } from './client.ts';

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
  let unanswered = 0;
  /** When something was heard, or asked after nothing was awaited. */
  let sinceMs = 0;
  let isWatched = false;

  const watch = async () => {
    isWatched = true;
    let pauseMs = lookAgainMs;
    let silentAt: string | null = null;
    while (unanswered > 0) {
      const [lookedForMs, quietMs] = [sinceMs, performance.now() - sinceMs];
      if (quietMs < suspectMs) {
        [pauseMs, silentAt] = [lookAgainMs, null];
        await rest(suspectMs - quietMs);
        continue;
      }
      const bytes = moved();
      const isAtWork = await isAtWorkOn(session).catch(() => true);
      if (sinceMs !== lookedForMs) continue;
      if (!isAtWork && silentAt === bytes) break;
      silentAt = isAtWork ? null : bytes;
      await rest(isAtWork ? pauseMs : lookAgainMs);
      if (isAtWork) pauseMs = Math.min(2 * pauseMs, longestPauseMs);
    }
    isWatched = false;
    if (unanswered > 0) onSilent(sinceMs);
  };

  followQueries(client, () => {
    if (unanswered === 0) sinceMs = performance.now();
    unanswered += 1;
    if (!isWatched) watch().catch(() => undefined);
    return () => {
      unanswered -= 1;
      sinceMs = performance.now();
    };
  });
}

const rest = (ms: number) => sleep(ms, undefined, { ref: false });

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
