import { type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import type { SyncTrigger } from '../domain/job-state.ts';
import type { Database } from './client.ts';
import { instant } from './fragments.ts';

// Reads pg-boss's own table: its cached statistics lag by up to a minute, one statement on the live states does not.

/** jobs/ lends this tag to pg-boss's Drizzle adapter, so that its statements can join a transaction of ours. */
export { sql as bossSqlTag };

export interface SyncJobRow {
  id: string;
  storeCode: string;
  snapshotDate: string;
  trigger: SyncTrigger;
  /** pg-boss's state, not ours. */
  bossState: 'created' | 'retry' | 'active' | 'completed' | 'cancelled' | 'failed';
  retryCount: number;
  retryLimit: number;
  /** Waits that cost no attempt, so far. */
  deferrals: number;
  /** The delivery that ended in such a wait, if the job is in one. */
  deferredDelivery: number | null;
  startAfter: Date;
  /** `startAfter` is still to come, by the database's clock, which set it. */
  waits: boolean;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
  /** What pg-boss recorded when a delivery ended without us: a crash, an expiry. */
  failure: string | null;
}

export interface RawJob extends Record<string, unknown> {
  id: string;
  store_code: string;
  snapshot_date: string;
  trigger: SyncTrigger;
  state: SyncJobRow['bossState'];
  retry_count: number;
  retry_limit: number;
  deferrals: number;
  deferred_delivery: number | null;
  start_after: Date | string;
  waits: boolean;
  created_on: Date | string;
  started_on: Date | string | null;
  completed_on: Date | string | null;
  failure: string | null;
}

export const toSyncJobRow = (raw: RawJob): SyncJobRow => ({
  id: raw.id,
  storeCode: raw.store_code,
  snapshotDate: raw.snapshot_date,
  trigger: raw.trigger,
  bossState: raw.state,
  retryCount: raw.retry_count,
  retryLimit: raw.retry_limit,
  deferrals: raw.deferrals,
  deferredDelivery: raw.deferred_delivery,
  startAfter: new Date(raw.start_after),
  waits: raw.waits,
  createdAt: new Date(raw.created_on),
  startedAt: raw.started_on === null ? null : new Date(raw.started_on),
  finishedAt: raw.completed_on === null ? null : new Date(raw.completed_on),
  failure: raw.failure,
});

/**
 * `where` may go on with an order and a limit. Whether a job waits is seen from this statement: a transaction may be older
 * than the job, for instance when it waited for the store's row.
 */
export const selectJobs = (where: SQL) => sql`
  select id, data->>'store_code' as store_code, data->>'snapshot_date' as snapshot_date, data->>'trigger' as trigger,
    state::text as state, retry_count, retry_limit, coalesce((data->>'deferrals')::int, 0) as deferrals,
    (data->>'deferred_delivery')::int as deferred_delivery, start_after, start_after > statement_timestamp() as waits, created_on, started_on, completed_on,
    output->>'code' as failure
  from pgboss.job
  where name = 'sync-store' and ${where}`;

export async function findSyncJob(db: Database, id: string): Promise<SyncJobRow | undefined> {
  const result = await db.execute<RawJob>(selectJobs(sql`id = ${id}::uuid`));
  return result.rows.map(toSyncJobRow)[0];
}

/** The jobs of these stores that wait or run: at most one each, found by pg-boss's own index for the policy. */
export async function listLiveSyncJobs(db: Database, storeCodes: readonly string[]): Promise<SyncJobRow[]> {
  const result = await db.execute<RawJob>(
    selectJobs(sql`
      coalesce(singleton_key, '') = any(${sql.param([...storeCodes])}::text[])
      and state <= 'active' and policy = 'exclusive'`),
  );
  return result.rows.map(toSyncJobRow);
}

/** Whether a job of this store waits or runs, for a statement of others. */
export const hasLiveJob = (storeCode: SQLWrapper) => sql<boolean>`exists (
  select from pgboss.job
  where name = 'sync-store' and coalesce(singleton_key, '') = ${storeCode} and state <= 'active' and policy = 'exclusive')`;

/** Up to `limit` jobs that still wait though their day is over in their store's zone: all they could do is stand in the way. */
export async function listOverdueJobs(
  db: Database,
  today: readonly { timezone: string; day: string }[],
  limit: number,
): Promise<string[]> {
  const result = await db.execute<{ id: string }>(sql`
    select j.id from pgboss.job j
      join stores s on s.store_code = j.singleton_key
      join unnest(${sql.param(today.map((zone) => zone.timezone))}::text[], ${sql.param(today.map((zone) => zone.day))}::text[])
        as zone(timezone, day) using (timezone)
    where j.name = 'sync-store' and j.state < 'active' and j.data->>'snapshot_date' < zone.day
    limit ${limit}`);
  return result.rows.map(({ id }) => id);
}

/**
 * How many jobs a free worker would take before this waiting one, `most` at most: by priority, then by age, in the order
 * of pg-boss's own index. Jobs that were inserted at once stand in it as they were written.
 */
export async function countJobsBefore(db: Database, id: string, most: number): Promise<number> {
  const result = await db.execute<{ count: number }>(sql`
    with own as (select priority, created_on, start_after, ctid as at from pgboss.job where name = 'sync-store' and id = ${id}::uuid)
    select count(*)::int as count from (
      select from pgboss.job j, own
      where j.name = 'sync-store' and j.state < 'active' and not j.blocked and j.start_after <= now()
        and j.priority >= own.priority
        and (j.priority > own.priority or (j.created_on, j.start_after, j.ctid) < (own.created_on, own.start_after, own.at))
      limit ${most}) as before`);
  return result.rows[0]?.count ?? 0;
}

export interface Delivery {
  id: string;
  retryCount: number;
}

/**
 * Whether this delivery is still the active one of its job: a worker that lost it must not write. As text a state is looked
 * for in no index: a plan made while there were few jobs would go through all active ones.
 */
export const isClaimed = (id: SQL, retryCount: SQL): SQL => sql`exists (
  select from pgboss.job
  where name = 'sync-store' and id = ${id} and state::text = 'active' and retry_count = ${retryCount})`;

/**
 * What pg-boss's complete() does to one job, fenced by its delivery as that is, to be part of another statement: ends in a
 * condition that may be added to.
 */
export const completeClaim = (id: SQL, retryCount: SQL): SQL => sql`
  update pgboss.job set state = 'completed', completed_on = pgboss.job_now(), output = null
  where name = 'sync-store' and id = ${id} and state::text = 'active' and retry_count = ${retryCount}`;

const setRetryLimit = async (tx: Database, job: Delivery, limit: SQL) => {
  await tx.execute(sql`
    update pgboss.job set retry_limit = ${limit}
    where name = 'sync-store' and id = ${job.id}::uuid and state = 'active' and retry_count = ${job.retryCount}`);
};

/** Spends the remaining retries of a running job, so that pg-boss's fail() is final: it has no call for that. */
export const forbidRetry = (tx: Database, job: Delivery): Promise<void> => setRetryLimit(tx, job, sql`retry_count`);

/** Makes sure that pg-boss's fail() brings the job back: whether it may is decided by domain/retry, not by a count. */
export const allowRetry = (tx: Database, job: Delivery): Promise<void> =>
  setRetryLimit(tx, job, sql`greatest(retry_limit, retry_count + 1)`);

/** Pays for a wait that shall cost no attempt: pg-boss knows no snooze, only one retry fewer. */
export const allowOneMoreRetry = (tx: Database, job: Delivery): Promise<void> =>
  setRetryLimit(tx, job, sql`retry_limit + 1`);

export interface QueueDepth {
  queued: number;
  deferred: number;
  active: number;
  retrying: number;
  failed: number;
  completedToday: number;
  oldestQueuedSeconds: number | null;
}

/** Counts by state. Failed and completed are counted since `since`. */
export async function countQueue(db: Database, options: { now: Date; since: Date }): Promise<QueueDepth> {
  const now = instant(options.now);
  const since = instant(options.since);
  const result = await db.execute<Record<keyof QueueDepth, number>>(sql`
    with live as (
      select state, start_after, start_after > ${now} as waits,
        state = 'retry' and (data->>'deferred_delivery')::int = retry_count as deferred
      from pgboss.job where name = 'sync-store' and state < 'completed'
    ), done as (
      select state, completed_on from pgboss.job
      where name = 'sync-store' and state in ('completed', 'failed') and completed_on >= ${since}
    )
    select
      (select count(*)::int from live where state = 'created' and not waits) as queued,
      (select count(*)::int from live where deferred or (state = 'created' and waits)) as deferred,
      (select count(*)::int from live where state = 'active') as active,
      (select count(*)::int from live where state = 'retry' and not coalesce(deferred, false)) as retrying,
      (select count(*)::int from done where state = 'failed') as failed,
      (select count(*)::int from done where state = 'completed') as "completedToday",
      (select extract(epoch from ${now} - min(start_after))::int from live where state < 'active' and not waits)
        as "oldestQueuedSeconds"`);
  const row = result.rows[0];
  if (!row) throw new Error('a count returned no row');
  return row;
}
