import type { Clock } from '../clock.ts';
import type { Database } from '../db/client.ts';
import type { Logger } from '../logger.ts';
import { buryJobs } from './bury-jobs.ts';

/** Cleans up after workers that died. */
export async function reapAbandoned(deps: { db: Database; clock: Clock; logger: Logger }): Promise<void> {
  const closed = await buryJobs(deps);
  if (closed > 0) deps.logger.warn('closed log rows of workers that died', { count: closed });
}
