import { z } from 'zod';
import { bossSqlTag as sql } from '../../src/db/sync-jobs.ts';
import type { AppProcess } from '../rig/app-process.ts';
import { type Child, forkChild } from '../rig/child.ts';
import { usualAccounts, videosPerStore } from './accounts.ts';
import { measureLoneCall } from './contenders/lone-call.ts';
import { contenderKinds, tables } from './contenders/plain-sync.ts';
import { countStatements, type StatementCounter } from './count-statements.ts';
import { median } from './figures.ts';
import { cpuSecondsOf, memoryOf, parentOf } from './process-stats.ts';
import { concurrency, type Rig } from './rig.ts';
import { beginDay, drainDay, repeatDay, today } from './stores.ts';

const latenciesMs = [0, 80];
const secondsPerRun = 6;
const countedStores = 20;
const harianProcesses = [1, 2, 4];
const callsPerStore = 2 + Math.ceil(videosPerStore / 20);

/** What a store costs; of what /proc tells null without it. */
export interface Cost {
  storesPerSecond: number;
  /** CPU seconds per 1,000 stores. */
  cpu: { process: number | null; postgres: number | null };
  walBytes: number;
}

export interface ContenderFigures {
  name: string;
  stores: number;
  /** The first pass of a day, and one more on the same day. */
  first: Cost;
  again: Cost;
  /** Rate by the floor's of the same round, the median of the rounds. */
  ofFloor: number;
  /** Of the largest of its processes, at most; null without /proc. */
  peakMb: number | null;
  statements: number;
  roundTrips: number;
}

export interface Race {
  latencyMs: number;
  /** What a call takes that is alone: the latency that is really there, with what the simulator and its timers add. */
  loneCallMs: number;
  /** Stores a second that latency and slots alone allow; Infinity without latency. */
  idealPerSecond: number;
  contenders: ContenderFigures[];
}

/** Runs its work for these stores, and says how long it took. */
interface Contender {
  pids: readonly number[];
  pass(storeCodes: readonly string[], which: 'first' | 'again'): Promise<number>;
  end(): Promise<void>;
}

/** How it is brought up, for each pass anew where that is cheap; `databaseUrl`: the rig's, or one that counts. */
interface Entry {
  name: string;
  /** Stores a second that it can be expected to do without latency: bounds how many it is given. */
  guessPerSecond: number;
  /** Stores at once. */
  slots: number;
  start(databaseUrl: string): Promise<Contender>;
}

/**
 * The same work, durably done by everybody: a refresh with rotation, user/info, two pages, 40 videos, one log. In turns, so
 * that a noisy minute is everybody's; medians of the rounds.
 */
export async function measureContenders(rig: Rig, rounds: number, say: (progress: string) => void): Promise<Race[]> {
  const codes = usualAccounts.map((account) => account.openId);
  say(`connecting ${codes.length} stores of the contenders`);
  await fillContenders(rig, codes);
  const entries = [
    ...contenderKinds.map((kind) => plainEntry(rig, kind)),
    ...harianProcesses.map((n) => harianEntry(rig, n)),
  ];
  const counts = await countAll(rig, entries, codes, say);
  const races: Race[] = [];
  for (const latencyMs of latenciesMs) {
    await rig.simulator.configure({ latencyMs });
    races.push(await race(rig, { entries, counts, codes, latencyMs, rounds, say }));
  }
  await rig.simulator.configure({ latencyMs: 0 });
  return races;
}

interface Passes {
  first: Cost[];
  again: Cost[];
  peaksMb: number[];
  stores: number;
}

