import { type SQL, sql } from 'drizzle-orm';
import type { Database } from './client.ts';
import { instant } from './fragments.ts';
import { listParts } from './month-partitions.ts';

export type Sweep = 'old rows' | 'video ages';

/**
 * True for one caller in `everyMs`, whatever the number of processes: who gets it does the work. A claim of the future, made
 * by a clock that was wrong, counts for nothing.
 */
export async function claimSweep(db: Database, options: { name: Sweep; now: Date; everyMs: number }): Promise<boolean> {
  const now = instant(options.now);
  const result = await db.execute(sql`
    insert into sweeps (name, begun_at) values (${options.name}, ${now})
    on conflict (name) do update set begun_at = excluded.begun_at
    where sweeps.begun_at > ${now} or sweeps.begun_at <= ${now} - make_interval(secs => ${options.everyMs / 1000})
    returning name`);
  return result.rows.length === 1;
}

/** How a row tells its age, each by an index, but for heartbeats, of which there are few; and what never counts as old. */
const agedTables = {
  sync_logs: { column: 'started_at', only: sql`status <> 'RUNNING'` },
  audit_log: { column: 'at', only: sql`actor_name = 'unknown'` },
  connect_links: { column: 'expires_at', only: sql`true` },
  oauth_states: { column: 'expires_at', only: sql`true` },
  idempotency_keys: { column: 'claimed_at', only: sql`true` },
  admin_sessions: { column: 'expires_at', only: sql`true` },
  events: { column: 'at', only: sql`true` },
  heartbeats: { column: 'seen_at', only: sql`true` },
} satisfies Record<string, { column: string; only: SQL }>;

export type AgedTable = keyof typeof agedTables;
export const isAged = (table: string): table is AgedTable => Object.hasOwn(agedTables, table);

/** Deletes up to `limit` rows from before, the oldest first. Returns how many; fewer than `limit`: that was all. */
export async function deleteRowsBefore(
  db: Database,
  table: AgedTable,
  options: { before: Date; limit: number },
): Promise<number> {
  const { column, only } = agedTables[table];
  const at = sql.identifier(column);
  const result = await db.execute(sql`
    delete from ${sql.identifier(table)} where ctid = any(array(
      select ctid from ${sql.identifier(table)}
      where ${only} and ${at} < ${options.before.toISOString()}::timestamptz order by ${at} limit ${options.limit}))`);
  return result.rowCount ?? 0;
}

/** Whose days they are: along the primary key, for each of them, the old ones are found without an index on days alone. */
const dayTables = {
  user_daily: { owners: sql`stores`, isOwn: sql`d.store_code = owner.store_code` },
  video_daily: { owners: sql`videos`, isOwn: sql`d.store_code = owner.store_code and d.video_id = owner.video_id` },
  store_days: { owners: sql`stores`, isOwn: sql`d.store_code = owner.store_code` },
} satisfies Record<string, { owners: SQL; isOwn: SQL }>;

export type DayTable = keyof typeof dayTables;
export const isOfDays = (table: string): table is DayTable => Object.hasOwn(dayTables, table);

interface DaysOfStores {
  storeCodes: readonly string[];
  beforeDay: string;
  limit: number;
}

/** Deletes up to `limit` rows of these stores from before a day. Returns how many; fewer than `limit`: that was all. */
export async function deleteDaysBefore(db: Database, table: DayTable, options: DaysOfStores): Promise<number> {
  const { storeCodes, beforeDay, limit } = options;
  const { owners, isOwn } = dayTables[table];
  let total = 0;
  for (const part of await listParts(db, table, beforeDay)) {
    const left = limit - total;
    const name = sql.identifier(part);
    const result = await db.execute(sql`
      delete from ${name} where ctid = any(array(
        select old.ctid from ${owners} owner cross join lateral (
          select d.ctid from ${name} d where ${isOwn} and d.snapshot_date < ${beforeDay}::date
          order by d.snapshot_date limit ${left}) as old
        where owner.store_code = any(${sql.param([...storeCodes])}::text[]) limit ${left}))`);
    total += result.rowCount ?? 0;
    if (total >= limit) break;
  }
  return total;
}

/**
 * Deletes up to `limit` videos of these stores of which no reading is left. Call it in a transaction: it holds the stores,
 * so that no reading comes between the look and the deletion, which would take it along.
 */
export async function deleteUnreadVideos(
  tx: Database,
  options: Pick<DaysOfStores, 'storeCodes' | 'limit'>,
): Promise<number> {
  const codes = sql`any(${sql.param([...options.storeCodes])}::text[])`;
  await tx.execute(sql`select from stores where store_code = ${codes} order by store_code for no key update`);
  const result = await tx.execute(sql`
    delete from videos where ctid = any(array(
      select v.ctid from videos v where v.store_code = ${codes} and not exists (
        select from video_daily d where d.store_code = v.store_code and d.video_id = v.video_id)
      limit ${options.limit}))`);
  return result.rowCount ?? 0;
}
