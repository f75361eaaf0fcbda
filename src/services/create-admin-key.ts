import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { randomToken, sha256 } from '../crypto/hash.ts';
import { type AdminKey, insertAdminKey } from '../db/admin-keys.ts';
import type { Database } from '../db/client.ts';
import type { AdminScope } from '../domain/admin-scope.ts';
import { AppError } from '../errors.ts';

/** The name of the key that follows ADMIN_API_KEY. */
export const bootstrapName = 'bootstrap';
export const isBootstrap = (key: Pick<AdminKey, 'name'>): boolean => key.name === bootstrapName;

/** A further admin key; `secret` is shown this once, the database keeps its hash. Throws KEY_EXISTS. */
export async function createAdminKey(
  deps: { db: Database; clock: Clock },
  options: { name: string; scope: AdminScope; expiresAt: Date | null },
): Promise<{ secret: string; key: AdminKey }> {
  const secret = `hrn_${randomToken()}`;
  const key = { id: randomUUID(), createdAt: deps.clock.now(), ...options };
  const isFree = options.name !== bootstrapName;
  if (!isFree || !(await insertAdminKey(deps.db, { ...key, keyHash: sha256(secret) }))) {
    throw new AppError('KEY_EXISTS', 'There is or was a key of this name: choose another name.');
  }
  return { secret, key: { ...key, lastUsedAt: null, revokedAt: null } };
}
