import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DatabasePool } from '../../src/db/client.ts';
import { grantReader, readableRelations } from '../../src/db/grant-reader.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { openSql, type Sql } from '../support/sql.ts';
import { openTestPool } from '../support/stores.ts';

let database: TestDatabase;
let pool: DatabasePool;
let owner: Sql;
let reader: Sql;
const role = `reader_${randomBytes(6).toString('hex')}`;
const password = randomBytes(12).toString('hex');

beforeAll(async () => {
  database = await createTestDatabase();
  pool = openTestPool(database.url);
  owner = await openSql(database.url);
  await owner.query(`create role ${role} login password '${password}'`);
  // Of an older version, say.
  await owner.query(`grant all on admin_keys to ${role}`);
  expect(await grantReader(pool.db, role)).toBe(true);
  const url = new URL(database.url);
  url.username = role;
  url.password = password;
  reader = await openSql(url.href);
});
afterAll(async () => {
  await reader?.close();
  await owner.query(`revoke all on all tables in schema public from ${role}; revoke all on schema public from ${role}`);
  await owner.query(`drop role ${role}`);
  await owner.close();
  await pool.close();
  await database.drop();
});

const refused = { code: '42501' };

test('a reader reads the numbers, and of all other tables, the queue among them, nothing', async () => {
  const all = await owner.query<{ schema: string; name: string }>(
    `select n.nspname as schema, c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'v', 'm', 'p') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`,
  );
  expect(all.length).toBeGreaterThan(20);
  const open: string[] = [];
  for (const { schema, name } of all) {
    const look = reader.query(`select * from "${schema}"."${name}" limit 1`);
    const isOpen = await look.then(
      () => true,
      (error: unknown) => {
        expect(error).toMatchObject(refused);
        return false;
      },
    );
    if (isOpen) open.push(name);
  }
  expect(open.toSorted()).toEqual([...readableRelations].toSorted());
});

test('a reader changes nothing', async () => {
  await expect(reader.query(`update stores set paused = true`)).rejects.toMatchObject(refused);
  await expect(reader.query(`delete from video_daily`)).rejects.toMatchObject(refused);
  await expect(reader.query(`create table public.mine ()`)).rejects.toMatchObject(refused);
});

test('whoever would not be bound by it is no reader: nobody, and the owner', async () => {
  expect(await grantReader(pool.db, 'nobody_of_that_name')).toBe(false);
  const [{ me } = { me: '' }] = await owner.query<{ me: string }>(`select current_user as me`);
  expect(await grantReader(pool.db, me)).toBe(false);
});

test('every panel of the Grafana dashboard is a query that the reader may ask', async () => {
  interface Dashboard {
    panels: { title: string; targets: { rawSql: string }[] }[];
    templating: { list: { query: string }[] };
  }
  const dashboard = JSON.parse(await readFile('deploy/grafana/dashboards/harian.json', 'utf8')) as Dashboard;
  const queries = [
    ...dashboard.templating.list.map(({ query }) => query),
    ...dashboard.panels.flatMap(({ targets }) => targets.map(({ rawSql }) => rawSql)),
  ];
  expect(queries.length).toBeGreaterThan(5);
  for (const query of queries) {
    const filled = query
      .replaceAll('$__timeFrom()', `'2026-11-01T00:00:00Z'::timestamptz`)
      .replaceAll('$__timeTo()', `'2026-11-30T00:00:00Z'::timestamptz`)
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own form.
      .replaceAll('${store:sqlstring}', `'toko-01'`);
    expect(filled).not.toMatch(/\$/);
    await expect(reader.query(filled), query).resolves.toBeDefined();
  }
});
