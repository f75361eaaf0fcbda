import { and, eq, gt, isNull, lt } from 'drizzle-orm';
import type { Database } from './client.ts';
import { adminKeys, adminSessions } from './schema.ts';

export interface AdminIdentity {
  keyId: string;
  name: string;
}

/** False when the name or the key exists already. */
export async function insertAdminKey(
  db: Database,
  key: { id: string; name: string; keyHash: Buffer },
): Promise<boolean> {
  const rows = await db.insert(adminKeys).values(key).onConflictDoNothing().returning({ id: adminKeys.id });
  return rows.length === 1;
}

/** The row of this name gets this key; whoever held the former one is out, sessions included. */
export async function replaceAdminKey(tx: Database, key: { id: string; name: string; keyHash: Buffer }): Promise<void> {
  const same = await tx
    .select({ id: adminKeys.id })
    .from(adminKeys)
    .where(and(eq(adminKeys.name, key.name), eq(adminKeys.keyHash, key.keyHash), isNull(adminKeys.revokedAt)));
  if (same.length > 0) return;
  await tx.delete(adminKeys).where(eq(adminKeys.name, key.name));
  await tx.insert(adminKeys).values(key).onConflictDoNothing();
}

export async function findAdminByKeyHash(
  db: Database,
  keyHash: Buffer,
): Promise<(AdminIdentity & { keyHash: Buffer }) | undefined> {
  const rows = await db
    .select({ keyId: adminKeys.id, name: adminKeys.name, keyHash: adminKeys.keyHash })
    .from(adminKeys)
    .where(and(eq(adminKeys.keyHash, keyHash), isNull(adminKeys.revokedAt)));
  return rows[0];
}

export async function insertAdminSession(
  db: Database,
  session: { tokenHash: Buffer; adminKeyId: string; createdAt: Date; expiresAt: Date },
): Promise<void> {
  await db.insert(adminSessions).values(session);
}

/** The key behind a session that has not ended and whose key still counts. */
export async function findAdminBySessionHash(
  db: Database,
  tokenHash: Buffer,
  now: Date,
): Promise<AdminIdentity | undefined> {
  const rows = await db
    .select({ keyId: adminKeys.id, name: adminKeys.name })
    .from(adminSessions)
    .innerJoin(adminKeys, eq(adminKeys.id, adminSessions.adminKeyId))
    .where(and(eq(adminSessions.tokenHash, tokenHash), gt(adminSessions.expiresAt, now), isNull(adminKeys.revokedAt)));
  return rows[0];
}

export async function deleteAdminSession(db: Database, tokenHash: Buffer): Promise<void> {
  await db.delete(adminSessions).where(eq(adminSessions.tokenHash, tokenHash));
}

export async function deleteExpiredAdminSessions(db: Database, now: Date): Promise<void> {
  await db.delete(adminSessions).where(lt(adminSessions.expiresAt, now));
}
