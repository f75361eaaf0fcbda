import { type SQL, sql } from 'drizzle-orm';
import type { Database } from './client.ts';
import { instant } from './fragments.ts';

/**
 * Why a store needs a person: its owner has to connect again, its sync needs an admin, its owner did not share
 * everything, its refresh token ends soon, or its link was never used.
 */
export type AttentionKind = 'reconnect' | 'admin' | 'scope' | 'ending' | 'pending';

export interface AttentionRow {
  kind: AttentionKind;
  storeCode: string;
  name: string;
  /** Of the status, or of the day. */
  reason: string | null;
  /** Since when, or until when for a token that ends. */
  at: Date | null;
  /** Stores of this kind in all. */
  count: number;
}

/** The most pressing kind first. */
export const byPressure = sql.raw(`array['reconnect', 'admin', 'scope', 'ending', 'pending']`);

/** One row for each reason why a store needs somebody: kind, store_code, name, reason, at. A store may have two. */
export function storesInNeed(options: { now: Date; tokenEndsBefore: Date }): SQL {
  const now = instant(options.now);
  const soon = instant(options.tokenEndsBefore);
  return sql`
    select case s.status when 'NEED_RECONNECT' then 'reconnect' when 'PENDING' then 'pending'
        else case when s.status_reason like 'SCOPE_MISSING%' then 'scope' else 'ending' end end as kind,
      s.store_code, s.name, s.status_reason as reason,
      case s.status when 'CONNECTED' then a.refresh_expires_at when 'PENDING' then s.created_at else s.updated_at end as at
    from stores s left join tiktok_accounts a on a.store_code = s.store_code
    where not s.paused and (s.status in ('NEED_RECONNECT', 'PENDING')
      or s.status = 'CONNECTED' and (s.status_reason like 'SCOPE_MISSING%' or a.refresh_expires_at < ${soon}))
    union all
    select 'admin', d.store_code, s.name, d.reason, d.updated_at
    from store_days d
      join stores s on s.store_code = d.store_code and s.status = 'CONNECTED' and not s.paused
      left join pgboss.job j on j.name = 'sync-store' and j.id = d.job_id
    where d.state in ('pending', 'running') and d.snapshot_date >= (${now} - interval '1 day')::date
      and d.job_id is not null and d.retry_after is null and (j.id is null or j.state > 'active')`;
}

/** Up to `perKind` stores of each kind that need somebody, the most pressing first, and how many there are. */
export async function listAttention(
  db: Database,
  options: { now: Date; tokenEndsBefore: Date; perKind: number },
): Promise<AttentionRow[]> {
  const result = await db.execute<Omit<AttentionRow, 'at'> & { at: Date | string | null }>(sql`
    with needing as (${storesInNeed(options)}), ranked as (
      select *, row_number() over (partition by kind order by at nulls last, store_code) as rank,
        count(*) over (partition by kind)::int as count
      from needing
    )
    select kind, store_code as "storeCode", name, reason, at, count from ranked where rank <= ${options.perKind}
    order by array_position(${byPressure}, kind), rank`);
  return result.rows.map((row) => ({ ...row, at: row.at === null ? null : new Date(row.at) }));
}
