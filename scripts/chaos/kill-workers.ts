import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { lockKey } from '../../src/crypto/hash.ts';
import { type Database, inTransaction } from '../../src/db/client.ts';
import { findStoreForUpdate, updateStore } from '../../src/db/stores.ts';
import { bossSqlTag as sql } from '../../src/db/sync-jobs.ts';
import { upsertConnectedAccount } from '../../src/db/tiktok-accounts.ts';
import { encryptPair } from '../../src/services/token-pair.ts';
import { bundle } from './bundle.ts';
import type { Experiment, Trial } from './experiment.ts';
import { percentile } from './random.ts';
import type { HarianProcess, ServedSimulator } from './rig.ts';
import {
  followJournal,
  holdsLastPair,
  type JournalByAccount,
  readFacts,
  type StoreFacts,
  wrongWithDay,
} from './store-truth.ts';
import {
  keepsFirstNumbers,
  usedBeforeKept,
  withoutHeartbeat,
  withoutRetry,
  withoutTransaction,
} from './sync-defects.ts';

const workers = 3;
const storesAtOncePerWorker = 3;
/** Stores with work at once: twice what the workers hold. */
const workInHand = 2 * workers * storesAtOncePerWorker;
const latencyMs = 25;
/**
 * A worker lives until TikTok was asked so often at most; the share is drawn. Counted in work, not in seconds, so that a
 * busy machine gets as much done between two kills as an idle one: about every fourth run dies.
 */
const lifeRequests = 240;
const longestLifeMs = 30_000;
const recoveryLimitSeconds = 20;
/** A log still RUNNING after this belongs to nobody: a run takes seconds, its recovery 20 s at most. */
const runningLimitSeconds = 40;
const settleMs = 120_000;

/** A store that a worker was at when it was killed. */
interface Orphan {
  storeCode: string;
  killedAt: Date;
}

interface Ground {
  databaseUrl: string;
  db: Database;
  tiktok: ServedSimulator;
  journal: JournalByAccount;
  videosOf: ReadonlyMap<string, number>;
  /** Ids of each account's videos, as far as they were seen. */
  idsOf: Map<string, string[]>;
  scheduler: HarianProcess;
  program: string;
}

/** What the run has seen so far. */
interface Tally {
  failures: Set<string>;
  kills: number;
  idleKills: number;
  orphans: Orphan[];
  verifiedDays: number;
  setAside: Set<string>;
  lostInWindow: number;
  /** Seconds until a worker was ready: tells how busy the machine was. */
  starts: number[];
}

async function layGround(trial: Trial): Promise<Ground> {
  const { rig } = trial;
  const stores = Math.min(240, Math.max(60, trial.n * 2));
  const databaseUrl = await rig.createDatabase();
  const tiktok = await rig.serveSimulator({
    latencyMs,
    accounts: Array.from({ length: stores }, (_, index) => {
      const name = `kw-${String(index).padStart(3, '0')}`;
      // Two to four pages.
      return { openId: name, username: name, displayName: name, videoCount: 25 + (index % 3) * 20 };
    }),
  });
  const db = rig.openDatabase(databaseUrl);
  await rig.insertStores(db, tiktok.simulator);
  await db.execute(sql`update stores set paused = true`);
  const program = await bundle(new URL('./worker-process.ts', import.meta.url), rig.directory);
  const scheduler = await rig.startHarian({
    databaseUrl,
    simulatorUrl: tiktok.url,
    roles: 'api,scheduler',
    program,
    environment: { SYNC_CRON: '*/2 * * * * *', LOG_LEVEL: 'warn' },
  });
  return {
    databaseUrl,
    db,
    tiktok,
    journal: followJournal(tiktok.simulator),
    videosOf: new Map(tiktok.simulator.control.accounts.map((one) => [one.openId, one.videoCount ?? 0])),
    idsOf: new Map(),
    scheduler,
    program,
  };
}

/** One place for a worker: starts it, kills it at a random instant, starts the next at once. */
async function keepKilling(trial: Trial, ground: Ground, tally: Tally, place: number): Promise<void> {
  const { rig, random } = trial;
  for (let life = 1; ; life++) {
    // Its name at the database tells which locks are its own.
    const name = `chaos-worker-${place}-${life}`;
    const startedMs = performance.now();
    const worker = await rig.startHarian({
      databaseUrl: `${ground.databaseUrl}?application_name=${name}`,
      simulatorUrl: ground.tiktok.url,
      roles: 'worker',
      program: ground.program,
      environment: {
        SYNC_CONCURRENCY: String(storesAtOncePerWorker),
        LOG_LEVEL: 'warn',
        NODE_COMPILE_CACHE: `${rig.directory}/compiled`,
      },
    });
    tally.starts.push((performance.now() - startedMs) / 1000);
    const { journal } = ground.tiktok.simulator.control;
    const lastRequest = journal.lastSeq() + random() * lifeRequests;
    const latest = performance.now() + longestLifeMs;
    while (journal.lastSeq() < lastRequest && performance.now() < latest && tally.kills < trial.n) {
      await sleep(5 + random() * 20, undefined, { signal: trial.signal });
    }
    if (tally.kills >= trial.n) return;
    tally.kills += 1;
    await killAndNote(ground, tally, worker, name);
    if (tally.kills % 20 === 0) {
      trial.say(`${tally.kills} of ${trial.n} kills, ${tally.verifiedDays} days read and verified`);
    }
  }
}

