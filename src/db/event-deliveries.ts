import { type SQL, sql } from 'drizzle-orm';
import type { DeliveryState, FeedEvent } from '../domain/feed-event.ts';
import type { Database } from './client.ts';
import { instant } from './fragments.ts';

/** One event on its way to one webhook, and the job that brings it there. */
export interface QueuedDelivery {
  jobId: string;
  storeCode: string;
  eventId: string;
  webhookId: string;
}

/** Gives up to `limit` deliveries that have no job the id of one, the oldest first; what another scheduler holds is skipped. */
export async function claimDeliveriesToQueue(tx: Database, limit: number): Promise<QueuedDelivery[]> {
  const result = await tx.execute<QueuedDelivery & Record<string, unknown>>(sql`
    with waiting as (
      select store_code, event_id, webhook_id from event_deliveries
      where state = 'pending' and job_id is null order by created_at limit ${limit} for update skip locked
    )
    update event_deliveries d set job_id = gen_random_uuid()
    from waiting w where d.store_code = w.store_code and d.event_id = w.event_id and d.webhook_id = w.webhook_id
    returning d.job_id as "jobId", d.store_code as "storeCode", d.event_id as "eventId", d.webhook_id as "webhookId"`);
  return result.rows;
}

/** The delivery that a job is still to make: after a replay, an erasure or an end it is none. */
const ofJob = (job: QueuedDelivery): SQL => sql`
  d.store_code = ${job.storeCode} and d.event_id = ${job.eventId}::uuid and d.webhook_id = ${job.webhookId}::uuid
  and d.job_id = ${job.jobId}::uuid and d.state = 'pending'`;

export interface ClaimedDelivery {
  url: string;
  secretEncrypted: Buffer;
  type: FeedEvent;
  at: Date;
  data: Record<string, unknown>;
  /** This attempt included. */
  attempts: number;
}

/**
 * Counts an attempt and returns what to send; null: nothing any more, also because the webhook was switched off, of which
 * the delivery then tells. Waits for whoever changes or replays the webhook.
 */
export async function claimDelivery(db: Database, job: QueuedDelivery, now: Date): Promise<ClaimedDelivery | null> {
  const result = await db.execute<ClaimedDelivery & Record<string, unknown>>(sql`
    with webhook as (
      select id, url, enabled, secret_encrypted from webhooks where id = ${job.webhookId}::uuid for share
    ), claimed as (
      update event_deliveries d set
        attempts = case when webhook.enabled then d.attempts + 1 else d.attempts end,
        last_attempt_at = case when webhook.enabled then ${instant(now)} else d.last_attempt_at end,
        state = case when webhook.enabled then 'pending' else 'failed' end,
        error_code = case when webhook.enabled then d.error_code else 'WEBHOOK_DISABLED' end
      from webhook where d.webhook_id = webhook.id and ${ofJob(job)}
      returning d.store_code, d.event_id, d.attempts, webhook.url, webhook.secret_encrypted, webhook.enabled
    )
    select c.url, c.secret_encrypted as "secretEncrypted", c.attempts, e.type, e.at, e.data
    from claimed c join events e on e.store_code = c.store_code and e.id = c.event_id
    where c.enabled`);
  const [row] = result.rows;
  return row ? { ...row, at: new Date(row.at) } : null;
}

/**
 * What came of an attempt. The webhook says since when nothing arrives there, is switched off when it is `gone`, and is
 * written only when one of these changes.
 */
export async function endAttempt(
  db: Database,
  job: QueuedDelivery,
  ended: { state: DeliveryState; httpStatus: number | null; errorCode: string | null; gone: boolean; now: Date },
): Promise<void> {
  const arrived = ended.state === 'delivered';
  await db.execute(sql`
    with ended as (
      update event_deliveries d
      set state = ${ended.state}, http_status = ${ended.httpStatus}::int, error_code = ${ended.errorCode}
      where ${ofJob(job)}
      returning d.webhook_id
    )
    update webhooks w set enabled = w.enabled and not ${ended.gone}::boolean,
      failing_since = case when not ${arrived}::boolean then coalesce(w.failing_since, ${instant(ended.now)}) end
    from ended
    where w.id = ended.webhook_id and ((w.failing_since is null) <> ${arrived}::boolean or ${ended.gone}::boolean)`);
}

