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
import { requireVideo } from './read-numbers.ts';
import { getStore, type ReadDependencies } from './read-stores.ts';

export type { AccountGrowthDay, VideoGrowthDay } from '../db/growth.ts';

/** How far a stretch of days can be relied on. */
export interface Freshness extends KnownDays {
  /** When the store is read next; null: not planned. */
  nextSyncAt: Date | null;
}

/** Days with what was gained since the reading before. */
export interface GrowthSeries<Day> {
  /** A page, oldest first. */
  read(page: DayPage): Promise<Day[]>;
  /** Of all days from `from` to `to`, whatever their pages. */
  readFreshness(days: { from: string; to: string }): Promise<Freshness>;
}

/** How an account grew. Throws STORE_NOT_FOUND. */
export async function openAccountGrowth(
  deps: ReadDependencies,
  storeCode: string,
): Promise<GrowthSeries<AccountGrowthDay>> {
  const { nextSyncAt } = await getStore(deps, storeCode);
  return {
    read: (page) => listAccountGrowth(deps.db, storeCode, page),
    readFreshness: async (days) => ({ ...(await countAccountDays(deps.db, storeCode, days)), nextSyncAt }),
  };
}

/** How a video grew, from its first reading to its last. Throws STORE_NOT_FOUND or VIDEO_NOT_FOUND. */
export async function openVideoGrowth(
  deps: ReadDependencies,
  storeCode: string,
  videoId: string,
): Promise<GrowthSeries<VideoGrowthDay>> {
  const { nextSyncAt } = await getStore(deps, storeCode);
  await requireVideo(deps.db, storeCode, videoId);
  return {
    read: (page) => listVideoGrowth(deps.db, storeCode, videoId, page),
    readFreshness: async (days) => ({ ...(await countVideoDays(deps.db, storeCode, videoId, days)), nextSyncAt }),
  };
}
