import { sql } from 'drizzle-orm';
import type { Database } from './client.ts';
import { instant } from './fragments.ts';

/** A run older than this that still runs is not looked for any more; workers end theirs long before. */
const longestRun = '30 minutes';

/**
 * Up to `limit` stores at which something happened since `since`: a run that began, went on or ended, a new status, a job
 * whose turn has come, by itself or by a person, or that has ended without a run.
 */
export async function listChangedStores(db: Database, options: { since: Date; limit: number }): Promise<string[]> {
  const since = instant(options.since);
  const result = await db.execute<{ store_code: string }>(sql`
    select store_code from sync_logs
      where started_at > ${since} - interval '${sql.raw(longestRun)}' and (finished_at is null or finished_at >= ${since})
    union select store_code from stores where updated_at >= ${since}
    union select singleton_key from pgboss.job
      where name = 'sync-store' and state in ('created', 'retry') and start_after >= ${since} and start_after <= now()
    union select singleton_key from pgboss.job where name = 'sync-store' and completed_on >= ${since}
    limit ${options.limit}`);
  return result.rows.map((row) => row.store_code);
}

export interface ThroughputBin {
  startsAt: Date;
  /** Runs that ended in it. */
  read: number;
  failed: number;
}

/** How many runs ended in each `minutes` since `since`; a bin without any is left out. */
export async function listThroughput(
  db: Database,
  options: { since: Date; minutes: number },
): Promise<ThroughputBin[]> {
  const result = await db.execute<{ starts_at: Date | string; read: number; failed: number }>(sql`
    select date_bin(make_interval(mins => ${options.minutes}), finished_at, 'epoch'::timestamptz) as starts_at,
      count(*) filter (where status in ('SUCCESS', 'PARTIAL'))::int as read,
      count(*) filter (where status in ('FAILED', 'NEED_RECONNECT'))::int as failed
    from sync_logs where started_at >= ${options.since.toISOString()}::timestamptz and finished_at is not null
    group by 1 order by 1`);
  return result.rows.map((row) => ({ startsAt: new Date(row.starts_at), read: row.read, failed: row.failed }));
}

export interface RequestCount {
  endpoint: string;
  count: number;
}

/**
 * About how many requests were made in the last minute, by endpoint: those of all runs that were at work in it, whole, and
 * so at most `limit`, which lets no more out.
 */
export async function countRequestsLately(db: Database, limit: number): Promise<RequestCount[]> {
  const result = await db.execute<{ users: number; pages: number }>(sql`
    select least(count(*), ${limit})::int as users, least(coalesce(sum(pages), 0), ${limit})::int as pages
    from sync_logs
    where started_at > now() - interval '${sql.raw(longestRun)}' and (finished_at is null or finished_at > now() - interval '1 minute')
      and status <> 'SKIPPED'`);
  const [row] = result.rows;
  return [
    { endpoint: 'user/info', count: row?.users ?? 0 },
    { endpoint: 'video/list', count: row?.pages ?? 0 },
  ];
}
