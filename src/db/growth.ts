import { and, asc, count, eq, gt, gte, lte, max, type SQL, sql } from 'drizzle-orm';
import type { DayState } from '../domain/day-state.ts';
import type { accountCounters, Growth, videoCounters } from '../domain/growth.ts';
import type { Database } from './client.ts';
import { accountGrowth, videoGrowth } from './schema.ts';
import type { DayPage } from './snapshots.ts';

/** A day in the ledger, and what is known of each counter. */
type GrowthDay<Counter extends string> = Record<Counter, Growth> & {
  snapshotDate: string;
  dayState: DayState;
  /** When these numbers were read; null: they were not. */
  capturedAt: Date | null;
};
export type AccountGrowthDay = GrowthDay<(typeof accountCounters)[number]>;
export type VideoGrowthDay = GrowthDay<(typeof videoCounters)[number]>;

type GrowthView = typeof accountGrowth | typeof videoGrowth;

type Days = Pick<DayPage, 'from' | 'to'>;

const within = (view: GrowthView, key: SQL | undefined, days: Days) =>
  and(key, gte(view.snapshotDate, days.from), lte(view.snapshotDate, days.to));

const onPage = (view: GrowthView, key: SQL | undefined, page: DayPage) =>
  and(within(view, key, page), page.afterDay === null ? undefined : gt(view.snapshotDate, page.afterDay));

/** How an account grew by day, oldest first. */
export async function listAccountGrowth(db: Database, storeCode: string, page: DayPage): Promise<AccountGrowthDay[]> {
  const rows = await db
    .select()
    .from(accountGrowth)
    .where(onPage(accountGrowth, eq(accountGrowth.storeCode, storeCode), page))
    .orderBy(asc(accountGrowth.snapshotDate))
    .limit(page.limit);
  return rows.map((row) => ({
    ...dayOf(row),
    followers: growthIn(row, 'follower'),
    following: growthIn(row, 'following'),
    likes: growthIn(row, 'likes'),
    videos: growthIn(row, 'video'),
  }));
}

const ofVideo = (storeCode: string, videoId: string) =>
  and(eq(videoGrowth.storeCode, storeCode), eq(videoGrowth.videoId, videoId));

/** How a video grew by day, oldest first, from its first reading to its last. */
export async function listVideoGrowth(
  db: Database,
  storeCode: string,
  videoId: string,
  page: DayPage,
): Promise<VideoGrowthDay[]> {
  const rows = await db
    .select()
    .from(videoGrowth)
    .where(onPage(videoGrowth, ofVideo(storeCode, videoId), page))
    .orderBy(asc(videoGrowth.snapshotDate))
    .limit(page.limit);
  return rows.map((row) => ({
    ...dayOf(row),
    views: growthIn(row, 'view'),
    likes: growthIn(row, 'like'),
    comments: growthIn(row, 'comment'),
    shares: growthIn(row, 'share'),
  }));
}

const dayOf = (row: { snapshotDate: string; dayState: DayState; capturedAt: Date | null }) => ({
  snapshotDate: row.snapshotDate,
  dayState: row.dayState,
  capturedAt: row.capturedAt,
});

/** As the columns are named in the schema. */
type FlatGrowth<Stem extends string> = { [Part in keyof Growth as `${Stem}${ColumnOf[Part]}`]: Growth[Part] };
interface ColumnOf {
  value: 'Count';
  change: 'Change';
  spanDays: 'SpanDays';
  perDay: 'PerDay';
  quality: 'Quality';
}

function growthIn<const Stem extends string>(row: FlatGrowth<Stem>, stem: Stem): Growth {
  const flat: object = row;
  return {
    value: Reflect.get(flat, `${stem}Count`),
    change: Reflect.get(flat, `${stem}Change`),
    spanDays: Reflect.get(flat, `${stem}SpanDays`),
    perDay: Reflect.get(flat, `${stem}PerDay`),
    quality: Reflect.get(flat, `${stem}Quality`),
  };
}

/** How much is known of a stretch of days. */
export interface KnownDays {
  /** When its latest numbers were read; null: none were. */
  capturedAt: Date | null;
  /** Days with a reading, and days in the ledger without one. */
  readDays: number;
  missingDays: number;
}

export const countAccountDays = (db: Database, storeCode: string, days: Days): Promise<KnownDays> =>
  countDays(db, accountGrowth, within(accountGrowth, eq(accountGrowth.storeCode, storeCode), days));

/** Before its first reading and after its last a video misses no day. */
export const countVideoDays = (db: Database, storeCode: string, videoId: string, days: Days): Promise<KnownDays> =>
  countDays(db, videoGrowth, within(videoGrowth, ofVideo(storeCode, videoId), days));

async function countDays(db: Database, view: GrowthView, where: SQL | undefined): Promise<KnownDays> {
  const [known] = await db
    .select({
      capturedAt: max(view.capturedAt),
      readDays: count(view.capturedAt),
      missingDays: sql<number>`(count(*) filter (where ${view.capturedAt} is null))::int`,
    })
    .from(view)
    .where(where);
  return known ?? { capturedAt: null, readDays: 0, missingDays: 0 };
}
