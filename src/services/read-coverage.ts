import type { Clock } from '../clock.ts';
import type { Database } from '../db/client.ts';
import { countDayByState, listDay, type StoreDayState } from '../db/store-days.ts';
import { localDay } from '../domain/snapshot-day.ts';

export interface Coverage {
  date: string;
  expected: number;
  complete: number;
  partial: number;
  late: number;
  running: number;
  pending: number;
  missed: number;
}

/** How many stores have their day. `date` null: today in the installation's own time zone. */
export async function getCoverage(
  deps: { db: Database; clock: Clock; timezone: string },
  date: string | null,
): Promise<Coverage> {
  const day = date ?? localDay(deps.clock.now(), deps.timezone);
  const counts = new Map((await countDayByState(deps.db, day)).map(({ state, count }) => [state, count]));
  const of = (state: StoreDayState) => counts.get(state) ?? 0;
  return {
    date: day,
    expected: [...counts.values()].reduce((sum, count) => sum + count, 0),
    complete: of('complete'),
    partial: of('partial'),
    late: of('late'),
    running: of('running'),
    pending: of('pending'),
    missed: of('missed'),
  };
}

/** The stores of a day that are not complete, or those of one state, by store code. */
export function getDayStores(
  db: Database,
  options: { date: string; state: StoreDayState | null; afterCode: string | null; limit: number },
): ReturnType<typeof listDay> {
  const incomplete: StoreDayState[] = ['pending', 'running', 'partial', 'late', 'missed'];
  return listDay(db, { ...options, states: options.state === null ? incomplete : [options.state] });
}
