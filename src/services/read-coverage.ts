import type { Clock } from '../clock.ts';
import { findOpenBreaker } from '../db/circuit-breakers.ts';
import type { Database } from '../db/client.ts';
import { countDay, countOverdue, type DayCounts, type DayStore, listDay } from '../db/day-views.ts';
import type { StoreDayState } from '../db/store-days.ts';
import { listTimezones } from '../db/stores.ts';
import type { DayWait } from '../domain/day-wait.ts';
import { forecastMs, type Pace } from '../domain/forecast.ts';
import { dueAt, dueDay, isTimezone, localDay } from '../domain/snapshot-day.ts';
import { readPace } from './read-pace.ts';
import { shareLargeLook } from './share-look.ts';

export interface Coverage {
  date: string;
  /** Stores in the ledger, and those that the planner has yet to open their day; the six states add up to it. */
  expected: number;
  complete: number;
  partial: number;
  late: number;
  running: number;
  pending: number;
  missed: number;
  /** Of the pending ones, those that the planner has yet to open. */
  unplanned: number;
  /** What the running and pending ones wait for; `localTime` counts stores whose day is still to come. */
  waiting: Record<DayWait | 'localTime', number>;
  /** Those that nobody but Harian has to do something for, and when they are through; null when it cannot be told. */
  forecast: { storesLeft: number; etaAt: Date | null };
}

interface CountDependencies {
  db: Database;
  clock: Clock;
  timezone: string;
  localTime: string;
  requestsPerMinute: number;
}

export interface CoverageDependencies extends CountDependencies {
  readCoverage: ReturnType<typeof createCoverageReader>;
}

/** Where a day is due and not over, and where it is still to come, with the time. */
async function zonesOf(deps: Pick<CoverageDependencies, 'db' | 'localTime'>, day: string, now: Date) {
  const zones = (await listTimezones(deps.db)).filter(isTimezone);
  return {
    due: zones.filter((timezone) => dueDay(now, timezone, deps.localTime) === day),
    dueTimes: zones
      .map((timezone) => ({ timezone, at: dueAt(day, timezone, deps.localTime) }))
      .filter(({ at }) => at > now),
  };
}

/** So many stores take a tenth of a second to count. */
const manyStores = 20_000;

/** How many stores have their day. `date` null: today in the installation's own time zone; of very many stores at most 10 s ago. */
export function createCoverageReader(deps: CountDependencies): (date: string | null) => Promise<Coverage> {
  const ofToday = shareLargeLook(
    () => getCoverage(deps, null),
    ({ expected }) => expected > manyStores,
  );
  return (date) => (date === null ? ofToday() : getCoverage(deps, date));
}

async function getCoverage(deps: CountDependencies, date: string | null): Promise<Coverage> {
  const now = deps.clock.now();
  const day = date ?? localDay(now, deps.timezone);
  const { due, dueTimes } = await zonesOf(deps, day, now);
  const counts = await countDay(deps.db, day, { due, notDue: dueTimes.map(({ timezone }) => timezone) });
  const breaker = await findOpenBreaker(deps.db);
  const pace = await readPace(deps, now, breaker);
  const state = (name: StoreDayState) => counts.states.get(name) ?? 0;
  const waits = (name: DayWait) => counts.waiting.get(name) ?? 0;
  const storesDue = waits('worker') + waits('running') + waits('limit') + waits('retry') + waits('breaker');
  const localTime = sum(counts.notDue.values());
  return {
    date: day,
    expected: sum(counts.states.values()),
    complete: state('complete'),
    partial: state('partial'),
    late: state('late'),
    running: state('running'),
    pending: state('pending'),
    missed: state('missed'),
    unplanned: counts.unplanned,
    waiting: {
      worker: waits('worker'),
      running: waits('running'),
      limit: waits('limit'),
      retry: waits('retry'),
      breaker: waits('breaker'),
      owner: waits('owner'),
      pause: waits('pause'),
      admin: waits('admin'),
      localTime,
    },
    forecast: {
      storesLeft: storesDue + localTime,
      etaAt: storesDue + localTime === 0 ? null : etaOf(counts, { now, storesDue, dueTimes, pace }),
    },
  };
}

/** A day that is due is read within minutes. */
const overdueAfterMs = 60 * 60_000;

/** How many stores' days have been in the ledger for an hour and are still unread. */
export function getOverdue(deps: Pick<CoverageDependencies, 'db' | 'clock'>, date: string): Promise<number> {
  return countOverdue(deps.db, date, new Date(deps.clock.now().getTime() - overdueAfterMs));
}

function etaOf(
  counts: DayCounts,
  day: { now: Date; storesDue: number; dueTimes: readonly { timezone: string; at: Date }[]; pace: Pace },
): Date | null {
  const dueMs = forecastMs(day.storesDue, day.pace);
  if (dueMs === null) return null;
  let lastMs = Math.max(day.now.getTime() + dueMs, counts.lastStartAt?.getTime() ?? 0);
  for (const { timezone, at } of day.dueTimes) {
    const stores = counts.notDue.get(timezone) ?? 0;
    if (stores === 0) continue;
    // How fast the workers will be then nobody knows: at best as fast as TikTok allows.
    const zoneMs = forecastMs(stores, { ...day.pace, limited: true });
    if (zoneMs === null) return null;
    lastMs = Math.max(lastMs, at.getTime() + zoneMs);
  }
  return new Date(lastMs);
}

const sum = (numbers: Iterable<number>) => [...numbers].reduce((total, number) => total + number, 0);

/** The stores of a day that are not complete, or those of one state, by store code. */
export async function getDayStores(
  deps: Pick<CoverageDependencies, 'db' | 'clock' | 'localTime'>,
  options: {
    date: string;
    state: StoreDayState | null;
    afterCode: string | null;
    limit: number;
    /** False: all have their day in the ledger, so nobody need look for those that have not. */
    withUnplanned: boolean;
  },
): Promise<DayStore[]> {
  const incomplete: StoreDayState[] = ['pending', 'running', 'partial', 'late', 'missed'];
  const { due } = options.withUnplanned ? await zonesOf(deps, options.date, deps.clock.now()) : { due: [] };
  return listDay(deps.db, {
    ...options,
    dueZones: due,
    states: options.state === null ? incomplete : [options.state],
  });
}
