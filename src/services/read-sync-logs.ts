import type { Database } from '../db/client.ts';
import { findStore } from '../db/stores.ts';
import { type LogEntry, listLogEntries, listSyncLogs } from '../db/sync-logs.ts';
import { storeNotFound } from './read-stores.ts';

/** Attempts, newest first. Throws STORE_NOT_FOUND when a store was named that does not exist. */
export async function getSyncLogs(
  db: Database,
  options: Parameters<typeof listSyncLogs>[1],
): ReturnType<typeof listSyncLogs> {
  if (options.storeCode !== null && !(await findStore(db, options.storeCode))) throw storeNotFound();
  return listSyncLogs(db, options);
}

export type { LogEntry };

/** The same with the names of the stores, for people; one that does not exist has no attempts. */
export const getLogEntries = (db: Database, page: Parameters<typeof listLogEntries>[1]): Promise<LogEntry[]> =>
  listLogEntries(db, page);
