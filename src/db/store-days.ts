import { and, eq, inArray, sql } from 'drizzle-orm';
import type { Database } from './client.ts';
import { storeDays } from './schema.ts';

export type StoreDayState = typeof storeDays.$inferSelect.state;

/** A time zone and a calendar day in it. */
export interface ZoneDay {
  timezone: string;
  day: string;
}

const zoneTable = (zones: readonly ZoneDay[]) => sql`
  unnest(${sql.param(zones.map((z) => z.timezone))}::text[], ${sql.param(zones.map((z) => z.day))}::date[])
    as zone(timezone, day)`;

/**
 * Opens the due day of up to `limit` stores that have none yet; days that went by unnoticed since the store's last
 * row are written down as missed. One statement; two planners at once insert each row once.
 */
export async function insertDueDays(
  db: Database,
  dueDays: readonly ZoneDay[],
  limit: number,
): Promise<{ opened: number; missed: number }> {
  const result = await db.execute<{ opened: number; missed: number }>(sql`
    with due as (
      select s.store_code, s.status, zone.day
      from stores s join ${zoneTable(dueDays)} using (timezone)
      where s.status in ('CONNECTED', 'NEED_RECONNECT') and not s.paused
        and not exists (
          select from store_days d where d.store_code = s.store_code and d.snapshot_date >= zone.day)
      limit ${limit}
    ), inserted as (
      insert into store_days (store_code, snapshot_date, state, reason)
      select due.store_code, due.day - gap.days,
        case when gap.days = 0 then 'pending' else 'missed' end,
        case when due.status = 'NEED_RECONNECT' then 'NEED_RECONNECT' when gap.days > 0 then 'NOT_PLANNED' end
      from due cross join lateral generate_series(0, coalesce(
        due.day - 1 - (select max(d.snapshot_date) from store_days d where d.store_code = due.store_code), 0)) as gap(days)
      on conflict do nothing
      returning state
    )
    select count(*) filter (where state = 'pending')::int as opened,
      count(*) filter (where state = 'missed')::int as missed
    from inserted`);
  return result.rows[0] ?? { opened: 0, missed: 0 };
}

/** Locks and lists due days that want a job; days another planner holds are skipped. */
export async function claimDaysToEnqueue(
  tx: Database,
  options: { dueDays: readonly ZoneDay[]; now: Date; limit: number },
): Promise<{ storeCode: string; snapshotDate: string; triedBefore: boolean }[]> {
  const result = await tx.execute<{ store_code: string; snapshot_date: string; tried: boolean }>(sql`
    select d.store_code, d.snapshot_date::text as snapshot_date, d.job_id is not null as tried
    from store_days d
      join stores s on s.store_code = d.store_code and s.status = 'CONNECTED' and not s.paused
      join ${zoneTable(options.dueDays)} on zone.timezone = s.timezone and zone.day = d.snapshot_date
    where d.state in ('pending', 'running', 'partial')
      and (d.job_id is null or d.retry_after is not null)
      and (d.retry_after is null or d.retry_after <= ${options.now})
    order by d.snapshot_date, d.store_code
    limit ${options.limit}
    for update of d skip locked`);
  return result.rows.map((row) => ({
    storeCode: row.store_code,
    snapshotDate: row.snapshot_date,
    triedBefore: row.tried,
  }));
}

/** Ties each day to the job that will read it. */
export async function setJobsOfDays(
  tx: Database,
  jobs: readonly { storeCode: string; snapshotDate: string; jobId: string }[],
): Promise<void> {
  await tx.execute(sql`
    update store_days d set job_id = job.id, retry_after = null, updated_at = now()
    from unnest(
      ${sql.param(jobs.map((j) => j.storeCode))}::text[],
      ${sql.param(jobs.map((j) => j.snapshotDate))}::date[],
      ${sql.param(jobs.map((j) => j.jobId))}::uuid[]) as job(store_code, snapshot_date, id)
    where d.store_code = job.store_code and d.snapshot_date = job.snapshot_date`);
}

/** Makes sure a store's day stands in the ledger, tied to this job. A day already read keeps its state. */
export async function upsertDayWithJob(
  tx: Database,
  day: { storeCode: string; snapshotDate: string; jobId: string },
): Promise<void> {
  await tx
    .insert(storeDays)
    .values(day)
    .onConflictDoUpdate({
      target: [storeDays.storeCode, storeDays.snapshotDate],
      set: {
        jobId: day.jobId,
        retryAfter: null,
        state: sql`case when ${storeDays.state} = 'missed' then 'pending' else ${storeDays.state} end`,
        updatedAt: sql`now()`,
      },
    });
}

/**
 * Closes days that are over and were not read: they are missed, with the reason on record. A day whose job is
 * running right now is left to that run. Returns the jobs that have lost their purpose.
 */
