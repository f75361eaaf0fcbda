import { randomBytes } from 'node:crypto';
import { mkdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { systemClock } from '../src/clock.ts';
import { createDatabasePool } from '../src/db/client.ts';
import { startEmbeddedPostgres } from '../src/db/embedded-postgres.ts';
import { copyStatement } from '../src/db/export-series.ts';
import { migrateDatabase } from '../src/db/migrate.ts';
import { beginMonths } from '../src/db/month-partitions.ts';
import { installQueue } from '../src/jobs/install-queue.ts';
import { createLogger } from '../src/logger.ts';
import { keepVideoAges } from '../src/services/keep-video-ages.ts';
import { formatTable, median, percentile } from './bench/figures.ts';
import { memoryOf } from './bench/process-stats.ts';
import { startApp } from './rig/app-process.ts';

// `npm run bench:numbers`: a year of a fleet's numbers, how soon they are read and how fast they are taken away. Progress
// on stderr, a table on stdout, figures in .data/bench-numbers.json. A goal that is not met is no error.

const { values } = parseArgs({
  options: {
    stores: { type: 'string', default: '1000' },
    days: { type: 'string', default: '365' },
    videos: { type: 'string', default: '41' },
  },
});
const [stores, days, videos] = [Number(values.stores), Number(values.days), Number(values.videos)];
const looks = 200;
const exportRounds = 2;
const mostMinutes = 40;

const startedMs = performance.now();
const say = (text: string) =>
  console.error(`${((performance.now() - startedMs) / 1000).toFixed(0).padStart(5)} s  ${text}`);
const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => interrupted.abort(new Error(`ended by ${name}`)));
}
const signal = AbortSignal.any([interrupted.signal, AbortSignal.timeout(mostMinutes * 60_000)]);

/** Day by day, as a fleet writes it. */
async function fill(client: pg.Client): Promise<void> {
  await client.query(`set synchronous_commit = off`);
  await client.query(
    `insert into stores (store_code, name, timezone, status, connected_at, last_synced_at, last_snapshot_date)
     select 'store-' || i, 'Toko ' || i, 'Asia/Jakarta', 'CONNECTED', now() - interval '400 days', now(), current_date
     from generate_series(1, $1::int) i`,
    [stores],
  );
  await client.query(
    `insert into videos (store_code, video_id, title, posted_at, first_seen_date)
     select store_code, (7300000000000000000 + row_number() over ())::text, 'Video ' || n, now() - (n * 9 + 1) * interval '1 day',
       current_date - 365
     from stores, generate_series(1, $1::int) n`,
    [videos],
  );
  for (let ago = days - 1; ago >= 0; ago -= 1) {
    signal.throwIfAborted();
    const day = [ago];
    await client.query(
      `insert into store_days (store_code, snapshot_date, state, captured_at)
       select store_code, current_date - $1::int, case when ascii(md5(store_code || $1)) % 17 = 0 then 'missed' else 'complete' end,
         now() - $1 * interval '1 day' from stores`,
      day,
    );
    await client.query(
      `insert into user_daily (store_code, snapshot_date, follower_count, following_count, likes_count, video_count, captured_at)
       select store_code, snapshot_date, 1000 + 7 * (400 - $1::int), 10, 5000 + 31 * (400 - $1), 41, captured_at
       from store_days where snapshot_date = current_date - $1 and state = 'complete'`,
      day,
    );
    await client.query(
      `insert into video_daily (store_code, video_id, snapshot_date, view_count, like_count, comment_count, share_count, captured_at)
       select v.store_code, v.video_id, u.snapshot_date, 100000 - 200 * $1::int, 4000 - 9 * $1, 300, 40, u.captured_at
       from user_daily u join videos v using (store_code) where u.snapshot_date = current_date - $1`,
      day,
    );
    if (ago % 73 === 0) say(`${days - ago} of ${days} days written`);
  }
  await client.query('vacuum (analyze) stores, videos, store_days, user_daily, video_daily');
}

/** As if a scheduler had made them month by month. */
async function inMonthsFrom(databaseUrl: string, firstDay: string): Promise<void> {
  const pool = createDatabasePool({ url: databaseUrl, maxConnections: 1, onError: () => undefined });
  await beginMonths(pool.db, firstDay);
  await pool.close();
}

/** As a scheduler does it once a day; the first time it is the whole year's. */
async function keepAges(databaseUrl: string): Promise<void> {
  const pool = createDatabasePool({ url: databaseUrl, maxConnections: 1, onError: () => undefined });
  const logger = createLogger({ level: 'error', write: () => undefined, now: () => new Date() });
  const began = performance.now();
  await keepVideoAges({ db: pool.db, clock: systemClock, logger, stopping: signal });
  const firstMs = performance.now() - began;
  await pool.close();
  say(`what videos had at each age kept, ${firstMs.toFixed(0)} ms for the first time`);
}

interface Look {
  what: string;
  p50: number;
  p95: number;
  goal: number;
}

async function look(what: string, goal: number, addresses: string[], headers: Record<string, string>): Promise<Look> {
  const ms: number[] = [];
  for (let index = -5; index < looks; index += 1) {
    const began = performance.now();
    const answer = await fetch(addresses.at(index % addresses.length) ?? '', { headers, signal });
    await answer.arrayBuffer();
    if (answer.status !== 200) throw new Error(`${what} was answered with ${answer.status}`);
    if (index >= 0) ms.push(performance.now() - began);
  }
  return { what, p50: percentile(ms, 0.5), p95: percentile(ms, 0.95), goal };
}

