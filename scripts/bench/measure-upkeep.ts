import { bossSqlTag as sql } from '../../src/db/sync-jobs.ts';
import { usualAccounts, videosPerStore } from './accounts.ts';
import type { Rig } from './rig.ts';
import { beginDay, drainDay, repeatDay } from './stores.ts';

const stores = 600;
/** PostgreSQL looks once a minute by its own settings: so long that it has come by several times. */
const workMs = 240_000;
const lookEveryMs = 1_000;
/** What a sync writes, but for its job: that is taken away between two passes. */
const tables = ['video_daily', 'user_daily', 'store_days', 'sync_logs', 'stores', 'tiktok_accounts'] as const;

export interface TableUpkeep {
  table: string;
  liveRows: number;
  /** The most that were there at once. */
  deadRows: number;
  autovacuums: number;
  updatesPerMinute: number;
  /** Of its updates those that touched no index. */
  hotShare: number;
}

export interface UpkeepFigures {
  stores: number;
  passes: number;
  seconds: number;
  tables: TableUpkeep[];
}

/** The same rows written pass after pass by one worker, which is more than any fleet does to one day. */
export async function measureUpkeep(rig: Rig, say: (progress: string) => void): Promise<UpkeepFigures> {
  const codes = usualAccounts.slice(0, stores).map(({ openId }) => openId);
  await beginDay(rig, codes, { expired: true });
  const worker = await rig.startApp('worker');
  const before = await readCounts(rig);
  const most = new Map<string, number>();
  const look = async () => {
    for (const { table, dead } of await readCounts(rig)) most.set(table, Math.max(dead, most.get(table) ?? 0));
  };
  const watch = setInterval(() => void look().catch(() => undefined), lookEveryMs);
  const startedMs = performance.now();
  let passes = 0;
  try {
    for (; performance.now() - startedMs < workMs; passes += 1) {
      if (passes > 0) await repeatDay(rig, codes);
      await drainDay(rig, codes.length, codes.length * videosPerStore);
      if (passes % 5 === 0) say(`${passes + 1} passes`);
    }
  } finally {
    clearInterval(watch);
  }
  const seconds = (performance.now() - startedMs) / 1000;
  const after = await readCounts(rig);
  await worker.end();
  return {
    stores,
    passes,
    seconds,
    tables: after.map(({ table, live, autovacuums, updates, hotUpdates }) => {
      const past = before.find((one) => one.table === table) ?? { autovacuums: 0, updates: 0, hotUpdates: 0 };
      return {
        table,
        liveRows: live,
        deadRows: most.get(table) ?? 0,
        autovacuums: autovacuums - past.autovacuums,
        updatesPerMinute: (60 * (updates - past.updates)) / seconds,
        hotShare: (hotUpdates - past.hotUpdates) / Math.max(1, updates - past.updates),
      };
    }),
  };
}

interface Counts extends Record<string, unknown> {
  table: string;
  live: number;
  dead: number;
  autovacuums: number;
  updates: number;
  hotUpdates: number;
}

/** By PostgreSQL's own statistics; a partitioned table's are its months' together. */
async function readCounts(rig: Rig): Promise<Counts[]> {
  const { rows } = await rig.db.execute<Counts>(sql`
    select parent as "table", sum(n_live_tup)::int as live, sum(n_dead_tup)::int as dead,
      sum(autovacuum_count)::int as autovacuums, sum(n_tup_upd)::int as updates, sum(n_tup_hot_upd)::int as "hotUpdates"
    from (
      select s.*, coalesce((select inhparent::regclass::text from pg_inherits where inhrelid = s.relid), s.relname) as parent
      from pg_stat_user_tables s where s.schemaname = 'public') as s
    where parent = any(${sql.param([...tables])}::text[])
    group by parent order by parent`);
  return rows;
}
