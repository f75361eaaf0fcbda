import { sql } from 'drizzle-orm';
import type { Database } from './client.ts';
import { nameList } from './fragments.ts';

/** What a tool that makes charts may read: numbers and how they came about; no token, key, session or person. */
export const readableRelations = [
  'stores',
  'store_days',
  'user_daily',
  'videos',
  'video_daily',
  'account_growth',
  'video_growth',
  'sync_logs',
] as const;

/**
 * Lets a role read these relations and nothing else of ours, whatever it could before. False when there is no such role,
 * or when it would not be bound by it: the owner, a member of it or a superuser.
 */
export async function grantReader(db: Database, role: string): Promise<boolean> {
  const found = await db.execute<{ bound: boolean }>(sql`
    select not rolsuper and not pg_has_role(oid, current_user, 'member') as bound from pg_roles where rolname = ${role}`);
  if (found.rows[0]?.bound !== true) return false;
  const reader = sql.identifier(role);
  await db.transaction(async (tx) => {
    await tx.execute(sql`revoke all on all tables in schema public from ${reader}`);
    await tx.execute(sql`grant usage on schema public to ${reader}`);
    await tx.execute(sql`grant select on ${nameList(readableRelations)} to ${reader}`);
  });
  return true;
}
