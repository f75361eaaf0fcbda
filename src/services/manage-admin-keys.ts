import type { Clock } from '../clock.ts';
import { type AdminKey, findAdminKey, findAdminKeyForUpdate, listAdminKeys, revokeAdminKey } from '../db/admin-keys.ts';
import { type Database, inTransaction } from '../db/client.ts';
import { AppError } from '../errors.ts';
import { isBootstrap } from './create-admin-key.ts';

export type { AdminKey };

/** By name; revoked and expired keys included. */
export const getAdminKeys = (db: Database, page: Parameters<typeof listAdminKeys>[1]): Promise<AdminKey[]> =>
  listAdminKeys(db, page);

const keyNotFound = () => new AppError('KEY_NOT_FOUND', 'There is no key with this id: see GET /api/admin-keys.');

/** Throws KEY_NOT_FOUND. */
export async function getAdminKey(db: Database, id: string): Promise<AdminKey> {
  const key = await findAdminKey(db, id);
  if (!key) throw keyNotFound();
  return key;
}

/**
 * Ends a key and its sessions at once; one that was revoked before stays so. Any key may be ended, also the one that
 * asks: who fears for a key must not have to find another first. Throws KEY_NOT_FOUND or KEY_NOT_REVOCABLE.
 */
export async function endAdminKey(deps: { db: Database; clock: Clock }, id: string): Promise<AdminKey> {
  return inTransaction(deps.db, async (tx) => {
    const key = await findAdminKeyForUpdate(tx, id);
    if (!key) throw keyNotFound();
    if (isBootstrap(key)) {
      throw new AppError(
        'KEY_NOT_REVOCABLE',
        'This key follows ADMIN_API_KEY: change that and restart, and it ends at once.',
      );
    }
    if (key.revokedAt === null) await revokeAdminKey(tx, id, deps.clock.now());
    return key;
  });
}
