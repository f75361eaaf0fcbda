import { sql } from 'drizzle-orm';
import { videoCounters } from '../domain/growth.ts';
import { curveAges, type Neighbours, type Quartiles } from '../domain/video-curve.ts';
import type { Database } from './client.ts';

/** So many videos of a store at most are compared: those posted last. */
const comparedVideos = 1000;

/** One counter at one age. */
export interface AgedCounter {
  ageDays: (typeof curveAges)[number];
  counter: (typeof videoCounters)[number];
  /** Of the store's compared videos, and how many of them have a value at that age. */
  typical: Quartiles | null;
  videos: number;
  /** Of the video that was asked for: the readings around that age, and how many videos have more. */
  own: Neighbours & { above: number };
}

/**
 * A store's videos at each age, one row for each counter; `videoId` null: of no video in particular. Looked up along the
 * primary key for each video and age: readings come in the order of their days, and no clock is more than 14 hours ahead
 * of UTC, so that none of a later day can have been made by then.
 */
export async function listAgedCounters(
  db: Database,
  storeCode: string,
  videoId: string | null,
): Promise<AgedCounter[]> {
  const oldest = Math.max(...curveAges) + 2;
  const countIn = (row: string) =>
    sql.raw(`case c.counter when 'views' then ${row}.view_count when 'likes' then ${row}.like_count
      when 'comments' then ${row}.comment_count when 'shares' then ${row}.share_count end`);
  const ms = (moment: string) => sql.raw(`(extract(epoch from ${moment}) * 1000)::bigint`);
  const readings = sql`from video_daily d where d.store_code = ${storeCode} and d.video_id = v.video_id`;
  const sides = {
    before: sql`d.snapshot_date <= t.last_day and d.captured_at <= t.moment order by d.snapshot_date desc limit 1`,
    after: sql`t.moment is not null and d.snapshot_date > coalesce(before_any.day, '-infinity') order by d.snapshot_date limit 1`,
  };
  type Side = keyof typeof sides;
  // Mostly a reading has all counters, so it is looked up once for all of them; one that lacks a counter is passed over.
  const reading = (side: Side) => sql`left join lateral (
    select d.snapshot_date as day, ${ms('d.captured_at')} as at, d.view_count, d.like_count, d.comment_count, d.share_count
    ${readings} and ${sides[side]}) as ${sql.raw(`${side}_any`)} on true`;
  const counted = (side: Side) => sql`left join lateral (
    (select ${sql.raw(side)}_any.at, ${countIn(`${side}_any`)} as value where ${countIn(`${side}_any`)} is not null)
    union all
    (select ${ms('d.captured_at')}, ${countIn('d')} ${readings} and ${sql.raw(side)}_any.at is not null
      and ${countIn(`${side}_any`)} is null and ${countIn('d')} is not null and ${sides[side]})
    limit 1) as ${sql.raw(side)} on true`;
  const neighbour = (side: Side) =>
    sql.raw(
      `case when o.${side}_at is not null then json_build_object('atMs', o.${side}_at, 'value', o.${side}_value) end`,
    );
  const result = await db.execute<
    Pick<AgedCounter, 'ageDays' | 'counter' | 'videos'> &
      Pick<Neighbours, 'before' | 'after'> & { quartiles: [number, number, number] | null; above: number }
  >(sql`
    with compared as (
      select video_id, posted_at from videos
      where store_code = ${storeCode} and posted_at > first_seen_date - ${oldest}::int
      order by posted_at desc, video_id desc limit ${comparedVideos}
    ), chosen as (
      select video_id, posted_at, true as is_compared from compared
      union all
      select video_id, posted_at, false from videos
      where store_code = ${storeCode} and video_id = ${videoId} and video_id not in (select video_id from compared)
    ), points as materialized (
      select v.video_id, v.is_compared, a.age, c.counter,
        before.at as before_at, before.value as before_value, after.at as after_at, after.value as after_value,
        case when before.at = t.ms then before.value when after.at > before.at then
          div(2 * (before.value::numeric * (after.at - t.ms) + after.value::numeric * (t.ms - before.at))
            + (after.at - before.at), 2 * (after.at - before.at))::bigint
        end as value
      from chosen v
        cross join unnest(${sql.param([...curveAges])}::int[]) as a(age)
        cross join lateral (
          select posted_at + make_interval(hours => 24 * a.age) as moment,
            ${ms('posted_at')} + a.age * 86400000::bigint as ms,
            ((posted_at + interval '14 hours') at time zone 'UTC')::date + a.age as last_day) as t
        ${reading('before')} ${reading('after')}
        cross join (values ('views'), ('likes'), ('comments'), ('shares')) as c(counter)
        ${counted('before')} ${counted('after')}
    )
    select p.age as "ageDays", p.counter, (count(p.value) filter (where p.is_compared))::int as videos,
      percentile_cont(array[0.25, 0.5, 0.75]) within group (order by p.value) filter (where p.is_compared) as quartiles,
      ${neighbour('before')} as before, ${neighbour('after')} as after,
      (count(*) filter (where p.is_compared and p.value > o.value))::int as above
    from points p left join points o on o.video_id = ${videoId} and o.age = p.age and o.counter = p.counter
    group by p.age, p.counter, o.before_at, o.before_value, o.after_at, o.after_value`);
  const found = new Map(result.rows.map((row) => [`${row.ageDays} ${row.counter}`, row]));
  return curveAges.flatMap((ageDays) =>
    videoCounters.map((counter): AgedCounter => {
      const {
        videos = 0,
        quartiles,
        before = null,
        after = null,
        above = 0,
      } = found.get(`${ageDays} ${counter}`) ?? {};
      const typical = quartiles ? { lower: quartiles[0], median: quartiles[1], upper: quartiles[2] } : null;
      return { ageDays, counter, typical, videos, own: { before, after, above } };
    }),
  );
}
