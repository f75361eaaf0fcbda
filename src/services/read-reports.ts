import { countAccountDays } from '../db/growth.ts';
import {
  type BestDay,
  type FleetRanking,
  findBestDays,
  listAccountReadings,
  listVideoReadings,
  type Periods,
  type RankedStore,
  rankStores,
  rankVideos,
  type Totals,
} from '../db/period-growth.ts';
import { accountCounters, videoCounters } from '../domain/growth.ts';
import { daysIn, type PeriodGrowth, type PeriodReadings, periodBefore, periodGrowth } from '../domain/period-growth.ts';
import { addDays, dueAt, localDay } from '../domain/snapshot-day.ts';
import { AppError } from '../errors.ts';
import type { Freshness } from './read-growth.ts';
import { getStore, type ReadDependencies } from './read-stores.ts';

const [usualDays, mostDays] = [30, 3660];
const bestVideos = 5;

type AccountCounter = (typeof accountCounters)[number];
type VideoCounter = (typeof videoCounters)[number];

/** How a counter grew in the period, and in the one before. */
export interface Compared {
  current: PeriodGrowth;
  previous: PeriodGrowth;
}

/** A period ends today unless told, and has 30 days. */
export interface AskedPeriod {
  from?: string | undefined;
  to?: string | undefined;
}

/** Throws INVALID_REQUEST. */
function periodsOf(asked: AskedPeriod, today: string): Periods {
  const to = asked.to ?? today;
  const from = asked.from ?? addDays(to, 1 - usualDays);
  if (from > to) throw new AppError('INVALID_REQUEST', 'from: must not be after to.');
  const current = { from, to };
  if (daysIn(current) > mostDays) throw new AppError('INVALID_REQUEST', `from: choose at most ${mostDays} days.`);
  return { current, previous: periodBefore(current) };
}

const noReadings: PeriodReadings = { last: null, before: null, first: null };

function compare<Counter extends string>(
  counters: readonly Counter[],
  readings: Record<Counter, { current: PeriodReadings; previous: PeriodReadings }> | undefined,
  periods: Periods,
): Record<Counter, Compared> {
  const of = (counter: Counter, which: 'current' | 'previous') =>
    periodGrowth(readings?.[counter][which] ?? noReadings, periods[which]);
  const compared = counters.map((counter) => [
    counter,
    { current: of(counter, 'current'), previous: of(counter, 'previous') },
  ]);
  return Object.fromEntries(compared) as Record<Counter, Compared>;
}

export interface ReportedVideo {
  videoId: string;
  title: string | null;
  counters: Record<VideoCounter, Compared>;
}

export interface StoreReport {
  periods: Periods;
  account: Record<AccountCounter, Compared>;
  bestDays: Partial<Record<AccountCounter, { best: BestDay; worst: BestDay }>>;
  /** Of all its videos together. */
  videos: Totals<VideoCounter>;
  bestVideos: ReportedVideo[];
  worstVideos: ReportedVideo[];
  freshness: Freshness;
}

/** How a store grew in a period, beside the one before. Throws STORE_NOT_FOUND or INVALID_REQUEST. */
export async function getStoreReport(
  deps: ReadDependencies,
  storeCode: string,
  asked: AskedPeriod,
): Promise<StoreReport> {
  const { store, nextSyncAt } = await getStore(deps, storeCode);
  const periods = periodsOf(asked, localDay(deps.clock.now(), store.timezone));
  const [account, ranking, bestDays, known] = await Promise.all([
    listAccountReadings(deps.db, [storeCode], periods, { leaveOutPartial: false }),
    rankVideos(deps.db, storeCode, periods, bestVideos),
    findBestDays(deps.db, storeCode, periods.current),
    countAccountDays(deps.db, storeCode, periods.current),
  ]);
  const shown = new Set([...ranking.best, ...ranking.worst].map(({ videoId }) => videoId));
  const videos = await listVideoReadings(deps.db, storeCode, [...shown], periods);
  const report = (video: { videoId: string; title: string | null }): ReportedVideo => ({
    ...video,
    counters: compare(videoCounters, videos.get(video.videoId), periods),
  });
  return {
    periods,
    account: compare(accountCounters, account.get(storeCode), periods),
    bestDays,
    videos: ranking.totals,
    bestVideos: ranking.best.map(report),
    worstVideos: ranking.worst.map(report),
    freshness: { ...known, nextSyncAt },
  };
}

/** A store's place in the fleet. */
export type ReportedStore = RankedStore & { counters: Record<AccountCounter, Compared> };

export interface FleetQuery extends AskedPeriod {
  sort: AccountCounter;
  ascending: boolean;
  after: { change: number | null; storeCode: string } | null;
  limit: number;
}

export interface FleetReport {
  periods: Periods;
  totals: FleetRanking['totals'];
  stores: ReportedStore[];
  known: Omit<FleetRanking['known'], 'timezones'>;
  /** When the next day of a store falls due; null: none is read. */
  nextSyncAt: Date | null;
}

/** How all stores grew in a period, beside the one before, and who grew most. Throws INVALID_REQUEST. */
export async function getFleetReport(
  deps: ReadDependencies & { timezone: string },
  query: FleetQuery,
): Promise<FleetReport> {
  const now = deps.clock.now();
  const periods = periodsOf(query, localDay(now, deps.timezone));
  const { totals, page, known } = await rankStores(deps.db, { ...query, periods });
  const codes = page.map(({ storeCode }) => storeCode);
  const readings = await listAccountReadings(deps.db, codes, periods, { leaveOutPartial: true });
  const dueTimes = known.timezones.map((timezone) => {
    const today = localDay(now, timezone);
    const due = dueAt(today, timezone, deps.localTime);
    return due > now ? due : dueAt(addDays(today, 1), timezone, deps.localTime);
  });
  return {
    periods,
    totals,
    stores: page.map((store) => ({
      ...store,
      counters: compare(accountCounters, readings.get(store.storeCode), periods),
    })),
    known,
    nextSyncAt: dueTimes.toSorted((a, b) => a.getTime() - b.getTime())[0] ?? null,
  };
}