export interface DeliveryRow {
  eventId: string;
  type: FeedEvent;
  storeCode: string;
  snapshotDate: string | null;
  state: DeliveryState;
  attempts: number;
  httpStatus: number | null;
  errorCode: string | null;
  createdAt: Date;
  lastAttemptAt: Date | null;
}

/** Newest first; a page goes on after (`at`, `id`). */
export async function listDeliveries(
  db: Database,
  page: {
    webhookId: string;
    state: DeliveryState | null;
    after: { at: Date; id: string } | null;
    limit: number;
  },
): Promise<DeliveryRow[]> {
  const { after, state } = page;
  const result = await db.execute<DeliveryRow & Record<string, unknown>>(sql`
    select d.event_id as "eventId", e.type, d.store_code as "storeCode", e.snapshot_date::text as "snapshotDate", d.state,
      d.attempts, d.http_status as "httpStatus", d.error_code as "errorCode", d.created_at as "createdAt",
      d.last_attempt_at as "lastAttemptAt"
    from event_deliveries d join events e on e.store_code = d.store_code and e.id = d.event_id
    where d.webhook_id = ${page.webhookId}::uuid
      ${state === null ? sql`` : sql`and d.state = ${state}`}
      ${after === null ? sql`` : sql`and (d.created_at, d.event_id) < (${instant(after.at)}, ${after.id}::uuid)`}
    order by d.created_at desc nulls last, d.event_id desc nulls last
    limit ${page.limit}`);
  return result.rows.map((row) => ({
    ...row,
    createdAt: new Date(row.createdAt),
    lastAttemptAt: row.lastAttemptAt === null ? null : new Date(row.lastAttemptAt),
  }));
}

/** One event, or those of some types since a time; `after`: behind that one. */
export type WantedEvents =
  | { eventId: string }
  | { since: Date; after: { at: Date; id: string } | null; types: readonly FeedEvent[] };

/**
 * Begins up to `limit` deliveries of a webhook anew, the oldest events first. One that is being made right now is left to
 * itself; the jobs of the others find nothing to do any more. The caller holds the webhook's row. Returns how many, and
 * the last of them.
 */
export async function restartDeliveries(
  tx: Database,
  options: { webhookId: string; which: WantedEvents; limit: number },
): Promise<{ queued: number; last: { at: Date; id: string } | null }> {
  const { which, webhookId, limit } = options;
  const isWanted =
    'eventId' in which
      ? sql`e.id = ${which.eventId}::uuid`
      : sql`${isBehind(which)} and e.type = any(${sql.param([...which.types])}::text[])`;
  const result = await tx.execute<{ queued: number; at: Date | string | null; id: string | null }>(sql`
    with wanted as (
      select e.store_code, e.id, e.at from events e
      where ${isWanted} and not exists (
        select from event_deliveries d join pgboss.job j on j.name = 'webhook-delivery' and j.id = d.job_id
        where d.store_code = e.store_code and d.event_id = e.id and d.webhook_id = ${webhookId}::uuid
          and d.state = 'pending' and j.state = 'active')
      order by e.at, e.id limit ${limit}
      for key share of e skip locked
    ), restarted as (
      insert into event_deliveries as d (store_code, event_id, webhook_id, created_at)
      select store_code, id, ${webhookId}::uuid, at from wanted
      on conflict (store_code, event_id, webhook_id) do update
        set state = 'pending', job_id = null, attempts = 0, http_status = null, error_code = null
      returning 1
    )
    select count.queued, last.at, last.id
    from (select count(*)::int as queued from restarted) as count
      left join (select at, id from wanted order by at desc, id desc limit 1) as last on true`);
  const { queued = 0, at = null, id = null } = result.rows[0] ?? {};
  return { queued, last: at === null || id === null ? null : { at: new Date(at), id } };
}

const isBehind = ({ since, after }: { since: Date; after: { at: Date; id: string } | null }): SQL =>
  after === null ? sql`e.at >= ${instant(since)}` : sql`(e.at, e.id) > (${instant(after.at)}, ${after.id}::uuid)`;
