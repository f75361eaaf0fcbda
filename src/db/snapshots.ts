import { and, asc, eq, gt, gte, lt, lte, type SQL, sql } from 'drizzle-orm';
import type { ShownPresence } from '../domain/video-presence.ts';
import type { Database } from './client.ts';
import { userDaily, videoDaily, videos } from './schema.ts';

/** Rows a statement carries at most: keeps one statement for many rows without building a parameter of many MB. */
const rowsPerStatement = 1000;

export type NewUserDaily = typeof userDaily.$inferInsert;

/** The account's numbers of a day. A number TikTok left out this time does not erase one it gave earlier that day. */
export function upsertUserDaily(tx: Database, row: NewUserDaily) {
  return tx
    .insert(userDaily)
    .values(row)
    .onConflictDoUpdate({
      target: [userDaily.storeCode, userDaily.snapshotDate],
      set: {
        followerCount: sql`coalesce(excluded.follower_count, ${userDaily.followerCount})`,
        followingCount: sql`coalesce(excluded.following_count, ${userDaily.followingCount})`,
        likesCount: sql`coalesce(excluded.likes_count, ${userDaily.likesCount})`,
        videoCount: sql`coalesce(excluded.video_count, ${userDaily.videoCount})`,
        capturedAt: row.capturedAt,
      },
    });
}

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

/**
 * Videos and their numbers of one day, one statement per 1,000. A video's own row is touched only when it changed: a
 * conflict that updates nothing would still lock the row, and that goes to the disk. One that comes back into the list
 * is listed again. `askedFor`: those that are not in it but were answered by id; what that makes of them is not written
 * here. Ids must be distinct.
 */
export async function upsertVideoReadings(
  tx: Database,
  day: { storeCode: string; snapshotDate: string; capturedAt: Date },
  listed: readonly VideoReading[],
  askedFor: readonly VideoReading[] = [],
): Promise<void> {
  const readings = [...listed, ...askedFor.map((reading) => ({ ...reading, unlisted: true }))];
  for (let start = 0; start < readings.length; start += rowsPerStatement) {
    const rows = JSON.stringify(readings.slice(start, start + rowsPerStatement));
    await tx.execute(sql`
      with reading as materialized (
        select * from json_to_recordset(${rows}::json) as r(
          id text, title text, description text, "createdAt" timestamptz, "durationSeconds" int, width int,
          height int, "shareUrl" text, "embedLink" text, "viewCount" bigint, "likeCount" bigint, "commentCount" bigint,
          "shareCount" bigint, unlisted boolean)
      ), described as (
        insert into videos as v (store_code, video_id, title, description, posted_at, duration_seconds, width, height,
          share_url, embed_link, first_seen_date, presence)
        select ${day.storeCode}, r.id, r.title, r.description, "createdAt", "durationSeconds", r.width, r.height,
          "shareUrl", "embedLink", ${day.snapshotDate}::date, case when unlisted then 'unlisted' else 'listed' end
        from reading r left join videos old on old.store_code = ${day.storeCode} and old.video_id = r.id
        where old.video_id is null or (unlisted is not true and old.presence <> 'listed')
          or (old.title, old.description, old.posted_at, old.duration_seconds, old.width, old.height, old.share_url,
            old.embed_link) is distinct from (r.title, r.description, "createdAt", "durationSeconds", r.width, r.height,
            "shareUrl", "embedLink")
        on conflict (store_code, video_id) do update set
          title = excluded.title, description = excluded.description, posted_at = excluded.posted_at,
          duration_seconds = excluded.duration_seconds, width = excluded.width, height = excluded.height,
          share_url = excluded.share_url, embed_link = excluded.embed_link,
          presence = case when excluded.presence = 'listed' then 'listed' else v.presence end,
          presence_since = case when excluded.presence = 'listed' and v.presence <> 'listed'
            then ${day.snapshotDate}::date else v.presence_since end
      )
      insert into video_daily as d (store_code, video_id, snapshot_date, view_count, like_count, comment_count, share_count,
        captured_at)
      select ${day.storeCode}, id, ${day.snapshotDate}::date, "viewCount", "likeCount", "commentCount",
        "shareCount", ${day.capturedAt.toISOString()}::timestamptz
      from reading
      on conflict (store_code, video_id, snapshot_date) do update set
        view_count = coalesce(excluded.view_count, d.view_count),
        like_count = coalesce(excluded.like_count, d.like_count),
        comment_count = coalesce(excluded.comment_count, d.comment_count),
        share_count = coalesce(excluded.share_count, d.share_count),
        captured_at = excluded.captured_at`);
  }
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
