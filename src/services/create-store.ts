import type { Database } from '../db/client.ts';
import { findStore, insertStore, type StoreWithAccount } from '../db/stores.ts';
import { AppError } from '../errors.ts';

/** Throws STORE_EXISTS. */
export async function createStore(
  db: Database,
  store: { storeCode: string; name: string; timezone: string },
): Promise<StoreWithAccount> {
  const inserted = await insertStore(db, store);
  const found = inserted ? await findStore(db, store.storeCode) : undefined;
  if (!found) throw new AppError('STORE_EXISTS', 'A store with this store_code exists already: choose another code.');
  return found;
}
