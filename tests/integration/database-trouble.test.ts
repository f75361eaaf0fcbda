import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createTcpProxy, type TcpProxy } from '../../scripts/rig/tcp-proxy.ts';
import { createDatabasePool, inTransaction } from '../../src/db/client.ts';
import { createDeadNetwork } from '../../src/db/dead-network.ts';
import { createExportPool } from '../../src/db/export-rows.ts';
import { createQueueDatabase } from '../../src/db/queue-database.ts';
import { createStoreLockConnection, storeBusy } from '../../src/db/store-lock.ts';
import { isDatabaseUnavailable } from '../../src/db/unavailable.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createGate } from '../support/gate.ts';
import { newStoreCode, startTestHarian, type TestHarian } from '../support/harian.ts';
import { openSql } from '../support/sql.ts';
import { createStoreDriver, expectRowsEqualOracle, type StoreDriver, smallAccounts } from '../support/store-driver.ts';

// The program reaches its database through a proxy; the test looks behind it directly.
vi.setConfig({ testTimeout: 90_000 });

const gate = createGate();
let database: TestDatabase;
let proxy: TcpProxy;
let harian: TestHarian;
let stores: StoreDriver;
beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await createTcpProxy(database.url);
  harian = await startTestHarian({
    database: { ...database, url: proxy.url },
    environment: { ROLES: 'api,worker,scheduler', DATABASE_TIMEOUT_MS: '4000' },
    wrapFetch: gate.wrapFetch,
    simulator: { accounts: smallAccounts(10, 25) },
  });
  stores = await createStoreDriver({ ...harian, database });
});
afterAll(async () => {
  await stores.close();
  await harian.close();
  await proxy.cut();
  await database.drop();
});

// Long enough for a busy machine to connect in, short enough to wait for once.
const patientMs = 3_000;
const name = () => database.url.split('/').at(-1);
const timed = async (path: string) => {
  const startedMs = performance.now();
  const { status } = await harian.api('GET', path);
  return { status, ms: performance.now() - startedMs };
};
const untilServing = () =>
  expect.poll(async () => (await harian.api('GET', '/readyz')).status, { interval: 50 }).toBe(200);

