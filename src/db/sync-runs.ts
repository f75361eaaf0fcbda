import { eq, type SQL, sql } from 'drizzle-orm';
import type { KnownVideo } from '../domain/video-presence.ts';
import type { Database } from './client.ts';
import { preparedOn } from './prepared.ts';
import { stores, tiktokAccounts } from './schema.ts';
import type { Store } from './stores.ts';
import { isClaimed } from './sync-jobs.ts';
import type { NewLog } from './sync-logs.ts';
import type { TikTokAccount } from './tiktok-accounts.ts';
import { knownVideos } from './video-presence.ts';

// A run touches several tables at its begin and at its end: one statement each, for a round trip is paid per store.

/** What a run begins with. */
export interface BegunRun {
  /** False: somebody else holds the store, and nothing was done. */
  locked: boolean;
  /** False when the store is gone, or the job belongs to another delivery by now. */
  opened: boolean;
  store: Store | null;
  /** With its tokens. */
  account: TikTokAccount | null;
  /** Up to `mostVideos` that the store's list should have, longest unasked first. */
  videos: KnownVideo[];
}

/**
 * Tries to lock the store, looks it up with all that a run needs to know, and opens the run's log row; closes what earlier
 * deliveries left open, for the holder of the lock knows that nobody else can be running. A delivery of this job that died
 * before it opened a row gets one now. What another has committed in the moment of locking may not be seen yet: it is
 * found by the version of the pair and by the claim. Nobody waits for the disk: a crash of the server that forgets this
 * ends the run as well, and the next delivery mends it.
 */
export async function beginRun(db: Database, key: bigint, log: NewLog, mostVideos: number): Promise<BegunRun> {
  const [row] = await beginStatement(db).execute({
    ...log,
    key: String(key),
    startedAt: log.startedAt.toISOString(),
    mostVideos,
  });
  if (!row) throw new Error('a run did not begin');
  return row;
}

const given = {
  id: sql`${sql.placeholder('id')}::uuid`,
  storeCode: sql`${sql.placeholder('storeCode')}::text`,
  day: sql`${sql.placeholder('snapshotDate')}::date`,
  jobId: sql`${sql.placeholder('jobId')}::uuid`,
  delivery: sql`${sql.placeholder('delivery')}::int`,
  attempt: sql`${sql.placeholder('attempt')}::int`,
  trigger: sql`${sql.placeholder('trigger')}::text`,
  jobName: sql`${sql.placeholder('jobName')}::text`,
  startedAt: sql`${sql.placeholder('startedAt')}::timestamptz`,
};

/** Steps of the one statement. */
const steps: [name: string, statement: SQL][] = [
  ['lock', sql`select pg_try_advisory_lock(${sql.placeholder('key')}::bigint) as ok`],
  // Before the day, as whoever changes a connection does.
  ['held', sql`select 1 from stores where store_code = ${given.storeCode} and (select ok from lock) for key share`],
  [
    'claim',
    sql`
      select set_config('synchronous_commit', 'off', true)
      where exists (select from held) and ${isClaimed(given.jobId, given.delivery)}`,
  ],
  [
    'abandoned',
    sql`
      update sync_logs set status = 'FAILED', error_code = 'WORKER_DIED', finished_at = ${given.startedAt}
      where store_code = ${given.storeCode} and status = 'RUNNING' and id <> ${given.id} and exists (select from claim)`,
  ],
  [
    'silent',
    sql`
      insert into sync_logs (id, store_code, snapshot_date, job_name, job_id, delivery, attempt, trigger, status, error_code,
        started_at, finished_at)
      select gen_random_uuid(), ${given.storeCode}, ${given.day}, ${given.jobName}, ${given.jobId}, past.delivery,
        greatest(1, ${given.attempt} - (${given.delivery} - past.delivery)), ${given.trigger}, 'FAILED', 'WORKER_DIED',
        ${given.startedAt} - (${given.delivery} - past.delivery) * interval '1 ms', ${given.startedAt}
      from claim, generate_series(0, ${given.delivery} - 1) as past(delivery)
      where not exists (
        select from sync_logs l where l.job_id = ${given.jobId} and l.delivery = past.delivery)`,
  ],
  [
    // Only of a store that can be read. Whether the day is over is for the caller to say, who then closes it. Concatenated,
    // so that it is found by its key: in the morning the index of open days holds the whole fleet.
    'day',
    sql`
      update store_days d set state = 'running', reason = null, updated_at = now()
      from stores s join tiktok_accounts a using (store_code)
      where d.store_code = ${given.storeCode} and d.snapshot_date = ${given.day} and d.state || '' = 'pending'
        and s.store_code = d.store_code and s.status || '' = 'CONNECTED' and exists (select from claim)`,
  ],
  [
    // It may be there: an answer that got lost with its connection is asked for again.
    'opened',
    sql`
      insert into sync_logs (id, store_code, snapshot_date, job_name, job_id, delivery, attempt, trigger, status, started_at)
      select ${given.id}, ${given.storeCode}, ${given.day}, ${given.jobName}, ${given.jobId},
        ${given.delivery}, ${given.attempt}, ${given.trigger}, 'RUNNING', ${given.startedAt}
      from claim
      on conflict (store_code, id) do update set status = 'RUNNING' returning 1`,
  ],
];

const beginStatement = preparedOn((db) =>
  db
    .with(...steps.map(([name, statement]) => db.$with(name, {}).as(statement)))
    .select({
      locked: sql<boolean>`lock.ok`,
      opened: sql<boolean>`exists (select from opened)`,
      store: stores,
      account: tiktokAccounts,
      videos: knownVideos(sql.placeholder('mostVideos')),
    })
    .from(sql`lock`)
    .leftJoin(stores, eq(stores.storeCode, given.storeCode))
    .leftJoin(tiktokAccounts, eq(tiktokAccounts.storeCode, stores.storeCode))
    .prepare(''),
);

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
