import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { equalInConstantTime, randomToken, sha256 } from '../crypto/hash.ts';
import {
  type AdminIdentity,
  deleteAdminSession,
  findAdminByKeyHash,
  findAdminBySessionHash,
  insertAdminSession,
  replaceAdminKey,
} from '../db/admin-keys.ts';
import { type Database, inTransaction } from '../db/client.ts';

export type { AdminIdentity };

const sessionLifeMs = 12 * 3_600_000;

/** Null when the key is unknown or revoked. Looked up by hash, compared in constant time. */
export async function authenticateKey(db: Database, key: string): Promise<AdminIdentity | null> {
  const keyHash = sha256(key);
  const found = await findAdminByKeyHash(db, keyHash);
  return found && equalInConstantTime(found.keyHash, keyHash) ? { keyId: found.keyId, name: found.name } : null;
}

/** Null when the session is unknown, over, or its key was revoked. */
export async function authenticateSession(
  deps: { db: Database; clock: Clock },
  sessionToken: string,
): Promise<AdminIdentity | null> {
  return (await findAdminBySessionHash(deps.db, sha256(sessionToken), deps.clock.now())) ?? null;
}

/** The secret for the session cookie, good for 12 hours; null when the key is no good. */
export async function signIn(
  deps: { db: Database; clock: Clock },
  key: string,
): Promise<{ sessionToken: string; lifeSeconds: number } | null> {
  const admin = await authenticateKey(deps.db, key);
  if (!admin) return null;
  const sessionToken = randomToken();
  const createdAt = deps.clock.now();
  await insertAdminSession(deps.db, {
    tokenHash: sha256(sessionToken),
    adminKeyId: admin.keyId,
    createdAt,
    expiresAt: new Date(createdAt.getTime() + sessionLifeMs),
  });
  return { sessionToken, lifeSeconds: sessionLifeMs / 1000 };
}

export async function signOut(db: Database, sessionToken: string): Promise<void> {
  await deleteAdminSession(db, sha256(sessionToken));
}

/** Makes ADMIN_API_KEY the key named `bootstrap`; a former value of it stops working, its sessions too. */
export async function installBootstrapKey(db: Database, key: string): Promise<void> {
  await inTransaction(db, (tx) => replaceAdminKey(tx, { id: randomUUID(), name: 'bootstrap', keyHash: sha256(key) }));
}
