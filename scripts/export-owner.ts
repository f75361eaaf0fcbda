import { systemClock } from '../src/clock.ts';
import { createDatabasePool } from '../src/db/client.ts';
import { findDatabase } from '../src/db/find-database.ts';
import { AppError } from '../src/errors.ts';
import { errorCodeOf } from '../src/logger.ts';
import { recordAudit } from '../src/services/audit.ts';
import { exportOwner } from '../src/services/export-owner.ts';
import { OutputError, openOutput } from './support/output.ts';
import { readSubject } from './support/read-subject.ts';

// Writes all that is kept of a store or of a TikTok account into one file, for its owner: a line of JSON per row, without
// any token. Exits 1 when it went wrong, 2 when nothing was begun.

const queryTimeoutMs = 600_000;

async function main(): Promise<number> {
  const wanted = readSubject({ to: { type: 'string' } });
  if (!wanted || typeof wanted.values.to !== 'string') {
    console.error('Usage: npm run export:owner -- --store CODE | --open-id ID --to FILE    (- is standard output)');
    return 2;
  }
  const { subject } = wanted;
  const database = await findDatabase(process.env.DATABASE_URL || null);
  const pool = createDatabasePool({ url: database.url, maxConnections: 1, queryTimeoutMs, onError: () => undefined });
  try {
    const deps = { db: pool.db, clock: systemClock };
    const output = await openOutput(wanted.values.to, { gzip: false });
    try {
      const counts = await exportOwner(deps, subject, output.write);
      await output.finish();
      const storeCode = 'storeCode' in subject ? subject.storeCode : null;
      await recordAudit(deps, { actor: 'cli', action: 'data.export', storeCode, outcome: 'OK' });
      console.error(
        Object.entries(counts)
          .map(([table, rows]) => `${table} ${rows}`)
          .join(', '),
      );
    } catch (error) {
      await output.discard();
      throw error;
    }
    return 0;
  } finally {
    await pool.close();
    await database.stop();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  const isKnown = error instanceof AppError || error instanceof OutputError;
  console.error(isKnown ? error.message : `Nothing was exported: ${errorCodeOf(error)}. Check DATABASE_URL and --to.`);
  process.exitCode = isKnown ? 2 : 1;
}
