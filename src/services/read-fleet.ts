import { countFleet, type FleetCounts } from '../db/fleet-counts.ts';
import { dayStart, localDay } from '../domain/snapshot-day.ts';
import { getOverdue } from './read-coverage.ts';
import { readTodayNow, type TodayDependencies, type TodayNow } from './read-today.ts';
import { shareLook } from './share-look.ts';

/** All that is to be watched of the whole installation; any process can tell it. */
export interface Fleet extends TodayNow, FleetCounts {
  overdue: number;
  requestsPerMinute: number;
}

/** Whoever scrapes, and however often: this process asks the database once in so long. */
const lookMs = 5_000;

/** At most 5 s old. Rejects with what the database threw. */
export function createFleetReader(deps: TodayDependencies): () => Promise<Fleet> {
  return shareLook(() => readFleet(deps), lookMs);
}

async function readFleet(deps: TodayDependencies): Promise<Fleet> {
  const { db, clock, timezone, requestsPerMinute } = deps;
  const now = clock.now();
  const today = dayStart(localDay(now, timezone), timezone);
  const yesterday = localDay(new Date(today.getTime() - 1), timezone);
  const current = await readTodayNow(deps);
  const overdue = await getOverdue(deps, current.coverage.date);
  return { ...current, ...(await countFleet(db, { now, yesterday })), overdue, requestsPerMinute };
}
