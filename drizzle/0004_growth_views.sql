-- Changes since the reading before. PostgreSQL cannot skip NULLs in lag(): the greatest of [day, value] over the earlier
-- rows with a value is the latest of them. Partitioned by store (and video), so that filters on these reach the index.
CREATE VIEW "account_growth" AS
SELECT store_code, snapshot_date, day_state, captured_at,
  follower_count, follower_change, follower_span_days,
  round(follower_change::numeric / follower_span_days, 2) AS follower_per_day,
  CASE WHEN follower_count IS NULL THEN NULL
    WHEN follower_change IS NULL THEN 'first' WHEN day_state = 'partial' THEN 'partial'
    WHEN follower_change < 0 THEN 'falling' WHEN follower_span_days > 1 THEN 'gap'
    WHEN day_state = 'late' THEN 'late' ELSE 'exact' END AS follower_quality,
  following_count, following_change, following_span_days,
  round(following_change::numeric / following_span_days, 2) AS following_per_day,
  CASE WHEN following_count IS NULL THEN NULL
    WHEN following_change IS NULL THEN 'first' WHEN day_state = 'partial' THEN 'partial'
    WHEN following_change < 0 THEN 'falling' WHEN following_span_days > 1 THEN 'gap'
    WHEN day_state = 'late' THEN 'late' ELSE 'exact' END AS following_quality,
  likes_count, likes_change, likes_span_days,
  round(likes_change::numeric / likes_span_days, 2) AS likes_per_day,
  CASE WHEN likes_count IS NULL THEN NULL
    WHEN likes_change IS NULL THEN 'first' WHEN day_state = 'partial' THEN 'partial'
    WHEN likes_change < 0 THEN 'falling' WHEN likes_span_days > 1 THEN 'gap'
    WHEN day_state = 'late' THEN 'late' ELSE 'exact' END AS likes_quality,
  video_count, video_change, video_span_days,
  round(video_change::numeric / video_span_days, 2) AS video_per_day,
  CASE WHEN video_count IS NULL THEN NULL
    WHEN video_change IS NULL THEN 'first' WHEN day_state = 'partial' THEN 'partial'
    WHEN video_change < 0 THEN 'falling' WHEN video_span_days > 1 THEN 'gap'
    WHEN day_state = 'late' THEN 'late' ELSE 'exact' END AS video_quality
