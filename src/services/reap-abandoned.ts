import { buryJobs } from './bury-jobs.ts';
import { healGivenUp, type LandDependencies } from './land-pair.ts';

/** Cleans up after workers that died, and those that only stood still. */
export async function reapAbandoned(deps: LandDependencies): Promise<void> {
  const closed = await buryJobs(deps);
  if (closed > 0) deps.logger.warn('closed log rows of workers that died', { count: closed });
  await healGivenUp(deps);
}
