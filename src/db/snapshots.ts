import { and, asc, eq, gt, gte, lt, lte, type SQL, sql } from 'drizzle-orm';
import type { ShownPresence } from '../domain/video-presence.ts';
import type { Database } from './client.ts';
import { userDaily, videoDaily, videos } from './schema.ts';

export type NewUserDaily = typeof userDaily.$inferInsert;

export interface VideoReading {
  id: string;
  title: string | null;
  description: string | null;
  createdAt: Date | null;
  durationSeconds: number | null;
  width: number | null;
  height: number | null;
  shareUrl: string | null;
  embedLink: string | null;
  viewCount: number | null;
  likeCount: number | null;
  commentCount: number | null;
  shareCount: number | null;
}

/** One page of the days from `from` to `to`, both included. */
export interface DayPage {
  from: string;
  to: string;
  /** Exclusive; the page goes on after this day. */
  afterDay: string | null;
  limit: number;
}

/** The account's days, oldest first. */
export function listUserDaily(
  db: Database,
  storeCode: string,
  range: DayPage,
): Promise<(typeof userDaily.$inferSelect)[]> {
  return db
    .select()
    .from(userDaily)
    .where(
      and(
        eq(userDaily.storeCode, storeCode),
        gte(userDaily.snapshotDate, range.from),
        lte(userDaily.snapshotDate, range.to),
        range.afterDay === null ? undefined : gt(userDaily.snapshotDate, range.afterDay),
      ),
    )
    .orderBy(asc(userDaily.snapshotDate))
    .limit(range.limit);
}

/** One video's days, oldest first. */
export function listVideoDaily(
  db: Database,
  storeCode: string,
  videoId: string,
  range: DayPage,
): Promise<(typeof videoDaily.$inferSelect)[]> {
  return db
    .select()
    .from(videoDaily)
    .where(
      and(
        eq(videoDaily.storeCode, storeCode),
        eq(videoDaily.videoId, videoId),
        gte(videoDaily.snapshotDate, range.from),
        lte(videoDaily.snapshotDate, range.to),
        range.afterDay === null ? undefined : gt(videoDaily.snapshotDate, range.afterDay),
      ),
    )
    .orderBy(asc(videoDaily.snapshotDate))
    .limit(range.limit);
}

export type Video = typeof videos.$inferSelect;
export type VideoNumbers = Omit<typeof videoDaily.$inferSelect, 'storeCode' | 'videoId'>;

export async function findVideo(db: Database, storeCode: string, videoId: string): Promise<Video | undefined> {
  const rows = await db
    .select()
    .from(videos)
    .where(and(eq(videos.storeCode, storeCode), eq(videos.videoId, videoId)));
  return rows[0];
}

/** `shownPresence` of domain/video-presence.ts as a condition. */
function isShownAs(presence: ShownPresence, oldestListedAt: Date | null): SQL | undefined {
  const { postedAt } = videos;
  if (presence !== 'listed' && presence !== 'beyond_cap') return eq(videos.presence, presence);
  const isBeyond = oldestListedAt === null ? sql`false` : lt(postedAt, oldestListedAt);
  return and(eq(videos.presence, 'listed'), presence === 'beyond_cap' ? isBeyond : sql`(${isBeyond}) is not true`);
}

/** Videos by id, descending, each with its latest reading; `oldestListedAt` is that of their store. */
export async function listVideos(
  db: Database,
  storeCode: string,
  options: {
    presence: ShownPresence | null;
    oldestListedAt: Date | null;
    beforeVideoId: string | null;
    limit: number;
  },
): Promise<{ video: Video; latest: VideoNumbers }[]> {
  const latest = db
    .select({
      snapshotDate: videoDaily.snapshotDate,
      viewCount: videoDaily.viewCount,
      likeCount: videoDaily.likeCount,
      commentCount: videoDaily.commentCount,
      shareCount: videoDaily.shareCount,
      capturedAt: videoDaily.capturedAt,
    })
    .from(videoDaily)
    .where(and(eq(videoDaily.storeCode, videos.storeCode), eq(videoDaily.videoId, videos.videoId)))
    .orderBy(sql`${videoDaily.snapshotDate} desc`)
    .limit(1)
    .as('latest');
  return db
    .select({
      video: videos,
      latest: {
        snapshotDate: latest.snapshotDate,
        viewCount: latest.viewCount,
        likeCount: latest.likeCount,
        commentCount: latest.commentCount,
        shareCount: latest.shareCount,
        capturedAt: latest.capturedAt,
      },
    })
    .from(videos)
    .innerJoinLateral(latest, sql`true`)
    .where(
      and(
        eq(videos.storeCode, storeCode),
        options.presence === null ? undefined : isShownAs(options.presence, options.oldestListedAt),
        options.beforeVideoId === null ? undefined : sql`${videos.videoId} < ${options.beforeVideoId}`,
      ),
    )
    .orderBy(sql`${videos.videoId} desc`)
    .limit(options.limit);
}
