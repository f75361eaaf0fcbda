import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { connectionSettings, startPatience } from './client.ts';

const migrationsFolder = fileURLToPath(new URL('../../drizzle', import.meta.url));
/** Any constant of ours: migrators queue behind it, so two at once do the work once. */
const migrationLock = '7233120811305902';

/** Applies what is new in drizzle/. Safe to run twice and at the same time. Throws when a migration fails. */
export function migrateDatabase(url: string): Promise<void> {
  return applyMigrations(url, migrationsFolder);
}

/** The same up to a migration, by its instant: the schema as a former version of Harian left it. */
export async function migrateThrough(url: string, latest: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'harian-migrations-'));
  try {
    await cp(migrationsFolder, folder, { recursive: true });
    const journalFile = join(folder, 'meta/_journal.json');
    const journal = JSON.parse(await readFile(journalFile, 'utf8')) as { entries: { when: number }[] };
    const entries = journal.entries.filter(({ when }) => when <= latest);
    await writeFile(journalFile, JSON.stringify({ ...journal, entries }));
    await applyMigrations(url, folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function applyMigrations(url: string, folder: string): Promise<void> {
  const client = new pg.Client({
    ...connectionSettings(url, 'harian-migrate'),
    ...startPatience,
    query_timeout: 600_000,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    // Whatever the role's own limit is.
    await client.query('set statement_timeout = 0');
    await client.query('select pg_advisory_lock($1)', [migrationLock]);
    await migrate(drizzle({ client }), { migrationsFolder: folder });
  } finally {
    await client.end();
  }
}
