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
  stampAdminKey,
} from '../db/admin-keys.ts';
import { type Database, inTransaction } from '../db/client.ts';
import { errorCodeOf, type Logger } from '../logger.ts';
import { recordAudit } from './audit.ts';
import { bootstrapName } from './create-admin-key.ts';

export type { AdminIdentity };

interface AdminDependencies {
  db: Database;
  clock: Clock;
  logger: Logger;
}

const sessionLifeMs = 12 * 3_600_000;
const stampEveryMs = 60_000;

/** Null when the key is unknown, revoked or expired. Looked up by hash, compared in constant time. */
export async function authenticateKey(deps: AdminDependencies, key: string): Promise<AdminIdentity | null> {
  const keyHash = sha256(key);
  const found = await findAdminByKeyHash(deps.db, keyHash, deps.clock.now());
  if (!found || !equalInConstantTime(found.keyHash, keyHash)) return null;
  await stampUse(deps, found);
  const { keyId, name, scope, lastUsedAt } = found;
  return { keyId, name, scope, lastUsedAt };
}

/** Null when the session is unknown or over, or its key was revoked or has expired. */
export async function authenticateSession(
  deps: AdminDependencies,
  sessionToken: string,
): Promise<AdminIdentity | null> {
  const found = await findAdminBySessionHash(deps.db, sha256(sessionToken), deps.clock.now());
  if (!found) return null;
  await stampUse(deps, found);
  return found;
}

/** At most once a minute and key. No reason to turn anybody away, so a stamp that fails is only logged. */
async function stampUse(deps: AdminDependencies, admin: AdminIdentity): Promise<void> {
  const now = deps.clock.now();
  const before = new Date(now.getTime() - stampEveryMs);
  if (admin.lastUsedAt !== null && admin.lastUsedAt >= before) return;
  await stampAdminKey(deps.db, admin.keyId, { now, before }).catch((error: unknown) => {
    deps.logger.warn('use of a key not stamped', { error_code: errorCodeOf(error) });
  });
}

/** The secret for the session cookie, good for 12 hours; null when the key is no good. */
export async function signIn(
  deps: AdminDependencies,
  key: string,
): Promise<{ admin: AdminIdentity; sessionToken: string; lifeSeconds: number } | null> {
  const admin = await authenticateKey(deps, key);
  if (!admin) return null;
  const sessionToken = randomToken();
  const createdAt = deps.clock.now();
  await insertAdminSession(deps.db, {
    tokenHash: sha256(sessionToken),
    adminKeyId: admin.keyId,
    createdAt,
    expiresAt: new Date(createdAt.getTime() + sessionLifeMs),
  });
  return { admin, sessionToken, lifeSeconds: sessionLifeMs / 1000 };
}

/** Whose session it was; null when it was none. */
export async function signOut(deps: AdminDependencies, sessionToken: string): Promise<AdminIdentity | null> {
  const admin = await authenticateSession(deps, sessionToken);
  await deleteAdminSession(deps.db, sha256(sessionToken));
  return admin;
}

/** Makes ADMIN_API_KEY the key named `bootstrap`; a former value of it stops working, its sessions too. */
export async function installBootstrapKey(deps: { db: Database; clock: Clock }, key: string): Promise<void> {
  await inTransaction(deps.db, async (tx) => {
    const created = await replaceAdminKey(tx, {
      id: randomUUID(),
      name: bootstrapName,
      keyHash: sha256(key),
      scope: 'admin',
      createdAt: deps.clock.now(),
      expiresAt: null,
    });
    if (!created) return;
    const entry = { actor: 'environment', action: 'admin_key.create', target: bootstrapName, outcome: 'OK' } as const;
    await recordAudit({ ...deps, db: tx }, entry);
  });
}
