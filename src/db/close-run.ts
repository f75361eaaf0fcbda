import { type SQL, sql } from 'drizzle-orm';
import type { Database } from './client.ts';
import { eventTables, toldOfDay } from './events.ts';
import { preparedOn } from './prepared.ts';
import type { NewUserDaily, VideoReading } from './snapshots.ts';
import { betterState, type DayAfterRun } from './store-days.ts';
import { completeClaim, type Delivery } from './sync-jobs.ts';
import type { ClosedLog } from './sync-logs.ts';
import type { Profile } from './tiktok-accounts.ts';

export interface RunEnd {
  logId: string;
  log: ClosedLog;
  day: DayAfterRun;
  /** What TikTok told of the account; null: nothing of it was read. */
  read: {
    account: Omit<NewUserDaily, 'storeCode' | 'snapshotDate' | 'capturedAt'> & Profile;
    statusReason: string | null;
    /** Undefined when the list tells nothing of it. */
    oldestListedAt: Date | null | undefined;
  } | null;
  /** Written with the day's `capturedAt`. Ids must be distinct. */
  listed: readonly VideoReading[];
  /** Those that are not in the list but were answered by id; what that makes of them is not written here. */
  askedFor?: readonly VideoReading[] | undefined;
  /** The delivery that is complete with it; null: the caller settles the job otherwise, in the same transaction. */
  completes: Delivery | null;
}

/**
 * All that a run leaves behind, in one statement: its day, its log, the numbers of the account and of its videos, the
 * event that tells of it, and the job's end. A number that TikTok left out this time does not erase one it gave earlier
 * that day; a store that is no longer CONNECTED keeps its reason; the last day never moves back. False, and nothing is
 * written, when the store is gone or the job belongs to another delivery by now.
 */
export async function closeRun(db: Database, run: RunEnd): Promise<boolean> {
  const { day, read, completes } = run;
  const rows = await closeStatement(db).execute({
    storeCode: day.storeCode,
    day: day.snapshotDate,
    logId: run.logId,
    jobId: completes?.id ?? null,
    retryCount: completes?.retryCount ?? null,
    run: JSON.stringify({
      ...run.log,
      ...read?.account,
      state: day.state,
      reason: day.reason,
      retryAfter: day.retryAfter,
      capturedAt: day.capturedAt,
      reads: read !== null,
      statusReason: read?.statusReason,
      tellsOldest: read?.oldestListedAt !== undefined,
      oldestListedAt: read?.oldestListedAt,
    }),
    readings: JSON.stringify([
      ...run.listed,
      ...(run.askedFor ?? []).map((reading) => ({ ...reading, unlisted: true })),
    ]),
  });
  return rows.length === 1;
}

const storeCode = sql`${sql.placeholder('storeCode')}::text`;
const snapshotDate = sql`${sql.placeholder('day')}::date`;
const jobId = sql`${sql.placeholder('jobId')}::uuid`;
const isOurs = sql`exists (select from ours)`;
const { event, delivery } = eventTables(
  'snapshot.completed',
  toldOfDay(sql`(select days.* from days, run where reads) as days`, sql`(select "finishedAt" from run)`),
);

/**
 * Each is a step of the one statement. What locks goes first and one after the other: the store, as whoever changes a
 * connection does, and the day before the job, as the planner does: the other way round the two would wait for each other.
 */
