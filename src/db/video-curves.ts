import { type SQL, sql } from 'drizzle-orm';
import { videoCounters } from '../domain/growth.ts';
import { curveAges, type Neighbours, type Quartiles } from '../domain/video-curve.ts';
import type { Database } from './client.ts';

/** So many videos of a store at most are compared: those posted last. */
const comparedVideos = 1000;

type Counter = (typeof videoCounters)[number];

/** One counter at one age. */
export interface AgedCounter {
  ageDays: (typeof curveAges)[number];
  counter: Counter;
  /** Of the store's compared videos, and how many of them have a value at that age. */
  typical: Quartiles | null;
  videos: number;
  /** Of the video that was asked for: the readings around that age, and how many videos have more. */
  own: Neighbours & { above: number };
}

const column: Readonly<Record<Counter, string>> = {
  views: 'view_count',
  likes: 'like_count',
  comments: 'comment_count',
  shares: 'share_count',
};

/** The same piece of SQL for each counter, with its column's name put for `#`. */
const forEachCounter = (piece: string): SQL =>
  sql.raw(videoCounters.map((counter) => piece.replaceAll('#', column[counter])).join(', '));

/** What there is of a counter at an age, in the order of the columns in the statement. */
type Found = [
  videos: number,
  quartiles: number[] | null,
  before: number[] | null,
  after: number[] | null,
  above: number,
];

/**
 * A store's videos at each age, one row for each counter; `videoId` null: of no video in particular. Looked up along the
 * primary key for each video and age: no clock is more than 14 hours ahead of UTC, so that no reading of a later day can have been
 * made by then; and readings come in the order of their days, but for a late one, which may come after that of the next day.
 */
export async function listAgedCounters(
  db: Database,
  storeCode: string,
  videoId: string | null,
): Promise<AgedCounter[]> {
  const oldest = Math.max(...curveAges) + 2;
  const ms = (moment: string) => `(extract(epoch from ${moment}) * 1000)::bigint`;
  const counts = videoCounters.map((counter) => `d.${column[counter]}`).join(', ');
  // Two along the key, and of these the nearer one in time.
  const sides = {
    before: { where: 'd.snapshot_date <= t.last_day and d.captured_at <= t.moment', order: 'desc' },
    after: {
      where: "d.snapshot_date >= coalesce(before.day - 1, '-infinity') and d.captured_at > t.moment",
      order: 'asc',
    },
  };
  type Side = keyof typeof sides;
  const nearest = (side: Side, what: string, condition: string) => {
    const { where, order } = sides[side];
    return `select ${what} from (
      select d.snapshot_date, d.captured_at, ${counts} from video_daily d
      where d.store_code = v.store_code and d.video_id = v.video_id and ${where} and ${condition}
      order by d.snapshot_date ${order} limit 2) as d order by d.captured_at ${order}, d.snapshot_date ${order} limit 1`;
  };
  const reading = (side: Side) =>
    sql.raw(`left join lateral (
      ${nearest(side, `d.snapshot_date as day, ${ms('d.captured_at')} as at, ${counts}`, 'true')}) as ${side} on true`);
  // Mostly a reading has all counters, so it is looked up once for all of them; one that lacks a counter is passed over.
  const counted = (side: Side) =>
    forEachCounter(`case when ${side}.# is not null then array[${side}.at, ${side}.#] when ${side}.at is not null then (
      ${nearest(side, `array[${ms('d.captured_at')}, d.#]`, 'd.# is not null')}) end as #_${side}`);
  const store = sql.placeholder('storeCode');
  const video = sql.placeholder('videoId');
  const aged = sql`(
    with compared as (
      select store_code, video_id, posted_at from videos
      where store_code = ${store} and posted_at > first_seen_date - ${oldest}::int
      order by posted_at desc, video_id desc limit ${comparedVideos}
    ), chosen as (
      select *, true as is_compared from compared
      union all
      select store_code, video_id, posted_at, false from videos
      where store_code = ${store} and video_id = ${video} and video_id not in (select video_id from compared)
    ), around as (
      select v.video_id, v.is_compared, a.age, t.ms, ${counted('before')}, ${counted('after')}
      from chosen v
        cross join unnest(${sql.param([...curveAges])}::int[]) as a(age)
        cross join lateral (
          select posted_at + make_interval(hours => 24 * a.age) as moment,
            ${sql.raw(ms('posted_at'))} + a.age * 86400000::bigint as ms,
            ((posted_at + interval '14 hours') at time zone 'UTC')::date + a.age as last_day) as t
        ${reading('before')} ${reading('after')}
    ), points as materialized (
      select *, ${forEachCounter(`case when #_before[1] = ms then #_before[2] when #_after[1] > #_before[1] then
        div(2 * (#_before[2]::numeric * (#_after[1] - ms) + #_after[2]::numeric * (ms - #_before[1]))
          + (#_after[1] - #_before[1]), 2 * (#_after[1] - #_before[1]))::bigint end as #`)}
      from around
    )
    select p.age, ${forEachCounter(`json_build_array(count(p.#) filter (where p.is_compared),
      percentile_cont(array[0.25, 0.5, 0.75]) within group (order by p.#) filter (where p.is_compared),
      max(o.#_before), max(o.#_after), count(*) filter (where p.is_compared and p.# > o.#)) as #`)}
    from points p left join points o on o.video_id = ${video} and o.age = p.age
    group by p.age) as aged`;
  // By a name, so that a connection plans it once: that takes as long as the statement itself.
  const rows = await db.select(agedColumns).from(aged).prepare('list_aged_counters').execute({ storeCode, videoId });
  const byAge = new Map(rows.map((row) => [row.age, row]));
  return curveAges.flatMap((ageDays) =>
    videoCounters.map((counter): AgedCounter => {
      const [videos, quartiles, before, after, above] = byAge.get(ageDays)?.[counter] ?? nothing;
      const [lower = 0, median = 0, upper = 0] = quartiles ?? [];
      const own = { before: timed(before), after: timed(after), above };
      return { ageDays, counter, typical: quartiles && { lower, median, upper }, videos, own };
    }),
  );
}

const agedColumns = {
  age: sql<AgedCounter['ageDays']>`age`,
  views: sql<Found>`view_count`,
  likes: sql<Found>`like_count`,
  comments: sql<Found>`comment_count`,
  shares: sql<Found>`share_count`,
};

const nothing: Found = [0, null, null, null, 0];

const timed = (reading: number[] | null) => {
  const [atMs = 0, value = 0] = reading ?? [];
  return reading && { atMs, value };
};
