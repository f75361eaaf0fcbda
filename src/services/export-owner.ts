import type { Clock } from '../clock.ts';
import type { Database } from '../db/client.ts';
import { streamJobsOfStore, streamRowsOfStore } from '../db/owner-rows.ts';
import { findStore } from '../db/stores.ts';
import { inSnapshot } from '../db/stream-rows.ts';
import { ownerExport } from '../domain/owner-export.ts';
import { type DataSubject, findSubject, subjectNotFound } from './data-subject.ts';

const queueJobs = {
  about: 'Jobs of the queue that were to read the account; deleted two weeks after they have ended.',
  columns: {
    name: 'of the queue',
    state: 'of the job',
    created_on: 'when it was made',
    started_on: 'when it was begun',
    completed_on: 'when it ended',
    data: 'what it was to do',
  },
};

/**
 * Writes all that is kept of a store, or of a TikTok account in whichever stores it was, as lines of JSON: the first says
 * what the columns mean, the last how many rows there were. No token, and nobody else's data. All of one instant; memory
 * holds a batch. Returns the rows by table; throws STORE_NOT_FOUND or ACCOUNT_NOT_FOUND before anything is written.
 */
export async function exportOwner(
  deps: { db: Database; clock: Clock },
  subject: DataSubject,
  write: (text: string) => Promise<void>,
): Promise<Record<string, number>> {
  return inSnapshot(deps.db, async (tx) => {
    const { storeCodes } = await findSubject(tx, subject);
    const [first] = storeCodes;
    if (first === undefined || !(await findStore(tx, first))) throw subjectNotFound(subject);
    const tables = Object.entries(ownerExport).map(([name, { about, columns }]) => [name, { about, columns }]);
    await writeLine(write, {
      harian_export: 1,
      exported_at: deps.clock.now().toISOString(),
      stores: storeCodes,
      tables: { ...Object.fromEntries(tables), queue_jobs: queueJobs },
    });
    const counts: Record<string, number> = {};
    const copy = async (table: string, batches: AsyncIterable<string[]>) => {
      for await (const rows of batches) {
        counts[table] = (counts[table] ?? 0) + rows.length;
        await write(rows.map((row) => `{"table":"${table}","row":${row}}\n`).join(''));
      }
    };
    for (const storeCode of storeCodes) {
      for (const [table, { columns, orderBy }] of Object.entries(ownerExport)) {
        await copy(table, streamRowsOfStore(tx, storeCode, { table, columns: Object.keys(columns), orderBy }));
      }
      await copy('queue_jobs', streamJobsOfStore(tx, storeCode));
    }
    await writeLine(write, { end: true, rows: counts });
    return counts;
  });
}

const writeLine = (write: (text: string) => Promise<void>, line: object) => write(`${JSON.stringify(line)}\n`);
