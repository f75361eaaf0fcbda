import {
  type AccountGrowthDay,
  countAccountDays,
  countVideoDays,
  type KnownDays,
  listAccountGrowth,
  listVideoGrowth,
  type VideoGrowthDay,
} from '../db/growth.ts';
import type { DayPage } from '../db/snapshots.ts';
import { getStoreAndVideo } from './read-numbers.ts';
import { getStore, type ReadDependencies, type StoreView } from './read-stores.ts';

export type { AccountGrowthDay, VideoGrowthDay } from '../db/growth.ts';

/** How far a stretch of days can be relied on. */
export interface Freshness extends KnownDays {
  /** When the store is read next; null: not planned. */
  nextSyncAt: Date | null;
}

/** Days with what was gained since the reading before. */
export interface GrowthSeries<Day> {
  /** Throws STORE_NOT_FOUND or VIDEO_NOT_FOUND. */
  requireSubject(): Promise<unknown>;
  /** A page, oldest first; empty where there is no subject. */
  read(page: DayPage): Promise<Day[]>;
  /** Of all days from `from` to `to`, whatever their pages. Throws as `requireSubject` does. */
  readFreshness(days: { from: string; to: string }): Promise<Freshness>;
}

/** How an account grew. */
export function accountGrowthOf(deps: ReadDependencies, storeCode: string): GrowthSeries<AccountGrowthDay> {
  const requireSubject = () => getStore(deps, storeCode);
  return {
    requireSubject,
    read: (page) => listAccountGrowth(deps.db, storeCode, page),
    readFreshness: (days) => freshnessOf(requireSubject(), countAccountDays(deps.db, storeCode, days)),
  };
}

/** How a video grew, from its first reading to its last. */
export function videoGrowthOf(
  deps: ReadDependencies,
  storeCode: string,
  videoId: string,
): GrowthSeries<VideoGrowthDay> {
  const requireSubject = () => getStoreAndVideo(deps, storeCode, videoId);
  return {
    requireSubject,
    read: (page) => listVideoGrowth(deps.db, storeCode, videoId, page),
    readFreshness: (days) => freshnessOf(requireSubject(), countVideoDays(deps.db, storeCode, videoId, days)),
  };
}

async function freshnessOf(subject: Promise<StoreView>, known: Promise<KnownDays>): Promise<Freshness> {
  const [{ nextSyncAt }, days] = await Promise.all([subject, known]);
  return { ...days, nextSyncAt };
}
