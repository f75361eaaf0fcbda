import { sql } from 'drizzle-orm';
import type { Database } from './client.ts';
import { instant } from './fragments.ts';
import { monthsEnd } from './month-partitions.ts';

export interface FleetCounts {
  stores: ReadonlyMap<string, number>;
  /** Days of `yesterday` by state. */
  days: ReadonlyMap<string, number>;
  /** Those of them that were missed: because their `owner` or a pause kept us from reading, or by `harian` itself. */
  missed: ReadonlyMap<string, number>;
  /** Days whose job was set aside, and that no later one has read. */
  setAside: number;
  /** Connected stores whose refresh token ends within so many days, in seconds until the first ends; null without any. */
  tokens: { within7Days: number; within30Days: number; firstEndsSeconds: number | null };
  /** Accounts whose last refresh got no readable answer. */
  refreshesInDoubt: number;
  /** For how long each endpoint's breaker has been open, 0 while it is closed. */
  breakerOpenSeconds: ReadonlyMap<string, number>;
  /** For how long each endpoint is booked out. */
  bookedAheadSeconds: ReadonlyMap<string, number>;
  deliveriesPending: number;
  /** For how long nothing has arrived at the webhook that has failed longest; 0 when all work. */
  webhookFailingSeconds: number;
  /** From today in UTC to the first day for whose numbers there is no place. */
  monthsAheadDays: number;
}

/** What there is to count besides today and the queue, in one statement. */
export async function countFleet(db: Database, options: { now: Date; yesterday: string }): Promise<FleetCounts> {
  const now = instant(options.now);
  const result = await db.execute<{ what: string; name: string; value: number | null }>(sql`
    with token as (
      select count(*) filter (where a.refresh_expires_at < ${now} + interval '7 days') as week,
        count(*) filter (where a.refresh_expires_at < ${now} + interval '30 days') as month,
        extract(epoch from min(a.refresh_expires_at) - ${now}) as first
      from tiktok_accounts a join stores s on s.store_code = a.store_code where s.status = 'CONNECTED'
    ), day as (
      select state, reason, count(*) as count from store_days where snapshot_date = ${options.yesterday} group by 1, 2
    )
    select 'stores' as what, status as name, count(*)::double precision as value from stores group by status
    union all select 'days', state, sum(count) from day group by state
    union all select 'missed', case when reason in ('NEED_RECONNECT', 'PAUSED') then 'owner' else 'harian' end, sum(count)
      from day where state = 'missed' group by 2
    union all select 'setAside', '', count(*) from store_days
      where state in ('pending', 'running') and snapshot_date >= ${options.yesterday} and reason = 'KILLED_WORKER'
    union all select 'tokens', '7', week from token
    union all select 'tokens', '30', month from token
    union all select 'tokens', 'first', first from token
    union all select 'inDoubt', '', count(*) from tiktok_accounts
      where refresh_state = 'OUTCOME_UNKNOWN' and refresh_token_encrypted is not null
    union all select 'breaker', endpoint,
      case state when 'open' then extract(epoch from clock_timestamp() - opened_at) else 0 end from circuit_breakers
    union all select 'booked', endpoint, greatest(0, extract(epoch from next_at - clock_timestamp())) from request_budgets
    union all select 'deliveries', '', count(*) from event_deliveries where state = 'pending' and job_id is null
    union all select 'deliveries', '', count(*) from pgboss.job where name = 'webhook-delivery' and state < 'completed'
    union all select 'webhook', '', coalesce(extract(epoch from ${now} - min(failing_since)), 0) from webhooks where enabled
    union all select 'months', '', ${monthsEnd} - (${now} at time zone 'UTC')::date`);
  const of = (what: string) => {
    const values = new Map<string, number>();
    for (const row of result.rows)
      if (row.what === what && row.value !== null)
        values.set(row.name, (values.get(row.name) ?? 0) + Number(row.value));
    return values;
  };
  const one = (what: string, name = '') => of(what).get(name) ?? 0;
  return {
    stores: of('stores'),
    days: of('days'),
    missed: of('missed'),
    setAside: one('setAside'),
    tokens: {
      within7Days: one('tokens', '7'),
      within30Days: one('tokens', '30'),
      firstEndsSeconds: of('tokens').get('first') ?? null,
    },
    refreshesInDoubt: one('inDoubt'),
    breakerOpenSeconds: of('breaker'),
    bookedAheadSeconds: of('booked'),
    deliveriesPending: one('deliveries'),
    webhookFailingSeconds: Math.max(0, one('webhook')),
    monthsAheadDays: one('months'),
  };
}
