import { type SQL, sql } from 'drizzle-orm';
import { accountCounters, videoCounters } from '../domain/growth.ts';
import type { Period, PeriodReadings, rankGaps } from '../domain/period-growth.ts';
import type { Database } from './client.ts';

// How counters grew over a stretch of days, from the few readings that it takes: each is looked up along a primary key, so
// that a period costs the same whatever lies before it. The growth views would read all of it.

/** A period, and the one that stands beside it. */
export interface Periods {
  current: Period;
  previous: Period;
}

type AccountCounter = (typeof accountCounters)[number];
type VideoCounter = (typeof videoCounters)[number];

/** Where the counters of a subject `x` stand, by the names of the API. */
interface Source<Counter extends string> {
  readings: SQL;
  columns: Readonly<Record<Counter, string>>;
  /** Days that were read in part count. */
  partial: boolean;
}

const accounts: Source<AccountCounter> = {
  readings: sql`user_daily d where d.store_code = x.store_code`,
  columns: { followers: 'follower_count', following: 'following_count', likes: 'likes_count', videos: 'video_count' },
  partial: true,
};
const ranked: Source<AccountCounter> = { ...accounts, partial: false };
const videos: Source<VideoCounter> = {
  readings: sql`video_daily d where d.store_code = x.store_code and d.video_id = x.video_id`,
  columns: { views: 'view_count', likes: 'like_count', comments: 'comment_count', shares: 'share_count' },
  partial: true,
};

interface LookUp {
  name: 'last' | 'before' | 'earlier' | 'first';
  where: SQL;
  order: 'asc' | 'desc';
  /** Made only where that one found nothing. */
  unless?: 'earlier';
}

/** The last reading in the period, before it and before the previous one; the very first where there is none of these. */
const lookUps = ({ current, previous }: Periods): LookUp[] => [
  { name: 'last', where: sql`between ${current.from}::date and ${current.to}::date`, order: 'desc' },
  { name: 'before', where: sql`< ${current.from}::date`, order: 'desc' },
  { name: 'earlier', where: sql`< ${previous.from}::date`, order: 'desc' },
  { name: 'first', where: sql`<= ${current.to}::date`, order: 'asc', unless: 'earlier' },
];

const stateOf = (day: SQL) =>
  sql`(select l.state from store_days l where l.store_code = x.store_code and l.snapshot_date = ${day})`;

/**
 * Every subject `x` with every counter `c` and its readings. Mostly a day has all counters, so it is looked up once for all
 * of them; one that lacks a counter is passed over for that one alone.
 */
function readingsOf<Counter extends string>(source: Source<Counter>, subjects: SQL, periods: Periods): SQL {
  const columns = Object.entries<string>(source.columns);
  const counters = columns.map(([counter]) => `('${counter}')`).join();
  const counts = columns.map(([, column]) => `d.${column}`).join();
  const countIn = (row: string) =>
    sql.raw(`case c.counter ${columns.map(([name, column]) => `when '${name}' then ${row}.${column}`).join(' ')} end`);
  const whole = source.partial ? sql`` : sql`and ${stateOf(sql`d.snapshot_date`)} <> 'partial'`;
  const found = ({ where, order }: LookUp, condition: SQL) => sql`from ${source.readings} and d.snapshot_date ${where}
    and ${condition} ${whole}
    order by d.snapshot_date ${sql.raw(order)} limit 1`;
  const whereNone = (suffix: string, { unless }: LookUp) => sql.raw(unless ? `${unless}${suffix}.day is null` : 'true');
  const days = lookUps(periods).map(
    (lookUp) => sql`left join lateral (
      select d.snapshot_date as day, ${sql.raw(counts)} ${found(lookUp, whereNone('_day', lookUp))}
    ) as ${sql.raw(`${lookUp.name}_day`)} on true`,
  );
  const values = lookUps(periods).map((lookUp) => {
    const [day, when] = [sql.raw(`${lookUp.name}_day`), whereNone('', lookUp)];
    const value = countIn(`${lookUp.name}_day`);
    return sql`left join lateral (
      (select ${day}.day, ${value} as value where ${value} is not null and ${when})
      union all
      (select d.snapshot_date, ${countIn('d')}
        ${found(lookUp, sql`${value} is null and ${when} and ${countIn('d')} is not null`)})
      limit 1) as ${sql.raw(lookUp.name)} on true`;
  });
  return sql`${subjects} x ${sql.join(days, sql` `)}
    cross join (values ${sql.raw(counters)}) as c(counter) ${sql.join(values, sql` `)}`;
}

