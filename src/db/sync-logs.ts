import { and, eq, getTableColumns, gte, inArray, lt, sql } from 'drizzle-orm';
import type { Database } from './client.ts';
import { stores, syncLogs } from './schema.ts';

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

export type LogKey = Pick<SyncLog, 'storeCode' | 'id'>;

/** Once closed, by whomever, a row says what it says. */
const isOpen = ({ storeCode, id }: LogKey) =>
  sql`${syncLogs.storeCode} = ${storeCode} and ${syncLogs.id} = ${id}::uuid and ${syncLogs.status} = 'RUNNING'`;

/** For a run that broke off: whether it got so far as to open its row does not matter, nor whether it knows. */
export async function upsertClosedLog(db: Database, log: NewLog & ClosedLog): Promise<void> {
  const { errorCode, httpStatus, tiktokLogId, pages, videos, retryAt, finishedAt, status } = log;
  await db
    .insert(syncLogs)
    .values(log)
    .onConflictDoUpdate({
      target: [syncLogs.storeCode, syncLogs.id],
      set: { errorCode, httpStatus, tiktokLogId, pages, videos, retryAt, finishedAt, status },
      setWhere: isOpen(log),
    });
}

export async function updateLogProgress(
  db: Database,
  log: LogKey,
  progress: { pages: number; videos: number },
): Promise<void> {
  await db.update(syncLogs).set(progress).where(isOpen(log));
}

export async function closeLog(db: Database, log: LogKey, result: ClosedLog): Promise<void> {
  await db.update(syncLogs).set(result).where(isOpen(log));
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

export interface LogFilter {
  storeCode: string | null;
  status: SyncLogStatus | null;
  trigger?: SyncLog['trigger'] | null;
  errorCode?: string | null;
  /** Started then or later. */
  from?: Date | null;
  /** Started before. */
  before?: Date | null;
}
type LogPosition = { startedAt: Date; id: string };
type LogPage = LogFilter & { after: LogPosition | null; limit: number };

const matches = ({ storeCode, status, trigger, errorCode, from, before, after }: LogPage) =>
  and(
    storeCode === null ? undefined : eq(syncLogs.storeCode, storeCode),
    status === null ? undefined : eq(syncLogs.status, status),
    trigger ? eq(syncLogs.trigger, trigger) : undefined,
    // What follows the code says more about it: `SCOPE_MISSING: video.list`.
    errorCode ? sql`upper(split_part(${syncLogs.errorCode}, ':', 1)) = upper(${errorCode})` : undefined,
    from ? gte(syncLogs.startedAt, from) : undefined,
    before ? lt(syncLogs.startedAt, before) : undefined,
    after === null
      ? undefined
      : sql`(${syncLogs.startedAt}, ${syncLogs.id}) < (${after.startedAt.toISOString()}::timestamptz, ${after.id}::uuid)`,
  );
/** As its indexes are ordered: a plain `desc` puts NULLs first, and then no index serves it. */
const newestFirst = sql`${syncLogs.startedAt} desc nulls last, ${syncLogs.id} desc nulls last`;

/** Newest first; a page goes on after (`startedAt`, `id`). */
export const listSyncLogs = (db: Database, page: LogPage): Promise<SyncLog[]> =>
  db.select().from(syncLogs).where(matches(page)).orderBy(newestFirst).limit(page.limit);

export type LogEntry = SyncLog & { storeName: string };

/** The same with the names of the stores. */
export const listLogEntries = (db: Database, page: LogPage): Promise<LogEntry[]> =>
  db
    .select({ ...getTableColumns(syncLogs), storeName: stores.name })
    .from(syncLogs)
    .innerJoin(stores, eq(stores.storeCode, syncLogs.storeCode))
    .where(matches(page))
    .orderBy(newestFirst)
    .limit(page.limit);

/** The attempts of one job, newest first. */
export const listLogsOfJob = (db: Database, jobId: string, limit: number): Promise<LogEntry[]> =>
  db
    .select({ ...getTableColumns(syncLogs), storeName: stores.name })
    .from(syncLogs)
    .innerJoin(stores, eq(stores.storeCode, syncLogs.storeCode))
    .where(eq(syncLogs.jobId, jobId))
    .orderBy(newestFirst)
    .limit(limit);

/** The latest attempt of each job asked for. */
export function listLatestLogs(db: Database, jobIds: readonly string[]): Promise<SyncLog[]> {
  return db
    .selectDistinctOn([syncLogs.jobId])
    .from(syncLogs)
    .where(inArray(syncLogs.jobId, [...jobIds]))
    .orderBy(syncLogs.jobId, sql`${syncLogs.startedAt} desc nulls last`);
}