export async function closePastDays(
  db: Database,
  today: readonly ZoneDay[],
): Promise<{ closed: number; jobIds: string[] }> {
  const result = await db.execute<{ job_id: string | null }>(sql`
    update store_days d
    set state = 'missed', retry_after = null, updated_at = now(),
      reason = case when s.status = 'NEED_RECONNECT' then 'NEED_RECONNECT' else coalesce(d.reason, 'NOT_READ_IN_TIME') end
    from stores s join ${zoneTable(today)} using (timezone)
    where s.store_code = d.store_code and d.snapshot_date < zone.day and d.state in ('pending', 'running')
      and not exists (
        select from pgboss.job j where j.name = 'sync-store' and j.id = d.job_id and j.state = 'active')
    returning d.job_id`);
  return {
    closed: result.rows.length,
    jobIds: result.rows.flatMap((row) => (row.job_id === null ? [] : [row.job_id])),
  };
}

/** One day, closed as missed with its reason, unless it was read. */
export async function closeDayAsMissed(
  db: Database,
  day: { storeCode: string; snapshotDate: string; reason: string },
): Promise<void> {
  await db
    .update(storeDays)
    .set({ state: 'missed', reason: day.reason, retryAfter: null, updatedAt: sql`now()` })
    .where(
      and(
        eq(storeDays.storeCode, day.storeCode),
        eq(storeDays.snapshotDate, day.snapshotDate),
        inArray(storeDays.state, ['pending', 'running']),
      ),
    );
}

export interface DayAfterRun {
  storeCode: string;
  snapshotDate: string;
  state: 'complete' | 'partial' | 'late' | 'pending';
  reason: string | null;
  retryAfter: Date | null;
  capturedAt: Date | null;
}

/**
 * The query that writes what a run brought: run it alone, or within another. A day once complete stays complete, whatever a later run of the same day saw;
 * `capturedAt` null means that nothing was read, and the day keeps what it had.
 */
export function dayAfterRun(tx: Database, day: DayAfterRun) {
  const better = sql`case
    when ${storeDays.state} = 'complete' then 'complete'
    when ${day.state} = 'pending' and ${storeDays.capturedAt} is not null then 'partial'
    else ${day.state} end`;
  return tx
    .update(storeDays)
    .set({
      state: better,
      reason: sql`case when ${storeDays.state} = 'complete' then null else ${day.reason} end`,
      retryAfter: sql`case when ${storeDays.state} = 'complete' then null else ${day.retryAfter?.toISOString() ?? null}::timestamptz end`,
      capturedAt: sql`coalesce(${day.capturedAt?.toISOString() ?? null}::timestamptz, ${storeDays.capturedAt})`,
      updatedAt: sql`now()`,
    })
    .where(and(eq(storeDays.storeCode, day.storeCode), eq(storeDays.snapshotDate, day.snapshotDate)));
}

/** Lets the planner try an unread day again later, if this job was its last one and left no word of its own. */
export async function setDayToRetry(
  db: Database,
  day: { storeCode: string; snapshotDate: string; jobId: string; retryAfter: Date },
): Promise<void> {
  await db
    .update(storeDays)
    .set({ state: 'pending', reason: 'WORKER_DIED', retryAfter: day.retryAfter, updatedAt: sql`now()` })
    .where(
      and(
        eq(storeDays.storeCode, day.storeCode),
        eq(storeDays.snapshotDate, day.snapshotDate),
        eq(storeDays.jobId, day.jobId),
        eq(storeDays.state, 'running'),
      ),
    );
}

/** Stores of a day in the ledger; `afterCode` pages. */
export async function listDay(
  db: Database,
  options: { date: string; states: readonly StoreDayState[] | null; afterCode: string | null; limit: number },
): Promise<{ storeCode: string; state: StoreDayState; reason: string | null; capturedAt: Date | null }[]> {
  return db
    .select({
      storeCode: storeDays.storeCode,
      state: storeDays.state,
      reason: storeDays.reason,
      capturedAt: storeDays.capturedAt,
    })
    .from(storeDays)
    .where(
      and(
        eq(storeDays.snapshotDate, options.date),
        options.states === null ? undefined : inArray(storeDays.state, [...options.states]),
        options.afterCode === null ? undefined : sql`${storeDays.storeCode} > ${options.afterCode}`,
      ),
    )
    .orderBy(storeDays.storeCode)
    .limit(options.limit);
}

export async function countDayByState(db: Database, date: string): Promise<{ state: StoreDayState; count: number }[]> {
  return db
    .select({ state: storeDays.state, count: sql<number>`count(*)::int` })
    .from(storeDays)
    .where(eq(storeDays.snapshotDate, date))
    .groupBy(storeDays.state);
}
