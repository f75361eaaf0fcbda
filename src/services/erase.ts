import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { type Database, inTransaction } from '../db/client.ts';
import {
  accountTables,
  deleteJobsOfStore,
  deleteRowsOfStore,
  type RowCounts,
  stripAuditRows,
} from '../db/erase-rows.ts';
import { type Found, searchAllTables } from '../db/search-rows.ts';
import { findStoreForUpdate, neverConnected, updateStore } from '../db/stores.ts';
import { listAccountsByOpenId, type TikTokAccount } from '../db/tiktok-accounts.ts';
import { isDatabaseUnavailable } from '../db/unavailable.ts';
import { errorCodeOf } from '../logger.ts';
import { type DataSubject, findSubject, subjectNotFound } from './data-subject.ts';
import { revokeAtTikTok } from './disconnect-store.ts';
import { dropSpooledPairs, type RemovalDependencies } from './remove-store.ts';

export interface EraseDependencies extends RemovalDependencies {
  clock: Clock;
}

/** The proof: what was there, and that nothing is left. It names the subject, and is not kept. */
export interface Erasure {
  id: string;
  erasedAt: Date;
  subject: DataSubject;
  storeCodes: string[];
  /** Deleted, by table, and `queue_jobs`. */
  rows: RowCounts;
  auditRowsStripped: number;
  spoolFiles: number;
  /** Null: there was no token to take back. */
  revokedAtTikTok: boolean | null;
  /** A look at every column that can hold a text, afterwards; null when the database did not answer in time. */
  search: { columns: number; found: Found[] } | null;
}

/**
 * Erases all that is kept of a store, or of a TikTok account, whose stores then stand as if they had never been connected.
 * What stays is what `record` writes in the same transaction: given a text without any of their names. Throws
 * STORE_NOT_FOUND or ACCOUNT_NOT_FOUND when there was nothing.
 */
export async function erase(
  deps: EraseDependencies,
  subject: DataSubject,
  record: (tx: Database, target: string) => Promise<void>,
): Promise<Erasure> {
  const id = randomUUID();
  const erasedAt = deps.clock.now();
  const { storeCodes, accounts, ...erased } = await inTransaction(deps.db, async (tx) => {
    const locked = (await findSubject(tx, subject)).storeCodes;
    for (const storeCode of locked) await findStoreForUpdate(tx, storeCode);
    // Again, now that nothing else can change it.
    const found = await findSubject(tx, subject);
    const rows: RowCounts = {};
    let auditRowsStripped = 0;
    for (const storeCode of found.storeCodes) {
      // Days before jobs, as the planner takes them; and no delivery is left then that could be given a job.
      addUp(rows, await eraseStore(tx, storeCode, subject));
      const jobs = await deleteJobsOfStore(tx, storeCode);
      if (jobs > 0) addUp(rows, { queue_jobs: jobs });
      auditRowsStripped += await stripAuditRows(tx, storeCode, 'openId' in subject);
    }
    if (Object.keys(rows).length + auditRowsStripped === 0) throw subjectNotFound(subject);
    await record(tx, summaryOf(id, rows));
    return { ...found, rows, auditRowsStripped };
  });
  const revoked: boolean[] = [];
  let spoolFiles = 0;
  for (const account of accounts) {
    if (account.accessTokenEncrypted !== null) revoked.push(await revokeAtTikTok(deps, account));
  }
  for (const storeCode of storeCodes) spoolFiles += await dropSpooledPairs(deps, storeCode);
  return {
    id,
    erasedAt,
    subject,
    storeCodes,
    ...erased,
    spoolFiles,
    revokedAtTikTok: revoked.length === 0 ? null : revoked.every(Boolean),
    search: await searchAfterwards(deps, subject, accounts),
  };
}

/** Of an account's store stays what the admin made it: its code, name and time zone. */
async function eraseStore(tx: Database, storeCode: string, subject: DataSubject): Promise<RowCounts> {
  if ('storeCode' in subject) return deleteRowsOfStore(tx, storeCode);
  const counts = await deleteRowsOfStore(tx, storeCode, accountTables);
  await updateStore(tx, storeCode, neverConnected);
  return counts;
}

function addUp(sum: RowCounts, counts: RowCounts): void {
  for (const [table, rows] of Object.entries(counts)) sum[table] = (sum[table] ?? 0) + rows;
}

const summaryOf = (id: string, rows: RowCounts) =>
  `${id}: ${Object.entries(rows)
    .map(([table, count]) => `${table} ${count}`)
    .join(', ')}`;

async function searchAfterwards(
  deps: EraseDependencies,
  subject: DataSubject,
  accounts: readonly TikTokAccount[],
): Promise<Erasure['search']> {
  try {
    const ids = new Set('openId' in subject ? [subject.openId] : []);
    for (const { openId, unionId } of accounts) {
      // An account that another store has is rightly known there.
      if ((await listAccountsByOpenId(deps.db, openId)).length > 0) continue;
      ids.add(openId);
      if (unionId !== null) ids.add(unionId);
    }
    const names = 'storeCode' in subject ? [subject.storeCode] : [];
    return await searchAllTables(deps.db, { names, ids: [...ids] });
  } catch (error) {
    if (!isDatabaseUnavailable(error)) throw error;
    deps.logger.warn('not searched after the erasure', { error_code: errorCodeOf(error) });
    return null;
  }
}