async function race(
  rig: Rig,
  given: {
    entries: readonly Entry[];
    counts: ReadonlyMap<string, Counts>;
    codes: readonly string[];
    latencyMs: number;
    rounds: number;
    say: (progress: string) => void;
  },
): Promise<Race> {
  const { entries, latencyMs, rounds, codes, say } = given;
  const [pair] = await rig.simulator.grantAll(codes.slice(0, 1));
  const loneCallMs = await measureLoneCall(rig.simulator.url, pair?.accessToken ?? '');
  const idealOf = (slots: number) => (latencyMs === 0 ? Infinity : (slots * 1000) / (callsPerStore * loneCallMs));
  const passes = new Map(
    entries.map((entry): [Entry, Passes] => [entry, { first: [], again: [], peaksMb: [], stores: 0 }]),
  );
  for (let round = 1; round <= rounds; round += 1) {
    for (const [entry, seen] of passes) {
      const perSecond = Math.min(entry.guessPerSecond, idealOf(entry.slots));
      // A last turn that not all slots have work for would be time that nothing dictates.
      const turns = Math.floor(Math.min(codes.length, perSecond * secondsPerRun) / entry.slots);
      const stores = codes.slice(0, Math.max(8, turns * entry.slots));
      await withContender(entry, rig.databaseUrl, async (contender) => {
        // Compiled and connected, as it is in a night's first minute.
        await contender.pass(codes.slice(-Math.min(100, stores.length)), 'first');
        for (const which of ['first', 'again'] as const) seen[which].push(await cost(rig, contender, stores, which));
        const memory = await Promise.all(contender.pids.map(memoryOf));
        seen.peaksMb.push(...memory.flatMap((one) => one?.peakMb ?? []));
      });
      seen.stores = stores.length;
      const rate = (which: 'first' | 'again') => seen[which].at(-1)?.storesPerSecond.toFixed(1);
      say(`${latencyMs} ms, round ${round} of ${rounds}: ${entry.name} ${rate('first')}/s, again ${rate('again')}/s`);
    }
  }
  const [floor] = passes.values();
  const contenders = [...passes].map(
    ([entry, seen]): ContenderFigures => ({
      name: entry.name,
      stores: seen.stores,
      first: middleOf(seen.first),
      again: middleOf(seen.again),
      ofFloor: median(
        seen.first.map((one, index) => one.storesPerSecond / (floor?.first[index]?.storesPerSecond ?? NaN)),
      ),
      peakMb: seen.peaksMb.length === 0 ? null : Math.max(...seen.peaksMb),
      ...(given.counts.get(entry.name) ?? { statements: NaN, roundTrips: NaN }),
    }),
  );
  return { latencyMs, loneCallMs, idealPerSecond: idealOf(concurrency), contenders };
}

