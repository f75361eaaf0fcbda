import { eq, sql } from 'drizzle-orm';
import type { Database } from './client.ts';
import { eventTables, toldOfDay } from './events.ts';
import { instant } from './fragments.ts';
import { eventDeliveries, events, storeDays, stores, syncLogs, tiktokAccounts, userDaily } from './schema.ts';
import { type NewUserDaily, upsertUserDaily } from './snapshots.ts';
import { type DayAfterRun, dayAfterRun } from './store-days.ts';
import { isClaimed } from './sync-jobs.ts';
import type { ClosedLog, NewLog } from './sync-logs.ts';
import { type Profile, profileColumns } from './tiktok-accounts.ts';

// A run touches several tables at its begin and at its end: one statement each, for a round trip is paid per store.

/**
 * Opens a run's log row, and closes what earlier deliveries left open: the holder of the store's lock knows that nobody
 * else can be running. A delivery of this job that died before it opened a row gets one now. `reads` false: the run is
 * logged, but will not read its day. False, and nothing is written, when the job belongs to another delivery by now.
 * Nobody waits for the disk: a crash of the server that forgets this ends the run as well, and the next delivery mends it.
 */
export async function openRun(db: Database, log: NewLog, reads: boolean): Promise<boolean> {
  const startedAt = instant(log.startedAt);
  const result = await db.execute(sql`
    with claim as materialized (
      select set_config('synchronous_commit', 'off', true) where ${isClaimed({ id: log.jobId, retryCount: log.delivery })}
    ), abandoned as (
      update sync_logs set status = 'FAILED', error_code = 'WORKER_DIED', finished_at = ${startedAt}
      where store_code = ${log.storeCode} and status = 'RUNNING' and exists (select from claim)
    ), silent as (
      insert into sync_logs (id, store_code, snapshot_date, job_name, job_id, delivery, attempt, trigger, status, error_code,
        started_at, finished_at)
      select gen_random_uuid(), ${log.storeCode}, ${log.snapshotDate}::date, ${log.jobName}, ${log.jobId}::uuid, past.delivery,
        greatest(1, ${log.attempt}::int - (${log.delivery}::int - past.delivery)), ${log.trigger}, 'FAILED', 'WORKER_DIED',
        ${startedAt} - (${log.delivery}::int - past.delivery) * interval '1 ms', ${startedAt}
      from claim, generate_series(0, ${log.delivery}::int - 1) as past(delivery)
      where not exists (
        select from sync_logs l where l.job_id = ${log.jobId}::uuid and l.delivery = past.delivery)
    ), day as (
      update store_days set state = 'running', reason = null, updated_at = now()
      where ${reads}::boolean and store_code = ${log.storeCode} and snapshot_date = ${log.snapshotDate}::date
        and state = 'pending' and exists (select from claim)
    )
    insert into sync_logs (id, store_code, snapshot_date, job_name, job_id, delivery, attempt, trigger, status, started_at)
    select ${log.id}::uuid, ${log.storeCode}, ${log.snapshotDate}::date, ${log.jobName}, ${log.jobId}::uuid,
      ${log.delivery}::int, ${log.attempt}::int, ${log.trigger}, 'RUNNING', ${startedAt}
    from claim`);
  return result.rowCount === 1;
}

/** How many deliveries of a job ended without a word, since it was last set aside for that. */
export async function countDeaths(db: Database, jobId: string): Promise<number> {
  const result = await db.execute<{ deaths: number }>(sql`
    select count(*)::int as deaths from sync_logs
    where job_id = ${jobId}::uuid and error_code = 'WORKER_DIED' and delivery > coalesce(
      (select max(delivery) from sync_logs where job_id = ${jobId}::uuid and error_code = 'KILLED_WORKER'), -1)`);
  return result.rows[0]?.deaths ?? 0;
}

/** How many jobs have tried to read a store's day so far, the present one included. */
export async function countJobsOfDay(db: Database, day: { storeCode: string; snapshotDate: string }): Promise<number> {
  const result = await db.execute<{ jobs: number }>(sql`
    select count(distinct job_id)::int as jobs from sync_logs
    where store_code = ${day.storeCode} and snapshot_date = ${day.snapshotDate}::date`);
  return result.rows[0]?.jobs ?? 0;
}

