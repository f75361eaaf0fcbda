import { and, eq, inArray, isNotNull, isNull, type SQL, sql } from 'drizzle-orm';
import type { Database } from './client.ts';
import { storeDays } from './schema.ts';

export type StoreDayState = typeof storeDays.$inferSelect.state;

/** A time zone and a calendar day in it. */
export interface ZoneDay {
  timezone: string;
  day: string;
}

export const zoneTable = (zones: readonly ZoneDay[]) => sql`
  unnest(${sql.param(zones.map((z) => z.timezone))}::text[], ${sql.param(zones.map((z) => z.day))}::date[])
    as zone(timezone, day)`;

/** Whether a store `s` stands in the ledger up to before `day` only: the planner opens its day once that is due. */
export const lacksDay = (day: SQL) =>
  sql`not exists (select from store_days d where d.store_code = s.store_code and d.snapshot_date >= ${day})`;

/** A day that a zone never had: its clock jumped over it. */
const skippedTable = (skipped: readonly ZoneDay[]) => sql`
  unnest(${sql.param(skipped.map((z) => z.timezone))}::text[], ${sql.param(skipped.map((z) => z.day))}::date[])
    as skipped(timezone, day)`;

/**
 * Opens the last day of up to `limit` stores that have none yet; days that went by unnoticed since the store's last
 * row are written down as missed, but for those that the zone never had. `over`: the last day is one of those, and only
 * stores that had a day before are looked at. One statement; two planners at once insert each row once. A store that somebody is changing is left to the next tick: whoever holds a store may want its days.
 */
export async function insertDueDays(
  db: Database,
  options: { lastDays: readonly ZoneDay[]; over: boolean; skipped: readonly ZoneDay[]; limit: number },
): Promise<{ opened: number; missed: number }> {
  const { lastDays, over, skipped, limit } = options;
  const result = await db.execute<{ opened: number; missed: number }>(sql`
    with due as (
      select s.store_code, s.status, s.timezone, zone.day
      from stores s join ${zoneTable(lastDays)} using (timezone)
      where s.status in ('CONNECTED', 'NEED_RECONNECT') and not s.paused
        and (not ${over}::boolean or exists (select from store_days d where d.store_code = s.store_code))
        and ${lacksDay(sql`zone.day`)}
      order by s.store_code
      limit ${limit}
      for no key update of s skip locked
    ), inserted as (
      insert into store_days (store_code, snapshot_date, state, reason)
      select due.store_code, due.day - gap.days,
        case when gap.days = 0 and not ${over}::boolean then 'pending' else 'missed' end,
        case when due.status = 'NEED_RECONNECT' then 'NEED_RECONNECT'
          when gap.days > 0 or ${over}::boolean then 'NOT_PLANNED' end
      from due cross join lateral generate_series(0, coalesce(
        due.day - 1 - (select max(d.snapshot_date) from store_days d where d.store_code = due.store_code), 0)) as gap(days)
      where not exists (
        select from ${skippedTable(skipped)} where skipped.timezone = due.timezone and skipped.day = due.day - gap.days)
      on conflict do nothing
      returning state
    )
    select count(*) filter (where state = 'pending')::int as opened,
      count(*) filter (where state = 'missed')::int as missed
    from inserted`);
  return result.rows[0] ?? { opened: 0, missed: 0 };
}

/**
 * Reopens today's days that were closed as missed while the clock was wrong, or the store lived in another time zone:
 * they can still be read. Returns how many.
 */
export async function reopenDays(db: Database, dueDays: readonly ZoneDay[]): Promise<number> {
  const result = await db.execute(sql`
    update store_days d set state = 'pending', reason = null, job_id = null, retry_after = null, updated_at = now()
    from stores s join ${zoneTable(dueDays)} using (timezone)
    where s.store_code = d.store_code and d.snapshot_date = zone.day and d.state = 'missed'
      and s.status = 'CONNECTED' and not s.paused`);
  return result.rowCount ?? 0;
}

/**
 * Writes down the days between a store's last one and \`day\` as missed: for whoever gives a store its present day past the
 * planner, which would then find no gap any more.
 */
export async function insertMissedDays(
  tx: Database,
  gap: { storeCode: string; day: string; reason: string; skipped: readonly string[] },
): Promise<void> {
  await tx.execute(sql`
    insert into store_days (store_code, snapshot_date, state, reason)
    select ${gap.storeCode}, missed.day::date, 'missed', ${gap.reason}
    from generate_series(
      (select max(snapshot_date) + 1 from store_days where store_code = ${gap.storeCode}),
      ${gap.day}::date - 1, interval '1 day') as missed(day)
    where missed.day::date <> all(${sql.param([...gap.skipped])}::date[])
    on conflict do nothing`);
}

/** Locks and lists due days that want a job, each store first, as whoever gives it a job does; what is held is skipped. */
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
    for no key update of s skip locked
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

/** Says of a day that nobody tried to read that its job was cancelled; what a run wrote about it says more, and stays. */
export async function markDayCancelled(tx: Database, jobId: string): Promise<void> {
  await tx
    .update(storeDays)
    .set({ reason: 'JOB_CANCELLED', updatedAt: sql`now()` })
    .where(and(eq(storeDays.jobId, jobId), eq(storeDays.state, 'pending'), isNull(storeDays.reason)));
}