test('every backend of ours killed at once, again and again: nothing dies, and the next sync is whole', async () => {
  for (let round = 0; round < 5; round++) {
    await stores.sql.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name like 'harian%'`,
    );
    await untilServing();
  }
  const store = await stores.newStore();

  const job = await stores.untilJob(await stores.resync(store), 'completed');

  expect(job.attempt).toBe(1);
  await expectRowsEqualOracle(stores, store);
});

test('a backend killed in the middle of a transaction rejects it, and the pool goes on', async () => {
  const pool = createDatabasePool({ url: database.url, maxConnections: 1, onError: () => undefined });
  const broken = inTransaction(pool.db, async (tx) => {
    const { rows } = await tx.execute<{ pid: number }>('select pg_backend_pid() as pid');
    await stores.sql.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
    // Between two queries nobody listens to the connection but the pool.
    const backend = () => stores.sql.query('select from pg_stat_activity where pid = $1', [rows[0]?.pid]);
    await expect.poll(backend).toEqual([]);
    await tx.execute('select 1');
  });

  await expect(broken).rejects.toSatisfy(isDatabaseUnavailable);
  expect((await pool.db.execute('select 1 as one')).rows).toEqual([{ one: 1 }]);
  await pool.close();
});

test('a query without an answer costs its connection, and takes all idle ones on the same way with it', async () => {
  const own = await createTcpProxy(database.url);
  const network = createDeadNetwork();
  const open = () =>
    createDatabasePool({
      url: own.url,
      network,
      maxConnections: 3,
      queryTimeoutMs: patientMs,
      onError: () => undefined,
    });
  const [pool, other] = [open(), open()];
  await Promise.all([pool, pool, pool, other].map(({ db }) => db.execute('select pg_sleep(0.05)')));
  expect([pool.counts(), other.counts()]).toMatchObject([{ idle: 3 }, { idle: 1 }]);
  own.freeze();

  await expect(inTransaction(pool.db, (tx) => tx.execute('select 1'))).rejects.toSatisfy(isDatabaseUnavailable);
  await own.restore();

  expect([pool.counts(), other.counts()]).toMatchObject([{ total: 0 }, { total: 0 }]);
  expect((await pool.db.execute('select 1 as one')).rows).toEqual([{ one: 1 }]);
  await Promise.all([pool.close(), other.close()]);
  await own.cut();
});

test('where the network is dead, a store’s connection is replaced between two runs, and never under one', async () => {
  const network = createDeadNetwork();
  const connection = createStoreLockConnection(database.url, { network });
  const run = async (meanwhile: () => void) => {
    const seen = await connection.withLock(newStoreCode(), async ({ db, lost }) => {
      const ask = async () => (await db.execute<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid;
      const first = await ask();
      meanwhile();
      return { first, last: await ask(), lost: lost.aborted };
    });
    if (seen === storeBusy) throw new Error('nobody else knows this store');
    expect(seen).toMatchObject({ last: seen.first, lost: false });
    return seen.first;
  };
  const nothing = () => undefined;

  const reportedUnder = await run(() => network.report(performance.now()));
  const next = await run(nothing);
  network.report(performance.now());
  const replaced = await run(nothing);
  const askedMs = 0;
  network.report(askedMs);
  const openedSince = await run(nothing);

  expect(new Set([reportedUnder, next, replaced]).size).toBe(3);
  expect(openedSince).toBe(replaced);
  await connection.close();
});

test('where the network is dead, whoever listens begins anew, and no idle connection of exports is left', async () => {
  const network = createDeadNetwork();
  const onError = () => undefined;
  const queue = createQueueDatabase({ url: database.url, maxConnections: 1, network, onError });
  const exports = createExportPool({ url: database.url, maxConnections: 1, pooled: false, network, onError });
  let subscriptions = 0;
  const listening = await queue.listen('anything', onError, () => {
    subscriptions += 1;
  });
  const filter = { series: 'stores', format: 'csv', storeCode: null, from: null, to: null, after: null } as const;
  for await (const _ of exports.copyRows(filter, { header: true })) expect(subscriptions).toBeLessThan(2);
  const exporting = () =>
    stores.sql.query(
      `select from pg_stat_activity where datname = current_database() and application_name = 'harian-export'`,
    );
  await expect.poll(() => subscriptions).toBe(1);
  expect(await exporting()).toHaveLength(1);

  network.report(performance.now());

  await expect.poll(() => subscriptions, { timeout: 4_000 }).toBe(2);
  // Sooner than the pool parts with what is idle for ten seconds.
  await expect.poll(exporting, { timeout: 4_000 }).toEqual([]);
  await Promise.all([listening.close(), exports.close()]);
  await queue.close();
});

test('a transaction that could not even begin gives its connection back', async () => {
  const own = await createTcpProxy(database.url);
  const pool = createDatabasePool({
    url: own.url,
    maxConnections: 1,
    queryTimeoutMs: patientMs,
    onError: () => undefined,
  });
  await inTransaction(pool.db, (tx) => tx.execute('select 1'));
  own.freeze();
  await expect(inTransaction(pool.db, (tx) => tx.execute('select 1'))).rejects.toSatisfy(isDatabaseUnavailable);
  await own.restore();

  expect((await pool.db.execute('select 1 as one')).rows).toEqual([{ one: 1 }]);
  await pool.close();
  await own.cut();
});

test.each([
  ['that is gone', true],
  ['that the server still believes in', false],
])(
  'a session %s costs its statement long before its time is up, and the next has another',
  async (_, serverKnows) => {
    const own = await createTcpProxy(database.url);
    const connection = createStoreLockConnection(own.url, { timeoutMs: 10 * 60_000 });
    const ask = () => connection.withLock(newStoreCode(), ({ db }) => db.execute('select 1 as one'));
    await ask();
    own.freeze();

    const swallowed = ask();
    await own.restore({ serverKnows });

    // Its begin is asked again on the connection that replaces it.
    expect(await swallowed).toMatchObject({ rowCount: 1 });
    expect(await ask()).toMatchObject({ rows: [{ one: 1 }] });
    await connection.close();
    await own.cut();
  },
  30_000,
);

test('a connection that began while nothing passed is begun anew in time for its run', async () => {
  const own = await createTcpProxy(database.url);
  const connection = createStoreLockConnection(own.url);
  own.freeze();
  const asked = connection.withLock(newStoreCode(), ({ db }) => db.execute('select 1 as one'));
  // Taken in by the proxy after ours: by then ours was, and stays silent for good.
  for (let later = 0; later < 2; later += 1) {
    const socket = connect(Number(new URL(own.url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.destroy();
  }
  await own.restore();

  expect(await asked).toMatchObject({ rows: [{ one: 1 }] });
  await connection.close();
  await own.cut();
});

test('a statement that takes long is waited for', async () => {
  const connection = createStoreLockConnection(database.url);
  const other = await openSql(database.url);
  await other.query('begin; lock table admin_keys');
  const asked = connection.withLock(newStoreCode(), ({ db }) => db.execute('select count(*)::int from admin_keys'));

  const waits = () =>
    stores.sql.query(
      `select from pg_stat_activity where datname = current_database() and application_name = 'harian-sync'
       and wait_event_type = 'Lock' and now() - query_start > interval '5 s'`,
    );
  await expect.poll(waits, { timeout: 20_000 }).toHaveLength(1);
  await other.query('commit');

  expect(await asked).toMatchObject({ rowCount: 1 });
  await connection.close();
  await other.close();
});

// How fast is what chaos measures (postgres-trouble): here a busy machine may take its time, but nothing may hang.
test('half-open: requests are refused and do not hang; once packets pass again all is served', async () => {
  const store = await stores.newStore();
  await untilServing();
  proxy.freeze();

  const down = await Promise.all(['/api/stores', '/api/queue', '/readyz', '/api/coverage'].map(timed));

  for (const { status, ms } of down) {
    expect(status).toBe(503);
    expect(ms).toBeLessThan(15_000);
  }
  await proxy.restore();
  await expect.poll(async () => (await timed('/api/stores')).status, { interval: 20 }).toBe(200);
  await stores.untilJob(await stores.resync(store), 'completed');
}, 60_000);

test('a failover to a standby: writes are refused as unavailable, not ready, and the connections are given up', async () => {
  const create = () =>
    harian.api<{ error?: { code: string } }>('POST', '/api/stores', { store_code: newStoreCode(), name: 'A' });
  await stores.sql.query(`alter database ${name()} set default_transaction_read_only = on`);
  await stores.sql.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and application_name like 'harian%'`,
  );
  await expect.poll(async () => (await create()).status).toBe(503);
  expect((await create()).body.error?.code).toBe('UNAVAILABLE');
  const ready = await harian.api<{ error?: { message: string } }>('GET', '/readyz');
  expect([ready.status, ready.body.error?.message]).toEqual([503, expect.stringContaining('failing: database')]);

  await stores.sql.query('set transaction_read_only = off');
  await stores.sql.query(`begin read write; alter database ${name()} reset default_transaction_read_only; commit`);

  await expect.poll(async () => (await create()).status).toBe(201);
  await untilServing();
});

test('a run that the database left is written down as what it was once it is back, and tried again', async () => {
  const store = await stores.newStore();
  const list = gate.holdNext('video/list');
  const jobId = await stores.resync(store);
  await list.reached;
  await proxy.cut();
  await expect.poll(() => harian.logs.some((line) => line.includes('sync broke off'))).toBe(true);
  list.release();
  await proxy.restore();

  await stores.untilJob(jobId, 'completed');

  const logs = await stores.logs(store);
  expect(logs.map(({ status, attempt }) => [status, attempt])).toEqual([
    ['FAILED', 1],
    ['SUCCESS', 2],
  ]);
  expect(logs[0]?.error_code).not.toBe('WORKER_DIED');
  await expectRowsEqualOracle(stores, store);
});
