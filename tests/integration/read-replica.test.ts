import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTcpProxy, type TcpProxy } from '../../scripts/rig/tcp-proxy.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { adminKey, startTestHarian, type TestHarian } from '../support/harian.ts';
import { openSql, type Sql } from '../support/sql.ts';

// Two databases that differ tell which one an answer came from.
let replica: TestDatabase;
let wayToReplica: TcpProxy;
let harian: TestHarian;
let primary: Sql;
let behind: Sql;

const fill = async (sql: Sql, followers: number) => {
  await sql.query(`insert into stores (store_code, name, timezone, status) values ('s', 'S', 'UTC', 'CONNECTED')`);
  await sql.query(`insert into store_days (store_code, snapshot_date, state) values ('s', '2026-05-01', 'complete')`);
  await sql.query(
    `insert into user_daily (store_code, snapshot_date, follower_count, captured_at) values ('s', '2026-05-01', $1, '2026-05-01T10:00:00Z')`,
    [followers],
  );
  await sql.query(`insert into videos (store_code, video_id, first_seen_date) values ('s', '7', '2026-05-01')`);
};

beforeAll(async () => {
  replica = await createTestDatabase();
  wayToReplica = await createTcpProxy(replica.url);
  harian = await startTestHarian({ environment: { ROLES: 'api', DATABASE_READ_URL: wayToReplica.url } });
  primary = await openSql(harian.database.url);
  behind = await openSql(replica.url);
  await fill(primary, 200);
  await fill(behind, 100);
});
afterAll(async () => {
  await primary.close();
  await behind.close();
  await harian.close();
  await wayToReplica.cut();
  await replica.drop();
});

test.each([
  '/api/stores/s/daily',
  '/api/stores/s/growth',
  '/api/stores/s/report?from=2026-05-01&to=2026-05-02',
  '/api/report?from=2026-05-01&to=2026-05-02',
  '/api/export/user_daily',
])('the numbers of %s are those of the replica', async (path) => {
  const answer = await fetch(`${harian.url}${path}`, { headers: { authorization: `Bearer ${adminKey}` } });
  expect(answer.status).toBe(200);
  const text = await answer.text();
  expect(text).toContain('100');
  expect(text).not.toContain('200');
});

test('a store is written and read where the writing is, however far the replica is behind', async () => {
  const created = await harian.api('POST', '/api/stores', { store_code: 'new', name: 'New' });
  expect(created.status).toBe(201);
  expect((await harian.api('GET', '/api/stores/new')).status).toBe(200);
  expect(await behind.query(`select from stores where store_code = 'new'`)).toEqual([]);
});

test('without the replica its numbers are a 503, the rest goes on, and readiness names what is missing', async () => {
  expect((await harian.api('GET', '/readyz')).body).toMatchObject({ checks: { database: 'ok', read_database: 'ok' } });
  await wayToReplica.cut();
  expect((await harian.api('GET', '/api/stores/s/daily')).status).toBe(503);
  expect((await harian.api('GET', '/api/export/user_daily')).status).toBe(503);
  expect((await harian.api('GET', '/api/stores')).status).toBe(200);
  const ready = await harian.api<{ error: { message: string } }>('GET', '/readyz');
  expect(ready.status).toBe(503);
  expect(ready.body.error.message).toContain('failing: read_database');
  await wayToReplica.restore();
  expect((await harian.api('GET', '/api/stores/s/daily')).status).toBe(200);
});

test('a process that reads no numbers is ready without it', async () => {
  await wayToReplica.cut();
  const environment = { ROLES: 'worker', DATABASE_READ_URL: wayToReplica.url };
  const worker = await startTestHarian({ database: harian.database, environment });
  const ready = await worker.api<{ checks: object }>('GET', '/readyz');
  await worker.close();
  await wayToReplica.restore();
  expect(ready.status).toBe(200);
  expect(ready.body.checks).not.toHaveProperty('read_database');
});