/** Rows a second that come out of a stream of lines. */
async function rowsPerSecond(stream: AsyncIterable<Uint8Array>): Promise<{ rows: number; perSecond: number }> {
  const began = performance.now();
  let rows = 0;
  for await (const chunk of stream) {
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) rows += 1;
  }
  return { rows, perSecond: (1000 * rows) / (performance.now() - began) };
}

async function main(): Promise<void> {
  await using cleanup = new AsyncDisposableStack();
  const dataDir = join(tmpdir(), `harian-bench-numbers-${process.pid}`);
  cleanup.defer(async () => {
    const place = await realpath(dataDir).catch(() => dataDir);
    for (const path of [place, dataDir]) await rm(path, { recursive: true, force: true });
  });
  const server = await startEmbeddedPostgres({ dataDir, databases: ['harian'] });
  cleanup.defer(server.stop);
  const databaseUrl = server.url('harian');
  await migrateDatabase(databaseUrl);
  await installQueue(databaseUrl);
  const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
  await inMonthsFrom(databaseUrl, day(days));
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  cleanup.defer(() => client.end());
  await fill(client);
  await keepAges(databaseUrl);
  await client.query('vacuum (analyze) video_ages');

  const adminKey = randomBytes(24).toString('hex');
  const start = () =>
    startApp({
      environment: {
        DATABASE_URL: databaseUrl,
        TIKTOK_CLIENT_KEY: 'none',
        TIKTOK_CLIENT_SECRET: randomBytes(24).toString('hex'),
        TOKEN_ENC_KEY: `1:${randomBytes(32).toString('base64')}`,
        ADMIN_API_KEY: adminKey,
        ROLES: 'api',
      },
      logFile: join(dataDir, 'app.log'),
      signal,
    });
  // A start that compiles is the first after an upgrade alone, and holds some 30 MB more.
  await (await start()).end();
  const app = await start();
  cleanup.defer(app.end);
  const headers = { authorization: `Bearer ${adminKey}`, 'accept-encoding': 'identity' };
  const ids = await client.query<{ store_code: string; video_id: string }>(
    `select store_code, min(video_id) as video_id from videos group by 1 order by md5(store_code) limit 100`,
  );
  const of = (path: (row: { store_code: string; video_id: string }) => string) =>
    ids.rows.map((row) => `${app.url}/api/stores/${path(row)}`);

  say('taking away');
  const ratios: number[] = [];
  let rows = 0;
  const before = await memoryOf(app.pid);
  let rssMb = 0;
  const watch = setInterval(() => {
    memoryOf(app.pid).then(
      (memory) => {
        rssMb = Math.max(rssMb, memory?.nowMb ?? 0);
      },
      () => undefined,
    );
  }, 250);
  cleanup.defer(() => clearInterval(watch));
  const filter = { series: 'video_daily', format: 'csv', storeCode: null, from: null, to: null, after: null } as const;
  for (let round = 0; round < exportRounds; round += 1) {
    // The same columns in the order of the table, which is the fastest that PostgreSQL itself can give.
    const plain = copyStatement(filter, { header: false }).replace(/ order by [^)]*/, '');
    const copied = await rowsPerSecond(client.query(copyTo(plain)));
    const answer = await fetch(`${app.url}/api/export/video_daily`, { headers, signal });
    if (answer.body === null || answer.status !== 200) throw new Error(`refused with ${answer.status}`);
    const exported = await rowsPerSecond(answer.body);
    if (exported.rows !== copied.rows + 1) throw new Error(`${exported.rows} lines for ${copied.rows} rows`);
    ratios.push(exported.perSecond / copied.perSecond);
    rows = copied.rows;
    say(
      `${copied.perSecond.toFixed(0)} rows a second by COPY, ${exported.perSecond.toFixed(0)} by the API; ${rssMb.toFixed(0)} MB`,
    );
  }
  clearInterval(watch);
  say('reading');
  const fleet = [`${app.url}/api/report?from=${day(30)}&to=${day(1)}`];
  const read = [
    await look(
      'one store’s year of growth',
      30,
      of((row) => `${row.store_code}/growth?limit=400`),
      headers,
    ),
    await look(
      'one store’s report of a year',
      30,
      of((row) => `${row.store_code}/report?from=${day(364)}`),
      headers,
    ),
    await look(
      'one video’s year of growth',
      15,
      of((row) => `${row.store_code}/videos/${row.video_id}/growth`),
      headers,
    ),
    await look(
      'one video’s curve',
      15,
      of((row) => `${row.store_code}/videos/${row.video_id}/curve`),
      headers,
    ),
    await look('the fleet’s growth of 30 days', 300, fleet, headers),
  ];

  const figures = {
    at: new Date().toISOString(),
    node: process.version,
    stores,
    days,
    rows,
    read,
    export: { ratio: median(ratios), rssBeforeMb: before?.nowMb ?? null, rssMb },
  };
  await mkdir('.data', { recursive: true });
  await writeFile('.data/bench-numbers.json', `${JSON.stringify(figures, null, 2)}\n`);
  const ms = (value: number) => value.toFixed(1);
  console.log(
    [
      formatTable([
        [`${stores} stores × ${days} days, ${rows} video days`, 'p50 ms', 'p95 ms', 'goal p95'],
        ...read.map((one) => [one.what, ms(one.p50), ms(one.p95), String(one.goal)]),
      ]),
      `video_daily as CSV: ${figures.export.ratio.toFixed(2)} of COPY’s rows a second (goal 0.60), at most ${rssMb.toFixed(0)} MB resident (goal 150; ${before?.nowMb.toFixed(0)} before)`,
    ].join('\n\n'),
  );
}

try {
  await main();
} catch (error) {
  console.error(`The bench failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
