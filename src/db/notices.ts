import { and, eq, isNull, type SQL, sql } from 'drizzle-orm';
import type { NoticeChannel, NoticeKind } from '../domain/notice-kind.ts';
import type { Notice, NoticeStore } from '../domain/notice-text.ts';
import type { Database } from './client.ts';
import { instant } from './fragments.ts';
import { notices } from './schema.ts';
import { lacksDay, type ZoneDay, zoneTable } from './store-days.ts';

/** Any constant of ours. */
const lookLock = '5871130420619357';

/** False while another transaction looks: one at a time is enough, and two would wait for each other's rows. */
export async function beginLook(tx: Database): Promise<boolean> {
  const result = await tx.execute<{ mine: boolean }>(sql`select pg_try_advisory_xact_lock(${lookLock}) as mine`);
  return result.rows[0]?.mine === true;
}

/** What counts as trouble at an instant. */
export interface TroubleBounds {
  tokenEndsBefore: Date;
  /** The days that are at risk where they are. */
  riskyDays: readonly ZoneDay[];
  /** A store changed since then, or a day begun since then, may yet be read without a word. */
  settledSince: Date;
}

/** `trouble`: who is in it right now. `settling` is no reason to open a matter, and none to close one. */
const troubleTable = ({ tokenEndsBefore, riskyDays, settledSince }: TroubleBounds): SQL => sql`trouble as (
  select store_code, 'needs_reconnect' as kind, null::date as day, false as settling
  from stores where status = 'NEED_RECONNECT'
  union all
  select a.store_code, 'token_ends', null, false
  from tiktok_accounts a join stores s using (store_code)
  where s.status = 'CONNECTED' and a.refresh_expires_at <= ${instant(tokenEndsBefore)}
  union all
  select d.store_code, 'day_at_risk', d.snapshot_date,
    greatest(d.created_at, s.updated_at) > ${instant(settledSince)}
  from store_days d join stores s using (store_code)
    join ${zoneTable(riskyDays)} on zone.timezone = s.timezone and zone.day = d.snapshot_date
  where s.status = 'CONNECTED' and not s.paused and d.state in ('pending', 'running')
  union all
  select s.store_code, 'day_at_risk', zone.day, s.updated_at > ${instant(settledSince)}
  from stores s join ${zoneTable(riskyDays)} using (timezone)
  where s.status = 'CONNECTED' and not s.paused and ${lacksDay(sql`zone.day`)})`;

/** Trouble whose end is told: once told it stays open until that is out, however often the store breaks again. */
const endIsTold = sql`('needs_reconnect', 'token_ends')`;

/**
 * Opens a matter for what is in trouble and has none, closes those that are over and untold, and opens a `recovered` where
 * one had been told and its store is well. One statement. A store that somebody holds is left to the next look.
 */
export async function updateMatters(
  tx: Database,
  options: { now: Date; channels: readonly NoticeChannel[]; bounds: TroubleBounds },
): Promise<{ opened: number; closed: number }> {
  const now = instant(options.now);
  const result = await tx.execute<{ opened: number; closed: number }>(sql`
    with ${troubleTable(options.bounds)}, ended as (
      select n.store_code, n.kind, n.channel
      from notices n join stores s using (store_code)
      where n.closed_at is null and (n.sending_until is null or n.sending_until <= ${now})
        and case when n.kind = 'recovered' then s.status <> 'CONNECTED'
          else not exists (select from trouble t where t.store_code = n.store_code and t.kind = n.kind)
            and (n.told_at is null or n.kind not in ${endIsTold} or s.status not in ('CONNECTED', 'NEED_RECONNECT')) end
      order by n.store_code, n.kind, n.channel
      for key share of s skip locked
      for update of n skip locked
    ), closed as (
      update notices n set closed_at = ${now}
      from ended where n.store_code = ended.store_code and n.kind = ended.kind and n.channel = ended.channel
      returning 1
    ), fresh as (
      select t.store_code, t.kind, channel.name as channel, t.day
      from trouble t join stores s using (store_code)
        cross join unnest(${sql.param([...options.channels])}::text[]) as channel(name)
      where not t.settling and not exists (
        select from notices n
        where n.store_code = t.store_code and n.kind = t.kind and n.channel = channel.name and n.closed_at is null
          and n.day is not distinct from t.day)
      for key share of s skip locked
    ), owed as (
      select n.store_code, n.channel
      from notices n join stores s using (store_code)
      where n.closed_at is null and n.told_at is not null and n.kind in ${endIsTold} and s.status = 'CONNECTED'
        and not exists (select from trouble t where t.store_code = n.store_code and t.kind in ${endIsTold})
        and not exists (
          select from notices open
          where open.store_code = n.store_code and open.kind = 'recovered' and open.channel = n.channel
            and open.closed_at is null)
      for key share of s skip locked
    ), well as (
      select distinct store_code, 'recovered' as kind, channel, null::date as day from owed
    ), opened as (
      insert into notices (store_code, kind, channel, day, opened_at)
      select store_code, kind, channel, day, ${now} from (select * from fresh union all select * from well) as matter
      order by store_code, kind, channel
      on conflict (store_code, kind, channel) do update
        set day = excluded.day, opened_at = excluded.opened_at, closed_at = null, message_id = null, told_at = null
        where notices.closed_at is not null or notices.day is distinct from excluded.day
      returning 1
    )
    select (select count(*)::int from opened) as opened, (select count(*)::int from closed) as closed`);
  return result.rows[0] ?? { opened: 0, closed: 0 };
}

