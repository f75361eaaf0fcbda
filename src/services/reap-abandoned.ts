import type { Clock } from '../clock.ts';
import { deleteExpiredAdminSessions } from '../db/admin-keys.ts';
import { deleteUnknownAuditRows } from '../db/audit-log.ts';
import type { Database } from '../db/client.ts';
import { deleteHeartbeatsBefore } from '../db/heartbeats.ts';
import { deleteExpiredOAuthStates } from '../db/oauth-states.ts';
import type { Logger } from '../logger.ts';
import { forgetKeys } from './answer-once.ts';
import { buryJobs } from './bury-jobs.ts';

const dayMs = 86_400_000;
/** How long it is kept who was turned away unrecognised. */
const strangersDays = 90;

/** Cleans up after workers that died, and forgets processes, states and sessions that have long ended. */
export async function reapAbandoned(deps: { db: Database; clock: Clock; logger: Logger }): Promise<void> {
  const now = deps.clock.now();
  const closed = await buryJobs(deps);
  if (closed > 0) deps.logger.warn('closed log rows of workers that died', { count: closed });
  await deleteHeartbeatsBefore(deps.db, new Date(now.getTime() - dayMs));
  await deleteExpiredOAuthStates(deps.db, new Date(now.getTime() - dayMs));
  await deleteExpiredAdminSessions(deps.db, now);
  await forgetKeys(deps, now);
  await deleteUnknownAuditRows(deps.db, new Date(now.getTime() - strangersDays * dayMs));
}
