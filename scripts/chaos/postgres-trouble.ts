import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../src/db/client.ts';
import { bossSqlTag as sql } from '../../src/db/sync-jobs.ts';
import { createTcpProxy, type TcpProxy } from '../rig/tcp-proxy.ts';
import type { Experiment, Trial } from './experiment.ts';
import { percentile } from './random.ts';
import type { HarianProcess, ServedSimulator } from './rig.ts';
import {
  followJournal,
  type JournalByAccount,
  madeUpSentence,
  readFacts,
  wrongWithDay,
  wrongWithLedger,
} from './store-truth.ts';

const busyStores = 6;
const videosPerStore = 45;
const latencyMs = 60;
/** From the moment the database can be reached again, and beyond what the same takes on this machine without trouble. */
const servingLimitSeconds = 5;
const baselines = 3;
const settleMs = 90_000;

interface Ground {
  db: Database;
  tiktok: ServedSimulator;
  proxy: TcpProxy;
  processes: HarianProcess[];
  api: HarianProcess;
}

type Trouble = (trial: Trial, ground: Ground) => Promise<void>;

let halfOpens = 0;

/** Each takes the database away in its own manner, and resolves when it can be reached again. */
const troubles: Record<string, Trouble> = {
  restart: ({ rig }) => rig.restartPostgres('fast'),
  crash: ({ rig }) => rig.restartPostgres('immediate'),
  async killedBackends({ random }, { db }) {
    for (let round = 0; round < 3; round++) {
      await db.execute(sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name like 'harian-%'`);
      // The pool of this experiment bears the same name as those of Harian: all but the backend that asks.
      await db.execute(sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'harian' and pid <> pg_backend_pid()`);
      await sleep(random() * 300);
    }
  },
  async cut({ random }, { proxy }) {
    await proxy.cut();
    await sleep(random() * 2_000);
    await proxy.restore();
  },
  async halfOpen({ random }, { proxy, api }) {
    // More connections than there are callers: those that nobody uses meanwhile are found dead one after the other.
    await Promise.all(Array.from({ length: 20 }, () => api.api('GET', '/api/stores?limit=1')));
    proxy.freeze();
    // In turns so short that nobody has noticed, and for as long as it takes to.
    halfOpens += 1;
    await sleep(500 + (halfOpens % 2 === 0 ? random() * 5_500 : 0));
    await proxy.restore();
  },
};

async function layGround(trial: Trial): Promise<Ground> {
  const { rig, n } = trial;
  const databaseUrl = await rig.createDatabase();
  const proxy = await createTcpProxy(databaseUrl);
  rig.cleanup.defer(() => proxy.cut());
  const account = (name: string, videoCount: number) => {
    return { openId: name, username: name, displayName: name, videoCount };
  };
  const tiktok = await rig.serveSimulator({
    latencyMs,
    accounts: [
      ...Array.from({ length: busyStores }, (_, index) => account(`busy-${index}`, videosPerStore)),
      ...Array.from({ length: n + baselines }, (_, index) => account(`probe-${index}`, 3)),
    ],
  });
  const db = rig.openDatabase(databaseUrl);
  await rig.insertStores(db, tiktok.simulator);
  const start = (roles: string) =>
    rig.startHarian({
      databaseUrl: proxy.url,
      simulatorUrl: tiktok.url,
      roles,
      environment: {
        SYNC_CRON: '0 0 1 1 *',
        SYNC_CONCURRENCY: '4',
        LOG_LEVEL: 'warn',
        NODE_COMPILE_CACHE: `${rig.directory}/compiled`,
      },
    });
  // The day of every store is planned at start; what comes after is asked for.
  const [api, worker] = await Promise.all([start('api,worker,scheduler'), start('worker')]);
  return { db, tiktok, proxy, api, processes: [api, worker] };
}

/** Keeps the workers busy and the API asked, whatever becomes of it, until the signal aborts. */
async function keepBusy(ground: Ground, signal: AbortSignal): Promise<void> {
  const { api } = ground;
  const ask = async (turn: number) => {
    for (let index = turn; !signal.aborted; index += 3) {
      await api.api('POST', `/api/stores/busy-${index % busyStores}/resync`).catch(() => undefined);
      await sleep(150);
    }
  };
  await Promise.all([0, 1, 2].map(ask));
}

/** Seconds from now until a request is answered, and until a worker reads a store that nobody touched so far. */
async function timeReturn(trial: Trial, ground: Ground, probe: string): Promise<{ serving: number; working: number }> {
  const { api, tiktok } = ground;
  const startedMs = performance.now();
  const elapsed = () => (performance.now() - startedMs) / 1000;
  const until = async (isTrue: () => Promise<boolean>) => {
    while (elapsed() < 60 && !(await isTrue().catch(() => false))) await sleep(25, undefined, { signal: trial.signal });
    return elapsed();
  };
  const serving = await until(async () => (await api.api('GET', '/api/stores?limit=1')).status === 200);
  await until(async () => [202, 409].includes((await api.api('POST', `/api/stores/${probe}/resync`)).status));
  const working = await until(async () =>
    tiktok.simulator.control.journal.entries().some((entry) => entry.openId === probe),
  );
  return { serving, working };
}

/**
 * Waits until no job is left to do; then each day is whole, of numbers that TikTok gave, and every job has one end. Some
 * walks could not be written, so what the last one said is judged after one more, without trouble.
 */
async function settle(trial: Trial, ground: Ground, codes: readonly string[]): Promise<string[]> {
  const { db, tiktok, api } = ground;
  const journal = followJournal(tiktok.simulator);
  await untilQuiet(trial, db);
  const failures = await judge(db, journal, codes, false);
  // Of one that died its exit tells.
  for (const code of codes) await api.api('POST', `/api/stores/${code}/resync`).catch(() => undefined);
  await untilQuiet(trial, db);
  failures.push(...(await judge(db, journal, codes, true)));
  failures.push(...(await listWrongJobs(db)));
  return failures;
}