/** Stands still for the moment in which its locks are looked up, and never moves again. */
async function killAndNote(ground: Ground, tally: Tally, worker: HarianProcess, name: string): Promise<void> {
  worker.signal('SIGSTOP');
  const { rows } = await ground.db.execute<{ key: string }>(sql`
    select ((l.classid::bigint << 32) | l.objid::bigint)::text as key
    from pg_locks l join pg_stat_activity a using (pid)
    where l.locktype = 'advisory' and l.granted and a.application_name = ${name}`);
  const killedAt = new Date();
  await worker.kill();
  const keys = new Set(rows.map(({ key }) => key));
  const held = [...ground.videosOf.keys()].filter((code) => keys.has(String(lockKey(code))));
  // What had just been written down, but not yet let go of, needs nobody any more.
  await sleep(200);
  const facts = await readFacts(ground.db, held);
  const orphans = facts.filter((one) => one.live_jobs > 0).map((one) => one.store_code);
  if (orphans.length === 0) tally.idleKills += 1;
  for (const storeCode of orphans) {
    tally.orphans.push({ storeCode, killedAt });
    changeNumbers(ground, storeCode);
  }
}

let stamp = 0;

/** Each run of a store meets other numbers than the one before, so that a mix of two shows. */
function changeNumbers(ground: Ground, storeCode: string): void {
  stamp += 1;
  const numbers = { view_count: stamp, like_count: stamp };
  ground.tiktok.simulator.control.setNumbers(storeCode, {
    follower_count: stamp,
    videos: Object.fromEntries((ground.idsOf.get(storeCode) ?? []).map((id) => [id, numbers])),
  });
}

interface Glance extends Record<string, unknown> {
  store_code: string;
  status: string;
  paused: boolean;
  day: string | null;
  live: boolean;
  /** Its last job was given up, whatever an earlier one had read. */
  failed: boolean;
}

async function glance(db: Database): Promise<Glance[]> {
  const { rows } = await db.execute<Glance>(sql`
    select s.store_code, s.status, s.paused, d.state as day, exists (
      select from pgboss.job j where j.name = 'sync-store' and j.singleton_key = s.store_code and j.state <= 'active') as live,
      exists (select from pgboss.job j where j.name = 'sync-store' and j.id = d.job_id and j.state = 'failed') as failed
    from stores s left join store_days d using (store_code)`);
  return rows;
}

/**
 * Looks at everything once a second, judges days that are read and gives their stores new work, as much as the workers
 * can take: what waits behind a backlog tells nothing about recovery. Ends when work is over and every day is read.
 */
async function watch(trial: Trial, ground: Ground, tally: Tally, giveWork: () => boolean): Promise<void> {
  const { db } = ground;
  for (;;) {
    await lookForTornDays(ground, tally);
    await lookForStuckLogs(ground, tally);
    const goesOn = giveWork();
    const stores = (await glance(db)).filter(({ paused }) => !paused);
    const idle = stores.filter((one) => one.status === 'CONNECTED' && !one.live);
    const read = idle.filter((one) => one.day === 'complete' && !one.failed);
    const waiting = idle.filter((one) => one.day && (one.day !== 'complete' || one.failed));
    const cut = stores.filter((one) => one.status !== 'CONNECTED');
    const codes = [...read, ...waiting, ...cut].map((one) => one.store_code);
    // Facts first: the journal then has all that led to them.
    const facts = new Map((await readFacts(db, goesOn ? codes : [])).map((one) => [one.store_code, one]));
    ground.journal.pull();
    for (const { store_code } of waiting) await resyncIfSetAside(ground, tally, store_code);
    for (const { store_code } of cut) await reconnect(trial, ground, tally, store_code);
    if (!goesOn && read.length === stores.length) {
      for (const one of await readFacts(db, codes)) judge(trial, ground, tally, one);
      return;
    }
    let room = goesOn ? workInHand - (stores.length - read.length) : 0;
    for (const { store_code } of read.toSorted(() => trial.random() - 0.5)) {
      const one = facts.get(store_code);
      if (room-- <= 0 || !one) break;
      judge(trial, ground, tally, one);
      await renew(trial, ground, store_code);
    }
    if (room > 0) await unpause(db, room);
    await sleep(500, undefined, { signal: trial.signal });
  }
}

