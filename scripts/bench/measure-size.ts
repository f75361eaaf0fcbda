import { createDatabasePool } from '../../src/db/client.ts';
import { beginMonths } from '../../src/db/month-partitions.ts';
import { bossSqlTag as sql } from '../../src/db/sync-jobs.ts';
import { addDays } from '../../src/domain/snapshot-day.ts';
import { planDay } from '../../src/services/plan-day.ts';
import type { AppProcess } from '../rig/app-process.ts';
import { usualAccounts, videosPerStore } from './accounts.ts';
import { median, percentile } from './figures.ts';
import type { Spread } from './measure-pick-up.ts';
import type { Rig } from './rig.ts';
import { repeatDay, timezone, today, untilDone } from './stores.ts';

/** Of whom a year is there: the present month is whole, in the others every tenth store has numbers. */
const fleet = { stores: 10_000, videos: 100, days: 365 };
const planned = 100_000;
const queued = 1_000_000;
const syncedStores = 300;
const longestFillMs = 5 * 60_000;
const [syncRounds, looks] = [5, 40];

export interface SizeFigures {
  videoRows: number;
  /** On the disk, with its index. */
  bytesPerVideoDay: number;
  /** Seconds for the same stores without any other row, and behind the year: the median of the rounds. */
  syncSeconds: { empty: number; full: number };
  plan: { stores: number; seconds: number; grewMb: number };
  coverageMs: Spread;
  queue: { jobs: number; ms: Spread };
}

/** What a sync, planning, the queue's depth and a day's coverage cost where there is very much. */
export async function measureSize(usual: Rig, say: (progress: string) => void): Promise<SizeFigures> {
  const pool = createDatabasePool({
    url: usual.databaseUrl,
    maxConnections: 2,
    queryTimeoutMs: longestFillMs,
    onError: () => undefined,
  });
  const rig = { ...usual, db: pool.db };
  const codes = usualAccounts.slice(0, syncedStores).map(({ openId }) => openId);
  await rig.db.execute(sql`truncate user_daily, video_daily, store_days, sync_logs, pgboss.job`);
  await beginMonths(rig.db, addDays(today(), -fleet.days));
  const worker = await rig.startApp('worker');
  const empty = await syncRepeatedly(rig, codes);
  say('writing a year');
  await fillYear(rig, say);
  const full = await syncRepeatedly(rig, codes);
  await worker.end();
  const counted = await rig.db.execute<{ rows: number; bytes: number }>(sql`
    select (select count(*) from video_daily)::float8 as rows, sum(pg_total_relation_size(relid))::float8 as bytes
    from pg_partition_tree('video_daily') where isleaf`);
  say(`planning ${planned} stores`);
  const plan = await planMany(rig);
  const api = await rig.startApp('api');
  const coverageMs = await look(rig, api, '/api/coverage');
  say(`a queue of ${queued} jobs`);
  await fillQueue(rig);
  const ms = await look(rig, api, '/api/queue');
  await api.end();
  await pool.close();
  return {
    videoRows: counted.rows[0]?.rows ?? 0,
    bytesPerVideoDay: (counted.rows[0]?.bytes ?? NaN) / (counted.rows[0]?.rows ?? NaN),
    syncSeconds: { empty, full },
    plan,
    coverageMs,
    queue: { jobs: queued, ms },
  };
}

/** Each round takes away what the one before wrote of the day, and no other store takes part. */
async function syncRepeatedly(rig: Rig, storeCodes: readonly string[]): Promise<number> {
  const codes = sql.param([...storeCodes]);
  await rig.db.execute(sql`update stores set paused = not paused where paused = (store_code = any(${codes}::text[]))`);
  const seconds: number[] = [];
  for (let round = 0; round <= syncRounds; round += 1) {
    for (const table of ['user_daily', 'video_daily']) {
      await rig.db.execute(sql`
        delete from ${sql.identifier(table)} where snapshot_date = ${today()}::date and store_code = any(${codes}::text[])`);
    }
    await rig.db.execute(sql`vacuum user_daily, video_daily`);
    await repeatDay(rig, storeCodes);
    const { enqueued } = await planDay(rig.planner, 'schedule');
    if (enqueued !== storeCodes.length) throw new Error(`${enqueued} of ${storeCodes.length} stores were enqueued`);
    await untilDone(rig);
    const result = await rig.db.execute<{ seconds: number; videos: number }>(sql`
      select extract(epoch from max(completed_on) - min(started_on))::float8 as seconds,
        (select count(*) from video_daily where snapshot_date = ${today()}::date and store_code = any(${codes}::text[]))::int as videos
      from pgboss.job where name = 'sync-store' and state = 'completed'`);
    const row = result.rows[0];
    if (row?.videos !== storeCodes.length * videosPerStore) throw new Error(`${row?.videos} videos came through`);
    // The first one warms up.
    if (round > 0) seconds.push(row.seconds);
  }
  return median(seconds);
}

