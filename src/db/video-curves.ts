import { sql } from 'drizzle-orm';
import { videoCounters } from '../domain/growth.ts';
import { curveAges, type Neighbours, type Quartiles } from '../domain/video-curve.ts';
import { ages, canBeKnown, compared, forEachCounter, readingsAround, valueBetween } from './aged-readings.ts';
import type { Database } from './client.ts';
import { preparedOn } from './prepared.ts';

type Counter = (typeof videoCounters)[number];

/** One counter at one age. */
export interface AgedCounter {
  ageDays: (typeof curveAges)[number];
  counter: Counter;
  /** Of the store's compared videos, and how many of them have a value at that age. */
  typical: Quartiles | null;
  videos: number;
  /**
   * Of the video that was asked for: the readings around that age, what it had, which may be known from readings that are
   * deleted by now, and how many videos have more.
   */
  own: Neighbours & { value: number | null; above: number };
}

/** What there is of a counter at an age, in the order of the columns in the statement. */
type Found = [
  videos: number,
  quartiles: number[] | null,
  before: number[] | null,
  after: number[] | null,
  value: number | null,
  above: number,
];

const agedColumns = {
  age: sql<AgedCounter['ageDays']>`age`,
  views: sql<Found>`view_count`,
  likes: sql<Found>`like_count`,
  comments: sql<Found>`comment_count`,
  shares: sql<Found>`share_count`,
};

const store = sql`${sql.placeholder('storeCode')}::text`;
const video = sql`${sql.placeholder('videoId')}::text`;
const aged = sql`(
  with compared as (${compared(store)}), chosen as (
    select *, true as is_compared from compared
    union all
    select store_code, video_id, posted_at, first_seen_date, false from videos
    where store_code = ${store} and video_id = ${video} and video_id not in (select video_id from compared)
  ), kept as materialized (
    select k.* from video_ages k join compared using (video_id)
    where k.store_code = ${store}
  ), pairs as (
    select v.store_code, v.video_id, v.posted_at, v.is_compared, a.age
    from chosen v cross join ${ages} left join kept on kept.video_id = v.video_id and kept.age_days = a.age
    where v.video_id = ${video} or (kept.video_id is null and ${canBeKnown})
  ), around as materialized (${readingsAround(sql`pairs`)}),
  points as materialized (
    select r.video_id, age, is_compared, ${forEachCounter('#_before, #_after')}, ${forEachCounter(`coalesce(${valueBetween}, k.#) as #`)}
    from around r left join kept k on k.video_id = r.video_id and k.age_days = r.age
    union all
    select video_id, age_days, true, ${forEachCounter('null, null')}, ${forEachCounter('#')} from kept
    where video_id is distinct from ${video}
  )
  select p.age, ${forEachCounter(`json_build_array(count(p.#) filter (where p.is_compared),
    percentile_cont(array[0.25, 0.5, 0.75]) within group (order by p.#) filter (where p.is_compared),
    max(o.#_before), max(o.#_after), max(o.#), count(*) filter (where p.is_compared and p.# > o.#)) as #`)}
  from points p left join points o on o.video_id = ${video} and o.age = p.age
  group by p.age) as aged`;
/** By a name, so that a connection plans it once: that takes as long as the statement itself. */
const agedStatement = preparedOn((db) => db.select(agedColumns).from(aged).prepare('list_aged_counters'));

/**
 * A store's videos at each age, one row for each counter; `videoId` null: of no video in particular. What video_ages keeps
 * is taken from there, the rest is looked up, and so are the readings around each age of the video asked for.
 */
export async function listAgedCounters(
  db: Database,
  storeCode: string,
  videoId: string | null,
): Promise<AgedCounter[]> {
  const rows = await agedStatement(db).execute({ storeCode, videoId });
  const byAge = new Map(rows.map((row) => [row.age, row]));
  return curveAges.flatMap((ageDays) =>
    videoCounters.map((counter): AgedCounter => {
      const [videos, quartiles, before, after, value, above] = byAge.get(ageDays)?.[counter] ?? nothing;
      const [lower = 0, median = 0, upper = 0] = quartiles ?? [];
      const own = { before: timed(before), after: timed(after), value, above };
      return { ageDays, counter, typical: quartiles && { lower, median, upper }, videos, own };
    }),
  );
}

const nothing: Found = [0, null, null, null, null, 0];

const timed = (reading: number[] | null) => {
  const [atMs = 0, value = 0] = reading ?? [];
  return reading && { atMs, value };
};
