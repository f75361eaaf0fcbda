import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import type { Database } from './client.ts';
import { syncLogs } from './schema.ts';

export type SyncLog = typeof syncLogs.$inferSelect;
export type SyncLogStatus = SyncLog['status'];

export type NewLog = Pick<
  SyncLog,
  'id' | 'storeCode' | 'snapshotDate' | 'jobName' | 'jobId' | 'delivery' | 'attempt' | 'trigger' | 'startedAt'
>;
export type ClosedLog = Pick<
  SyncLog,
  'errorCode' | 'httpStatus' | 'tiktokLogId' | 'pages' | 'videos' | 'retryAt' | 'finishedAt'
> & { status: Exclude<SyncLogStatus, 'RUNNING'> };

/** Once closed, by whomever, a row says what it says. */
const isOpen = (id: string) => sql`${syncLogs.id} = ${id}::uuid and ${syncLogs.status} = 'RUNNING'`;

/** For a run that broke off: whether it got so far as to open its row does not matter, nor whether it knows. */
export async function upsertClosedLog(db: Database, log: NewLog & ClosedLog): Promise<void> {
  const { id, errorCode, httpStatus, tiktokLogId, pages, videos, retryAt, finishedAt, status } = log;
  await db
    .insert(syncLogs)
    .values(log)
    .onConflictDoUpdate({
      target: syncLogs.id,
      set: { errorCode, httpStatus, tiktokLogId, pages, videos, retryAt, finishedAt, status },
      setWhere: isOpen(id),
    });
}

export async function updateLogProgress(
  db: Database,
  id: string,
  progress: { pages: number; videos: number },
): Promise<void> {
  await db.update(syncLogs).set(progress).where(isOpen(id));
}

export async function closeLog(db: Database, id: string, result: ClosedLog): Promise<void> {
  await db.update(syncLogs).set(result).where(isOpen(id));
}

/**
 * The reaper: closes rows still RUNNING though their delivery is no longer the active one of its job.
 * Returns how many.
 */
export async function closeAbandonedLogs(db: Database, now: Date): Promise<number> {
  const result = await db.execute(sql`
    update sync_logs l set status = 'FAILED', error_code = 'WORKER_DIED', finished_at = ${now.toISOString()}::timestamptz
    where l.status = 'RUNNING' and not exists (
      select from pgboss.job j
      where j.name = 'sync-store' and j.id = l.job_id and j.state = 'active' and j.retry_count = l.delivery)`);
  return result.rowCount ?? 0;
}

/** Newest first; a page goes on after (`startedAt`, `id`). */
export function listSyncLogs(
  db: Database,
  options: {
    storeCode: string | null;
    status: SyncLogStatus | null;
    after: { startedAt: Date; id: string } | null;
    limit: number;
  },
): Promise<SyncLog[]> {
  return db
    .select()
    .from(syncLogs)
    .where(
      and(
        options.storeCode === null ? undefined : eq(syncLogs.storeCode, options.storeCode),
        options.status === null ? undefined : eq(syncLogs.status, options.status),
        options.after === null
          ? undefined
          : sql`(${syncLogs.startedAt}, ${syncLogs.id}) < (${options.after.startedAt.toISOString()}::timestamptz, ${options.after.id}::uuid)`,
      ),
    )
    .orderBy(desc(syncLogs.startedAt), desc(syncLogs.id))
    .limit(options.limit);
}

/** The latest attempt of each job asked for. */
export function listLatestLogs(db: Database, jobIds: readonly string[]): Promise<SyncLog[]> {
  return db
    .selectDistinctOn([syncLogs.jobId])
    .from(syncLogs)
    .where(inArray(syncLogs.jobId, [...jobIds]))
    .orderBy(syncLogs.jobId, desc(syncLogs.startedAt));
}
