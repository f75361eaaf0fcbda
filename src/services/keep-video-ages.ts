import { analyzeNumbers } from '../db/month-partitions.ts';
import { listStoreCodes } from '../db/stores.ts';
import { claimSweep } from '../db/sweep.ts';
import { keepSettledAges } from '../db/video-ages.ts';
import { errorCodeOf } from '../logger.ts';
import type { SweepDependencies } from './sweep-old-rows.ts';

const dayMs = 86_400_000;
/** A run touches the day on its store's clock alone, or late the day before: what was read earlier than that stays. */
const settledAfterMs = 3 * dayMs;
/** 10 of the largest are 120,000 look-ups, in two to three seconds. */
const storesPerStatement = 10;

/**
 * Keeps what videos had at each age, once a day over all processes: curves need not look it up again. A stop ends it
 * between two statements; what is missing is kept the next day, and looked up until then. Throws where the stores cannot
 * be listed; what goes wrong with some of them costs the others nothing.
 */
export async function keepVideoAges(
  deps: Pick<SweepDependencies, 'db' | 'clock' | 'logger' | 'stopping'>,
): Promise<void> {
  const { db, logger } = deps;
  const now = deps.clock.now();
  if (!(await claimSweep(db, { name: 'video ages', now, everyMs: dayMs }))) return;
  const settledBefore = new Date(now.getTime() - settledAfterMs);
  const notKept = (error: unknown) => {
    logger.warn('video ages not kept', { error_code: errorCodeOf(error) });
    return 0;
  };
  let kept = 0;
  for (let afterCode: string | undefined = ''; afterCode !== undefined && !deps.stopping.aborted; ) {
    const storeCodes = await listStoreCodes(db, { afterCode, limit: storesPerStatement });
    if (storeCodes.length > 0) kept += await keepSettledAges(db, { storeCodes, settledBefore }).catch(notKept);
    afterCode = storeCodes.at(-1);
  }
  if (kept > 0) logger.info('video ages kept', { count: kept });
  if (deps.stopping.aborted) return;
  await analyzeNumbers(db).catch((error: unknown) =>
    logger.warn('numbers not analyzed', { error_code: errorCodeOf(error) }),
  );
}