/** The last reading before the period is that of the previous one, if it lies in there. */
const isInPrevious = ({ previous }: Periods) => sql`before.day >= ${previous.from}::date`;

const change = sql`last.value - coalesce(before.value, case when first.day < last.day then first.value end)`;
const previousChange = (periods: Periods) => sql`case when ${isInPrevious(periods)}
  then before.value - coalesce(earlier.value, case when first.day < before.day then first.value end) end`;

/** What is added up of all subjects, and what they are ordered by. */
const sums = (periods: Periods) => sql`c.counter, last.value, ${change} as change, before.day is null as is_first,
  case when ${isInPrevious(periods)} then before.value end as previous_value, ${previousChange(periods)} as previous_change,
  earlier.day is null as previous_is_first`;

/** One counter of many subjects. */
export interface Total {
  /** Of all that were read in the period; null: of none. */
  value: number | null;
  read: number;
  /** Of those whose growth is known. */
  change: number | null;
  compared: number;
  /** How many of these had no reading before the period, so that a part of their growth is not known. */
  first: number;
}

export type Totals<Counter extends string> = Record<Counter, { current: Total; previous: Total }>;

const total = (prefix: string) => {
  const of = (name: string) => sql.raw(`${prefix}${name}`);
  return sql`json_build_object('value', sum(${of('value')}), 'read', count(${of('value')}),
    'change', sum(${of('change')}), 'compared', count(${of('change')}),
    'first', count(${of('change')}) filter (where ${of('is_first')}))`;
};

/** Of `grown`, by counter. */
const totals = sql`(
  select json_object_agg(counter, json_build_object('current', current, 'previous', previous)) from (
    select counter, ${total('')} as current, ${total('previous_')} as previous from grown group by counter) as t)`;

const noTotal: Total = { value: null, read: 0, change: null, compared: 0, first: 0 };
const noTotals = <Counter extends string>(counters: readonly Counter[]): Totals<Counter> =>
  Object.fromEntries(counters.map((counter) => [counter, { current: noTotal, previous: noTotal }])) as never;

type ReadingsByCounter<Counter extends string> = Record<Counter, { current: PeriodReadings; previous: PeriodReadings }>;

/** By the subject's key. */
async function listReadings<Counter extends string>(
  db: Database,
  source: Source<Counter>,
  subjects: { key: SQL; from: SQL },
  periods: Periods,
): Promise<Map<string, ReadingsByCounter<Counter>>> {
  const reading = (name: string) => {
    const of = (part: string) => sql.raw(`${name}.${part}`);
    return sql`case when ${of('day')} is not null then json_build_object(
      'day', ${of('day')}, 'dayState', ${stateOf(of('day'))}, 'value', ${of('value')}) end`;
  };
  const result = await db.execute<{ key: string; readings: ReadingsByCounter<Counter> }>(sql`
    select ${subjects.key} as key, json_object_agg(c.counter, json_build_object(
      'current', json_build_object('last', ${reading('last')}, 'before', ${reading('before')},
        'first', case when before.day is null and last.day is not null then ${reading('first')} end),
      'previous', json_build_object('last', case when ${isInPrevious(periods)} then ${reading('before')} end,
        'before', ${reading('earlier')},
        'first', case when before.day is not null then ${reading('first')} end))) as readings
    from ${readingsOf(source, subjects.from, periods)}
    group by 1`);
  return new Map(result.rows.map(({ key, readings }) => [key, readings]));
}

/** By store code; days read in part count unless they are left out. */
export const listAccountReadings = (
  db: Database,
  storeCodes: readonly string[],
  periods: Periods,
  options: { leaveOutPartial: boolean },
): Promise<Map<string, ReadingsByCounter<AccountCounter>>> =>
  listReadings(
    db,
    options.leaveOutPartial ? ranked : accounts,
    { key: sql`x.store_code`, from: sql`(select unnest(${sql.param([...storeCodes])}::text[]) as store_code)` },
    periods,
  );

