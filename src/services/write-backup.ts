import { createHash } from 'node:crypto';
import type { z } from 'zod';
import type { Clock } from '../clock.ts';
import { allTables } from '../db/all-tables.ts';
import type { Database } from '../db/client.ts';
import { findLedgerSpan } from '../db/export-rows.ts';
import { findAppliedMigration, knownMigrations } from '../db/migration-state.ts';
import { inSnapshot } from '../db/stream-rows.ts';
import { listColumns, streamTable } from '../db/table-rows.ts';
import { countAccountsByKeyId } from '../db/tiktok-accounts.ts';
import { defaultSyncLogsDays, tableRules } from '../domain/retention.ts';
import { BackupError, type endLine, type headerLine, type tableLine } from './backup-format.ts';

export interface Backup {
  /** By table. */
  rows: Record<string, number>;
  /** Accounts by the id of the key that is needed to read their tokens. */
  tokenKeys: Record<string, number>;
}

/**
 * Writes every table that a backup holds, as it is at one instant, beside an instance at work. Tokens stay as they are
 * kept: encrypted. Memory holds a batch. Throws BackupError where the database is not of this version's schema.
 */
export async function writeBackup(
  deps: { db: Database; clock: Clock; version: string },
  write: (text: string) => Promise<void>,
): Promise<Backup> {
  return inSnapshot(deps.db, async (tx) => {
    const migration = await findAppliedMigration(tx);
    if (migration === null || migration !== knownMigrations().at(-1)) {
      throw new BackupError(
        'The database is not at the schema of this version: run `npm run db:migrate` first, or back it up with the version that runs on it.',
      );
    }
    const hash = createHash('sha256');
    const put = async (text: string) => {
      hash.update(text);
      await write(text);
    };
    const byKey = await countAccountsByKeyId(tx);
    const tokenKeys = Object.fromEntries(byKey.map(({ keyId, accounts }) => [keyId, accounts]));
    const taken_at = deps.clock.now().toISOString();
    const first_day = (await findLedgerSpan(tx))?.first ?? null;
    const header = { format: 1 as const, migration, harian: deps.version, taken_at, token_keys: tokenKeys, first_day };
    await put(lineOf<typeof headerLine>(['harian-backup', header]));
    const rows: Record<string, number> = {};
    const rules = tableRules({ syncLogsDays: defaultSyncLogsDays, numbersDays: null });
    for (const { name } of allTables) {
      if (rules[name]?.notBackedUp !== undefined) continue;
      const columns = await listColumns(tx, name);
      await put(lineOf<typeof tableLine>(['table', name, columns]));
      rows[name] = 0;
      for await (const lines of streamTable(tx, name, columns)) {
        rows[name] += lines.length;
        await put(`${lines.join('\n')}\n`);
      }
    }
    await write(lineOf<typeof endLine>(['end', { rows, sha256: hash.digest('hex') }]));
    return { rows, tokenKeys };
  });
}

const lineOf = <Line extends z.ZodType>(line: z.infer<Line>) => `${JSON.stringify(line)}\n`;
