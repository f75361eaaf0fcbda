import { sql } from 'drizzle-orm';
import type { Database } from './client.ts';
import { instant } from './fragments.ts';

export interface MeasuredPace {
  /** Jobs that were completed in the last five minutes. */
  completedLately: number;
  /** Pages of video/list that a run of the last two days took; null without any. */
  pagesPerStore: number | null;
  /** How far ahead the most booked endpoint is booked. */
  bookedAheadMs: number;
}

export const latelyMinutes = 5;
/** Runs that are looked at for what a store needs. */
const sampleSize = 1_000;

/** What a forecast is made from, in one statement. */
export async function measurePace(db: Database, now: Date): Promise<MeasuredPace> {
  const at = instant(now);
  const result = await db.execute<Record<keyof MeasuredPace, number | null>>(sql`
    select
      (select count(*)::int from pgboss.job where name = 'sync-store' and state = 'completed'
        and completed_on > ${at} - make_interval(mins => ${latelyMinutes})) as "completedLately",
      (select avg(pages)::double precision from (
        select pages from sync_logs where started_at > ${at} - interval '2 days' and status in ('SUCCESS', 'PARTIAL')
        order by started_at desc, id desc limit ${sampleSize}) as recent) as "pagesPerStore",
      (select extract(epoch from max(next_at) - clock_timestamp()) * 1000 from request_budgets)::double precision
        as "bookedAheadMs"`);
  const [row] = result.rows;
  return {
    completedLately: row?.completedLately ?? 0,
    pagesPerStore: row?.pagesPerStore ?? null,
    bookedAheadMs: Math.max(0, row?.bookedAheadMs ?? 0),
  };
}