/** By video id. */
export const listVideoReadings = (
  db: Database,
  storeCode: string,
  videoIds: readonly string[],
  periods: Periods,
): Promise<Map<string, ReadingsByCounter<VideoCounter>>> =>
  listReadings(
    db,
    videos,
    {
      key: sql`x.video_id`,
      from: sql`(select ${storeCode}::text as store_code, unnest(${sql.param([...videoIds])}::text[]) as video_id)`,
    },
    periods,
  );

export interface VideoRanking {
  totals: Totals<VideoCounter>;
  /** Those that gained most views, the best first, and fewest, the worst first. */
  best: { videoId: string; title: string | null }[];
  worst: { videoId: string; title: string | null }[];
}

/** What all videos of a store gained, and which gained most and fewest views. */
export async function rankVideos(
  db: Database,
  storeCode: string,
  periods: Periods,
  limit: number,
): Promise<VideoRanking> {
  const subjects = sql`(select store_code, video_id from videos where store_code = ${storeCode})`;
  const first = (direction: 'asc' | 'desc') => sql`(
    select coalesce(json_agg(json_build_object('videoId', video_id, 'title', v.title) order by place), '[]') from (
      select video_id, row_number() over (order by change ${sql.raw(direction)}, video_id) as place
      from grown where counter = 'views' and change is not null
      order by change ${sql.raw(direction)}, video_id limit ${limit}) as t
    join videos v using (video_id) where v.store_code = ${storeCode})`;
  const result = await db.execute<Pick<VideoRanking, 'best' | 'worst'> & { totals: VideoRanking['totals'] | null }>(sql`
    with grown as materialized (
      select x.video_id, ${sums(periods)} from ${readingsOf(videos, subjects, periods)})
    select ${totals} as totals, ${first('desc')} as best, ${first('asc')} as worst`);
  const { totals: known, best, worst } = theRow(result.rows);
  return { totals: known ?? noTotals(videoCounters), best, worst };
}

export interface RankedStore {
  storeCode: string;
  name: string;
  /** 1: none grew more; null: left out. */
  place: number | null;
  /** What it is ordered by; null: left out. */
  change: number | null;
  leftOut: (typeof rankGaps)[number] | null;
  capturedAt: Date | null;
  missingDays: number;
}

export interface FleetRanking {
  totals: Totals<AccountCounter>;
  /** In order, those that are left out last. */
  page: RankedStore[];
  known: {
    capturedAt: Date | null;
    missingDays: number;
    counted: number;
    leftOut: Partial<Record<(typeof rankGaps)[number], number>>;
    /** Of the stores that are read. */
    timezones: string[];
  };
}

/** All stores by how one counter grew, days read in part left out; the page goes on after (`change`, `storeCode`). */
export async function rankStores(
  db: Database,
  options: {
    periods: Periods;
    sort: AccountCounter;
    ascending: boolean;
    after: { change: number | null; storeCode: string } | null;
    limit: number;
  },
): Promise<FleetRanking> {
  const { periods, sort, ascending, limit } = options;
  const within = sql`between ${periods.current.from}::date and ${periods.current.to}::date`;
  const direction = sql.raw(ascending ? 'asc' : 'desc');
  const result = await db.execute<{
    totals: FleetRanking['totals'] | null;
    page: WithText<RankedStore>[];
    known: WithText<FleetRanking['known']>;
  }>(sql`
    with grown as materialized (
      select x.store_code, ${sums(periods)} from ${readingsOf(ranked, sql`stores`, periods)}
    ), known as (
      select s.store_code, s.name, s.timezone, s.status = 'CONNECTED' and not s.paused as is_read,
        (select count(*)::int from store_days l where l.store_code = s.store_code and l.snapshot_date ${within}) as expected,
        (select count(*)::int from user_daily d where d.store_code = s.store_code and d.snapshot_date ${within}) as read,
        -- A late reading may have been made after that of the day behind it.
        (select max(l.captured_at) from (
          select d.captured_at from user_daily d where d.store_code = s.store_code and d.snapshot_date ${within}
          order by d.snapshot_date desc limit 2) as l) as captured_at
      from stores s
    ), fleet as materialized (
      select k.*, g.change, rank() over (order by g.change desc nulls last)::int as place,
        case when g.change is not null then null when g.value is not null then 'one_reading'
          when expected = 0 then 'not_expected' when read = 0 then 'unread'
          when exists (select from store_days l join user_daily d using (store_code, snapshot_date)
            where l.store_code = k.store_code and l.snapshot_date ${within} and d.snapshot_date ${within}
              and l.state <> 'partial') then 'not_said' else 'partial' end as left_out
      from known k join grown g using (store_code) where g.counter = ${sort}
    ), page as (
      select * from fleet where ${isAfter(options)}
      order by change ${direction} nulls last, store_code limit ${limit}
    )
    select ${totals} as totals,
      (select coalesce(json_agg(json_build_object('storeCode', store_code, 'name', name, 'change', change,
          'place', case when left_out is null then place end, 'leftOut', left_out,
          'capturedAt', captured_at, 'missingDays', expected - read)
        order by change ${direction} nulls last, store_code), '[]') from page) as page,
      (select json_build_object('capturedAt', max(captured_at), 'missingDays', coalesce(sum(expected - read), 0),
          'counted', count(*) filter (where left_out is null),
          'leftOut', (select coalesce(json_object_agg(left_out, count), '{}') from (
            select left_out, count(*) from fleet where left_out is not null group by 1) as t),
          'timezones', coalesce(json_agg(distinct timezone) filter (where is_read), '[]'))
        from fleet) as known`);
  const { totals: sum, page, known } = theRow(result.rows);
  return { totals: sum ?? noTotals(accountCounters), page: page.map(withDate), known: withDate(known) };
}

