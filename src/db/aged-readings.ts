import { type SQL, sql } from 'drizzle-orm';
import { videoCounters } from '../domain/growth.ts';
import { curveAges } from '../domain/video-curve.ts';

// How what a video had at an age is looked up: for the store's curve at once, and for keeping it in video_ages.

/** So many videos of a store at most are compared: those posted last. */
const comparedVideos = 1000;

/** The ages, as a relation with the column `age`. */
export const ages = sql.raw(`unnest('{${curveAges.join(',')}}'::int[]) as a(age)`);

type Counter = (typeof videoCounters)[number];

const column: Readonly<Record<Counter, string>> = {
  views: 'view_count',
  likes: 'like_count',
  comments: 'comment_count',
  shares: 'share_count',
};

/** The same piece of SQL for each counter, with its column's name put for `#`. */
export const forEachCounter = (piece: string, separator = ', '): SQL =>
  sql.raw(videoCounters.map((counter) => piece.replaceAll('#', column[counter])).join(separator));

/** Those of a store's videos that can have been read at an age at all, the latest first. */
export const compared = (storeCode: SQL): SQL => sql`
  select store_code, video_id, posted_at, first_seen_date from videos
  where store_code = ${storeCode} and posted_at > first_seen_date - ${sql.raw(String(Math.max(...curveAges) + 2))}
  order by posted_at desc, video_id desc limit ${sql.raw(String(comparedVideos))}`;

/** Of a video `v` and an age `a`: a reading may have been made before that. No clock is more than 14 hours ahead of UTC. */
export const canBeKnown = sql.raw(
  `v.posted_at + make_interval(hours => 24 * a.age) >= (v.first_seen_date - 1)::timestamp at time zone 'UTC'`,
);

const ms = (moment: string) => `(extract(epoch from ${moment}) * 1000)::bigint`;

// Two along the key, and of these the nearer one in time.
const sides = {
  before: { where: 'd.snapshot_date <= t.last_day and d.captured_at <= t.moment', order: 'desc' },
  after: {
    where: "d.snapshot_date >= coalesce(before.day - 1, '-infinity') and d.captured_at > t.moment",
    order: 'asc',
  },
};
type Side = keyof typeof sides;

const counts = videoCounters.map((counter) => `d.${column[counter]}`).join(', ');
const ofVideo = 'd.store_code = v.store_code and d.video_id = v.video_id';
const nearest = (side: Side) => {
  const { where, order } = sides[side];
  return sql.raw(`left join lateral (
    select d.snapshot_date as day, ${ms('d.captured_at')} as at, ${counts} from (
      select d.snapshot_date, d.captured_at, ${counts} from video_daily d
      where ${ofVideo} and ${where} order by d.snapshot_date ${order} limit 2) as d
    order by d.captured_at ${order}, d.snapshot_date ${order} limit 1) as ${side} on true`);
};
// Mostly a reading has all counters. For those that it lacks, all readings on its side are gone through: the greatest or
// least of [moment, day, count] is the nearest of them.
const nearestOfEach = (side: Side) => {
  const { where, order } = sides[side];
  const lacks = videoCounters.map((counter) => `${side}.${column[counter]} is null`).join(' or ');
  const found = `${order === 'desc' ? 'max' : 'min'}(array[${ms('d.captured_at')}, d.snapshot_date - '2000-01-01'::date, d.#])
    filter (where d.# is not null) as #`;
  return sql`left join lateral (
    select ${forEachCounter(found)} from video_daily d
    where ${sql.raw(`${side}.at is not null and (${lacks}) and ${ofVideo} and ${where}`)}) as ${sql.raw(`each_${side}`)} on true`;
};
const counted = (side: Side) =>
  forEachCounter(`case when ${side}.# is not null then array[${side}.at, ${side}.#]
    when each_${side}.# is not null then array[each_${side}.#[1], each_${side}.#[3]] end as #_${side}`);

/**
 * `pairs` of store_code, video_id, posted_at and age, with the moment in `ms` and each counter's readings around it as
 * arrays of ms and value, `#_before` and `#_after`. Along the primary key: no reading of a day after `last_day` can have
 * been made by then, and readings come in the order of their days, but for a late one, which may come after the next.
 * Materialize it: what refers to a column would repeat its look-up.
 */
export const readingsAround = (pairs: SQL): SQL => sql`
  select v.*, t.ms, ${counted('before')}, ${counted('after')}
  from ${pairs} v cross join lateral (
    select posted_at + make_interval(hours => 24 * age) as moment, ${sql.raw(ms('posted_at'))} + age * 86400000::bigint as ms,
      ((posted_at + interval '14 hours') at time zone 'UTC')::date + age as last_day) as t
  ${nearest('before')} ${nearest('after')} ${nearestOfEach('before')} ${nearestOfEach('after')}`;

/** What a counter had at the moment: read then, or between its neighbours, rounded; NULL without both. */
export const valueBetween = `case when #_before[1] = ms then #_before[2] when #_after[1] > #_before[1] then
  div(2 * (#_before[2]::numeric * (#_after[1] - ms) + #_after[2]::numeric * (ms - #_before[1]))
    + (#_after[1] - #_before[1]), 2 * (#_after[1] - #_before[1]))::bigint end`;
