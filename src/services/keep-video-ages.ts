import { listStoreCodes } from '../db/stores.ts';
import { claimSweep } from '../db/sweep.ts';
import { keepSettledAges } from '../db/video-ages.ts';
import type { SweepDependencies } from './sweep-old-rows.ts';

const dayMs = 86_400_000;
/** A run touches the day on its store's clock alone, or late the day before: what was read earlier than that stays. */
const settledAfterMs = 3 * dayMs;
/** 10 of the largest are 120,000 look-ups, in a second or two. */
const storesPerStatement = 10;

/**
 * Keeps what videos had at each age, once a day over all processes: curves need not look it up again. A stop ends it
 * between two statements; what is missing is kept the next day, and looked up until then. Throws what the database throws.
 */
export async function keepVideoAges(
  deps: Pick<SweepDependencies, 'db' | 'clock' | 'logger' | 'stopping'>,
): Promise<void> {
  const now = deps.clock.now();
  if (!(await claimSweep(deps.db, { name: 'video ages', now, everyMs: dayMs }))) return;
  const settledBefore = new Date(now.getTime() - settledAfterMs);
  let kept = 0;
  for (let afterCode: string | undefined = ''; afterCode !== undefined && !deps.stopping.aborted; ) {
    const storeCodes = await listStoreCodes(deps.db, { afterCode, limit: storesPerStatement });
    if (storeCodes.length > 0) kept += await keepSettledAges(deps.db, { storeCodes, settledBefore });
    afterCode = storeCodes.at(-1);
  }
  if (kept > 0) deps.logger.info('video ages kept', { count: kept });
}
