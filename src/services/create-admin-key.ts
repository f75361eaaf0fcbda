import { randomUUID } from 'node:crypto';
import { randomToken, sha256 } from '../crypto/hash.ts';
import { insertAdminKey } from '../db/admin-keys.ts';
import type { Database } from '../db/client.ts';

/** A further admin key, returned this once: the database keeps its hash. Null when the name is taken. */
export async function createAdminKey(db: Database, name: string): Promise<string | null> {
  const key = `hrn_${randomToken()}`;
  const inserted = await insertAdminKey(db, { id: randomUUID(), name, keyHash: sha256(key) });
  return inserted ? key : null;
}
