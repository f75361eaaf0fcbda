import { afterEach, expect, test } from 'vitest';
import { createDatabasePool } from '../../src/db/client.ts';
import { migrateDatabase } from '../../src/db/migrate.ts';
import { isMigrated } from '../../src/db/migration-state.ts';
import { installQueue } from '../../src/jobs/install-queue.ts';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../support/database.ts';
import { openSql } from '../support/sql.ts';

const databases: TestDatabase[] = [];
const using = (database: TestDatabase) => {
  databases.push(database);
  return database.url;
};
const emptyDatabase = async () => using(await createEmptyDatabase());
/** The suite's template went through the same two steps. */
const migratedDatabase = async () => using(await createTestDatabase());
afterEach(async () => {
  for (const database of databases.splice(0)) await database.drop();
});

const migrate = async (url: string) => {
  await migrateDatabase(url);
  await installQueue(url);
};

/** Everything that makes up the schema, in a form that can be compared. */
async function describeSchema(url: string): Promise<Record<string, unknown[]>> {
  const sql = await openSql(url);
  const ours = "in ('public', 'drizzle', 'pgboss')";
  const read = (text: string) => sql.query(text);
  const schema = {
    columns: await read(
      `select table_schema, table_name, column_name, ordinal_position, column_default, is_nullable, data_type
       from information_schema.columns where table_schema ${ours} order by 1, 2, 4`,
    ),
    constraints: await read(
      `select conrelid::regclass::text as on, conname, pg_get_constraintdef(oid) as definition from pg_constraint
       where connamespace::regnamespace::text ${ours} order by 1, 2`,
    ),
    indexes: await read(
      `select schemaname, indexname, indexdef from pg_indexes where schemaname ${ours} order by 1, 2`,
    ),
    migrations: await read('select hash, created_at from drizzle.__drizzle_migrations order by created_at'),
    queues: await read(
      'select name, policy, retry_limit, heartbeat_seconds, dead_letter from pgboss.queue order by name',
    ),
  };
  await sql.close();
  return schema;
}

test('from empty, a second time, and three at the same time: always the same schema, each migration once', async () => {
  const once = await emptyDatabase();
  await migrate(once);
  const expected = await describeSchema(once);
  for (const [part, rows] of Object.entries(expected)) expect(rows.length, part).toBeGreaterThan(0);

  await migrate(once);
  expect(await describeSchema(once)).toEqual(expected);

  const together = await emptyDatabase();
  await Promise.all([migrate(together), migrate(together), migrate(together)]);
  expect(await describeSchema(together)).toEqual(expected);
});

test('keeps what the tables hold', async () => {
  const url = await migratedDatabase();
  const sql = await openSql(url);
  await sql.query("insert into stores (store_code, name, timezone) values ('kept', 'Kept', 'Asia/Jakarta')");
  await migrate(url);
  expect(await sql.query('select store_code from stores')).toEqual([{ store_code: 'kept' }]);
  await sql.close();
});

test('needs no superuser: the role only owns its database', async () => {
  const url = await migratedDatabase();
  const sql = await openSql(url);
  const [role] = await sql.query(
    'select rolsuper, rolbypassrls, rolreplication from pg_roles where rolname = current_user',
  );
  expect(role).toEqual({ rolsuper: false, rolbypassrls: false, rolreplication: false });
  const [owner] = await sql.query(
    'select pg_get_userbyid(datdba) = current_user as owner from pg_database where datname = current_database()',
  );
  expect(owner).toEqual({ owner: true });
  await sql.close();
});

test('a database counts as migrated only with every migration and the queue', async () => {
  const url = await emptyDatabase();
  const pool = createDatabasePool({ url, maxConnections: 1, onError: () => undefined });
  expect(await isMigrated(pool.db)).toBe(false);
  await migrateDatabase(url);
  expect(await isMigrated(pool.db)).toBe(false);
  await installQueue(url);
  expect(await isMigrated(pool.db)).toBe(true);
  await pool.close();
});

test('counters are bigint and may be NULL, days are dates, and no token has a column but the encrypted ones', async () => {
  const url = await migratedDatabase();
  const sql = await openSql(url);
  const counters = await sql.query(
    `select distinct data_type, is_nullable from information_schema.columns
     where table_schema = 'public' and table_name in ('user_daily', 'video_daily') and column_name like '%\\_count'`,
  );
  expect(counters).toEqual([{ data_type: 'bigint', is_nullable: 'YES' }]);
  const days = await sql.query(
    `select distinct data_type from information_schema.columns where table_schema = 'public' and column_name = 'snapshot_date'`,
  );
  expect(days).toEqual([{ data_type: 'date' }]);
  const tokens = await sql.query<{ name: string }>(
    `select table_name || '.' || column_name as name from information_schema.columns
     where table_schema = 'public' and column_name like '%token%' order by 1`,
  );
  expect(tokens.map(({ name }) => name)).toEqual([
    'admin_sessions.token_hash',
    'connect_links.token_hash',
    'tiktok_accounts.access_token_encrypted',
    'tiktok_accounts.refresh_token_encrypted',
    'tiktok_accounts.spent_token_hash',
  ]);
  await sql.close();
});

test('an unreachable database makes the migration fail', async () => {
  await expect(migrateDatabase('postgresql://nobody@127.0.0.1:1/nothing')).rejects.toMatchObject({
    code: 'ECONNREFUSED',
  });
});
