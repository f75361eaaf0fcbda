import { migrateDatabase } from '../src/db/migrate.ts';
import { installQueue } from '../src/jobs/install-queue.ts';
import { errorCodeOf } from '../src/logger.ts';

// Applies drizzle/ and installs the queue. Safe to run twice and at the same time; exits 1 on failure.

async function findDatabase(): Promise<{ url: string; stop(): Promise<void> }> {
  const url = process.env.DATABASE_URL;
  if (url) return { url, stop: async () => undefined };
  if (process.env.NODE_ENV === 'production') throw new Error('DATABASE_URL is required in production');
  const { startEmbeddedPostgres } = await import('../src/db/embedded-postgres.ts');
  const server = await startEmbeddedPostgres({ dataDir: '.data/postgres', databases: ['harian'] });
  return { url: server.url('harian'), stop: server.stop };
}

try {
  const database = await findDatabase();
  try {
    await migrateDatabase(database.url);
    await installQueue(database.url);
  } finally {
    await database.stop();
  }
  console.log('The database is migrated.');
} catch (error) {
  console.error(`The migration failed: ${errorCodeOf(error)}`);
  process.exitCode = 1;
}