async function untilQuiet(trial: Trial, db: Database): Promise<void> {
  const deadline = performance.now() + settleMs;
  const isQuiet = async () => {
    const { rows } = await db.execute<{ live: number }>(sql`
      select count(*)::int as live from pgboss.job where name = 'sync-store' and state < 'completed'`);
    return rows[0]?.live === 0;
  };
  while (performance.now() < deadline && !(await isQuiet())) await sleep(250, undefined, { signal: trial.signal });
}

async function judge(
  db: Database,
  journal: JournalByAccount,
  codes: readonly string[],
  byLastWalk: boolean,
): Promise<string[]> {
  const failures: string[] = [];
  journal.pull();
  for (const facts of await readFacts(db, codes)) {
    const videoCount = facts.store_code.startsWith('busy') ? videosPerStore : 3;
    const entries = journal.of(facts.store_code);
    const madeUp = madeUpSentence(facts, entries);
    const wrong = byLastWalk
      ? wrongWithDay(facts, entries, videoCount)
      : [...wrongWithLedger(facts, videoCount), ...(madeUp ? [madeUp] : [])];
    failures.push(...wrong.map((what) => `${facts.store_code} ${what}`));
  }
  return failures;
}

async function listWrongJobs(db: Database): Promise<string[]> {
  // A job that trouble hit eight times may have given up: its day is judged above, and nothing of it is half there.
  const { rows } = await db.execute<{ wrong: string }>(sql`
    select j.id || ' is ' || j.state || ' with ' || count(l.id) || ' ends' as wrong
    from pgboss.job j
      left join sync_logs l on l.job_id = j.id and l.status in ('SUCCESS', 'PARTIAL') and l.retry_at is null
    where j.name = 'sync-store'
    group by j.id, j.state
    having j.state not in ('completed', 'failed') or count(l.id) <> case when j.state = 'completed' then 1 else 0 end`);
  return rows.map(({ wrong }) => `job ${wrong}`);
}

export const postgresTrouble: Experiment = {
  name: 'postgres-trouble',
  figure: 'PostgreSQL restarted, crashed, backends killed, half-open: no process dies, no day is lost, back within 5 s',
  quick: 20,
  full: 200,
  negative: 10,
  async run(trial) {
    const ground = await layGround(trial);
    const failures: string[] = [];
    for (const { pid, exited } of ground.processes) {
      exited.then(
        () => failures.push(`process ${pid} died`),
        () => undefined,
      );
    }
    const over = new AbortController();
    const load = keepBusy(ground, over.signal);
    const untroubled: number[] = [];
    for (let probe = 0; probe < baselines; probe++) {
      untroubled.push((await timeReturn(trial, ground, `probe-${trial.n + probe}`)).working);
    }
    const limit = servingLimitSeconds + Math.max(...untroubled);
    const seen: { serving: number; working: number }[] = [];
    const kinds = Object.keys(troubles);
    for (let round = 0; round < trial.n && failures.length === 0; round++) {
      const kind = kinds[round % kinds.length] ?? 'restart';
      await sleep(trial.random() * 1_000, undefined, { signal: trial.signal });
      await troubles[kind]?.(trial, ground);
      const back = await timeReturn(trial, ground, `probe-${round}`);
      seen.push(back);
      const seconds = Math.max(back.serving, back.working);
      if (seconds > limit)
        failures.push(`${kind}: back after ${seconds.toFixed(1)} s, of ${limit.toFixed(1)} s at most`);
      trial.say(
        `${round + 1} of ${trial.n}: ${kind}, answering after ${back.serving.toFixed(2)} s, reading after ${back.working.toFixed(2)} s`,
      );
    }
    over.abort();
    await load;
    const codes = Array.from({ length: busyStores }, (_, index) => `busy-${index}`);
    codes.push(...seen.map((_, round) => `probe-${round}`));
    failures.push(...(await settle(trial, ground, codes)));
    const { rows } = await ground.db.execute<{ died: number; logs: number }>(sql`
      select count(*) filter (where error_code = 'WORKER_DIED')::int as died, count(*)::int as logs from sync_logs`);
    const figure = (name: 'serving' | 'working') => {
      const values = seen.map((back) => back[name]);
      return `${percentile(values, 0.5).toFixed(2)} s p50, ${Math.max(...values).toFixed(2)} s max`;
    };
    return {
      n: seen.length,
      failures,
      measured: [
        `answering again: ${figure('serving')}`,
        `a store read again: ${figure('working')}; without trouble ${Math.max(...untroubled).toFixed(2)} s`,
        `${rows[0]?.logs} attempts, of ${rows[0]?.died} the worker seemed dead`,
      ],
    };
  },
  defects: [
    {
      name: 'a half-open connection is waited for',
      file: 'src/db/client.ts',
      find: '    query_timeout: queryTimeoutMs,\n    keepAlive',
      replace: '    query_timeout: 0,\n    keepAlive',
    },
    {
      name: 'the idle connections of a dead network are kept',
      file: 'src/db/client.ts',
      find: '    for (const client of [...idle]) {\n',
      replace: '    for (const client of [] as pg.Client[]) {\n',
    },
    {
      name: 'what one connection finds out is told to no other',
      file: 'src/db/dead-network.ts',
      find: '      for (const listener of listeners) listener(askedMs);\n',
      replace: '      void askedMs;\n',
    },
    {
      name: 'nobody hears the errors of a connection in use',
      file: 'src/db/client.ts',
      find: "  client.on('error', () => undefined);\n",
      replace: '',
    },
  ],
};
