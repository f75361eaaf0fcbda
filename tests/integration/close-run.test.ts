import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DatabasePool } from '../../src/db/client.ts';
import { closeRun, type RunEnd } from '../../src/db/close-run.ts';
import { type Boss, createBoss } from '../../src/jobs/boss.ts';
import { createLogger } from '../../src/logger.ts';
import { newStoreCode, startTestHarian, type TestHarian } from '../support/harian.ts';
import { openSql, type Sql } from '../support/sql.ts';
import { insertConnectedStore, openTestPool } from '../support/stores.ts';

const openIds = Array.from({ length: 10 }, (_, index) => `close-${index}`);
const unused = [...openIds];
let harian: TestHarian;
let boss: Boss;
let pool: DatabasePool;
let sql: Sql;

beforeAll(async () => {
  harian = await startTestHarian({
    environment: { ROLES: 'api' },
    simulator: {
      accounts: openIds.map((openId) => ({ openId, username: openId, displayName: openId, videoCount: 1 })),
    },
  });
  const logger = createLogger({ level: 'silent', write: () => undefined, now: () => new Date() });
  boss = createBoss({ url: harian.database.url, supervise: false, maxConnections: 2, logger });
  await boss.boss.start();
  pool = openTestPool(harian.database.url);
  sql = await openSql(harian.database.url);
});
afterAll(async () => {
  await boss.stop();
  await boss.close();
  await sql.close();
  await pool.close();
  await harian.close();
});

/** A job in work, of a store of its own. */
async function claimed() {
  const storeCode = newStoreCode();
  const openId = unused.shift() ?? '';
  await insertConnectedStore(harian.harian.deps.db, harian.simulator, { storeCode, openId });
  await harian.api('POST', `/api/stores/${storeCode}/resync`);
  const [job] = await boss.boss.fetch<{ snapshot_date: string }>('sync-store', { includeMetadata: true });
  if (!job) throw new Error('no job was there to be claimed');
  return { storeCode, snapshotDate: job.data.snapshot_date, id: job.id, retryCount: job.retryCount };
}
type Claim = Awaited<ReturnType<typeof claimed>>;

const endOf = ({ storeCode, snapshotDate, ...completes }: Claim): RunEnd => ({
  logId: randomUUID(),
  log: {
    status: 'SUCCESS',
    errorCode: null,
    httpStatus: null,
    tiktokLogId: null,
    pages: 1,
    videos: 0,
    retryAt: null,
    finishedAt: new Date(),
  },
  day: { storeCode, snapshotDate, state: 'complete', reason: null, retryAfter: null, capturedAt: new Date() },
  read: {
    account: {
      followerCount: 1,
      followingCount: 2,
      likesCount: null,
      videoCount: 0,
      unionId: null,
      username: null,
      displayName: null,
      avatarUrl: null,
    },
    statusReason: null,
    oldestListedAt: null,
  },
  listed: [],
  completes,
});

const stateOf = async ({ storeCode }: Claim) => {
  const [row] = await sql.query(
    `select d.state as day, j.state::text as job, (select follower_count::int from user_daily u where u.store_code = s.store_code) as followers
     from stores s join store_days d using (store_code) join pgboss.job j on j.id = d.job_id where s.store_code = $1`,
    [storeCode],
  );
  return row;
};

test('a job that is complete with its run is left as pg-boss itself leaves a completed job', async () => {
  const [ours, theirs] = [await claimed(), await claimed()];

  expect(await closeRun(pool.db, endOf(ours))).toBe(true);
  await boss.boss.complete('sync-store', { id: theirs.id, retryCount: theirs.retryCount }, null);

  const rows = await sql.query<{ job: Record<string, unknown> }>(
    `select to_jsonb(j) - '{id,data,singleton_key,created_on,started_on,completed_on,start_after,keep_until,heartbeat_on}'::text[] as job,
      completed_on is not null and completed_on <= now() as is_over
     from pgboss.job j where id = any($1) order by id = $2`,
    [[ours.id, theirs.id], ours.id],
  );
  expect(rows[0]).toMatchObject({ is_over: true, job: { state: 'completed' } });
  expect(rows[1]).toEqual(rows[0]);
});

test.each<[string, (claim: Claim) => Promise<unknown>]>([
  ['was cancelled', ({ id }) => boss.boss.cancel('sync-store', id)],
  [
    'belongs to another delivery',
    ({ id }) => sql.query('update pgboss.job set retry_count = retry_count + 1 where id = $1', [id]),
  ],
])('nothing is written when the job %s', async (_how, lose) => {
  const claim = await claimed();
  await lose(claim);
  const before = await stateOf(claim);

  expect(await closeRun(pool.db, endOf(claim))).toBe(false);

  expect(await stateOf(claim)).toEqual(before);
  expect(before).toMatchObject({ followers: null });
});

const untilItWaits = () =>
  expect
    .poll(() =>
      sql.query(`select pid from pg_stat_activity where wait_event_type = 'Lock' and query like '%held_day%'`),
    )
    .toHaveLength(1);

test('whoever changes a connection is waited for with neither the day nor the job in hand', async () => {
  const claim = await claimed();
  const [other, witness] = [await openSql(harian.database.url), await openSql(harian.database.url)];
  await other.query('begin');
  await other.query('select from stores where store_code = $1 for update', [claim.storeCode]);

  const closing = closeRun(pool.db, endOf(claim));
  await untilItWaits();
  await witness.query('begin');
  const free = [
    await witness.query('select 1 from store_days where store_code = $1 for update nowait', [claim.storeCode]),
    await witness.query('select 1 from pgboss.job where id = $1 for update nowait', [claim.id]),
  ];
  await witness.query('rollback');
  await other.query('commit');

  expect(free.map((rows) => rows.length)).toEqual([1, 1]);
  expect(await closing).toBe(true);
  expect(await stateOf(claim)).toEqual({ day: 'complete', job: 'completed', followers: 1 });
  await Promise.all([other.close(), witness.close()]);
});

test('a day is waited for before the job is touched, as the planner does', async () => {
  const claim = await claimed();
  const [planner, witness] = [await openSql(harian.database.url), await openSql(harian.database.url)];
  await planner.query('begin');
  await planner.query('select from store_days where store_code = $1 for update', [claim.storeCode]);

  const closing = closeRun(pool.db, endOf(claim));
  await untilItWaits();
  await witness.query('begin');
  expect(await witness.query('select 1 from pgboss.job where id = $1 for update nowait', [claim.id])).toHaveLength(1);
  await witness.query('rollback');
  await planner.query('commit');

  expect(await closing).toBe(true);
  await Promise.all([planner.close(), witness.close()]);
});
