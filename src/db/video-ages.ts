import { sql } from 'drizzle-orm';
import { ages, canBeKnown, compared, forEachCounter, readingsAround, valueBetween } from './aged-readings.ts';
import type { Database } from './client.ts';

/**
 * Keeps what the compared videos of these stores had at each age, where no reading to come can change it: nothing was read
 * before that age, or the readings on both sides are from before `settledBefore`, after which no run touches their days.
 * Returns how many were kept; what is kept is not looked up again.
 */
export async function keepSettledAges(
  db: Database,
  options: { storeCodes: readonly string[]; settledBefore: Date },
): Promise<number> {
  const settledBefore = sql`${options.settledBefore.toISOString()}::timestamptz`;
  const isSettled = forEachCounter('(#_before is null or #_before[1] = ms or #_after[1] < settled_ms)', ' and ');
  const result = await db.execute(sql`
    with pairs as (
      select v.store_code, v.video_id, v.posted_at, a.age
      from unnest(${sql.param([...options.storeCodes])}::text[]) as s(code)
        cross join lateral (${compared(sql`s.code`)}) as v cross join ${ages}
      where v.posted_at + make_interval(hours => 24 * a.age) < ${settledBefore} and ${canBeKnown} and not exists (
        select from video_ages kept
        where kept.store_code = v.store_code and kept.video_id = v.video_id and kept.age_days = a.age)
    ), around as materialized (${readingsAround(sql`pairs`)})
    insert into video_ages (store_code, video_id, age_days, ${forEachCounter('#')})
    select store_code, video_id, age, ${forEachCounter(valueBetween)}
    from around cross join (select (extract(epoch from ${settledBefore}) * 1000)::bigint as settled_ms) as settled
    where ${isSettled}
    on conflict do nothing`);
  return result.rowCount ?? 0;
}