async function cost(
  rig: Rig,
  contender: Contender,
  stores: readonly string[],
  which: 'first' | 'again',
): Promise<Cost> {
  const result = await rig.db.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`);
  const postmaster = await parentOf(result.rows[0]?.pid ?? 0);
  const cpuOf = async (pids: readonly number[]) => {
    const seconds = await Promise.all(pids.map(cpuSecondsOf));
    return seconds.some((one) => one === null) ? null : seconds.reduce<number>((sum, one) => sum + (one ?? 0), 0);
  };
  const read = async () => ({
    process: await cpuOf(contender.pids),
    postgres: postmaster === null ? null : await cpuOf([postmaster]),
    wal: await walBytes(rig),
  });
  const before = await read();
  const seconds = await contender.pass(stores, which);
  const after = await read();
  const perThousand = (name: 'process' | 'postgres') => {
    const [start, end] = [before[name], after[name]];
    return start === null || end === null ? null : ((end - start) / stores.length) * 1000;
  };
  return {
    storesPerSecond: stores.length / seconds,
    cpu: { process: perThousand('process'), postgres: perThousand('postgres') },
    walBytes: (after.wal - before.wal) / stores.length,
  };
}

function middleOf(costs: readonly Cost[]): Cost {
  const middle = (values: (number | null)[]) => {
    const known = values.filter((value) => value !== null);
    return known.length === 0 ? null : median(known);
  };
  return {
    storesPerSecond: median(costs.map((one) => one.storesPerSecond)),
    cpu: {
      process: middle(costs.map((one) => one.cpu.process)),
      postgres: middle(costs.map((one) => one.cpu.postgres)),
    },
    walBytes: median(costs.map((one) => one.walBytes)),
  };
}

const answer = z.object({ seconds: z.number() });

function plainEntry(rig: Rig, kind: (typeof contenderKinds)[number]): Entry {
  const guesses = { floor: 150, 'cron script': 6, 'graphile-worker, tuned': 120, 'pg-boss, tuned': 100, 'pg-boss': 1 };
  return {
    name: kind,
    guessPerSecond: guesses[kind],
    slots: kind === 'cron script' || kind === 'pg-boss' ? 1 : concurrency,
    async start(databaseUrl) {
      const child: Child = forkChild(new URL('./contenders/contender-process.ts', import.meta.url), rig.signal);
      const { clientKey, clientSecret, simulator } = rig;
      const work = { databaseUrl, apiUrl: simulator.url, clientKey, clientSecret, concurrency, snapshotDate: today() };
      return {
        pids: [child.pid],
        async pass(storeCodes, which) {
          if (which === 'first')
            await rig.db.execute(sql`truncate bench.user_daily, bench.video_daily, bench.sync_logs`);
          const { seconds } = answer.parse(await child.ask({ ...work, kind, storeCodes }));
          await requireVideos(rig, storeCodes.length);
          return seconds;
        },
        end: child.end,
      };
    },
  };
}

function harianEntry(rig: Rig, processes: number): Entry {
  const name = processes === 1 ? 'Harian' : `Harian, ${processes} workers`;
  return {
    name,
    guessPerSecond: 100,
    slots: processes * concurrency,
    async start(databaseUrl) {
      const workers: AppProcess[] = [];
      for (let started = 0; started < processes; started += 1)
        workers.push(await rig.startApp('worker', { DATABASE_URL: databaseUrl }));
      return {
        pids: workers.map(({ pid }) => pid),
        async pass(storeCodes, which) {
          await (which === 'first' ? beginDay : repeatDay)(rig, storeCodes, { expired: true });
          return (await drainDay(rig, storeCodes.length, storeCodes.length * videosPerStore)).seconds;
        },
        end: async () => {
          await Promise.all(workers.map((worker) => worker.end()));
        },
      };
    },
  };
}

async function requireVideos(rig: Rig, stores: number): Promise<void> {
  const { rows } = await rig.db.execute<{ videos: number }>(sql`select count(*)::int as videos from bench.video_daily`);
  const videos = rows[0]?.videos;
  if (videos !== stores * videosPerStore) throw new Error(`${videos} videos of ${stores} stores came through`);
}

/** Its processes end, whatever becomes of the work. */
async function withContender(entry: Entry, databaseUrl: string, work: (contender: Contender) => Promise<void>) {
  const contender = await entry.start(databaseUrl);
  try {
    await work(contender);
  } finally {
    await contender.end();
  }
}

/** Pairs of the contenders' own for the same accounts: TikTok lets an account have several. */
async function fillContenders(rig: Rig, codes: readonly string[]): Promise<void> {
  await rig.db.execute(sql.raw(tables));
  const pairs = await rig.simulator.grantAll(codes);
  const texts = (values: readonly string[]) => sql`${sql.param([...values])}::text[]`;
  await rig.db.execute(sql`
    insert into bench.accounts select *, now() from unnest(${texts(codes)},
      ${texts(pairs.map((pair) => pair.accessToken))}, ${texts(pairs.map((pair) => pair.refreshToken))})`);
  await rig.db.execute(sql`vacuum analyze bench.accounts`);
}

type Counts = ReturnType<StatementCounter['counts']>;

/** A short pass of each through a counter; the beginning of a process counts for nothing. */
async function countAll(
  rig: Rig,
  entries: readonly Entry[],
  codes: readonly string[],
  say: (progress: string) => void,
): Promise<Map<string, Counts>> {
  const found = new Map<string, Counts>();
  for (const entry of entries) {
    const counter = await countStatements(rig.databaseUrl);
    const stores = codes.slice(0, entry.name === 'pg-boss' ? 4 : countedStores);
    await withContender(entry, counter.url, async (contender) => {
      await contender.pass(stores, 'first');
      const before = counter.counts();
      await contender.pass(stores, 'again');
      const after = counter.counts();
      const each = (name: keyof Counts) => (after[name] - before[name]) / stores.length;
      found.set(entry.name, { statements: each('statements'), roundTrips: each('roundTrips') });
      say(`${entry.name}: ${each('statements').toFixed(1)} statements a store`);
    });
    await counter.close();
  }
  return found;
}

/** Bytes of WAL written so far. */
async function walBytes(rig: Rig): Promise<number> {
  const { rows } = await rig.db.execute<{ bytes: number }>(
    sql`select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 as bytes`,
  );
  return rows[0]?.bytes ?? NaN;
}
