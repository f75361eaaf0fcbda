import { type SQL, sql } from 'drizzle-orm';
import type { FeedEvent } from '../domain/feed-event.ts';
import type { Database } from './client.ts';
import { instant } from './fragments.ts';
import type { ZoneDay } from './store-days.ts';

const wants = (type: FeedEvent) => sql`enabled and ${type}::text = any(events)`;

/**
 * `event` and `delivery`: to be run within the statement that does what they tell of, so that either both happen or neither.
 * `told` gives store_code, snapshot_date, data and at. Nothing is written unless somebody wants to know; a webhook that is
 * being deleted is passed over, for what happens to a store must not fail because of it.
 */
export const eventTables = (type: FeedEvent, told: SQL): { event: SQL; delivery: SQL } => ({
  event: sql`
    insert into events (store_code, id, type, snapshot_date, data, at)
    select told.store_code, gen_random_uuid(), ${type}::text, told.snapshot_date, told.data, told.at from (${told}) as told
    where exists (select from webhooks where ${wants(type)})
    on conflict do nothing
    returning store_code, id, at`,
  delivery: sql`
    insert into event_deliveries (store_code, event_id, webhook_id, created_at)
    select event.store_code, event.id, webhook.id, event.at
    from event cross join (select id from webhooks where ${wants(type)} for key share skip locked) as webhook
    returning event_id`,
});

/** What is told of a day, from a table with the columns of store_days. */
export const toldOfDay = (table: SQL, at: SQL): SQL => sql`
  select store_code, snapshot_date, ${at} as at,
    jsonb_build_object('store_code', store_code, 'snapshot_date', snapshot_date, 'state', state, 'reason', reason,
      'captured_at', to_char(captured_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) as data
  from ${table}`;

/** What became of a store's connection: in the transaction that changes it. */
export async function insertStoreEvent(
  tx: Database,
  told: { type: 'store.needs_reconnect' | 'store.recovered'; storeCode: string; statusReason: string | null; at: Date },
): Promise<void> {
  const { event, delivery } = eventTables(
    told.type,
    sql`select ${told.storeCode}::text as store_code, null::date as snapshot_date, ${instant(told.at)} as at,
      jsonb_build_object('store_code', ${told.storeCode}::text, 'status_reason', ${told.statusReason}::text) as data`,
  );
  await tx.execute(sql`with event as (${event}) ${delivery}`);
}

/** Since when somebody wants to hear of events of a type; null: nobody does. */
export async function findWantedSince(db: Database, type: FeedEvent): Promise<Date | null> {
  const result = await db.execute<{ since: Date | string | null }>(
    sql`select min(since) as since from webhooks where ${wants(type)}`,
  );
  const since = result.rows[0]?.since ?? null;
  return since === null ? null : new Date(since);
}

/**
 * Tells of up to `limit` days that are over and final, each once: of those from `from` on and before `day`, in the zone.
 * A day that a run is still reading, or whose store somebody holds, is left to the next time. Returns how many it told of.
 */
export async function insertClosedDays(
  db: Database,
  options: { zones: readonly (ZoneDay & { from: string })[]; now: Date; limit: number },
): Promise<number> {
  const { zones, now, limit } = options;
  const { event, delivery } = eventTables('day.closed', toldOfDay(sql`closed`, instant(now)));
  const result = await db.execute<{ told: number }>(sql`
    with closed as materialized (
      select d.store_code, d.snapshot_date, d.state, d.reason, d.captured_at
      from store_days d join stores s using (store_code) join unnest(
        ${sql.param(zones.map((zone) => zone.timezone))}::text[],
        ${sql.param(zones.map((zone) => zone.from))}::date[],
        ${sql.param(zones.map((zone) => zone.day))}::date[]) as zone(timezone, begin, day) using (timezone)
      where d.snapshot_date >= zone.begin and d.snapshot_date < zone.day
        and d.state in ('complete', 'partial', 'late', 'missed')
        and not exists (
          select from events e
          where e.store_code = d.store_code and e.snapshot_date = d.snapshot_date and e.type = 'day.closed')
        and not exists (
          select from pgboss.job j where j.name = 'sync-store' and j.id = d.job_id and j.state = 'active')
      order by d.snapshot_date, d.store_code
      limit ${limit}
      for key share of s skip locked
    ), event as (${event}), delivery as (${delivery})
    select count(*)::int as told from event`);
  return result.rows[0]?.told ?? 0;
}
