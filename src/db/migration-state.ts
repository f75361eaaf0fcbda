import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import type { Database } from './client.ts';

const migrationsFolder = fileURLToPath(new URL('../../drizzle', import.meta.url));

/** True when every migration of this version is applied. A newer database is fine, unless the changelog says otherwise. */
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

/** The instants by which this version's migrations are known, the oldest first: a database is at the latest that it has. */
export const knownMigrations = (): number[] =>
  readMigrationFiles({ migrationsFolder }).map(({ folderMillis }) => folderMillis);

/** The latest migration that was applied; null where none was. */
export async function findAppliedMigration(db: Database): Promise<number | null> {
  const present = await db.execute<{ ok: boolean }>(
    sql`select to_regclass('drizzle.__drizzle_migrations') is not null as ok`,
  );
  if (present.rows[0]?.ok !== true) return null;
  const result = await db.execute<{ latest: string | null }>(
    sql`select max(created_at) as latest from drizzle.__drizzle_migrations`,
  );
  const latest = result.rows[0]?.latest ?? null;
  return latest === null ? null : Number(latest);
}

export interface SchemaState {
  postgresVersion: string;
  /** pg-boss's own schema. */
  queueSchemaVersion: number;
  migrationsApplied: number;
  /** That this version of Harian brings. */
  migrationsKnown: number;
}

/** What the database is. Rejects where nothing is migrated yet. */
export async function readSchemaState(db: Database): Promise<SchemaState> {
  const result = await db.execute<Omit<SchemaState, 'migrationsKnown'>>(sql`
    select current_setting('server_version') as "postgresVersion",
      (select max(version)::int from pgboss.version) as "queueSchemaVersion",
      (select count(*)::int from drizzle.__drizzle_migrations) as "migrationsApplied"`);
  const [row] = result.rows;
  if (!row) throw new Error('a count returned no row');
  return { ...row, migrationsKnown: readMigrationFiles({ migrationsFolder }).length };
}
