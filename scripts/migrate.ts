import { findDatabase } from '../src/db/find-database.ts';
import { migrateDatabase } from '../src/db/migrate.ts';
import { installQueue } from '../src/jobs/install-queue.ts';
import { errorCodeOf } from '../src/logger.ts';

// Applies drizzle/ and installs the queue. Safe to run twice and at the same time; exits 1 on failure.

try {
  const url = process.env.DATABASE_URL || null;
  if (url === null && process.env.NODE_ENV === 'production') throw new Error('DATABASE_URL is required in production');
  const database = await findDatabase(url);
  try {
    await migrateDatabase(database.url);
    await installQueue(database.url);
  } finally {
    await database.stop();
  }
  console.log('The database is migrated.');
} catch (error) {
  console.error(
    `The migration failed: ${errorCodeOf(error)}. Check DATABASE_URL, and that its role owns the database.`,
  );
  process.exitCode = 1;
}