FROM (
  SELECT store_code, snapshot_date, day_state, captured_at,
    follower_count, follower_count - follower_before[2] AS follower_change,
    CASE WHEN follower_count IS NOT NULL
      THEN snapshot_date - (date '2000-01-01' + follower_before[1]::int) END AS follower_span_days,
    following_count, following_count - following_before[2] AS following_change,
    CASE WHEN following_count IS NOT NULL
      THEN snapshot_date - (date '2000-01-01' + following_before[1]::int) END AS following_span_days,
    likes_count, likes_count - likes_before[2] AS likes_change,
    CASE WHEN likes_count IS NOT NULL
      THEN snapshot_date - (date '2000-01-01' + likes_before[1]::int) END AS likes_span_days,
    video_count, video_count - video_before[2] AS video_change,
    CASE WHEN video_count IS NOT NULL
      THEN snapshot_date - (date '2000-01-01' + video_before[1]::int) END AS video_span_days
  FROM (
    SELECT l.store_code, l.snapshot_date, l.state AS day_state, d.captured_at,
      d.follower_count,
      max(ARRAY[(l.snapshot_date - date '2000-01-01')::bigint, d.follower_count])
        FILTER (WHERE d.follower_count IS NOT NULL) OVER earlier AS follower_before,
      d.following_count,
      max(ARRAY[(l.snapshot_date - date '2000-01-01')::bigint, d.following_count])
        FILTER (WHERE d.following_count IS NOT NULL) OVER earlier AS following_before,
      d.likes_count,
      max(ARRAY[(l.snapshot_date - date '2000-01-01')::bigint, d.likes_count])
        FILTER (WHERE d.likes_count IS NOT NULL) OVER earlier AS likes_before,
      d.video_count,
      max(ARRAY[(l.snapshot_date - date '2000-01-01')::bigint, d.video_count])
        FILTER (WHERE d.video_count IS NOT NULL) OVER earlier AS video_before
    FROM store_days l
      LEFT JOIN user_daily d ON d.store_code = l.store_code AND d.snapshot_date = l.snapshot_date
    WINDOW earlier AS (
      PARTITION BY l.store_code ORDER BY l.snapshot_date ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
  ) AS reading
) AS compared;--> statement-breakpoint
COMMENT ON VIEW "account_growth" IS 'What a store''s TikTok account had on each day, and how it grew: one row for every day that was expected to be read, read or not. The changes of any stretch of days add up to its last reading minus the last one before it. Filter by store_code: a filter on days alone reads everything.';--> statement-breakpoint
COMMENT ON COLUMN "account_growth"."store_code" IS 'The store.';--> statement-breakpoint
COMMENT ON COLUMN "account_growth"."snapshot_date" IS 'The day on the store''s own clock.';--> statement-breakpoint
COMMENT ON COLUMN "account_growth"."day_state" IS 'What became of the day: complete · partial: only a part of it was read · late: read after its midnight · missed: nobody read it · pending, running: still to be read, being read.';--> statement-breakpoint
COMMENT ON COLUMN "account_growth"."captured_at" IS 'When TikTok gave the numbers of this row. NULL: nobody read the day.';--> statement-breakpoint
COMMENT ON COLUMN "account_growth"."follower_count" IS 'Followers, as TikTok gave them, a total. NULL: the day was not read, or TikTok did not say; that is never 0.';--> statement-breakpoint
COMMENT ON COLUMN "account_growth"."follower_change" IS 'follower_count minus that of the reading before, be it of yesterday or of weeks ago; below 0 where it fell. NULL: the first reading, or follower_count is NULL. Example: 100, a day without a reading, 130: the change is NULL on the second day and 30 on the third.';--> statement-breakpoint
COMMENT ON COLUMN "account_growth"."follower_span_days" IS 'Days from the reading before to this one, over which follower_change came about: 1 is since the day before, 2 has one day without a reading in between. NULL where follower_change is.';--> statement-breakpoint
COMMENT ON COLUMN "account_growth"."follower_per_day" IS 'follower_change divided by follower_span_days, to 2 places: the average of these days. Example: 30 in 2 days are 15.00. NULL where follower_change is.';--> statement-breakpoint
COMMENT ON COLUMN "account_growth"."follower_quality" IS 'How follower_change is to be taken; the first that fits. first: no reading before, so no change · partial: only a part of the day''s numbers was read · falling: the total went down · gap: the change of several days · late: read after midnight, so it has some of the next day, and the next change lacks it · exact: from one day to the next. NULL: follower_count is NULL.';--> statement-breakpoint
COMMENT ON COLUMN "account_growth"."following_count" IS 'Accounts that this one follows, as TikTok gave them, a total. NULL: the day was not read, or TikTok did not say; that is never 0.';--> statement-breakpoint
COMMENT ON COLUMN "account_growth"."following_change" IS 'following_count minus that of the reading before, be it of yesterday or of weeks ago; below 0 where it fell. NULL: the first reading, or following_count is NULL. Example: 100, a day without a reading, 130: the change is NULL on the second day and 30 on the third.';--> statement-breakpoint
COMMENT ON COLUMN "account_growth"."following_span_days" IS 'Days from the reading before to this one, over which following_change came about: 1 is since the day before, 2 has one day without a reading in between. NULL where following_change is.';--> statement-breakpoint
COMMENT ON COLUMN "account_growth"."following_per_day" IS 'following_change divided by following_span_days, to 2 places: the average of these days. Example: 30 in 2 days are 15.00. NULL where following_change is.';--> statement-breakpoint
COMMENT ON COLUMN "account_growth"."following_quality" IS 'How following_change is to be taken; the first that fits. first: no reading before, so no change · partial: only a part of the day''s numbers was read · falling: the total went down · gap: the change of several days · late: read after midnight, so it has some of the next day, and the next change lacks it · exact: from one day to the next. NULL: following_count is NULL.';--> statement-breakpoint
COMMENT ON COLUMN "account_growth"."likes_count" IS 'Likes of all its videos together, as TikTok gave them, a total over its whole life. NULL: the day was not read, or TikTok did not say; that is never 0.';--> statement-breakpoint
COMMENT ON COLUMN "account_growth"."likes_change" IS 'likes_count minus that of the reading before, be it of yesterday or of weeks ago; below 0 where it fell. NULL: the first reading, or likes_count is NULL. Example: 100, a day without a reading, 130: the change is NULL on the second day and 30 on the third.';--> statement-breakpoint
COMMENT ON COLUMN "account_growth"."likes_span_days" IS 'Days from the reading before to this one, over which likes_change came about: 1 is since the day before, 2 has one day without a reading in between. NULL where likes_change is.';--> statement-breakpoint
COMMENT ON COLUMN "account_growth"."likes_per_day" IS 'likes_change divided by likes_span_days, to 2 places: the average of these days. Example: 30 in 2 days are 15.00. NULL where likes_change is.';--> statement-breakpoint
COMMENT ON COLUMN "account_growth"."likes_quality" IS 'How likes_change is to be taken; the first that fits. first: no reading before, so no change · partial: only a part of the day''s numbers was read · falling: the total went down · gap: the change of several days · late: read after midnight, so it has some of the next day, and the next change lacks it · exact: from one day to the next. NULL: likes_count is NULL.';--> statement-breakpoint
COMMENT ON COLUMN "account_growth"."video_count" IS 'Public videos, as TikTok gave them, a total. NULL: the day was not read, or TikTok did not say; that is never 0.';--> statement-breakpoint
COMMENT ON COLUMN "account_growth"."video_change" IS 'video_count minus that of the reading before, be it of yesterday or of weeks ago; below 0 where it fell. NULL: the first reading, or video_count is NULL. Example: 100, a day without a reading, 130: the change is NULL on the second day and 30 on the third.';--> statement-breakpoint
COMMENT ON COLUMN "account_growth"."video_span_days" IS 'Days from the reading before to this one, over which video_change came about: 1 is since the day before, 2 has one day without a reading in between. NULL where video_change is.';--> statement-breakpoint
COMMENT ON COLUMN "account_growth"."video_per_day" IS 'video_change divided by video_span_days, to 2 places: the average of these days. Example: 30 in 2 days are 15.00. NULL where video_change is.';--> statement-breakpoint
COMMENT ON COLUMN "account_growth"."video_quality" IS 'How video_change is to be taken; the first that fits. first: no reading before, so no change · partial: only a part of the day''s numbers was read · falling: the total went down · gap: the change of several days · late: read after midnight, so it has some of the next day, and the next change lacks it · exact: from one day to the next. NULL: video_count is NULL.';--> statement-breakpoint
CREATE VIEW "video_growth" AS
SELECT store_code, video_id, snapshot_date, day_state, captured_at,
  view_count, view_change, view_span_days,
  round(view_change::numeric / view_span_days, 2) AS view_per_day,
  CASE WHEN view_count IS NULL THEN NULL
    WHEN view_change IS NULL THEN 'first' WHEN day_state = 'partial' THEN 'partial'
    WHEN view_change < 0 THEN 'falling' WHEN view_span_days > 1 THEN 'gap'
    WHEN day_state = 'late' THEN 'late' ELSE 'exact' END AS view_quality,
  like_count, like_change, like_span_days,
  round(like_change::numeric / like_span_days, 2) AS like_per_day,
  CASE WHEN like_count IS NULL THEN NULL
    WHEN like_change IS NULL THEN 'first' WHEN day_state = 'partial' THEN 'partial'
    WHEN like_change < 0 THEN 'falling' WHEN like_span_days > 1 THEN 'gap'
    WHEN day_state = 'late' THEN 'late' ELSE 'exact' END AS like_quality,
  comment_count, comment_change, comment_span_days,
  round(comment_change::numeric / comment_span_days, 2) AS comment_per_day,
  CASE WHEN comment_count IS NULL THEN NULL
    WHEN comment_change IS NULL THEN 'first' WHEN day_state = 'partial' THEN 'partial'
    WHEN comment_change < 0 THEN 'falling' WHEN comment_span_days > 1 THEN 'gap'
    WHEN day_state = 'late' THEN 'late' ELSE 'exact' END AS comment_quality,
  share_count, share_change, share_span_days,
  round(share_change::numeric / share_span_days, 2) AS share_per_day,
  CASE WHEN share_count IS NULL THEN NULL
    WHEN share_change IS NULL THEN 'first' WHEN day_state = 'partial' THEN 'partial'
    WHEN share_change < 0 THEN 'falling' WHEN share_span_days > 1 THEN 'gap'
    WHEN day_state = 'late' THEN 'late' ELSE 'exact' END AS share_quality
FROM (
  SELECT store_code, video_id, snapshot_date, day_state, captured_at,
    view_count, view_count - view_before[2] AS view_change,
    CASE WHEN view_count IS NOT NULL
      THEN snapshot_date - (date '2000-01-01' + view_before[1]::int) END AS view_span_days,
    like_count, like_count - like_before[2] AS like_change,
    CASE WHEN like_count IS NOT NULL
      THEN snapshot_date - (date '2000-01-01' + like_before[1]::int) END AS like_span_days,
    comment_count, comment_count - comment_before[2] AS comment_change,
    CASE WHEN comment_count IS NOT NULL
      THEN snapshot_date - (date '2000-01-01' + comment_before[1]::int) END AS comment_span_days,
    share_count, share_count - share_before[2] AS share_change,
    CASE WHEN share_count IS NOT NULL
      THEN snapshot_date - (date '2000-01-01' + share_before[1]::int) END AS share_span_days
  FROM (
    SELECT v.store_code, v.video_id, l.snapshot_date, l.state AS day_state, d.captured_at,
      d.view_count,
      max(ARRAY[(l.snapshot_date - date '2000-01-01')::bigint, d.view_count])
        FILTER (WHERE d.view_count IS NOT NULL) OVER earlier AS view_before,
      d.like_count,
      max(ARRAY[(l.snapshot_date - date '2000-01-01')::bigint, d.like_count])
        FILTER (WHERE d.like_count IS NOT NULL) OVER earlier AS like_before,
      d.comment_count,
      max(ARRAY[(l.snapshot_date - date '2000-01-01')::bigint, d.comment_count])
        FILTER (WHERE d.comment_count IS NOT NULL) OVER earlier AS comment_before,
      d.share_count,
      max(ARRAY[(l.snapshot_date - date '2000-01-01')::bigint, d.share_count])
        FILTER (WHERE d.share_count IS NOT NULL) OVER earlier AS share_before
    FROM videos v
      CROSS JOIN LATERAL (
        SELECT min(r.snapshot_date) AS first_date, max(r.snapshot_date) AS last_date
        FROM video_daily r WHERE r.store_code = v.store_code AND r.video_id = v.video_id) AS seen
      JOIN store_days l ON l.store_code = v.store_code AND l.snapshot_date BETWEEN seen.first_date AND seen.last_date
      LEFT JOIN video_daily d
        ON d.store_code = v.store_code AND d.video_id = v.video_id AND d.snapshot_date = l.snapshot_date
    WINDOW earlier AS (
      PARTITION BY v.store_code, v.video_id ORDER BY l.snapshot_date ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
  ) AS reading
) AS compared;--> statement-breakpoint
COMMENT ON VIEW "video_growth" IS 'What a video had on each day, and how it grew: one row for every day of its store from its first reading to its last, read or not. The changes of any stretch of days add up to its last reading minus the last one before it. Filter by store_code and video_id: a filter on days alone reads everything.';--> statement-breakpoint
COMMENT ON COLUMN "video_growth"."store_code" IS 'The store.';--> statement-breakpoint
COMMENT ON COLUMN "video_growth"."video_id" IS 'TikTok''s id of the video.';--> statement-breakpoint
COMMENT ON COLUMN "video_growth"."snapshot_date" IS 'The day on the store''s own clock.';--> statement-breakpoint
COMMENT ON COLUMN "video_growth"."day_state" IS 'What became of the day: complete · partial: only a part of it was read · late: read after its midnight · missed: nobody read it · pending, running: still to be read, being read.';--> statement-breakpoint
COMMENT ON COLUMN "video_growth"."captured_at" IS 'When TikTok gave the numbers of this row. NULL: the video was not read on that day: the day was not read, or not as far as this video.';--> statement-breakpoint
COMMENT ON COLUMN "video_growth"."view_count" IS 'Views, as TikTok gave them, a total since it was posted. NULL: the day was not read, or TikTok did not say; that is never 0.';--> statement-breakpoint
COMMENT ON COLUMN "video_growth"."view_change" IS 'view_count minus that of the reading before, be it of yesterday or of weeks ago; below 0 where it fell. NULL: the first reading, or view_count is NULL. Example: 100, a day without a reading, 130: the change is NULL on the second day and 30 on the third.';--> statement-breakpoint
COMMENT ON COLUMN "video_growth"."view_span_days" IS 'Days from the reading before to this one, over which view_change came about: 1 is since the day before, 2 has one day without a reading in between. NULL where view_change is.';--> statement-breakpoint
COMMENT ON COLUMN "video_growth"."view_per_day" IS 'view_change divided by view_span_days, to 2 places: the average of these days. Example: 30 in 2 days are 15.00. NULL where view_change is.';--> statement-breakpoint
COMMENT ON COLUMN "video_growth"."view_quality" IS 'How view_change is to be taken; the first that fits. first: no reading before, so no change · partial: only a part of the day''s numbers was read · falling: the total went down · gap: the change of several days · late: read after midnight, so it has some of the next day, and the next change lacks it · exact: from one day to the next. NULL: view_count is NULL.';--> statement-breakpoint
COMMENT ON COLUMN "video_growth"."like_count" IS 'Likes, as TikTok gave them, a total since it was posted. NULL: the day was not read, or TikTok did not say; that is never 0.';--> statement-breakpoint
COMMENT ON COLUMN "video_growth"."like_change" IS 'like_count minus that of the reading before, be it of yesterday or of weeks ago; below 0 where it fell. NULL: the first reading, or like_count is NULL. Example: 100, a day without a reading, 130: the change is NULL on the second day and 30 on the third.';--> statement-breakpoint
COMMENT ON COLUMN "video_growth"."like_span_days" IS 'Days from the reading before to this one, over which like_change came about: 1 is since the day before, 2 has one day without a reading in between. NULL where like_change is.';--> statement-breakpoint
COMMENT ON COLUMN "video_growth"."like_per_day" IS 'like_change divided by like_span_days, to 2 places: the average of these days. Example: 30 in 2 days are 15.00. NULL where like_change is.';--> statement-breakpoint
COMMENT ON COLUMN "video_growth"."like_quality" IS 'How like_change is to be taken; the first that fits. first: no reading before, so no change · partial: only a part of the day''s numbers was read · falling: the total went down · gap: the change of several days · late: read after midnight, so it has some of the next day, and the next change lacks it · exact: from one day to the next. NULL: like_count is NULL.';--> statement-breakpoint
COMMENT ON COLUMN "video_growth"."comment_count" IS 'Comments, as TikTok gave them, a total since it was posted. NULL: the day was not read, or TikTok did not say; that is never 0.';--> statement-breakpoint
COMMENT ON COLUMN "video_growth"."comment_change" IS 'comment_count minus that of the reading before, be it of yesterday or of weeks ago; below 0 where it fell. NULL: the first reading, or comment_count is NULL. Example: 100, a day without a reading, 130: the change is NULL on the second day and 30 on the third.';--> statement-breakpoint
COMMENT ON COLUMN "video_growth"."comment_span_days" IS 'Days from the reading before to this one, over which comment_change came about: 1 is since the day before, 2 has one day without a reading in between. NULL where comment_change is.';--> statement-breakpoint
COMMENT ON COLUMN "video_growth"."comment_per_day" IS 'comment_change divided by comment_span_days, to 2 places: the average of these days. Example: 30 in 2 days are 15.00. NULL where comment_change is.';--> statement-breakpoint
COMMENT ON COLUMN "video_growth"."comment_quality" IS 'How comment_change is to be taken; the first that fits. first: no reading before, so no change · partial: only a part of the day''s numbers was read · falling: the total went down · gap: the change of several days · late: read after midnight, so it has some of the next day, and the next change lacks it · exact: from one day to the next. NULL: comment_count is NULL.';--> statement-breakpoint
COMMENT ON COLUMN "video_growth"."share_count" IS 'Shares, as TikTok gave them, a total since it was posted. NULL: the day was not read, or TikTok did not say; that is never 0.';--> statement-breakpoint
COMMENT ON COLUMN "video_growth"."share_change" IS 'share_count minus that of the reading before, be it of yesterday or of weeks ago; below 0 where it fell. NULL: the first reading, or share_count is NULL. Example: 100, a day without a reading, 130: the change is NULL on the second day and 30 on the third.';--> statement-breakpoint
COMMENT ON COLUMN "video_growth"."share_span_days" IS 'Days from the reading before to this one, over which share_change came about: 1 is since the day before, 2 has one day without a reading in between. NULL where share_change is.';--> statement-breakpoint
COMMENT ON COLUMN "video_growth"."share_per_day" IS 'share_change divided by share_span_days, to 2 places: the average of these days. Example: 30 in 2 days are 15.00. NULL where share_change is.';--> statement-breakpoint
COMMENT ON COLUMN "video_growth"."share_quality" IS 'How share_change is to be taken; the first that fits. first: no reading before, so no change · partial: only a part of the day''s numbers was read · falling: the total went down · gap: the change of several days · late: read after midnight, so it has some of the next day, and the next change lacks it · exact: from one day to the next. NULL: share_count is NULL.';
