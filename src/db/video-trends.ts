import { eq, type SQL, sql } from 'drizzle-orm';
import type { Presence } from '../domain/video-presence.ts';
import type { Database } from './client.ts';
import { videos } from './schema.ts';

export const videoSorts = ['posted', 'views', 'likes', 'comments', 'shares', 'growth'] as const;
export type VideoSort = (typeof videoSorts)[number];

export const countVideos = (db: Database, storeCode: string): Promise<number> =>
  db.$count(videos, eq(videos.storeCode, storeCode));

/**
 * What the store's videos gained on each day from `from` to `to`, over those that were read on the day before too. A day
 * without any is left out. It is the sum of the changes in video_growth whose span is one day, as a test holds it to;
 * not taken from there, because no range of days reaches the index below a window: it reads these days alone.
 */
export async function listViewChanges(
  db: Database,
  storeCode: string,
  range: { from: string; to: string },
): Promise<Map<string, number>> {
  const result = await db.execute<{ day: string; change: string }>(sql`
    select day::text, sum(change)::text as change from (
      select d.snapshot_date as day,
        case when d.snapshot_date - lag(d.snapshot_date) over by_video = 1
          then d.view_count - lag(d.view_count) over by_video end as change
      from video_daily d
      where d.store_code = ${storeCode} and d.snapshot_date between ${range.from}::date - 1 and ${range.to}::date
      window by_video as (partition by d.video_id order by d.snapshot_date)) as changes
    where day >= ${range.from}::date
    group by day having count(change) > 0`);
  return new Map(result.rows.map(({ day, change }) => [day, Number(change)]));
}

export interface VideoRow {
  videoId: string;
  title: string | null;
  description: string | null;
  shareUrl: string | null;
  postedAt: Date | null;
  presence: Presence;
  presenceSince: string | null;
  /** Of its latest reading. */
  snapshotDate: string;
  viewCount: number | null;
  likeCount: number | null;
  commentCount: number | null;
  shareCount: number | null;
  /** Views gained in the seven days before it; null where there is nothing to compare with. */
  growth: number | null;
  /** What it was sorted by: where a page ends. */
  position: string;
}

const growthDays = 7;

/**
 * The latest reading of a video `v`. Most have one of the store's last day, and to look up that one alone takes half the
 * time of looking for the latest; both are the same row where both are there.
 */
const latestWhere = (lastDate: string | null) => {
  const readings = sql`
    select d.snapshot_date, d.view_count, d.like_count, d.comment_count, d.share_count, d.captured_at
    from video_daily d where d.store_code = v.store_code and d.video_id = v.video_id`;
  return sql`cross join lateral (
    (${readings} and d.snapshot_date = ${lastDate}::date)
    union all (${readings} order by d.snapshot_date desc limit 1)
    limit 1) as l`;
};

/** That of a week earlier. */
const weekBefore = sql`left join lateral (
  select d.view_count from video_daily d
  where d.store_code = v.store_code and d.video_id = v.video_id and d.snapshot_date = l.snapshot_date - ${sql.raw(String(growthDays))}
) as w on true`;

/** A video younger than a week began with none. One that was not read with the last list, or is gone, has no growth any more. */
const growthSince = (lastListDate: string | null) => sql`
  case when l.snapshot_date >= ${lastListDate}::date and v.presence <> 'gone' then l.view_count - coalesce(w.view_count,
    case when v.posted_at > l.captured_at - interval '${sql.raw(String(growthDays))} days' then 0 end) end`;

/**
 * One page of a store's videos, sorted, those without a value last; it goes on after (`position`, `videoId`).
 * `lastDate`: the store's last day; `lastListDate`: the last on which its whole list was read. What decides the order is looked up for every video of
 * the store along the primary key, the rest for those of the page.
 */
export async function listVideosSorted(
  db: Database,
  storeCode: string,
  options: {
    sort: VideoSort;
    ascending: boolean;
    after: { position: string; videoId: string } | null;
    lastDate: string | null;
    lastListDate: string | null;
    limit: number;
  },
): Promise<VideoRow[]> {
  const { sort, ascending, after, limit } = options;
  const latest = latestWhere(options.lastDate);
  const growth = growthSince(options.lastListDate);
  const keys: Readonly<Record<VideoSort, { value: SQL; from: SQL }>> = {
    posted: { value: sql`(extract(epoch from v.posted_at) * 1000)::bigint`, from: sql`` },
    views: { value: sql`l.view_count`, from: latest },
    likes: { value: sql`l.like_count`, from: latest },
    comments: { value: sql`l.comment_count`, from: latest },
    shares: { value: sql`l.share_count`, from: latest },
    growth: { value: growth, from: sql`${latest} ${weekBefore}` },
  };
  const { value, from } = keys[sort];
  const [direction, beyond, none] = ascending
    ? [sql`asc`, sql`>`, sql`9223372036854775807`]
    : [sql`desc`, sql`<`, sql`-9223372036854775808`];
  const result = await db.execute<Record<keyof VideoRow, string | null>>(sql`
    with page as materialized (
      select video_id, position from (
        select v.video_id, coalesce(${value}, ${none}) as position from videos v ${from} where v.store_code = ${storeCode}) as ranked
      ${after === null ? sql`` : sql`where (position, video_id) ${beyond} (${after.position}::bigint, ${after.videoId})`}
      order by position ${direction}, video_id ${direction} limit ${limit})
    select v.video_id as "videoId", v.title, v.description, v.share_url as "shareUrl", v.posted_at as "postedAt",
      v.presence, v.presence_since::text as "presenceSince",
      l.snapshot_date::text as "snapshotDate", l.view_count as "viewCount", l.like_count as "likeCount",
      l.comment_count as "commentCount", l.share_count as "shareCount", ${growth} as growth, page.position
    from page join videos v on v.store_code = ${storeCode} and v.video_id = page.video_id ${latest} ${weekBefore}
    order by page.position ${direction}, page.video_id ${direction}`);
  return result.rows.map((row) => ({
    videoId: String(row.videoId),
    title: row.title,
    description: row.description,
    shareUrl: row.shareUrl,
    postedAt: row.postedAt === null ? null : new Date(row.postedAt),
    presence: row.presence as Presence,
    presenceSince: row.presenceSince,
    snapshotDate: String(row.snapshotDate),
    viewCount: toCount(row.viewCount),
    likeCount: toCount(row.likeCount),
    commentCount: toCount(row.commentCount),
    shareCount: toCount(row.shareCount),
    growth: toCount(row.growth),
    position: String(row.position),
  }));
}

/** Counters stay below 2^53, and so do their differences. */
const toCount = (text: string | null): number | null => (text === null ? null : Number(text));