async function fillYear(rig: Rig, say: (progress: string) => void): Promise<void> {
  await rig.db.execute(sql`
    insert into stores (store_code, name, timezone, status, paused, connected_at)
    select 'year-' || i, 'Toko ' || i, ${timezone}, 'CONNECTED', true, now() from generate_series(1, ${fleet.stores}::int) i`);
  await rig.db.execute(sql`
    insert into videos (store_code, video_id, title, posted_at, first_seen_date)
    select 'year-' || i, (7400000000000000000 + i * 1000::bigint + n)::text, 'Video ' || n, now() - n * interval '4 days', current_date - 365
    from generate_series(1, ${fleet.stores}::int) i, generate_series(1, ${fleet.videos}::int) n`);
  const whole = `${today().slice(0, 8)}01`;
  for (let ago = fleet.days; ago > 0; ago -= 1) {
    const day = addDays(today(), -ago);
    const step = day < whole ? 10 : 1;
    await rig.db.execute(sql`
      insert into user_daily (store_code, snapshot_date, follower_count, following_count, likes_count, video_count, captured_at)
      select 'year-' || i, ${day}::date, 1000 + i, 10, 5000, 100, ${day}::date + interval '20 hours'
      from generate_series(1, ${fleet.stores}::int, ${step}::int) i`);
    await rig.db.execute(sql`
      insert into video_daily (store_code, video_id, snapshot_date, view_count, like_count, comment_count, share_count, captured_at)
      select 'year-' || i, (7400000000000000000 + i * 1000::bigint + n)::text, ${day}::date, 10000 + i, 400, 30, 4,
        ${day}::date + interval '20 hours'
      from generate_series(1, ${fleet.stores}::int, ${step}::int) i, generate_series(1, ${fleet.videos}::int) n`);
    if (ago % 60 === 0) say(`${fleet.days - ago} of ${fleet.days} days written`);
  }
  await rig.db.execute(sql`vacuum (analyze) stores, videos, user_daily, video_daily`);
}

async function planMany(rig: Rig): Promise<SizeFigures['plan']> {
  await rig.db.execute(sql`truncate store_days, pgboss.job`);
  await rig.db.execute(sql`
    insert into stores (store_code, name, timezone, status, connected_at)
    select 'plan-' || i, 'Toko ' || i, ${timezone}, 'CONNECTED', now() from generate_series(1, ${planned}::int) i`);
  await rig.db.execute(sql`update stores set paused = store_code not like 'plan-%'`);
  await rig.db.execute(sql`vacuum (analyze) stores, store_days`);
  const mb = () => process.memoryUsage.rss() / 2 ** 20;
  const before = mb();
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, mb());
  }, 50);
  const startedMs = performance.now();
  const { enqueued } = await planDay(rig.planner, 'schedule');
  const seconds = (performance.now() - startedMs) / 1000;
  clearInterval(watch);
  if (enqueued !== planned) throw new Error(`${enqueued} of ${planned} stores were enqueued`);
  return { stores: planned, seconds, grewMb: most - before };
}

async function fillQueue(rig: Rig): Promise<void> {
  await rig.db.execute(sql`
    insert into pgboss.job (name, singleton_key, priority, policy, data, retry_limit)
    select 'sync-store', 'queued-' || i, 0, 'exclusive',
      jsonb_build_object('store_code', 'queued-' || i, 'snapshot_date', current_date, 'trigger', 'schedule', 'deferrals', 0, 'deferred_delivery', null), 5
    from generate_series(1, ${queued - planned}::int) i`);
  await rig.db.execute(sql`vacuum (analyze) pgboss.job`);
}

async function look(rig: Rig, app: AppProcess, path: string): Promise<Spread> {
  const ms: number[] = [];
  for (let index = -5; index < looks; index += 1) {
    const startedMs = performance.now();
    const answer = await fetch(`${app.url}${path}`, {
      headers: { authorization: `Bearer ${rig.adminKey}` },
      signal: rig.signal,
    });
    await answer.arrayBuffer();
    if (answer.status !== 200) throw new Error(`${path} was answered with ${answer.status}`);
    if (index >= 0) ms.push(performance.now() - startedMs);
  }
  return { p50: percentile(ms, 0.5), p95: percentile(ms, 0.95), max: Math.max(...ms) };
}
