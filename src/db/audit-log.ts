import { and, desc, eq, lt, sql } from 'drizzle-orm';
import type { AuditAction } from '../domain/audit-action.ts';
import type { Database } from './client.ts';
import { auditLog } from './schema.ts';

export type AuditRow = typeof auditLog.$inferSelect;

export async function insertAuditRow(db: Database, row: AuditRow): Promise<void> {
  await db.insert(auditLog).values(row);
}

/** Forgets who was turned away unrecognised before `before`: strangers must not fill the disk. */
export async function deleteUnknownAuditRows(db: Database, before: Date): Promise<void> {
  await db.delete(auditLog).where(and(eq(auditLog.actorName, 'unknown'), lt(auditLog.at, before)));
}

/** Newest first; a page goes on after (`at`, `id`). */
export function listAuditRows(
  db: Database,
  options: {
    storeCode: string | null;
    action: AuditAction | null;
    after: { at: Date; id: string } | null;
    limit: number;
  },
): Promise<AuditRow[]> {
  const { storeCode, action, after } = options;
  return db
    .select()
    .from(auditLog)
    .where(
      and(
        storeCode === null ? undefined : eq(auditLog.storeCode, storeCode),
        action === null ? undefined : eq(auditLog.action, action),
        after === null
          ? undefined
          : sql`(${auditLog.at}, ${auditLog.id}) < (${after.at.toISOString()}::timestamptz, ${after.id}::uuid)`,
      ),
    )
    .orderBy(desc(auditLog.at), desc(auditLog.id))
    .limit(options.limit);
}
