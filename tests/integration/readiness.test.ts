import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startTestHarian, type TestHarian } from '../support/harian.ts';
import { openSql, type Sql } from '../support/sql.ts';
import { createStoreDriver, smallAccounts } from '../support/store-driver.ts';

vi.setConfig({ testTimeout: 120_000 });

interface Readiness {
  ready: boolean;
  checks: Record<string, 'ok' | 'failing'>;
  fleet: { workers: number; schedulers: number } | null;
  coverage: { expected: number; pending: number; overdue: number } | null;
}

let database: TestDatabase;
let sql: Sql;
beforeAll(async () => {
  database = await createTestDatabase();
  sql = await openSql(database.url);
});
afterAll(async () => {
  await sql.close();
  await database.drop();
});

const start = (ROLES: string) =>
  startTestHarian({ database, environment: { ROLES }, simulator: { accounts: smallAccounts(2) } });
const readyz = async (harian: TestHarian) => {
  const { status, body } = await harian.api<Readiness>('GET', '/readyz');
  return { status, ...body };
};
const refusal = async (harian: TestHarian) => {
  const { status, body } = await harian.api<{ error?: { code: string; message: string } }>('GET', '/readyz');
  return `${status} ${body.error?.code} ${body.error?.message}`;
};
const waiting = { timeout: 60_000, interval: 100 };

test('a worker that no longer fetches is not ready, a scheduler whose ticks fail neither; both are once they go on', async () => {
  const harian = await start('api,worker,scheduler');
  await expect.poll(async () => (await readyz(harian)).status, waiting).toBe(200);
  // Nobody can read the jobs any more; the database itself answers.
  await sql.query('begin');
  await sql.query('lock table pgboss.job in access exclusive mode');

  await expect.poll(() => refusal(harian), waiting).toMatch(/^503 NOT_READY .* failing: worker, scheduler\./);
  await sql.query('rollback');

  await expect.poll(async () => (await readyz(harian)).status, waiting).toBe(200);
  await harian.close();
});

test('a process of role api alone is ready without any worker, and says that there is none', async () => {
  const api = await start('api');

  expect(await readyz(api)).toEqual({
    status: 200,
    ready: true,
    checks: { database: 'ok', migrations: 'ok', api: 'ok' },
    fleet: { workers: 0, schedulers: 0 },
    coverage: expect.objectContaining({ expected: 0, overdue: 0 }),
  });

  const worker = await start('worker,scheduler');
  await expect.poll(async () => (await readyz(api)).fleet, waiting).toEqual({ workers: 1, schedulers: 1 });
  await worker.close();
  expect((await readyz(api)).fleet).toEqual({ workers: 0, schedulers: 0 });
  await api.close();
});

test('a scheduler that looked twenty seconds ago counts, for it looks every ten; one of a minute ago does not', async () => {
  const api = await start('api');
  const schedulerOf = (age: string) =>
    sql.query(
      `insert into heartbeats (process_id, roles, started_at, seen_at, scheduler_seen_at)
       values (gen_random_uuid(), '{scheduler}', now(), now(), now() - $1::interval)`,
      [age],
    );
  await Promise.all([schedulerOf('20 seconds'), schedulerOf('1 minute')]);

  expect((await readyz(api)).fleet).toEqual({ workers: 0, schedulers: 1 });
  await sql.query('delete from heartbeats');
  await api.close();
});

test('a worker that hangs counts as gone for the others, though its process still lives', async () => {
  const api = await start('api');
  await sql.query(
    `insert into heartbeats (process_id, roles, started_at, seen_at, worker_seen_at)
     values (gen_random_uuid(), '{worker}', now(), now(), now() - interval '20 seconds')`,
  );

  expect((await readyz(api)).fleet).toEqual({ workers: 0, schedulers: 0 });
  await sql.query('delete from heartbeats');
  await api.close();
});

test('a day due for an hour and still unread is overdue, and changes nothing about the process', async () => {
  const api = await start('api');
  const stores = await createStoreDriver(api);
  const store = await stores.newStore({ timezone: api.config.sync.timezone });
  await stores.resync(store);
  expect((await readyz(api)).coverage).toMatchObject({ expected: 1, pending: 1, overdue: 0 });

  await sql.query(`update store_days set created_at = now() - interval '61 minutes'`);

  await expect.poll(() => readyz(api)).toMatchObject({ status: 200, coverage: { pending: 1, overdue: 1 } });
  await stores.close();
  await api.close();
});
