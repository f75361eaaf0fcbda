import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { bossSqlTag as sql } from '../../src/db/sync-jobs.ts';
import type { AppProcess } from '../rig/app-process.ts';
import { percentile } from './figures.ts';
import type { Spread } from './measure-pick-up.ts';
import type { Rig } from './rig.ts';

const storeCount = 10_000;
const bigStore = 'big-store';
const [bigVideos, bigDays] = [1_000, 100];
const looks = 60;
const consoles = 200;
const watchSeconds = 15;

export interface ConsoleFigures {
  stores: number;
  videoRows: number;
  /** Until the last byte of a page's HTML, one look after another. */
  pages: { path: string; ms: Spread; compressedKb: number }[];
  /** What a browser that has nothing yet loads for the heaviest first page: HTML, styles, scripts. */
  firstVisitKb: number;
  consoles: number;
  /** Statements that all open consoles together cost the database in a second, while something changes all the time. */
  queriesPerSecond: number;
}

/** How soon the console's pages come where the fleet is large, and what many open ones cost. */
export async function measureConsole(rig: Rig, app: AppProcess): Promise<ConsoleFigures> {
  await seedFleet(rig);
  const cookie = await signIn(rig, app);
  const pages: ConsoleFigures['pages'] = [];
  for (const path of [
    '/',
    '/stores',
    '/stores?sort=attention',
    '/stores?q=9',
    `/stores/${bigStore}`,
    '/queue',
    '/log',
  ]) {
    const ms: number[] = [];
    let html = '';
    for (let look = 0; look < looks + 5; look += 1) {
      const startedMs = performance.now();
      const response = await fetch(`${app.url}${path}`, {
        headers: { cookie, accept: 'text/html' },
        signal: rig.signal,
      });
      html = await response.text();
      if (response.status !== 200) throw new Error(`${path} was answered with ${response.status}`);
      // The first looks compile what is about to be measured.
      if (look >= 5) ms.push(performance.now() - startedMs);
    }
    const spread = { p50: percentile(ms, 0.5), p95: percentile(ms, 0.95), max: Math.max(...ms) };
    pages.push({ path, ms: spread, compressedKb: gzipSync(html).length / 1024 });
  }
  return {
    stores: storeCount,
    videoRows: bigVideos * bigDays,
    pages,
    firstVisitKb: await weighFirstVisit(rig, app, `/stores/${bigStore}`, cookie),
    consoles,
    queriesPerSecond: await countQueries(rig, app, cookie),
  };
}

async function signIn(rig: Rig, app: AppProcess): Promise<string> {
  const response = await fetch(`${app.url}/session`, {
    method: 'POST',
    body: new URLSearchParams({ key: rig.adminKey }),
    headers: { 'sec-fetch-site': 'same-origin' },
    redirect: 'manual',
    signal: rig.signal,
  });
  const [cookie] = response.headers.getSetCookie();
  if (cookie === undefined) throw new Error(`signing in was answered with ${response.status}`);
  return cookie.split(';', 1)[0] ?? '';
}

/** What the page names and the browser therefore loads, as it travels. */
async function weighFirstVisit(rig: Rig, app: AppProcess, path: string, cookie: string): Promise<number> {
  const headers = { cookie, accept: 'text/html', 'accept-encoding': 'gzip' };
  const page = await fetch(`${app.url}${path}`, { headers, signal: rig.signal });
  const html = await page.text();
  const assets = [...new Set(html.match(/\/public\/[\w.-]+/g) ?? [])];
  let bytes = gzipSync(html).length;
  for (const asset of assets) {
    const response = await fetch(`${app.url}${asset}`, { headers, signal: rig.signal });
    const length = response.headers.get('content-length');
    const body = new Uint8Array(await response.arrayBuffer());
    bytes += length !== null && response.headers.has('content-encoding') ? Number(length) : gzipSync(body).length;
  }
  return bytes / 1024;
}

async function countQueries(rig: Rig, app: AppProcess, cookie: string): Promise<number> {
  const ended = new AbortController();
  const signal = AbortSignal.any([rig.signal, ended.signal]);
  const watching = Array.from({ length: consoles }, async () => {
    const response = await fetch(`${app.url}/live`, { headers: { cookie }, signal });
    for await (const _ of response.body ?? []) if (signal.aborted) break;
  }).map((watch) => watch.catch(() => undefined));
  await sleep(2_000, undefined, { signal: rig.signal });
  const before = await countStatements(rig);
  for (let second = 0; second < watchSeconds; second += 1) {
    await rig.db.execute(sql`update stores set updated_at = now() where store_code = ${`store-${second}`}`);
    await sleep(1_000, undefined, { signal: rig.signal });
  }
  const after = await countStatements(rig);
  ended.abort();
  await Promise.all(watching);
  // Our own: one change and its commit count as one, each second.
  return (after - before) / watchSeconds - 1;
}

