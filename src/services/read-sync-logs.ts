import type { Database } from '../db/client.ts';
import { findStore } from '../db/stores.ts';
import { listSyncLogs } from '../db/sync-logs.ts';
import { storeNotFound } from './read-stores.ts';

/** Attempts, newest first. Throws STORE_NOT_FOUND when a store was named that does not exist. */
export async function getSyncLogs(
  db: Database,
  options: Parameters<typeof listSyncLogs>[1],
): ReturnType<typeof listSyncLogs> {
  if (options.storeCode !== null && !(await findStore(db, options.storeCode))) throw storeNotFound();
  return listSyncLogs(db, options);
}
