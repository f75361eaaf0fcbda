import type { Clock } from '../clock.ts';
import { randomToken, sha256 } from '../crypto/hash.ts';
import type { Database } from '../db/client.ts';
import { insertConnectLink } from '../db/connect-links.ts';
import { errorCodeOf } from '../logger.ts';
import { storeNotFound } from './read-stores.ts';

const lifeMs = 72 * 3_600_000;

/**
 * A link for one store's owner, good for 72 hours or one connection. The token in it is shown this once: the database
 * keeps its hash. Throws STORE_NOT_FOUND.
 */
export async function createConnectLink(
  deps: { db: Database; clock: Clock; publicUrl: string },
  storeCode: string,
): Promise<{ url: string; expiresAt: Date }> {
  const token = randomToken();
  const createdAt = deps.clock.now();
  const expiresAt = new Date(createdAt.getTime() + lifeMs);
  await insertConnectLink(deps.db, { tokenHash: sha256(token), storeCode, createdAt, expiresAt }).catch(
    (error: unknown) => {
      // The foreign key knows it, also when the store is deleted at this very moment.
      throw errorCodeOf(error) === '23503' ? storeNotFound() : error;
    },
  );
  return { url: `${deps.publicUrl}/connect/${token}`, expiresAt };
}
