import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { DatabasePool } from '../../src/db/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { newStoreCode } from '../support/harian.ts';
import { type HarianProcess, type ServedSimulator, serveSimulator, startHarianProcess } from '../support/processes.ts';
import { openSql, type Sql } from '../support/sql.ts';
import { smallAccounts } from '../support/store-driver.ts';
import { insertConnectedStore, openTestPool } from '../support/stores.ts';

/**
 * The oldest version whose processes may run beside this one's, on this one's schema and, here, on its packages. A
 * migration that it cannot live with moves it, and is named in the changelog.
 */
const upgradableFrom = '311112bd0bc9';
const storeCount = 16;

const git = (...args: string[]) => execFileSync('git', args, { maxBuffer: 64 * 1024 * 1024, stdio: 'pipe' });
const hasHistory = (() => {
  try {
    git('cat-file', '-e', `${upgradableFrom}^{commit}`);
    return true;
  } catch {
    return false;
  }
})();

// Processes start slowly on a machine that does other things too.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const publicUrl = 'http://localhost:3999';
let former: string;
let database: TestDatabase;
let pool: DatabasePool;
let sql: Sql;
let tiktok: ServedSimulator;
const processes: HarianProcess[] = [];

const start = async (program: string) => {
  const started = await startHarianProcess({
    databaseUrl: database.url,
    simulatorUrl: tiktok.url,
    publicUrl,
    program,
    environment: {
      ROLES: 'api,worker,scheduler',
      SYNC_CONCURRENCY: '2',
      SYNC_LOCAL_TIME: '00:00',
      // Both plan the day, again and again.
      SYNC_CRON: '* * * * * *',
    },
  });
  processes.push(started);
  return started;
};
const syncsOf = (process: HarianProcess) => process.logs().split('"sync ended"').length - 1;

beforeAll(async () => {
  former = await mkdtemp(join(tmpdir(), 'harian-former-'));
  if (hasHistory) {
    execFileSync('tar', ['-x', '-C', former], {
      input: git('archive', upgradableFrom, 'src', 'drizzle', 'package.json'),
    });
    await symlink(join(process.cwd(), 'node_modules'), join(former, 'node_modules'));
  }
  database = await createTestDatabase();
  pool = openTestPool(database.url);
  sql = await openSql(database.url);
  tiktok = await serveSimulator([`${publicUrl}/oauth/tiktok/callback`], { accounts: smallAccounts(storeCount) });
});
afterAll(async () => {
  await Promise.all(processes.map((each) => each.end('SIGKILL')));
  await sql.close();
  await pool.close();
  await tiktok.close();
  await database.drop();
  await rm(former, { recursive: true });
});

test.skipIf(!hasHistory)(
  'a former version works beside this one until it is replaced: each day is read once, and no token is spent twice',
  async () => {
    const { control } = tiktok.simulator;
    // Every run has to refresh.
    control.setTokenLife({ accessTokenLifeSeconds: 60 });
    control.setLatencyMs(300);
    const [old, next] = await Promise.all([start(join(former, 'src/main.ts')), start('src/main.ts')]);
    for (const { openId } of control.accounts) {
      await insertConnectedStore(pool.db, tiktok.simulator, { storeCode: newStoreCode(), openId });
    }

    await expect.poll(() => Math.min(syncsOf(old), syncsOf(next)), { timeout: 30_000 }).toBeGreaterThan(0);
    for (const path of ['stores', 'queue', 'coverage', 'sync-logs', 'audit', 'report']) {
      const [former, present] = await Promise.all([old, next].map((each) => each.api('GET', `/api/${path}`)));
      expect([path, former?.status, present?.status]).toEqual([path, 200, 200]);
    }
    expect(await old.end('SIGTERM')).toBe(0);
    control.setLatencyMs(0);

    const days = () => sql.query<{ state: string }>('select state from store_days');
    const complete = Array.from({ length: storeCount }, () => ({ state: 'complete' }));
    await expect.poll(days, { timeout: 30_000 }).toEqual(complete);
    const jobs = await sql.query(
      `select state::text, retry_count from pgboss.job where name = 'sync-store' and data->>'deferred_delivery' is null`,
    );
    // One that was given back by the stop has a delivery more, which cost no attempt.
    expect(new Set(jobs.map((job) => JSON.stringify(job)))).toEqual(
      new Set([JSON.stringify({ state: 'completed', retry_count: 0 })]),
    );
    const logs = await sql.query<{ status: string; count: number }>(
      `select status, count(*)::int as count from sync_logs where error_code is distinct from 'STOPPING' group by 1`,
    );
    expect(logs).toEqual([{ status: 'SUCCESS', count: storeCount }]);
    const spent = control.journal
      .entries()
      .filter(({ endpoint }) => endpoint === 'token')
      .map(({ tokenHash }) => tokenHash);
    expect(new Set(spent).size).toBe(spent.length);
    expect(await sql.query(`select from stores where status <> 'CONNECTED'`)).toEqual([]);
    // What either logs as an error, once it is up, is what an operator would be paged for.
    for (const process of [old, next]) {
      const errors = process
        .logs()
        .split('\n')
        .filter((line) => line.includes('"level":"error"'));
      expect(errors.filter((line) => !line.includes('NOT_READY'))).toEqual([]);
    }
  },
);
