import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { systemClock } from '../src/clock.ts';
import { createDatabasePool } from '../src/db/client.ts';
import { findDatabase } from '../src/db/find-database.ts';
import { errorCodeOf } from '../src/logger.ts';
import { BackupError } from '../src/services/backup-format.ts';
import { writeBackup } from '../src/services/write-backup.ts';
import { OutputError, openOutput } from './support/output.ts';

// Writes everything that is kept into one file, beside an instance at work; scripts/restore-database.ts takes it back.
// Tokens are in it as they are kept, encrypted; the key is not. Exits 1 when it went wrong, 2 when nothing was begun.

const queryTimeoutMs = 600_000;

async function main(): Promise<number> {
  const to = readOption();
  if (to === null) {
    console.error('Usage: npm run db:backup -- --to FILE    (- is standard output)');
    return 2;
  }
  const output = await openOutput(to, { gzip: true });
  const database = await findDatabase(process.env.DATABASE_URL || null);
  const pool = createDatabasePool({ url: database.url, maxConnections: 1, queryTimeoutMs, onError: () => undefined });
  try {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    const { rows, tokenKeys } = await writeBackup({ db: pool.db, clock: systemClock, version }, output.write);
    await output.finish();
    console.error(
      Object.entries(rows)
        .map(([table, count]) => `${table} ${count}`)
        .join(', '),
    );
    console.error(`Keep TOKEN_ENC_KEY elsewhere: the tokens need its ${Object.keys(tokenKeys).join(', ') || 'keys'}.`);
    return 0;
  } catch (error) {
    await output.discard();
    throw error;
  } finally {
    await pool.close();
    await database.stop();
  }
}

/** Null when it is not understood. */
function readOption(): string | null {
  try {
    return parseArgs({ options: { to: { type: 'string' } } }).values.to || null;
  } catch {
    return null;
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  const isKnown = error instanceof BackupError || error instanceof OutputError;
  console.error(isKnown ? error.message : `No backup was made: ${errorCodeOf(error)}. Check DATABASE_URL and --to.`);
  process.exitCode = 1;
}
