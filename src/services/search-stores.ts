import type { Database } from '../db/client.ts';
import { listOpenDays } from '../db/day-views.ts';
import {
  findStorePage,
  listFollowers,
  listMatchingCodes,
  type StoreFilter,
  type StorePage,
  type StorePosition,
  type StoreQuery,
  type StoreSort,
} from '../db/store-list.ts';
import { listStoresByCode } from '../db/stores.ts';
import type { DayWait } from '../domain/day-wait.ts';
import { addDays, localDay } from '../domain/snapshot-day.ts';
import { connectionEndsSoonMs } from '../domain/token-life.ts';
import { type ReadDependencies, type StoreView, withJobs } from './read-stores.ts';

export type { StoreFilter, StoreSort };

/** An edge of a page: which way the list goes on from there, and how many stores come before it. */
export interface StoreEdge extends StorePosition {
  direction: 'after' | 'before';
  /** Counted from page to page, so not exact when the list changes meanwhile. */
  ahead: number;
}

const followerDays = 30;

export interface StoreListRow extends StoreView {
  /** One for each of the last 30 days, today the last; null where nobody knows. */
  followers: (number | null)[];
  /** What its unread day waits for, and until when if that is known; null when no day waits. */
  wait: { for: DayWait; until: Date | null } | null;
}

export interface StoreList {
  rows: StoreListRow[];
  /** Of those that match the text, whatever the filter. */
  counts: StorePage['counts'];
  /** How many match text and filter. */
  total: number;
  /** How many of them come before the first row. */
  ahead: number;
  /** Where the pages before and after this one begin; null where there is none. */
  previous: StoreEdge | null;
  next: StoreEdge | null;
}

/** One page of the stores that match, in at most five statements however many stores there are. */
export async function searchStores(
  deps: ReadDependencies,
  search: StoreQuery & {
    sort: StoreSort;
    descending: boolean;
    from: StoreEdge | null;
    limit: number;
  },
): Promise<StoreList> {
  const { db, clock } = deps;
  const now = clock.now();
  const tokenEndsBefore = new Date(now.getTime() + connectionEndsSoonMs);
  const found = await findStorePage(db, { ...search, now, tokenEndsBefore });
  const backwards = search.from?.direction === 'before';
  const more = found.positions.length > search.limit;
  const positions = found.positions.slice(0, search.limit);
  if (backwards) positions.reverse();
  const isFirst = search.from === null || (backwards && !more);
  const ahead = isFirst ? 0 : Math.max(1, (search.from?.ahead ?? 0) - (backwards ? positions.length : 0));
  const [first] = positions;
  const last = positions.at(-1);
  const codes = positions.map(({ storeCode }) => storeCode);
  return {
    rows: await describe(deps, codes),
    counts: found.counts,
    total: found.counts[search.filter ?? 'all'],
    ahead,
    previous: first && !isFirst ? { ...first, direction: 'before', ahead } : null,
    next: last && (backwards || more) ? { ...last, direction: 'after', ahead: ahead + positions.length } : null,
  };
}

/** In the order of the codes; a store that is gone by now is left out. */
async function describe(deps: ReadDependencies, codes: readonly string[]): Promise<StoreListRow[]> {
  if (codes.length === 0) return [];
  const now = deps.clock.now();
  // A day more, because a store's own day may be one behind that of UTC.
  const fromDay = addDays(localDay(now, 'UTC'), -followerDays);
  const [views, days, followers] = await Promise.all([
    listStoresByCode(deps.db, codes).then((found) => withJobs(deps, found)),
    listOpenDays(deps.db, codes),
    listFollowers(deps.db, codes, fromDay),
  ]);
  const viewOf = new Map(views.map((view) => [view.store.storeCode, view]));
  const dayOf = new Map(days.map((day) => [day.storeCode, day]));
  const followersOf = new Map(
    followers.map(({ storeCode, days: known, counts }) => [
      storeCode,
      new Map(known.map((day, index) => [day, counts[index] ?? null])),
    ]),
  );
  const daysIn = memoise((timezone) => {
    const today = localDay(now, timezone);
    return Array.from({ length: followerDays }, (_, index) => addDays(today, index - followerDays + 1));
  });
  return codes.flatMap((code) => {
    const view = viewOf.get(code);
    if (!view) return [];
    const day = dayOf.get(code);
    const known = followersOf.get(code);
    return {
      ...view,
      followers: daysIn(view.store.timezone).map((date) => known?.get(date) ?? null),
      wait: day?.waitsFor ? { for: day.waitsFor, until: day.retryAfter } : null,
    };
  });
}

/** Asks once for each name: calendars are slow to ask, and stores live in a few time zones. */
function memoise<T>(ask: (name: string) => T): (name: string) => T {
  const known = new Map<string, T>();
  return (name) => {
    const value = known.get(name) ?? ask(name);
    known.set(name, value);
    return value;
  };
}

/** How many stores one change may be made to at most. */
const maxBulkStores = 10_000;

/** The codes of all that match, up to `maxBulkStores`. */
export const findMatchingCodes = (db: Database, query: StoreQuery): Promise<string[]> =>
  listMatchingCodes(db, query, maxBulkStores);
