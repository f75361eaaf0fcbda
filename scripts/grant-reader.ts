import { parseArgs } from 'node:util';
import { createDatabasePool } from '../src/db/client.ts';
import { findDatabase } from '../src/db/find-database.ts';
import { grantReader, readableRelations } from '../src/db/grant-reader.ts';
import { errorCodeOf } from '../src/logger.ts';

// Lets a role that is there already read the numbers, for Grafana, Metabase and the like. Exits 1 when it went wrong,
// 2 when nothing was begun. Safe to run again, as after an upgrade that brings something new to read.

async function main(): Promise<number> {
  const role = readOption();
  if (role === null) {
    console.error('Usage: npm run db:reader -- --role NAME');
    return 2;
  }
  const database = await findDatabase(process.env.DATABASE_URL || null);
  const pool = createDatabasePool({ url: database.url, maxConnections: 1, onError: () => undefined });
  try {
    if (!(await grantReader(pool.db, role))) {
      console.error('There is no such role, or it owns the database or rules over it: make one of its own first.');
      return 2;
    }
    console.log(`${role} may read ${readableRelations.join(', ')}, and nothing else.`);
    return 0;
  } finally {
    await pool.close();
    await database.stop();
  }
}

/** Null when it is not understood. */
function readOption(): string | null {
  try {
    return parseArgs({ options: { role: { type: 'string' } } }).values.role || null;
  } catch {
    return null;
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`Nothing was granted: ${errorCodeOf(error)}. Check DATABASE_URL, and that its role owns the database.`);
  process.exitCode = 1;
}