export interface QueuedMessage {
  id: string;
  channel: NoticeChannel;
  kind: NoticeKind;
  count: number;
}

/**
 * Gives every open matter that is due its message, one for all stores of a kind and channel. Due: not told, its store not
 * told of it since `quiet_until`, no other message of the kind since `spacedSince`, and no message or a dead one.
 */
export async function queueMessages(
  tx: Database,
  options: { now: Date; channels: readonly NoticeChannel[]; spacedSince: Date; deadSince: Date },
): Promise<QueuedMessage[]> {
  const now = instant(options.now);
  const result = await tx.execute<QueuedMessage & Record<string, unknown>>(sql`
    with due as (
      select n.store_code, n.kind, n.channel
      from notices n
      where n.closed_at is null and n.told_at is null and n.channel = any(${sql.param([...options.channels])}::text[])
        and (n.message_id is null or n.queued_at <= ${instant(options.deadSince)})
        and (n.quiet_until is null or n.quiet_until <= ${now})
        and not exists (
          select from notices other
          where other.kind = n.kind and other.channel = n.channel and other.queued_at > ${instant(options.spacedSince)})
      order by n.store_code, n.kind, n.channel
      for update of n skip locked
    ), message as materialized (
      select kind, channel, gen_random_uuid() as id from due group by kind, channel
    ), queued as (
      update notices n set message_id = message.id, queued_at = ${now}
      from due join message using (kind, channel)
      where n.store_code = due.store_code and n.kind = due.kind and n.channel = due.channel
      returning n.message_id, n.channel, n.kind
    )
    select message_id as id, channel, kind, count(*)::int as count from queued group by 1, 2, 3`);
  return result.rows;
}

/**
 * What a message has to tell now: matters closed, told or over are left out; null when nothing is left. Until
 * `sendingUntil` they are not closed: call `markTold` or `releaseMessage` before that.
 */
export async function claimMessage(
  db: Database,
  options: { messageId: string; bounds: TroubleBounds; sendingUntil: Date; storesListed: number },
): Promise<(Notice & { queuedAt: Date }) | null> {
  type Row = Omit<NoticeStore, 'refreshExpiresAt'> & {
    kind: NoticeKind;
    count: number;
    queuedAt: Date | string;
    refreshExpiresAt: Date | string | null;
  };
  const result = await db.execute<Row>(sql`
    with ${troubleTable(options.bounds)}, claimed as (
      update notices n set sending_until = ${instant(options.sendingUntil)}
      from stores s
      where n.message_id = ${options.messageId}::uuid and n.closed_at is null and n.told_at is null
        and s.store_code = n.store_code
        and case when n.kind = 'recovered' then s.status = 'CONNECTED'
          else exists (
            select from trouble t
            where t.store_code = n.store_code and t.kind = n.kind and t.day is not distinct from n.day) end
      returning n.store_code, n.kind, n.day, n.queued_at, s.name, s.timezone, s.status_reason
    )
    select c.kind, count(*) over ()::int as count, c.queued_at as "queuedAt", c.store_code as "storeCode", c.name,
      c.timezone, c.status_reason as "statusReason", c.day::text as day, a.refresh_expires_at as "refreshExpiresAt"
    from claimed c left join tiktok_accounts a using (store_code)
    order by c.store_code limit ${options.storesListed}`);
  const [first] = result.rows;
  if (!first) return null;
  return {
    kind: first.kind,
    count: first.count,
    queuedAt: new Date(first.queuedAt),
    stores: result.rows.map(({ storeCode, name, timezone, statusReason, day, refreshExpiresAt }) => ({
      storeCode,
      name,
      timezone,
      statusReason,
      day,
      refreshExpiresAt: refreshExpiresAt === null ? null : new Date(refreshExpiresAt),
    })),
  };
}

const claimedBy = (messageId: string) =>
  and(eq(notices.messageId, messageId), isNull(notices.closedAt), isNull(notices.toldAt));

/** The message is out. A `recovered` ends with it, and what it was the end of: the next trouble is a new matter. */
export async function markTold(
  db: Database,
  told: { messageId: string; sendingUntil: Date; now: Date; quietUntil: Date },
): Promise<void> {
  const now = instant(told.now);
  const marked = db
    .update(notices)
    .set({
      toldAt: told.now,
      quietUntil: sql`case when ${notices.kind} <> 'recovered' then ${instant(told.quietUntil)} end`,
      sendingUntil: null,
      closedAt: sql`case when ${notices.kind} = 'recovered' then ${now} end`,
    })
    .where(and(claimedBy(told.messageId), eq(notices.sendingUntil, told.sendingUntil)))
    .returning({
      storeCode: notices.storeCode,
      kind: notices.kind,
      channel: notices.channel,
      openedAt: notices.openedAt,
    });
  await db.execute(sql`
    with marked as ${marked}
    update notices n set closed_at = ${now}
    from marked m
    where m.kind = 'recovered' and n.store_code = m.store_code and n.channel = m.channel and n.kind in ${endIsTold}
      and n.closed_at is null and n.told_at <= m.opened_at`);
}

/** The message did not get out: its matters may be closed again. */
export async function releaseMessage(db: Database, messageId: string): Promise<void> {
  await db.update(notices).set({ sendingUntil: null }).where(claimedBy(messageId));
}
