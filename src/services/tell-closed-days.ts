import type { Clock } from '../clock.ts';
import type { Database } from '../db/client.ts';
import { findWantedSince, insertClosedDays } from '../db/events.ts';
import type { ZoneDay } from '../db/store-days.ts';
import { eventsDays } from '../domain/retention.ts';
import { addDays, localDay } from '../domain/snapshot-day.ts';

/** Shorter than events are kept: by them a day is known to have been told. */
const lookBackDays = eventsDays - 2;
const batchSize = 2_000;

/**
 * Tells of every day that is over where its store lives, once it can change no more, and was not over before somebody
 * wanted to know. `today`: of each time zone. Returns how many. Any number of schedulers may call it at once.
 */
export async function tellClosedDays(deps: { db: Database; clock: Clock }, today: readonly ZoneDay[]): Promise<number> {
  const since = await findWantedSince(deps.db, 'day.closed');
  if (since === null) return 0;
  const zones = today.map(({ timezone, day }) => {
    const [oldest, wanted] = [addDays(day, -lookBackDays), localDay(since, timezone)];
    return { timezone, day, from: wanted > oldest ? wanted : oldest };
  });
  for (let total = 0; ; ) {
    const told = await insertClosedDays(deps.db, { zones, now: deps.clock.now(), limit: batchSize });
    total += told;
    if (told < batchSize) return total;
  }
}
