import { parseArgs } from 'node:util';
import { systemClock } from '../src/clock.ts';
import { parseKeyRing } from '../src/crypto/parse-key-ring.ts';
import { createTokenCipher, type TokenCipher } from '../src/crypto/token-cipher.ts';
import { createDatabasePool, type Database } from '../src/db/client.ts';
import { findDatabase } from '../src/db/find-database.ts';
import { installQueue } from '../src/jobs/install-queue.ts';
import { errorCodeOf } from '../src/logger.ts';
import { BackupError } from '../src/services/backup-format.ts';
import { countReadablePairs, restoreBackup } from '../src/services/restore-backup.ts';
import { readGzippedLines } from './support/input.ts';

// Fills an empty database from a file of scripts/backup-database.ts: all of it, or nothing. Looks whether TOKEN_ENC_KEY
// reads the tokens. Exits 1 when it went wrong or some token cannot be read, 2 when nothing was begun.

const queryTimeoutMs = 600_000;

async function main(): Promise<number> {
  const from = readOption();
  if (from === null) {
    console.error('Usage: npm run db:restore -- --from FILE    (- is standard input)');
    return 2;
  }
  const cipher = readCipher();
  const database = await findDatabase(process.env.DATABASE_URL || null);
  const pool = createDatabasePool({ url: database.url, maxConnections: 1, queryTimeoutMs, onError: () => undefined });
  try {
    const { db } = pool;
    const deps = { db, databaseUrl: database.url, clock: systemClock };
    const { takenAt, rows } = await restoreBackup(deps, readGzippedLines(from));
    await installQueue(database.url);
    console.log(`Restored as it was at ${takenAt}.`);
    console.log(
      Object.entries(rows)
        .map(([table, count]) => `${table} ${count}`)
        .join(', '),
    );
    console.log('Not restored: jobs, which are planned anew; connect links; sessions of the console.');
    console.log('See that the former instance runs no more. Erase and revoke again what was erased and revoked since.');
    return await reportTokens(db, cipher);
  } finally {
    await pool.close();
    await database.stop();
  }
}

async function reportTokens(db: Database, cipher: TokenCipher | null): Promise<number> {
  if (cipher === null) {
    console.log('TOKEN_ENC_KEY is not set: whether it reads the tokens was not looked at.');
    return 0;
  }
  const { readable, unreadable } = await countReadablePairs(db, cipher);
  console.log(`TOKEN_ENC_KEY reads the tokens of ${readable} stores.`);
  if (unreadable === 0) return 0;
  console.error(
    `It does not read those of ${unreadable}: put the key of that time into it, for instance OLD of 2:NEW,1:OLD.`,
  );
  return 1;
}

/** Null without a key; throws BackupError for what is none. */
function readCipher(): TokenCipher | null {
  if (!process.env.TOKEN_ENC_KEY) return null;
  try {
    return createTokenCipher(parseKeyRing(process.env.TOKEN_ENC_KEY));
  } catch {
    throw new BackupError(
      'TOKEN_ENC_KEY must be `id:key[,id:key]`, each key 32 bytes as base64. Nothing was restored.',
    );
  }
}

/** Null when it is not understood. */
function readOption(): string | null {
  try {
    return parseArgs({ options: { from: { type: 'string' } } }).values.from || null;
  } catch {
    return null;
  }
}

/** Of zlib: no gzip at all, or not to its end. */
const isDamaged = (error: unknown) => error instanceof RangeError || errorCodeOf(error).startsWith('Z_');

try {
  process.exitCode = await main();
} catch (error) {
  if (error instanceof BackupError) console.error(error.message);
  else if (isDamaged(error)) console.error('The file is damaged, or no backup: nothing was restored.');
  else console.error(`Nothing was restored: ${errorCodeOf(error)}. Check DATABASE_URL and --from.`);
  process.exitCode = 1;
}
