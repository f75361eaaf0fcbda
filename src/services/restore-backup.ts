import { createHash } from 'node:crypto';
import type { z } from 'zod';
import type { Clock } from '../clock.ts';
import { type TokenCipher, TokenCipherError } from '../crypto/token-cipher.ts';
import { type Database, inTransaction } from '../db/client.ts';
import { migrateDatabase, migrateThrough } from '../db/migrate.ts';
import { findAppliedMigration, knownMigrations } from '../db/migration-state.ts';
import { beginMonths } from '../db/month-partitions.ts';
import { settleRestored } from '../db/settle-restored.ts';
import { analyzeTables, findFilledTable, insertJsonLines, moveSequences } from '../db/table-rows.ts';
import { listPairsNotUnder } from '../db/tiktok-accounts.ts';
import { errorCodeOf } from '../logger.ts';
import { recordAudit } from './audit.ts';
import { BackupError, type BackupHeader, endLine, headerLine, tableLine } from './backup-format.ts';
import { underCurrentKey } from './token-pair.ts';

export interface Restored {
  takenAt: string;
  rows: Record<string, number>;
}

/** Rows of one statement, and about how much text: what PostgreSQL holds of it at once. */
const rowsPerInsert = 1_000;
const charactersPerInsert = 1_000_000;

/**
 * Fills a database without any row from a backup's lines, all of it or nothing: first at the schema it was made with, then
 * brought to this version's. Throws BackupError where the database holds something, the backup is none, is damaged or
 * cut off, or a newer version made it.
 */
export async function restoreBackup(
  deps: { db: Database; databaseUrl: string; clock: Clock },
  lines: AsyncIterable<string>,
): Promise<Restored> {
  const reader = lines[Symbol.asyncIterator]();
  try {
    return await restoreLines(deps, async () => (await reader.next()).value ?? null);
  } finally {
    await reader.return?.();
  }
}

/** `next` gives null at the end. */
async function restoreLines(
  deps: { db: Database; databaseUrl: string; clock: Clock },
  next: () => Promise<string | null>,
): Promise<Restored> {
  const hash = createHash('sha256');
  const first = await next();
  const header = first === null ? null : parseLine(headerLine, first)?.[1];
  if (!header) throw new BackupError('This is no backup of Harian, or one of a form that this version does not know.');
  hash.update(`${first}\n`);
  await makeReady(deps, header);

  const rows = await inTransaction(deps.db, async (tx) => {
    if (header.first_day != null) await beginMonths(tx, header.first_day);
    const loaded = await loadTables(tx, hash, next);
    await moveSequences(tx, Object.keys(loaded));
    return loaded;
  });
  await bringUpToDate(deps, { header, tables: Object.keys(rows) }).catch((error: unknown) => {
    throw new BackupError(
      `The rows are in, but not up to date: ${errorCodeOf(error)}. Restore once more, into a new database.`,
    );
  });
  return { takenAt: header.taken_at, rows };
}

async function bringUpToDate(
  deps: { db: Database; databaseUrl: string; clock: Clock },
  { header, tables }: { header: BackupHeader; tables: readonly string[] },
): Promise<void> {
  await migrateDatabase(deps.databaseUrl);
  await inTransaction(deps.db, async (tx) => {
    await settleRestored(tx);
    const entry = {
      actor: 'cli',
      action: 'data.restore',
      target: `backup of ${header.taken_at}`,
      outcome: 'OK',
    } as const;
    await recordAudit({ ...deps, db: tx }, entry);
  });
  await analyzeTables(deps.db, tables);
}

async function makeReady(
  deps: { db: Database; databaseUrl: string },
  { migration, harian }: BackupHeader,
): Promise<void> {
  if (!knownMigrations().includes(migration)) {
    throw new BackupError(
      `A newer version of Harian made this backup, ${harian}: restore it with that one or a later one.`,
    );
  }
  const filled = await findFilledTable(deps.db);
  if (filled !== null) {
    throw new BackupError(`The database is not empty, there are rows in ${filled}: restore into a new one.`);
  }
  const applied = await findAppliedMigration(deps.db);
  if (applied === null) return migrateThrough(deps.databaseUrl, migration);
  if (applied !== migration) {
    throw new BackupError(
      'The database is empty, but of a later schema than the backup: restore into one on which db:migrate was not run.',
    );
  }
}

async function loadTables(
  tx: Database,
  hash: ReturnType<typeof createHash>,
  next: () => Promise<string | null>,
): Promise<Record<string, number>> {
  const rows: Record<string, number> = {};
  let table: { name: string; columns: string[] } | null = null;
  let batch: string[] = [];
  let characters = 0;
  const flush = async () => {
    if (table && batch.length > 0) {
      await insertJsonLines(tx, table.name, table.columns, batch).catch((error: unknown) => {
        // Bad data, a broken rule, an unknown name: of the rows, which the error's message may quote.
        throw /^(22|23|42)/.test(errorCodeOf(error)) ? damaged() : error;
      });
      rows[table.name] = (rows[table.name] ?? 0) + batch.length;
    }
    [batch, characters] = [[], 0];
  };
  for (let line = await next(); line !== null; line = await next()) {
    if (line.startsWith('{')) {
      batch.push(line);
      characters += line.length;
      if (batch.length === rowsPerInsert || characters > charactersPerInsert) await flush();
    } else {
      await flush();
      const end = parseLine(endLine, line)?.[1];
      if (end) return checkEnd(end, { rows, sha256: hash.digest('hex') });
      const begun = parseLine(tableLine, line);
      if (!begun) throw damaged();
      table = { name: begun[1], columns: begun[2] };
      rows[table.name] = 0;
    }
    hash.update(`${line}\n`);
  }
  throw new BackupError('The backup is cut off: nothing was restored.');
}

type End = z.infer<typeof endLine>[1];

function checkEnd(promised: End, found: End): Record<string, number> {
  const tables = new Set([...Object.keys(promised.rows), ...Object.keys(found.rows)]);
  const isWhole = [...tables].every((table) => promised.rows[table] === found.rows[table]);
  if (!isWhole || promised.sha256 !== found.sha256) throw damaged();
  return found.rows;
}

const damaged = () => new BackupError('The backup is damaged: nothing was restored. Take another copy of it.');

/** Null when it is no such line. */
function parseLine<Line extends z.ZodType>(line: Line, text: string): z.infer<Line> | null {
  try {
    return line.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

const pairsPerRead = 500;

/** Of how many stores this key ring can read the tokens, and of how many not. */
export async function countReadablePairs(
  db: Database,
  cipher: TokenCipher,
): Promise<{ readable: number; unreadable: number }> {
  const counts = { readable: 0, unreadable: 0 };
  for (let afterCode = ''; ; ) {
    const pairs = await listPairsNotUnder(db, { prefix: null, afterCode, limit: pairsPerRead });
    const last = pairs.at(-1);
    if (!last) return counts;
    for (const pair of pairs) counts[isReadable(cipher, pair.storeCode, pair) ? 'readable' : 'unreadable'] += 1;
    afterCode = last.storeCode;
  }
}

function isReadable(cipher: TokenCipher, storeCode: string, pair: Parameters<typeof underCurrentKey>[2]): boolean {
  try {
    underCurrentKey(cipher, storeCode, pair);
    return true;
  } catch (error) {
    if (error instanceof TokenCipherError) return false;
    throw error;
  }
}