const steps: [name: string, statement: SQL][] = [
  [
    'run',
    sql`
      select * from json_to_record(${sql.placeholder('run')}::json) as r(
        status text, "errorCode" text, "httpStatus" int, "tiktokLogId" text, pages int, videos int,
        "retryAt" timestamptz, "finishedAt" timestamptz, state text, reason text, "retryAfter" timestamptz,
        "capturedAt" timestamptz, reads boolean, "followerCount" bigint, "followingCount" bigint, "likesCount" bigint,
        "videoCount" bigint, "unionId" text, username text, "displayName" text, "avatarUrl" text, "statusReason" text,
        "tellsOldest" boolean, "oldestListedAt" timestamptz)`,
  ],
  ['held', sql`select 1 from stores where store_code = ${storeCode} for update`],
  [
    'held_day',
    sql`
      select 1 from store_days
      where store_code = ${storeCode} and snapshot_date = ${snapshotDate} and exists (select from held) for update`,
  ],
  [
    'ended',
    sql`
      ${completeClaim(jobId, sql`${sql.placeholder('retryCount')}::int`)}
        and exists (select from held) and (select count(*) from held_day) >= 0
      returning 1`,
  ],
  ['ours', sql`select 1 as one from held where ${jobId} is null or exists (select from ended)`],
  [
    'reading',
    sql`
      select * from json_to_recordset(${sql.placeholder('readings')}::json) as r(
        id text, title text, description text, "createdAt" timestamptz, "durationSeconds" int, width int,
        height int, "shareUrl" text, "embedLink" text, "viewCount" bigint, "likeCount" bigint, "commentCount" bigint,
        "shareCount" bigint, unlisted boolean)
      where ${isOurs}`,
  ],
  [
    // A video's own row is touched only when it changed: a conflict that updates nothing would still lock the row, and
    // that goes to the disk. One that comes back into the list is listed again.
    'described',
    sql`
      insert into videos as v (store_code, video_id, title, description, posted_at, duration_seconds, width, height,
        share_url, embed_link, first_seen_date, presence)
      select ${storeCode}, r.id, r.title, r.description, "createdAt", "durationSeconds", r.width, r.height,
        "shareUrl", "embedLink", ${snapshotDate}, case when unlisted then 'unlisted' else 'listed' end
      from reading r left join videos old on old.store_code = ${storeCode} and old.video_id = r.id
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
          then ${snapshotDate} else v.presence_since end`,
  ],
  [
    'counted',
    sql`
      insert into video_daily as d (store_code, video_id, snapshot_date, view_count, like_count, comment_count, share_count,
        captured_at)
      select ${storeCode}, id, ${snapshotDate}, "viewCount", "likeCount", "commentCount", "shareCount", "capturedAt"
      from reading, run
      on conflict (store_code, video_id, snapshot_date) do update set
        view_count = coalesce(excluded.view_count, d.view_count),
        like_count = coalesce(excluded.like_count, d.like_count),
        comment_count = coalesce(excluded.comment_count, d.comment_count),
        share_count = coalesce(excluded.share_count, d.share_count),
        captured_at = excluded.captured_at`,
  ],
  [
    'numbers',
    sql`
      insert into user_daily as d (store_code, snapshot_date, follower_count, following_count, likes_count, video_count,
        captured_at)
      select ${storeCode}, ${snapshotDate}, "followerCount", "followingCount", "likesCount", "videoCount", "capturedAt"
      from run where reads and ${isOurs}
      on conflict (store_code, snapshot_date) do update set
        follower_count = coalesce(excluded.follower_count, d.follower_count),
        following_count = coalesce(excluded.following_count, d.following_count),
        likes_count = coalesce(excluded.likes_count, d.likes_count),
        video_count = coalesce(excluded.video_count, d.video_count),
        captured_at = excluded.captured_at`,
  ],
  [
    // A field TikTok did not give keeps its last known value.
    'account',
    sql`
      update tiktok_accounts a set union_id = coalesce("unionId", a.union_id), username = coalesce(run.username, a.username),
        display_name = coalesce("displayName", a.display_name), avatar_url = coalesce("avatarUrl", a.avatar_url),
        updated_at = now()
      from run where a.store_code = ${storeCode} and reads and ${isOurs}`,
  ],
  [
    'store',
    sql`
      update stores s set last_synced_at = "finishedAt",
        last_snapshot_date = greatest(s.last_snapshot_date, ${snapshotDate}),
        oldest_listed_at = case when "tellsOldest" then "oldestListedAt" else s.oldest_listed_at end,
        status_reason = case when s.status = 'CONNECTED' then "statusReason" else s.status_reason end, updated_at = now()
      from run where s.store_code = ${storeCode} and reads and ${isOurs}`,
  ],
  [
    'days',
    sql`
      update store_days d set state = ${betterState(sql`run.state`)},
        reason = case when d.state = 'complete' then null else run.reason end,
        retry_after = case when d.state = 'complete' then null else "retryAfter" end,
        captured_at = coalesce("capturedAt", d.captured_at), updated_at = now()
      from run where d.store_code = ${storeCode} and d.snapshot_date = ${snapshotDate} and ${isOurs}
      returning d.store_code, d.snapshot_date, d.state, d.reason, d.captured_at`,
  ],
  ['event', event],
  ['delivery', delivery],
  [
    'log',
    sql`
      update sync_logs l set status = run.status, error_code = "errorCode", http_status = "httpStatus",
        tiktok_log_id = "tiktokLogId", pages = run.pages, videos = run.videos, retry_at = "retryAt",
        finished_at = "finishedAt"
      from run where l.store_code = ${storeCode} and l.id = ${sql.placeholder('logId')}::uuid and ${isOurs}`,
  ],
];

const closeStatement = preparedOn((db) =>
  db
    .with(...steps.map(([name, statement]) => db.$with(name, {}).as(statement)))
    .select({ one: sql<number>`one` })
    .from(sql`ours`)
    .prepare(''),
);
