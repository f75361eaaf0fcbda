import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { inTransaction } from '../../src/db/client.ts';
import { insertStore, updateStore } from '../../src/db/stores.ts';
import { bossSqlTag as sql } from '../../src/db/sync-jobs.ts';
import { upsertConnectedAccount } from '../../src/db/tiktok-accounts.ts';
import { localDay } from '../../src/domain/snapshot-day.ts';
import { planDay } from '../../src/services/plan-day.ts';
import { encryptPair } from '../../src/services/token-pair.ts';
import type { AppProcess } from '../rig/app-process.ts';
import type { Rig } from './rig.ts';

const utcHour = new Date().getUTCHours();
/** Hours away from its midnight, so that no run crosses one. */
export const timezone = utcHour >= 3 && utcHour < 20 ? 'UTC' : 'Asia/Tokyo';

export const today = () => localDay(new Date(), timezone);

/** Connected stores, each with the code of its account; nothing is enqueued. */
export async function insertStores(rig: Rig, openIds: readonly string[]): Promise<void> {
  const pairs = await rig.simulator.grantAll(openIds);
  const connectedAt = new Date();
  await inTransaction(rig.db, async (tx) => {
    for (const pair of pairs) {
      const { openId, scopes } = pair;
      await insertStore(tx, { storeCode: openId, name: openId, timezone });
      const tokens = encryptPair(rig.cipher, openId, pair, connectedAt);
      await upsertConnectedAccount(tx, { ...tokens, storeCode: openId, openId, scopes, connectedAt });
      await updateStore(tx, openId, { status: 'CONNECTED', connectedAt });
    }
  });
}

/** Back to the morning: these stores and their videos are known, nothing of the day is, and no other store takes part. */
export async function beginDay(rig: Rig, storeCodes: readonly string[], options: { expired: boolean }): Promise<void> {
  const codes = sql.param([...storeCodes]);
  await rig.db.execute(sql`truncate user_daily, video_daily, store_days, sync_logs, pgboss.job`);
  await rig.db.execute(sql`
    update stores set paused = not paused where paused = (store_code = any(${codes}::text[]))`);
  if (options.expired) {
    await rig.db.execute(sql`
      update tiktok_accounts set access_expires_at = now() - interval '1 hour' where store_code = any(${codes}::text[])`);
  }
  // As autovacuum would in time: a plan made while a table was empty would read all of it for every foreign key.
  await rig.db.execute(sql`analyze stores, tiktok_accounts, videos`);
}

/** The same day once more: nothing of it is taken away, but every store's token has expired and its job is to be done again. */
export async function repeatDay(rig: Rig, storeCodes: readonly string[]): Promise<void> {
  const codes = sql.param([...storeCodes]);
  await rig.db.execute(sql`truncate pgboss.job`);
  await rig.db.execute(sql`
    update store_days set state = 'pending', job_id = null, retry_after = null where store_code = any(${codes}::text[])`);
  await rig.db.execute(sql`
    update tiktok_accounts set access_expires_at = now() - interval '1 hour' where store_code = any(${codes}::text[])`);
}

export interface Drain {
  /** From the first job's start to the last one's completion, by the database's clock. */
  seconds: number;
  /** From the call of the planner until the last completion was seen. */
  wallSeconds: number;
}

/**
 * Plans the day and waits until every job has completed, also `resyncs` that others ask for meanwhile. Throws when one of
 * them did not do its work.
 */
export async function drainDay(rig: Rig, stores: number, expectedVideos: number, resyncs = 0): Promise<Drain> {
  const startedMs = performance.now();
  const { enqueued } = await planDay(rig.planner, 'schedule');
  if (enqueued !== stores) throw new Error(`${enqueued} of ${stores} stores were enqueued`);
  await untilDone(rig);
  const wallSeconds = (performance.now() - startedMs) / 1000;
  const result = await rig.db.execute<{ seconds: number; completed: number; videos: number }>(sql`
    select extract(epoch from max(completed_on) - min(started_on))::float8 as seconds,
      (count(*) filter (where state = 'completed' and retry_count = 0))::int as completed,
      (select count(*) from video_daily)::int as videos
    from pgboss.job where name = 'sync-store'`);
  const row = result.rows[0];
  if (row?.completed !== stores + resyncs || row.videos !== expectedVideos) {
    throw new Error(
      `${row?.completed} of ${stores + resyncs} jobs, ${row?.videos} of ${expectedVideos} videos came through`,
    );
  }
  return { seconds: row.seconds, wallSeconds };
}

/** As an admin asks for it. The job's id. */
export async function askForResync(rig: Rig, app: AppProcess, storeCode: string): Promise<string> {
  const answer = await fetch(`${app.url}/api/stores/${storeCode}/resync`, {
    method: 'POST',
    headers: { authorization: `Bearer ${rig.adminKey}` },
    signal: rig.signal,
  });
  if (answer.status !== 202) throw new Error(`a resync was answered with ${answer.status}`);
  return z.object({ job: z.object({ id: z.string() }) }).parse(await answer.json()).job.id;
}

/** Until no job waits or runs. */
export async function untilDone(rig: Rig): Promise<void> {
  for (;;) {
    const result = await rig.db.execute<{ live: boolean }>(sql`
      select exists (select from pgboss.job where name = 'sync-store' and state < 'completed') as live`);
    if (result.rows[0]?.live === false) return;
    await sleep(100, undefined, { signal: rig.signal });
  }
}