/** Every statement outside a transaction of several is one that PostgreSQL counts as committed. */
async function countStatements(rig: Rig): Promise<number> {
  // A backend reports what it counted once a second.
  await sleep(1_500, undefined, { signal: rig.signal });
  const result = await rig.db.execute<{ count: number }>(sql`
    select (xact_commit + xact_rollback)::float8 as count from pg_stat_database where datname = current_database()`);
  return result.rows[0]?.count ?? Number.NaN;
}

/** Stores in every state with a month of numbers, and one with very many videos. */
async function seedFleet(rig: Rig): Promise<void> {
  await rig.db.execute(sql`
    insert into stores (store_code, name, timezone, status, status_reason, connected_at, last_synced_at, last_snapshot_date)
    select 'store-' || i, 'Toko ' || i, 'Asia/Jakarta',
      case when i % 50 = 0 then 'NEED_RECONNECT' when i % 71 = 0 then 'PENDING' else 'CONNECTED' end,
      case when i % 50 = 0 then 'REVOKED' end, now() - interval '60 days', now() - i * interval '1 second', current_date
    from generate_series(1, ${storeCount}::int) i union all
    select ${bigStore}, 'Big', 'Asia/Jakarta', 'CONNECTED', null, now() - interval '200 days', now(), current_date`);
  await rig.db.execute(sql`
    insert into tiktok_accounts (store_code, open_id, username, display_name, scopes, access_token_encrypted,
      refresh_token_encrypted, access_expires_at, refresh_expires_at, connected_at)
    select store_code, 'open-' || store_code, 'user', name, '{user.info.basic,user.info.profile,user.info.stats,video.list}',
      decode(md5(store_code), 'hex'), decode(md5(store_code), 'hex'), now() + interval '1 day', now() + interval '300 days',
      now() - interval '60 days'
    from stores where status <> 'PENDING' and store_code like 'store-%' or store_code = ${bigStore}`);
  await rig.db.execute(sql`
    insert into store_days (store_code, snapshot_date, state, captured_at)
    select store_code, current_date - i, case when i > 0 or ascii(right(store_code, 1)) % 3 > 0 then 'complete' else 'pending' end,
      now() - i * interval '1 day'
    from stores, generate_series(0, 29) i where status = 'CONNECTED' and (store_code like 'store-%' or store_code = ${bigStore})`);
  await rig.db.execute(sql`
    insert into user_daily (store_code, snapshot_date, follower_count, following_count, likes_count, video_count, captured_at)
    select store_code, snapshot_date, 1000 + length(store_code) * (snapshot_date - current_date + 60), 10, 5000, 20, captured_at
    from store_days where state = 'complete' and (store_code like 'store-%' or store_code = ${bigStore})
    on conflict do nothing`);
  await rig.db.execute(sql`
    insert into videos (store_code, video_id, title, posted_at, first_seen_date)
    select ${bigStore}, 'video-' || i, 'Video ' || i, now() - i * interval '1 hour', current_date - 100
    from generate_series(1, ${bigVideos}::int) i`);
  await rig.db.execute(sql`
    insert into video_daily (store_code, video_id, snapshot_date, view_count, like_count, comment_count, share_count, captured_at)
    select ${bigStore}, 'video-' || i, current_date - d, 100000 - d * i, 10, 5, 1, now() - d * interval '1 day'
    from generate_series(1, ${bigVideos}::int) i, generate_series(0, ${bigDays}::int - 1) d`);
  await rig.db.execute(sql`
    insert into sync_logs (id, store_code, snapshot_date, job_name, job_id, delivery, attempt, trigger, status, pages, videos,
      started_at, finished_at)
    select gen_random_uuid(), store_code, snapshot_date, 'sync-store', gen_random_uuid(), 0, 1, 'schedule', 'SUCCESS', 2, 20,
      captured_at - interval '2 seconds', captured_at
    from store_days where state = 'complete' and snapshot_date > current_date - 8 and store_code like 'store-%'`);
  await rig.db.execute(sql`
    analyze stores, tiktok_accounts, store_days, user_daily, videos, video_daily, sync_logs`);
}
