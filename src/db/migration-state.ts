import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import type { Database } from './client.ts';

const migrationsFolder = fileURLToPath(new URL('../../drizzle', import.meta.url));

/** True when every migration of this version is applied. A newer database is fine: migrations only add. */
export async function isMigrated(db: Database): Promise<boolean> {
  const newest = readMigrationFiles({ migrationsFolder }).at(-1);
  if (!newest) return false;
  const present = await db.execute<{ ok: boolean }>(
    sql`select to_regclass('drizzle.__drizzle_migrations') is not null and to_regclass('pgboss.job') is not null as ok`,
  );
  if (present.rows[0]?.ok !== true) return false;
  const applied = await db.execute<{ ok: boolean }>(
    sql`select coalesce(max(created_at), 0) >= ${newest.folderMillis} as ok from drizzle.__drizzle_migrations`,
  );
  return applied.rows[0]?.ok === true;
}
