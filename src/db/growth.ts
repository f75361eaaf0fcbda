import { and, count, eq, gt, gte, lte, max, type SQL, sql } from 'drizzle-orm';
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
  const rows = await listDays(db, accountGrowth, eq(accountGrowth.storeCode, storeCode), page);
  return rows.map((row) => ({
    ...dayOf(row),
    followers: growthIn(row, accountColumns.followers),
    following: growthIn(row, accountColumns.following),
    likes: growthIn(row, accountColumns.likes),
    videos: growthIn(row, accountColumns.videos),
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
  const rows = await listDays(db, videoGrowth, ofVideo(storeCode, videoId), page);
  return rows.map((row) => ({
    ...dayOf(row),
    views: growthIn(row, videoColumns.views),
    likes: growthIn(row, videoColumns.likes),
    comments: growthIn(row, videoColumns.comments),
    shares: growthIn(row, videoColumns.shares),
  }));
}

/** As PostgreSQL gives it: counts and averages as text. A year has 8,000 of them, so Drizzle does not look at each. */
type Row = Record<string, string | number | null> & {
  day_state: DayState;
  snapshot_date: string;
  captured_at: string | null;
};

async function listDays(db: Database, view: GrowthView, key: SQL | undefined, page: DayPage): Promise<Row[]> {
  const { rows } = await db.execute<Row>(
    sql`select * from ${view} where ${onPage(view, key, page)} order by ${view.snapshotDate} limit ${page.limit}`,
  );
  return rows;
}

const dayOf = (row: Row) => ({
  snapshotDate: row.snapshot_date,
  dayState: row.day_state,
  capturedAt: row.captured_at === null ? null : new Date(row.captured_at),
});

/** The columns of one counter. */
const columnsOf = (stem: string) => ({
  value: `${stem}_count`,
  change: `${stem}_change`,
  spanDays: `${stem}_span_days`,
  perDay: `${stem}_per_day`,
  quality: `${stem}_quality`,
});
const accountColumns = {
  followers: columnsOf('follower'),
  following: columnsOf('following'),
  likes: columnsOf('likes'),
  videos: columnsOf('video'),
};
const videoColumns = {
  views: columnsOf('view'),
  likes: columnsOf('like'),
  comments: columnsOf('comment'),
  shares: columnsOf('share'),
};

function growthIn(row: Row, columns: ReturnType<typeof columnsOf>): Growth {
  const numberIn = (column: string) => (row[column] == null ? null : Number(row[column]));
  return {
    value: numberIn(columns.value),
    change: numberIn(columns.change),
    spanDays: numberIn(columns.spanDays),
    perDay: numberIn(columns.perDay),
    quality: row[columns.quality] as Growth['quality'],
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
