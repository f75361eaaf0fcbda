import type { Clock } from '../clock.ts';
import { deleteExpiredAdminSessions } from '../db/admin-keys.ts';
import type { Database } from '../db/client.ts';
import { deleteExpiredOAuthStates } from '../db/oauth-states.ts';
import { closeAbandonedLogs } from '../db/sync-logs.ts';
import type { Logger } from '../logger.ts';

const dayMs = 86_400_000;

/** Closes the log rows of workers that died, and forgets states and sessions that have long ended. */
export async function reapAbandoned(deps: { db: Database; clock: Clock; logger: Logger }): Promise<void> {
  const now = deps.clock.now();
  const closed = await closeAbandonedLogs(deps.db, now);
  if (closed > 0) deps.logger.warn('closed log rows of workers that died', { count: closed });
  await deleteExpiredOAuthStates(deps.db, new Date(now.getTime() - dayMs));
  await deleteExpiredAdminSessions(deps.db, now);
}
