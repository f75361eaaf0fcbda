import { createTokenCipher } from '../../src/crypto/token-cipher.ts';
import { createDatabasePool, type Database } from '../../src/db/client.ts';
import { insertStore, updateStore } from '../../src/db/stores.ts';
import { upsertConnectedAccount } from '../../src/db/tiktok-accounts.ts';
import { encryptPair } from '../../src/services/token-pair.ts';
import type { Simulator } from '../../src/simulator/app.ts';
import type { Scope } from '../../src/simulator/scopes.ts';
import { noonZone } from './clock.ts';

const cipher = createTokenCipher([{ id: '1', key: Buffer.alloc(32, 7) }]);

/** A store with a working connection, without walking through the pages; nothing is enqueued. */
export async function insertConnectedStore(
  db: Database,
  simulator: Simulator,
  store: { storeCode: string; openId: string; timezone?: string; connectedAt?: Date; scopes?: Scope[] },
): Promise<void> {
  const { storeCode, openId, timezone = noonZone(), connectedAt = new Date() } = store;
  const grant = simulator.control.grant(openId, store.scopes);
  await insertStore(db, { storeCode, name: `Store ${storeCode}`, timezone });
  await upsertConnectedAccount(db, {
    ...encryptPair(cipher, storeCode, grant, new Date()),
    storeCode,
    openId,
    scopes: grant.scopes,
    connectedAt,
  });
  await updateStore(db, storeCode, { status: 'CONNECTED', connectedAt });
}

/** A small pool on a test's database, for looking behind the program. */
export function openTestPool(url: string): ReturnType<typeof createDatabasePool> {
  return createDatabasePool({ url, maxConnections: 4, onError: () => undefined });
}
