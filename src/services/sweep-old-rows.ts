import type { Clock } from '../clock.ts';
import { type Database, inTransaction } from '../db/client.ts';
import { dropMonthsBefore } from '../db/month-partitions.ts';
import { listStoreCodes } from '../db/stores.ts';
import { claimSweep, deleteDaysBefore, deleteRowsBefore, deleteUnreadVideos, isAged, isOfDays } from '../db/sweep.ts';
import { type KeepChoice, tableRules } from '../domain/retention.ts';
import { errorCodeOf, type Logger } from '../logger.ts';

const everyMs = 3_600_000;
const dayMs = 86_400_000;
/** Rows, and stores, of one statement: what it locks is let go within a second. */
const rowsPerDelete = 5_000;
const storesPerDelete = 100;

export interface SweepDependencies {
  db: Database;
  clock: Clock;
  logger: Logger;
  keep: KeepChoice;
  stopping: AbortSignal;
}

/**
 * Deletes what is past its time by domain/retention, in batches: at most once an hour over all processes, and nothing in
 * between. A stop ends it after its batch; the rest is for the next hour. Throws what the database throws.
 */
export async function sweepOldRows(deps: SweepDependencies): Promise<void> {
  const now = deps.clock.now();
  if (!(await claimSweep(deps.db, { name: 'old rows', now, everyMs }))) return;
  for (const [table, { days }] of Object.entries(tableRules(deps.keep))) {
    if (days === null) continue;
    const deleted = await deleteOld(deps, table, new Date(now.getTime() - days * dayMs));
    if (deleted > 0) deps.logger.info('old rows deleted', { table, count: deleted });
  }
}

async function deleteOld(deps: SweepDependencies, table: string, before: Date): Promise<number> {
  const { db } = deps;
  const limit = rowsPerDelete;
  if (isAged(table)) return inBatches(deps, () => deleteRowsBefore(db, table, { before, limit }));
  const beforeDay = before.toISOString().slice(0, 10);
  if (isOfDays(table)) {
    // In use for long, by an export or a backup: the rest need not wait for it, and the next hour tries again.
    const months = await dropMonthsBefore(db, table, beforeDay).catch((error: unknown) => {
      deps.logger.warn('old months not dropped', { table, error_code: errorCodeOf(error) });
      return 0;
    });
    if (months > 0) deps.logger.info('old months dropped', { table, count: months });
    return storeByStore(deps, (storeCodes) => deleteDaysBefore(db, table, { storeCodes, beforeDay, limit }));
  }
  if (table === 'videos') {
    const unread = (storeCodes: string[]) => inTransaction(db, (tx) => deleteUnreadVideos(tx, { storeCodes, limit }));
    return storeByStore(deps, unread);
  }
  throw new Error(`nobody knows how to tell the age of a row of ${table}`);
}

async function inBatches(deps: SweepDependencies, deleteBatch: () => Promise<number>): Promise<number> {
  let total = 0;
  for (let deleted = rowsPerDelete; deleted === rowsPerDelete && !deps.stopping.aborted; total += deleted) {
    deleted = await deleteBatch();
  }
  return total;
}

async function storeByStore(
  deps: SweepDependencies,
  deleteBatch: (storeCodes: string[]) => Promise<number>,
): Promise<number> {
  let total = 0;
  for (let afterCode = ''; ; ) {
    const storeCodes = await listStoreCodes(deps.db, { afterCode, limit: storesPerDelete });
    const last = storeCodes.at(-1);
    if (last === undefined || deps.stopping.aborted) return total;
    total += await inBatches(deps, () => deleteBatch(storeCodes));
    afterCode = last;
  }
}
