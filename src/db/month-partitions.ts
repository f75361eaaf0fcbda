import { sql } from 'drizzle-orm';
import type { Database } from './client.ts';

// The numbers stand in partitions by month: what a sync writes to is as small after years as it was at first. What was
// there before the first month stays together in one. drizzle/0012_month_partitions.sql has the functions.

const monthlyTables = ['user_daily', 'video_daily'];

/** Makes the months that are missing up to that of `lastDay`. Returns how many partitions that were. */
export async function makeMonths(db: Database, lastDay: string): Promise<number> {
  const result = await db.execute<{ made: number }>(sql`
    select sum(make_months(name::regclass, ${lastDay}::date))::int as made
    from unnest(${sql.param(monthlyTables)}::text[]) as name`);
  return result.rows[0]?.made ?? 0;
}

/** Where nothing was read yet, the months begin with that of `firstDay` instead of the present one. Throws where something was. */
export async function beginMonths(db: Database, firstDay: string): Promise<void> {
  await db.execute(sql`
    select begin_months(name::regclass, ${firstDay}::date) from unnest(${sql.param(monthlyTables)}::text[]) as name`);
}

/** The first day for which there is no place, as a piece of a statement. */
export const monthsEnd = sql`(
  select min(months_end(name::regclass)) from unnest(${sql.param(monthlyTables)}::text[]) as name)`;

/**
 * A table's parts that hold its rows, the earliest first; itself where it has none. `beforeDay`: of those with months only
 * such as may hold days before. A ctid means something in one part alone.
 */
export async function listParts(db: Database, table: string, beforeDay: string | null = null): Promise<string[]> {
  const result = await db.execute<{ part: string }>(sql`
    select coalesce(c.relname, ${table}) as part
    from (select ${table}::regclass as oid) as t
      left join pg_inherits i on i.inhparent = t.oid left join pg_class c on c.oid = i.inhrelid
      cross join lateral (select pg_get_expr(c.relpartbound, c.oid) like '%MINVALUE%' as is_first) as bound
    where ${beforeDay}::date is null or c.oid is null or is_first or part_end(c.oid) < ${beforeDay}::date + interval '1 month'
    order by is_first desc nulls last, 1`);
  return result.rows.map(({ part }) => part);
}

/**
 * Drops the months that are over before a day, with all their rows. Returns how many; none of a table that has no months.
 * Throws 55P03 where somebody reads the table for longer than a moment: what was dropped by then is gone, the rest stays.
 */
export async function dropMonthsBefore(db: Database, table: string, day: string): Promise<number> {
  const over = await db.execute<{ part: string }>(sql`
    select c.relname as part from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = ${table}::regclass and pg_get_expr(c.relpartbound, c.oid) not like '%MINVALUE%'
      and part_end(c.oid) <= ${day}::date`);
  for (const { part } of over.rows) {
    await db.transaction(async (tx) => {
      // All readers wait behind us until those before us are through: not for long.
      await tx.execute(sql`set local lock_timeout = '500ms'`);
      await tx.execute(sql`drop table ${sql.identifier(part)}`);
    });
  }
  return over.rows.length;
}

/** What the planner of PostgreSQL knows of all months together: autovacuum looks at each, and never at the whole. */
export async function analyzeNumbers(db: Database): Promise<void> {
  for (const table of monthlyTables) await db.execute(sql`analyze ${sql.identifier(table)}`);
}
