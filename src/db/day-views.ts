import { and, asc, eq, gt, gte, inArray, lt, type SQL, sql } from 'drizzle-orm';
import type { DayWait } from '../domain/day-wait.ts';
import type { Database } from './client.ts';
import { storeDays } from './schema.ts';
import { lacksDay, type StoreDayState } from './store-days.ts';

// Looks at the ledger; what changes it stands in store-days.ts.

/** What an unread day `d` of a store `s` with its job `j` waits for; NULL for one that has ended. */
const waitsFor = sql`case
  when d.state not in ('pending', 'running') then null
  when s.status <> 'CONNECTED' then 'owner'
  when s.paused then 'pause'
  when (select exists (select from circuit_breakers where state = 'open'))
    and (j.state = 'active' or (j.state = 'retry' and j.output->>'code' = 'CIRCUIT_OPEN')) then 'breaker'
  when j.state = 'active' then 'running'
  when j.state = 'retry' and j.output->>'code' in ('STOPPING', 'STORE_BUSY') then 'worker'
  when j.state = 'retry' and j.output->>'code' is distinct from 'CIRCUIT_OPEN'
    and (j.data->>'deferred_delivery')::int = j.retry_count then 'limit'
  when j.state = 'retry' or d.retry_after is not null then 'retry'
  when j.state = 'created' or d.job_id is null then 'worker'
  else 'admin' end`;

const withStoreAndJob = (days: SQL) => sql`${days} d
  join stores s on s.store_code = d.store_code
  left join pgboss.job j on j.name = 'sync-store' and j.id = d.job_id`;

/** Stores `s` of `zones` whose day is due and not planned yet, because a scheduler is late or none runs: unread they are. */
const unplannedStores = (date: string, zones: readonly string[]) => sql`stores s
  where s.status in ('CONNECTED', 'NEED_RECONNECT') and not s.paused
    and s.timezone = any(${sql.param([...zones])}::text[]) and ${lacksDay(sql`${date}::date`)}`;

const unplannedWaitsFor = sql`case when s.status = 'CONNECTED' then 'worker' else 'owner' end`;

export interface DayStore {
  storeCode: string;
  state: StoreDayState;
  reason: string | null;
  capturedAt: Date | null;
  waitsFor: DayWait | null;
}

/** Stores of a day in these states, those of `dueZones` that are not planned yet included; `afterCode` pages. */
export async function listDay(
  db: Database,
  options: {
    date: string;
    dueZones: readonly string[];
    states: readonly StoreDayState[];
    afterCode: string | null;
    limit: number;
  },
): Promise<DayStore[]> {
  const { date, states, afterCode, limit } = options;
  const dueZones = states.includes('pending') ? options.dueZones : [];
  const ofPage = (code: SQL) =>
    sql`${afterCode === null ? sql`` : sql`and ${code} > ${afterCode}`} order by ${code} limit ${limit}`;
  // Its jobs are looked up for the page alone.
  const result = await db.execute<Omit<DayStore, 'capturedAt'> & { capturedAt: Date | string | null }>(sql`
    with page as materialized (
      select * from store_days where snapshot_date = ${date} and state = any(${sql.param([...states])}::text[])
      ${ofPage(sql`store_code`)}
    )
    select * from (
      select d.store_code as "storeCode", d.state, d.reason, d.captured_at as "capturedAt", ${waitsFor} as "waitsFor"
      from ${withStoreAndJob(sql`page`)}
      union all
      (select s.store_code, 'pending', null, null, ${unplannedWaitsFor} from ${unplannedStores(date, dueZones)}
        ${ofPage(sql`s.store_code`)})
    ) as day
    order by "storeCode" limit ${limit}`);
  return result.rows.map((row) => ({ ...row, capturedAt: row.capturedAt === null ? null : new Date(row.capturedAt) }));
}

export type StoreDay = Pick<
  typeof storeDays.$inferSelect,
  'snapshotDate' | 'state' | 'reason' | 'jobId' | 'retryAfter' | 'capturedAt'
>;

/** A store's days since `from`, oldest first: at most one for each day since then. */
export function listDaysOfStore(db: Database, storeCode: string, from: string): Promise<StoreDay[]> {
  return db
    .select({
      snapshotDate: storeDays.snapshotDate,
      state: storeDays.state,
      reason: storeDays.reason,
      jobId: storeDays.jobId,
      retryAfter: storeDays.retryAfter,
      capturedAt: storeDays.capturedAt,
    })
    .from(storeDays)
    .where(and(eq(storeDays.storeCode, storeCode), gte(storeDays.snapshotDate, from)))
    .orderBy(asc(storeDays.snapshotDate));
}