/** Stores that have not had a day yet join in. */
async function unpause(db: Database, count: number): Promise<void> {
  await db.execute(sql`
    update stores set paused = false
    where store_code in (select store_code from stores where paused order by store_code limit ${count})`);
}

function judge(trial: Trial, ground: Ground, tally: Tally, facts: StoreFacts): void {
  const entries = ground.journal.of(facts.store_code);
  const wrong = wrongWithDay(facts, entries, ground.videosOf.get(facts.store_code) ?? 0);
  if (!holdsLastPair(facts, entries, trial.rig.cipher)) wrong.push('lost its token pair without a word');
  if (facts.refresh_state !== 'IDLE') wrong.push(`has a refresh left ${facts.refresh_state}`);
  for (const what of wrong) tally.failures.add(`${facts.store_code} ${what}`);
  ground.idsOf.set(
    facts.store_code,
    facts.videos.map(({ id }) => id),
  );
  tally.verifiedDays += 1;
}

/** The day begins again, or is read once more over what is there. */
async function renew(trial: Trial, ground: Ground, storeCode: string): Promise<void> {
  const { db, scheduler } = ground;
  ground.journal.forget(storeCode);
  changeNumbers(ground, storeCode);
  if (trial.random() < 0.25) {
    await db.execute(sql`update tiktok_accounts set access_expires_at = now() where store_code = ${storeCode}`);
  }
  if (trial.random() < 0.5) await beginDayAgain(db, storeCode);
  else await scheduler.api('POST', `/api/stores/${storeCode}/resync`);
}

/** As on the next morning: the scheduler finds the store's day due, and nothing read. */
const beginDayAgain = (db: Database, storeCode: string) =>
  inTransaction(db, async (tx) => {
    await findStoreForUpdate(tx, storeCode);
    for (const table of ['user_daily', 'video_daily', 'videos', 'store_days']) {
      await tx.execute(sql`delete from ${sql.identifier(table)} where store_code = ${storeCode}`);
    }
  });

/**
 * A pair may be lost in one way only: its process was killed between TikTok's answer and the write. Then nobody has used
 * the new access token, and the store says what happened. Its owner connects it again.
 */
async function reconnect(trial: Trial, ground: Ground, tally: Tally, storeCode: string): Promise<void> {
  const { db, tiktok } = ground;
  const [facts] = await readFacts(db, [storeCode]);
  const { status, status_reason: reason } = facts ?? {};
  const entries = ground.journal.of(storeCode);
  const issue = entries.findLast(({ issuedHashes }) => issuedHashes !== null);
  const issuedMs = Date.parse(issue?.at ?? '');
  const wasKilled = tally.orphans.some(
    (orphan) => orphan.storeCode === storeCode && Math.abs(orphan.killedAt.getTime() - issuedMs) < 1_000,
  );
  const wasUsed = entries.some(({ tokenHash }) => tokenHash !== null && tokenHash === issue?.issuedHashes?.access);
  if (reason === 'REFRESH_OUTCOME_UNKNOWN' && wasKilled && !wasUsed) tally.lostInWindow += 1;
  else {
    const evidence = `killed then: ${wasKilled}, new pair used: ${wasUsed}`;
    tally.failures.add(`${storeCode} lost its connection outside the window: ${status}, ${reason} (${evidence})`);
  }
  const grant = tiktok.simulator.control.grant(storeCode);
  const connectedAt = new Date();
  await inTransaction(db, async (tx) => {
    const pair = encryptPair(trial.rig.cipher, storeCode, grant, connectedAt);
    await upsertConnectedAccount(tx, { ...pair, storeCode, openId: storeCode, scopes: grant.scopes, connectedAt });
    await updateStore(tx, storeCode, { status: 'CONNECTED', statusReason: null, connectedAt });
  });
  ground.journal.forget(storeCode);
  await beginDayAgain(db, storeCode);
}

/** As an admin does on the alert: a job that killed its worker three times is not tried again by itself for an hour. */
async function resyncIfSetAside(ground: Ground, tally: Tally, storeCode: string): Promise<void> {
  const { rows } = await ground.db.execute<{ id: string; state: string; deaths: number }>(sql`
    select j.id, j.state::text as state, (select count(*)::int from sync_logs l
      where l.job_id = j.id and l.status = 'FAILED' and l.error_code in ('WORKER_DIED', 'KILLED_WORKER')) as deaths
    from store_days d join pgboss.job j on j.name = 'sync-store' and j.id = d.job_id
    where d.store_code = ${storeCode}`);
  const job = rows[0];
  if (job?.state !== 'failed' || tally.setAside.has(job.id)) return;
  tally.setAside.add(job.id);
  if (job.deaths < 3) tally.failures.add(`${storeCode} was set aside after ${job.deaths} deaths`);
  await ground.scheduler.api('POST', `/api/stores/${storeCode}/resync`);
}

