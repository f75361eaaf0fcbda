import { type SQL, sql } from 'drizzle-orm';
import type { Database } from './client.ts';
import type { Store } from './stores.ts';
import { type RawJob, type SyncJobRow, selectJobs, toSyncJobRow } from './sync-jobs.ts';

// Lists of jobs for people to read, each one statement that ends after `limit` rows of one of pg-boss's own indexes.

export interface ListedJob extends SyncJobRow {
  /** Null when the store is gone. */
  store: Pick<Store, 'name' | 'timezone' | 'status'> | null;
  /** The store has a job that waits or runs: this one, or a newer one. */
  storeHasLiveJob: boolean;
}

interface RawListedJob extends RawJob {
  name: string | null;
  timezone: string;
  status: Store['status'];
  live: boolean;
}

async function listJobs(db: Database, jobs: SQL): Promise<ListedJob[]> {
  const result = await db.execute<RawListedJob>(sql`
    select listed.*, s.name, s.timezone, s.status, exists (
      select from pgboss.job live where live.name = 'sync-store' and coalesce(live.singleton_key, '') = listed.store_code
        and live.state <= 'active' and live.policy = 'exclusive') as live
    from (select *, row_number() over () as place from (${jobs}) as job) as listed
      left join stores s on s.store_code = listed.store_code
    order by listed.place`);
  return result.rows.map(({ name, timezone, status, live, ...raw }) => ({
    ...toSyncJobRow(raw),
    store: name === null ? null : { name, timezone, status },
    storeHasLiveJob: live,
  }));
}

/** Those being read, the longest first. */
export const listActiveJobs = (db: Database, limit: number): Promise<ListedJob[]> =>
  listJobs(db, selectJobs(sql`state = 'active' and not blocked order by started_on limit ${limit}`));

/** Those that wait for a time, the next first. */
export const listWaitingJobs = (db: Database, limit: number): Promise<ListedJob[]> =>
  listJobs(
    db,
    sql`(${selectJobs(sql`state = 'retry' and not blocked order by start_after limit ${limit}`)})
      union all
      (${selectJobs(sql`state = 'created' and not blocked and start_after > now() order by start_after limit ${limit}`)})
      order by start_after limit ${limit}`,
  );

/** Those that wait for a free worker, in the order in which workers take them. */
export const listQueuedJobs = (db: Database, limit: number): Promise<ListedJob[]> =>
  listJobs(
    db,
    selectJobs(sql`state = 'created' and not blocked and start_after <= now()
      order by priority desc, created_on limit ${limit}`),
  );

/** Those that failed for good since `since`, the latest first. */
export const listFailedJobs = (db: Database, options: { since: Date; limit: number }): Promise<ListedJob[]> =>
  listJobs(
    db,
    selectJobs(sql`state = 'failed' and completed_on >= ${options.since.toISOString()}::timestamptz
      order by completed_on desc limit ${options.limit}`),
  );