/** As JSON has it. */
type WithText<Row> = Omit<Row, 'capturedAt'> & { capturedAt: string | null };
const withDate = <Row extends { capturedAt: string | null }>(row: Row) => ({
  ...row,
  capturedAt: row.capturedAt === null ? null : new Date(row.capturedAt),
});

/** Of a statement that gives one, whatever there is. */
function theRow<Row>([row]: readonly Row[]): Row {
  if (row === undefined) throw new Error('a statement of aggregates gave no row');
  return row;
}

function isAfter({
  after,
  ascending,
}: {
  after: { change: number | null; storeCode: string } | null;
  ascending: boolean;
}) {
  if (after === null) return sql`true`;
  if (after.change === null) return sql`change is null and store_code > ${after.storeCode}`;
  const beyond = sql.raw(ascending ? '>' : '<');
  return sql`change is null or change ${beyond} ${after.change}::bigint
    or (change = ${after.change}::bigint and store_code > ${after.storeCode})`;
}

export interface BestDay {
  day: string;
  change: number;
}

/**
 * The days of a store on which each counter grew most and least, the earlier of two: only whole days whose change is that
 * of one day. Counters without any are left out. From the days themselves: the growth view would read all of the store's.
 */
export async function findBestDays(
  db: Database,
  storeCode: string,
  { from, to }: Period,
): Promise<Partial<Record<AccountCounter, { best: BestDay; worst: BestDay }>>> {
  const columns = Object.entries<string>(accounts.columns);
  const changes = columns.map(([counter, column]) => `('${counter}', d.${column} - d.${column}_before)`);
  const before = columns.map(([, column]) => `lag(d.${column}) over by_day as ${column}_before`);
  const result = await db.execute<{ counter: AccountCounter; best: BestDay; worst: BestDay }>(sql`
    select c.counter,
      json_build_object('day', (array_agg(d.day order by c.change desc, d.day))[1], 'change', max(c.change)) as best,
      json_build_object('day', (array_agg(d.day order by c.change, d.day))[1], 'change', min(c.change)) as worst
    from (
      select l.snapshot_date as day, l.state, lag(l.snapshot_date) over by_day as day_before, d.*, ${sql.raw(before.join())}
      from store_days l join user_daily d on d.store_code = l.store_code and d.snapshot_date = l.snapshot_date
        and d.snapshot_date between ${from}::date - 1 and ${to}::date
      where l.store_code = ${storeCode} and l.snapshot_date between ${from}::date - 1 and ${to}::date
      window by_day as (order by l.snapshot_date)) as d
    cross join lateral (values ${sql.raw(changes.join())}) as c(counter, change)
    where d.day >= ${from}::date and d.day - d.day_before = 1 and d.state = 'complete' and c.change is not null
    group by c.counter`);
  return Object.fromEntries(result.rows.map(({ counter, best, worst }) => [counter, { best, worst }]));
}