/**
 * The last word of a run whose job was cancelled, or given to another delivery: it closes its own log row if nobody has,
 * and takes back that it died if somebody thought so; it lets go of the day if nobody is going to read it. Returns which
 * of the two it was.
 */
export async function closeLostRun(
  db: Database,
  run: { jobId: string; delivery: number; finishedAt: Date },
): Promise<'JOB_CANCELLED' | 'CLAIM_LOST'> {
  const result = await db.execute<{ cancelled: boolean }>(sql`
    with job as (
      select exists (
        select from pgboss.job where name = 'sync-store' and id = ${run.jobId}::uuid and state = 'cancelled') as cancelled
    ), log as (
      update sync_logs set status = 'SKIPPED', finished_at = ${run.finishedAt.toISOString()}::timestamptz,
        error_code = case when job.cancelled then 'JOB_CANCELLED' else 'CLAIM_LOST' end
      from job where job_id = ${run.jobId}::uuid and delivery = ${run.delivery}
        and (status = 'RUNNING' or error_code = 'WORKER_DIED')
    ), day as (
      update store_days set state = 'pending', reason = 'JOB_CANCELLED', updated_at = now()
      from job where job.cancelled and job_id = ${run.jobId}::uuid and state = 'running'
    )
    select cancelled from job`);
  return result.rows[0]?.cancelled === true ? 'JOB_CANCELLED' : 'CLAIM_LOST';
}

/**
 * Closes a run: its log, its day and, if it read the account, the account's numbers, profile, store and the event
 * that tells of it. The store's last day never moves back, and a store that is no longer CONNECTED keeps its reason.
 */
export async function closeRun(
  tx: Database,
  run: {
    logId: string;
    log: ClosedLog;
    day: DayAfterRun;
    read: {
      account: NewUserDaily & Profile;
      statusReason: string | null;
      at: Date;
      /** Undefined when the list tells nothing of it. */
      oldestListedAt: Date | null | undefined;
    } | null;
  },
): Promise<void> {
  const { day, read } = run;
  const days = tx.$with('days').as(
    dayAfterRun(tx, day).returning({
      storeCode: storeDays.storeCode,
      snapshotDate: storeDays.snapshotDate,
      state: storeDays.state,
      reason: storeDays.reason,
      capturedAt: storeDays.capturedAt,
    }),
  );
  if (read === null) {
    await tx.with(days).update(syncLogs).set(run.log).where(eq(syncLogs.id, run.logId));
    return;
  }
  const numbers = tx
    .$with('numbers')
    .as(upsertUserDaily(tx, read.account).returning({ storeCode: userDaily.storeCode }));
  const account = tx
    .$with('account')
    .as(
      tx
        .update(tiktokAccounts)
        .set(profileColumns(read.account))
        .where(eq(tiktokAccounts.storeCode, day.storeCode))
        .returning({ storeCode: tiktokAccounts.storeCode }),
    );
  const store = tx.$with('store').as(
    tx
      .update(stores)
      .set({
        lastSyncedAt: read.at,
        lastSnapshotDate: sql`greatest(${stores.lastSnapshotDate}, ${day.snapshotDate}::date)`,
        oldestListedAt: read.oldestListedAt,
        statusReason: sql`case when ${stores.status} = 'CONNECTED' then ${read.statusReason} else ${stores.statusReason} end`,
        updatedAt: sql`now()`,
      })
      .where(eq(stores.storeCode, day.storeCode))
      .returning({ storeCode: stores.storeCode }),
  );
  const told = eventTables('snapshot.completed', toldOfDay(sql`days`, read.at));
  const event = tx.$with('event', { id: events.id }).as(told.event);
  const delivery = tx.$with('delivery', { eventId: eventDeliveries.eventId }).as(told.delivery);
  await tx
    .with(days, numbers, account, store, event, delivery)
    .update(syncLogs)
    .set(run.log)
    .where(eq(syncLogs.id, run.logId));
}
