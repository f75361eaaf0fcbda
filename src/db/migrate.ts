import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { connectionSettings, startPatience } from './client.ts';

const migrationsFolder = fileURLToPath(new URL('../../drizzle', import.meta.url));
/** Any constant of ours: migrators queue behind it, so two at once do the work once. */
const migrationLock = '7233120811305902';

/** Applies what is new in drizzle/. Safe to run twice and at the same time. Throws when a migration fails. */
export async function migrateDatabase(url: string): Promise<void> {
  const client = new pg.Client({
    ...connectionSettings(url, 'harian-migrate'),
    ...startPatience,
    query_timeout: 600_000,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [migrationLock]);
    await migrate(drizzle({ client }), { migrationsFolder });
  } finally {
    await client.end();
  }
}
