import type { Clock } from '../clock.ts';
import type { Database } from '../db/client.ts';
import { countDayByStatus, listDay, type StoreDayStatus } from '../db/store-days.ts';
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
  const counts = new Map((await countDayByStatus(deps.db, day)).map(({ status, count }) => [status, count]));
  const of = (status: StoreDayStatus) => counts.get(status) ?? 0;
  return {
    date: day,
    expected: [...counts.values()].reduce((sum, count) => sum + count, 0),
    complete: of('COMPLETE'),
    partial: of('PARTIAL'),
    late: of('LATE'),
    running: of('RUNNING'),
    pending: of('PENDING'),
    missed: of('MISSED'),
  };
}

/** The stores of a day that are not complete, or those of one state, by store code. */
export function getDayStores(
  db: Database,
  options: { date: string; status: StoreDayStatus | null; afterCode: string | null; limit: number },
): ReturnType<typeof listDay> {
  const incomplete: StoreDayStatus[] = ['PENDING', 'RUNNING', 'PARTIAL', 'LATE', 'MISSED'];
  return listDay(db, { ...options, statuses: options.status === null ? incomplete : [options.status] });
}
