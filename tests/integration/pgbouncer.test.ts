import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { DatabasePool } from '../../src/db/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { adminKey, newStoreCode } from '../support/harian.ts';
import { hasPgbouncer, limitMs, startPgbouncer } from '../support/pgbouncer.ts';
import { type HarianProcess, type ServedSimulator, serveSimulator, startHarianProcess } from '../support/processes.ts';
import { openSql, type Sql } from '../support/sql.ts';
import { insertConnectedStore, openTestPool } from '../support/stores.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const publicUrl = 'http://localhost:3998';

describe.runIf(await hasPgbouncer)('behind a transaction pooler', () => {
  let database: TestDatabase;
  let pool: DatabasePool;
  let sql: Sql;
  let tiktok: ServedSimulator;
  let pooler: Awaited<ReturnType<typeof startPgbouncer>>;
  const processes: HarianProcess[] = [];
  const start = async (databaseUrl: string, environment: Record<string, string>) => {
    const started = await startHarianProcess({ databaseUrl, simulatorUrl: tiktok.url, publicUrl, environment });
    processes.push(started);
    return started;
  };

  beforeAll(async () => {
    database = await createTestDatabase();
    pool = openTestPool(database.url);
    sql = await openSql(database.url);
    tiktok = await serveSimulator([`${publicUrl}/oauth/tiktok/callback`]);
    pooler = await startPgbouncer(database.url);
  });
  afterAll(async () => {
    await Promise.all(processes.map((each) => each.end('SIGKILL')));
    await pooler.close();
    await tiktok.close();
    await sql.close();
    await pool.close();
    await database.drop();
  });

  test.each(['worker', 'scheduler', 'api,worker'])(
    'a process that is %s does not start, and says why',
    async (roles) => {
      await expect(start(pooler.url, { ROLES: roles })).rejects.toThrow(
        /leads through a transaction pooler.*ROLES=api/s,
      );
    },
  );

  test('the API serves everything, beside a worker with an address of its own', async () => {
    const [api, worker] = await Promise.all([
      start(pooler.url, { ROLES: 'api', DATABASE_READ_URL: pooler.url }),
      start(database.url, { ROLES: 'worker' }),
    ]);
    const storeCode = newStoreCode();
    const openId = tiktok.simulator.control.accounts[0]?.openId ?? '';
    await insertConnectedStore(pool.db, tiktok.simulator, { storeCode, openId });
    const { status, body } = await api.api<{ job: { id: string } }>('POST', `/api/stores/${storeCode}/resync`);
    expect(status).toBe(202);
    const job = async () => (await api.api<{ state: string }>('GET', `/api/jobs/${body.job.id}`)).body.state;
    // Nobody is told through a pooler that jobs are there: the worker looks once a second.
    await expect.poll(job, { timeout: 20_000 }).toBe('completed');

    const [video] = await sql.query<{ video_id: string }>('select video_id from videos where store_code = $1', [
      storeCode,
    ]);
    const paths = [
      '/readyz',
      '/api/stores',
      '/api/queue',
      '/api/coverage',
      '/api/report?from=2026-11-01&to=2026-11-20',
      `/api/stores/${storeCode}/growth`,
      `/api/stores/${storeCode}/curve`,
      `/api/stores/${storeCode}/videos/${video?.video_id}/curve`,
      `/api/stores/${storeCode}/videos/${video?.video_id}/growth`,
      `/api/sync-logs?store_code=${storeCode}`,
    ];
    // Many times side by side, so that sessions change hands all the time.
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => paths)
        .flat()
        .map((path) => api.api('GET', path)),
    );
    expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 200));
    const links = await Promise.all(
      Array.from({ length: 10 }, () => api.api('POST', `/api/stores/${storeCode}/connect-links`)),
    );
    expect(links.map((link) => link.status)).toEqual(links.map(() => 201));
    const csv = await fetch(`${api.url}/api/export/video_daily`, {
      headers: { authorization: `Bearer ${adminKey}` },
    });
    expect(csv.status).toBe(200);
    expect((await csv.text()).trimEnd().split('\n')).toHaveLength(
      1 + (await sql.query('select from video_daily')).length,
    );

    // A session's setting would be everybody's from then on.
    const clients = await Promise.all(Array.from({ length: 3 }, () => openSql(pooler.url)));
    for (const client of clients) await client.query('begin');
    const settings = `select name, setting from pg_settings
      where name ~ 'timeout|commit|keepalives|connection_check' order by name`;
    const untouched = (await sql.query<{ name: string; setting: string }>(settings)).map((row) =>
      row.name === 'statement_timeout' ? { ...row, setting: limitMs } : row,
    );
    for (const client of clients) expect(await client.query(settings)).toEqual(untouched);
    for (const client of clients) await client.close();
    // While it starts it is not ready, and says so.
    for (const each of [api, worker]) expect(each.logs()).not.toMatch(/"error_code":"(?!NOT_READY)/);
  });
});
