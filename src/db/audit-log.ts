import { and, eq, gte, lt, ne, sql } from 'drizzle-orm';
import type { AuditAction } from '../domain/audit-action.ts';
import type { Database } from './client.ts';
import { auditLog } from './schema.ts';

export type AuditRow = typeof auditLog.$inferSelect;

export async function insertAuditRow(db: Database, row: AuditRow): Promise<void> {
  await db.insert(auditLog).values(row);
}

export interface AuditFilter {
  storeCode: string | null;
  action: AuditAction | null;
  actor?: string | null;
  /** True: what was done; false: what was refused. */
  done?: boolean | null;
  from?: Date | null;
  /** Earlier than. */
  before?: Date | null;
}

/** As its indexes are ordered: a plain `desc` puts NULLs first, and then no index serves it. */
const newestFirst = sql`${auditLog.at} desc nulls last, ${auditLog.id} desc nulls last`;

/** Newest first; a page goes on after (`at`, `id`). */
export function listAuditRows(
  db: Database,
  page: AuditFilter & { after: { at: Date; id: string } | null; limit: number },
): Promise<AuditRow[]> {
  const { storeCode, action, actor, done, from, before, after } = page;
  return db
    .select()
    .from(auditLog)
    .where(
      and(
        storeCode === null ? undefined : eq(auditLog.storeCode, storeCode),
        action === null ? undefined : eq(auditLog.action, action),
        actor ? eq(auditLog.actorName, actor) : undefined,
        done === true ? eq(auditLog.outcome, 'OK') : undefined,
        done === false ? ne(auditLog.outcome, 'OK') : undefined,
        from ? gte(auditLog.at, from) : undefined,
        before ? lt(auditLog.at, before) : undefined,
        after === null
          ? undefined
          : sql`(${auditLog.at}, ${auditLog.id}) < (${after.at.toISOString()}::timestamptz, ${after.id}::uuid)`,
      ),
    )
    .orderBy(newestFirst)
    .limit(page.limit);
}