/** At any instant a store shows a whole snapshot or none. */
async function lookForTornDays({ db, videosOf }: Ground, tally: Tally): Promise<void> {
  const { rows } = await db.execute<{ store_code: string; rows: number; instants: number }>(sql`
    select store_code, count(*)::int as rows, count(distinct captured_at)::int as instants from (
      select store_code, captured_at from user_daily union all select store_code, captured_at from video_daily) as both_tables
    group by store_code`);
  for (const row of rows) {
    const whole = (videosOf.get(row.store_code) ?? 0) + 1;
    if (row.rows === whole && row.instants === 1) continue;
    tally.failures.add(
      `${row.store_code} shows a torn snapshot: ${row.rows} of ${whole} rows, ${row.instants} instants`,
    );
  }
}

async function lookForStuckLogs({ db }: Ground, tally: Tally): Promise<void> {
  const { rows } = await db.execute<{ store_code: string; job_id: string }>(sql`
    select store_code, job_id from sync_logs
    where status = 'RUNNING' and started_at < now() - make_interval(secs => ${runningLimitSeconds})`);
  for (const row of rows) {
    tally.failures.add(`${row.store_code} has a log left RUNNING for ${runningLimitSeconds} s, of job ${row.job_id}`);
  }
}

const pickUpRow = z.object({ store_code: z.string(), started_at: z.coerce.date() });

/** From each kill to the next run of each store it hit, seconds. */
async function recoverySeconds(db: Database, tally: Tally): Promise<number[]> {
  const { rows } = await db.execute(sql`
    select store_code, started_at from sync_logs where error_code is distinct from 'STORE_BUSY' order by started_at`);
  const startsOf = Map.groupBy(z.array(pickUpRow).parse(rows), (row) => row.store_code);
  return tally.orphans.map(({ storeCode, killedAt }) => {
    const next = startsOf.get(storeCode)?.find((row) => row.started_at > killedAt);
    return next ? (next.started_at.getTime() - killedAt.getTime()) / 1000 : Number.POSITIVE_INFINITY;
  });
}

/** kill -9 of worker processes at random instants while stores sync. */
export const killWorkers: Experiment = {
  name: 'kill-workers',
  figure: 'kill -9 of workers while stores sync: no day lost, doubled or torn; every store picked up again, p99 ≤ 20 s',
  quick: 200,
  full: 2_000,
  negative: 12,
  async run(trial) {
    const ground = await layGround(trial);
    const tally: Tally = {
      failures: new Set(),
      kills: 0,
      idleKills: 0,
      orphans: [],
      verifiedDays: 0,
      setAside: new Set(),
      lostInWindow: 0,
      starts: [],
    };
    let killing = true;
    const places = Promise.all(Array.from({ length: workers }, (_, place) => keepKilling(trial, ground, tally, place)));
    const settled = places.then(() => {
      killing = false;
      return sleep(settleMs, 'too long' as const, { ref: false });
    });
    const watched = watch(trial, ground, tally, () => killing);
    if ((await Promise.race([watched, settled])) === 'too long') {
      for (const one of await readFacts(ground.db, [...ground.videosOf.keys()])) {
        const entries = ground.journal.of(one.store_code);
        for (const what of wrongWithDay(one, entries, ground.videosOf.get(one.store_code) ?? 0)) {
          tally.failures.add(`${settleMs / 1000} s after the last kill ${one.store_code} ${what}`);
        }
      }
    }
    const seconds = await recoverySeconds(ground.db, tally);
    const p99 = percentile(seconds, 0.99);
    if (!(p99 <= recoveryLimitSeconds)) {
      const never = seconds.filter((one) => !Number.isFinite(one)).length;
      tally.failures.add(`stores were picked up again with a p99 of ${p99.toFixed(1)} s, ${never} never`);
    }
    return {
      n: tally.kills,
      failures: [...tally.failures],
      measured: [
        `${tally.orphans.length} stores hit by ${tally.kills - tally.idleKills} kills; ${tally.verifiedDays} days read and verified`,
        `picked up again: p50 ${percentile(seconds, 0.5).toFixed(1)} s, p99 ${p99.toFixed(1)} s, at most ${Math.max(...seconds).toFixed(1)} s`,
        `a killed worker's successor was ready after p50 ${percentile(tally.starts, 0.5).toFixed(1)} s`,
        `${tally.setAside.size} jobs set aside after three deaths; ${tally.lostInWindow} pairs lost between TikTok's answer and its write`,
      ],
    };
  },
  defects: [withoutTransaction, keepsFirstNumbers, usedBeforeKept, withoutRetry, withoutHeartbeat],
};