/** When the planner gives this day another job; null: it does not, or there is no such day. */
export async function findRetryOfDay(
  db: Database,
  day: { storeCode: string; snapshotDate: string },
): Promise<Date | null> {
  const rows = await db
    .select({ retryAfter: storeDays.retryAfter })
    .from(storeDays)
    .where(and(eq(storeDays.storeCode, day.storeCode), eq(storeDays.snapshotDate, day.snapshotDate)));
  return rows[0]?.retryAfter ?? null;
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
        reason: sql`case when ${storeDays.state} in ('pending', 'missed') then null else ${storeDays.reason} end`,
        updatedAt: sql`now()`,
      },
    });
}

/**
 * Closes up to `limit` days that are over and were not read: they are missed, with the reason on record. A day whose job
 * is running right now is left to that run, one that is being written to the next tick. Returns the jobs that have lost
 * their purpose.
 */
export async function closePastDays(
  tx: Database,
  today: readonly ZoneDay[],
  limit: number,
): Promise<{ closed: number; jobIds: string[] }> {
  const result = await tx.execute<{ job_id: string | null }>(sql`
    with past as (
      select d.store_code, d.snapshot_date, s.status, s.paused
      from store_days d join stores s using (store_code) join ${zoneTable(today)} using (timezone)
      where d.snapshot_date < zone.day and d.state in ('pending', 'running')
        and not exists (
          select from pgboss.job j where j.name = 'sync-store' and j.id = d.job_id and j.state = 'active')
      order by d.store_code, d.snapshot_date
      limit ${limit}
      for update of d skip locked
    )
    update store_days d
    set state = 'missed', retry_after = null, updated_at = now(),
      reason = case when past.paused then 'PAUSED' when past.status = 'NEED_RECONNECT' then 'NEED_RECONNECT'
        else coalesce(d.reason, 'NOT_READ_IN_TIME') end
    from past where d.store_code = past.store_code and d.snapshot_date = past.snapshot_date
    returning d.job_id`);
  return {
    closed: result.rows.length,
    jobIds: result.rows.flatMap((row) => (row.job_id === null ? [] : [row.job_id])),
  };
}

/** The planner may give today's day a job again, and takes a later day's job from it: that one is not due yet. */
export async function freeDaysOfStore(tx: Database, store: { storeCode: string; fromDay: string }): Promise<void> {
  await tx
    .update(storeDays)
    .set({ jobId: null, updatedAt: sql`now()` })
    .where(
      and(
        eq(storeDays.storeCode, store.storeCode),
        sql`${storeDays.snapshotDate} >= ${store.fromDay}`,
        inArray(storeDays.state, ['pending', 'running', 'partial']),
      ),
    );
}

/** Whether anything of the day was read yet. */
export async function isDayRead(db: Database, day: { storeCode: string; snapshotDate: string }): Promise<boolean> {
  const read = and(
    eq(storeDays.storeCode, day.storeCode),
    eq(storeDays.snapshotDate, day.snapshotDate),
    isNotNull(storeDays.capturedAt),
  );
  return (await db.$count(storeDays, read)) > 0;
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

export interface UnreadDay {
  storeCode: string;
  snapshotDate: string;
  reason: string | null;
  retryAfter: Date | null;
}

/** `capturedAt` null: nothing was read, and the day keeps what it had. */
export interface DayAfterRun extends UnreadDay {
  state: 'complete' | 'partial' | 'late' | 'pending';
  capturedAt: Date | null;
}

/** Of a run that read nothing: the day keeps what it had. */
export async function releaseDay(tx: Database, day: UnreadDay): Promise<void> {
  await tx.execute(sql`
    update store_days d set state = ${betterState(sql`'pending'`)},
      reason = case when d.state = 'complete' then null else ${day.reason} end,
      retry_after = case when d.state = 'complete' then null else ${day.retryAfter?.toISOString() ?? null}::timestamptz end,
      updated_at = now()
    where store_code = ${day.storeCode} and snapshot_date = ${day.snapshotDate}::date`);
}

/** Of the row `d`, after a run that came to `state`: what is complete stays so, and what was read is not forgotten. */
export const betterState = (state: SQL): SQL => sql`case
  when d.state = 'complete' then 'complete'
  when ${state} = 'pending' and d.captured_at is not null then 'partial'
  else ${state} end`;

/**
 * Days not fully read whose job has ended without a word about them, because its worker died: the planner may try them
 * again from the time given for their zone on, or need not when the job was cancelled. Returns how many there were.
 */
export async function releaseOrphanedDays(
  db: Database,
  zones: readonly { timezone: string; retryAfter: Date }[],
): Promise<number> {
  const result = await db.execute(sql`
    update store_days d set state = case when d.state = 'partial' then 'partial' else 'pending' end, updated_at = now(),
      reason = case when j.state = 'cancelled' then 'JOB_CANCELLED' else 'WORKER_DIED' end,
      retry_after = case when j.state = 'cancelled' then null else zone.retry_after end
    from pgboss.job j, stores s, unnest(
      ${sql.param(zones.map((zone) => zone.timezone))}::text[],
      ${sql.param(zones.map((zone) => zone.retryAfter.toISOString()))}::timestamptz[]) as zone(timezone, retry_after)
    where s.store_code = d.store_code and zone.timezone = s.timezone and d.state in ('pending', 'running', 'partial') and d.snapshot_date > current_date - 3 and d.retry_after is null
      and j.name = 'sync-store' and j.id = d.job_id
      and (j.state = 'failed' and d.reason is distinct from 'NEED_RECONNECT'
        or j.state = 'cancelled' and d.state = 'running')`);
  return result.rowCount ?? 0;
}
