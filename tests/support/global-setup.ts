import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { migrateDatabase } from '../../src/db/migrate.ts';
import { installQueue } from '../../src/jobs/install-queue.ts';
import { databaseUrl, dropDatabases, templateOf } from './database.ts';
import { startTestServer } from './postgres-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    testDatabases: { serverUrl: string; prefix: string };
  }
}

/** One server and one migrated template per run; `createTestDatabase` clones it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startTestServer(process.env);
  const prefix = `harian_test_${process.pid}_${randomBytes(4).toString('hex')}`;
  // Open for the whole run: its name in pg_stat_activity says that this run's databases are in use.
  const keeper = new pg.Client({ connectionString: server.url, application_name: prefix });
  keeper.on('error', () => undefined);

  const teardown = async () => {
    if (server.source !== 'embedded') await dropDatabases(keeper, prefix).catch(() => undefined);
    await keeper.end().catch(() => undefined);
    await server.stop();
  };
  try {
    await keeper.connect();
    await dropLeftovers(keeper);
    const version = await keeper.query<{ server_version: string }>('SHOW server_version');
    console.log(`tests run on PostgreSQL ${version.rows[0]?.server_version} (${server.source})`);

    const template = templateOf(prefix);
    await keeper.query(`CREATE DATABASE ${template}`);
    await migrateDatabase(databaseUrl(server.url, template));
    await installQueue(databaseUrl(server.url, template));
  } catch (error) {
    await teardown();
    throw error;
  }
  project.provide('testDatabases', { serverUrl: server.url, prefix });
  return teardown;
}

/** Drops what killed runs left behind: our role's test databases whose run has no keeper any more. */
async function dropLeftovers(keeper: pg.Client): Promise<void> {
  const leftovers = await keeper.query<{ prefix: string }>(
    `SELECT DISTINCT substring(datname FROM '^harian_test_[0-9]+_[0-9a-f]{8}') AS prefix
     FROM pg_database JOIN pg_roles ON pg_roles.oid = datdba
     WHERE datname ~ '^harian_test_[0-9]+_[0-9a-f]{8}_' AND rolname = current_user
     EXCEPT SELECT application_name FROM pg_stat_activity`,
  );
  for (const { prefix } of leftovers.rows) await dropDatabases(keeper, prefix).catch(() => undefined);
}
