import { and, asc, eq, gt, isNull, lt, or, sql } from 'drizzle-orm';
import type { AdminScope } from '../domain/admin-scope.ts';
import type { Database } from './client.ts';
import { adminKeys, adminSessions } from './schema.ts';

export type AdminKey = Omit<typeof adminKeys.$inferSelect, 'keyHash'>;
export type NewAdminKey = Pick<
  typeof adminKeys.$inferSelect,
  'id' | 'name' | 'keyHash' | 'scope' | 'createdAt' | 'expiresAt'
>;

export interface AdminIdentity {
  keyId: string;
  name: string;
  scope: AdminScope;
  lastUsedAt: Date | null;
}

const identity = {
  keyId: adminKeys.id,
  name: adminKeys.name,
  scope: adminKeys.scope,
  lastUsedAt: adminKeys.lastUsedAt,
};
/** All but the hash. */
const shown = {
  id: adminKeys.id,
  name: adminKeys.name,
  scope: adminKeys.scope,
  createdAt: adminKeys.createdAt,
  expiresAt: adminKeys.expiresAt,
  lastUsedAt: adminKeys.lastUsedAt,
  revokedAt: adminKeys.revokedAt,
};
const counts = (now: Date) =>
  and(isNull(adminKeys.revokedAt), or(isNull(adminKeys.expiresAt), gt(adminKeys.expiresAt, now)));

/** False when the name or the key exists already; a revoked key keeps its name. */
export async function insertAdminKey(db: Database, key: NewAdminKey): Promise<boolean> {
  const rows = await db.insert(adminKeys).values(key).onConflictDoNothing().returning({ id: adminKeys.id });
  return rows.length === 1;
}

/** The row of this name gets this key; whoever held the former one is out, sessions included. False: it has it already. */
export async function replaceAdminKey(tx: Database, key: NewAdminKey): Promise<boolean> {
  const same = await tx
    .select({ id: adminKeys.id })
    .from(adminKeys)
    .where(and(eq(adminKeys.name, key.name), eq(adminKeys.keyHash, key.keyHash), isNull(adminKeys.revokedAt)));
  if (same.length > 0) return false;
  await tx.delete(adminKeys).where(eq(adminKeys.name, key.name));
  return insertAdminKey(tx, key);
}

/** By name, after `afterName`; keys that no longer count included. */
export function listAdminKeys(db: Database, options: { afterName: string | null; limit: number }): Promise<AdminKey[]> {
  return db
    .select(shown)
    .from(adminKeys)
    .where(options.afterName === null ? undefined : gt(adminKeys.name, options.afterName))
    .orderBy(asc(adminKeys.name))
    .limit(options.limit);
}

const selectKey = (db: Database, id: string) => db.select(shown).from(adminKeys).where(eq(adminKeys.id, id));

export async function findAdminKey(db: Database, id: string): Promise<AdminKey | undefined> {
  const rows = await selectKey(db, id);
  return rows[0];
}

/** Locks the key's row until the transaction ends. */
export async function findAdminKeyForUpdate(tx: Database, id: string): Promise<AdminKey | undefined> {
  const rows = await selectKey(tx, id).for('update');
  return rows[0];
}

/** From the commit on neither the key nor a session made with it opens anything. */
export async function revokeAdminKey(tx: Database, id: string, now: Date): Promise<void> {
  await tx.update(adminKeys).set({ revokedAt: now }).where(eq(adminKeys.id, id));
  await tx.delete(adminSessions).where(eq(adminSessions.adminKeyId, id));
}

/** Undefined when there is no such key, or it was revoked or has expired. */
export async function findAdminByKeyHash(
  db: Database,
  keyHash: Buffer,
  now: Date,
): Promise<(AdminIdentity & { keyHash: Buffer }) | undefined> {
  const rows = await db
    .select({ ...identity, keyHash: adminKeys.keyHash })
    .from(adminKeys)
    .where(and(eq(adminKeys.keyHash, keyHash), counts(now)));
  return rows[0];
}

/** Of several at once one writes: whoever finds the stamp older than `before`. */
export async function stampAdminKey(db: Database, id: string, stamp: { now: Date; before: Date }): Promise<void> {
  await db
    .update(adminKeys)
    .set({ lastUsedAt: stamp.now })
    .where(and(eq(adminKeys.id, id), or(isNull(adminKeys.lastUsedAt), lt(adminKeys.lastUsedAt, stamp.before))));
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
    .select(identity)
    .from(adminSessions)
    .innerJoin(adminKeys, eq(adminKeys.id, adminSessions.adminKeyId))
    .where(and(eq(adminSessions.tokenHash, tokenHash), gt(adminSessions.expiresAt, now), counts(now)));
  return rows[0];
}

/** Which of these open nothing any more, by their place in the list. `sessionHash` null: the key alone counts. */
export async function listEndedSignIns(
  db: Database,
  signIns: readonly { keyId: string; sessionHash: Buffer | null }[],
  now: Date,
): Promise<number[]> {
  const result = await db.execute<{ place: number }>(sql`
    select asked.place::int - 1 as place
    from unnest(${sql.param(signIns.map(({ keyId }) => keyId))}::uuid[],
      ${sql.param(signIns.map(({ sessionHash }) => sessionHash))}::bytea[]) with ordinality as asked(key_id, session_hash, place)
    where not exists (select from ${adminKeys} where ${adminKeys.id} = asked.key_id and ${counts(now)})
      or asked.session_hash is not null and not exists (
        select from ${adminSessions} where ${adminSessions.tokenHash} = asked.session_hash
          and ${adminSessions.adminKeyId} = asked.key_id and ${gt(adminSessions.expiresAt, now)})`);
  return result.rows.map(({ place }) => place);
}

export async function deleteAdminSession(db: Database, tokenHash: Buffer): Promise<void> {
  await db.delete(adminSessions).where(eq(adminSessions.tokenHash, tokenHash));
}