/** What the unread days of these stores wait for, where they have one: yesterday's or later, the latest of each. */
export async function listOpenDays(
  db: Database,
  storeCodes: readonly string[],
): Promise<{ storeCode: string; reason: string | null; waitsFor: DayWait | null; retryAfter: Date | null }[]> {
  const result = await db.execute<{
    storeCode: string;
    reason: string | null;
    waitsFor: DayWait | null;
    retryAfter: Date | string | null;
  }>(sql`
    select distinct on (d.store_code) d.store_code as "storeCode", d.reason, ${waitsFor} as "waitsFor",
      d.retry_after as "retryAfter"
    from ${withStoreAndJob(sql`store_days`)}
    where d.store_code = any(${sql.param([...storeCodes])}::text[]) and d.snapshot_date >= current_date - 1
      and d.state in ('pending', 'running')
    order by d.store_code, d.snapshot_date desc`);
  return result.rows.map((row) => ({ ...row, retryAfter: row.retryAfter === null ? null : new Date(row.retryAfter) }));
}

export interface DayCounts {
  states: ReadonlyMap<StoreDayState, number>;
  waiting: ReadonlyMap<DayWait, number>;
  /** When the last of those that wait for a time goes on. */
  lastStartAt: Date | null;
  /** Stores whose day has not begun, by time zone. */
  notDue: ReadonlyMap<string, number>;
  /** Of the pending ones, those that have no day in the ledger yet. */
  unplanned: number;
}

/** All that can be counted of a day, in one statement. `zones`: where it is due now, and where it is still to come. */
export async function countDay(
  db: Database,
  date: string,
  zones: { due: readonly string[]; notDue: readonly string[] },
): Promise<DayCounts> {
  const result = await db.execute<{ what: string; name: string; count: number; last: Date | string | null }>(sql`
    with unplanned as materialized (
      select ${unplannedWaitsFor} as waits, count(*)::int as count from ${unplannedStores(date, zones.due)} group by 1
    )
    select 'state' as what, state as name, count(*)::int as count, null::timestamptz as last
    from store_days where snapshot_date = ${date} group by state
    union all
    select 'waiting', ${waitsFor}, count(*)::int, max(greatest(d.retry_after, case when j.state = 'retry' then j.start_after end))
    from ${withStoreAndJob(sql`store_days`)} where d.snapshot_date = ${date} and d.state in ('pending', 'running') group by 2
    union all
    select kind, 'pending', count, null from unplanned, unnest('{state, unplanned}'::text[]) as kind
    union all
    select 'waiting', waits, count, null from unplanned
    union all
    select 'not due', s.timezone, count(*)::int, null from stores s
    where s.status = 'CONNECTED' and not s.paused and s.timezone = any(${sql.param([...zones.notDue])}::text[])
      and not exists (select from store_days d where d.store_code = s.store_code and d.snapshot_date = ${date})
    group by s.timezone`);
  const of = (what: string) => {
    const counts = new Map<string, number>();
    for (const row of result.rows) if (row.what === what) counts.set(row.name, (counts.get(row.name) ?? 0) + row.count);
    return counts;
  };
  const times = result.rows.flatMap(({ last }) => (last === null ? [] : [new Date(last).getTime()]));
  return {
    states: of('state') as ReadonlyMap<StoreDayState, number>,
    waiting: of('waiting') as ReadonlyMap<DayWait, number>,
    lastStartAt: times.length === 0 ? null : new Date(Math.max(...times)),
    notDue: of('not due'),
    unplanned: of('unplanned').get('pending') ?? 0,
  };
}

/** How many days a store has missed after `since`, its last good one; null: all there are. */
export async function countMissed(db: Database, storeCode: string, since: string | null): Promise<number> {
  return db.$count(
    storeDays,
    and(
      eq(storeDays.storeCode, storeCode),
      eq(storeDays.state, 'missed'),
      since === null ? undefined : gt(storeDays.snapshotDate, since),
    ),
  );
}

/** Days in the ledger since before `since`, and still unread. */
export async function countOverdue(db: Database, date: string, since: Date): Promise<number> {
  return db.$count(
    storeDays,
    and(
      eq(storeDays.snapshotDate, date),
      inArray(storeDays.state, ['pending', 'running']),
      lt(storeDays.createdAt, since),
    ),
  );
}
