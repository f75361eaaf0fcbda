import { z } from 'zod';
import { bossSqlTag as sql } from '../../src/db/sync-jobs.ts';
import type { AppProcess } from '../rig/app-process.ts';
import { usualAccounts, videosPerStore } from './accounts.ts';
import { median } from './figures.ts';
import { cpuSecondsOf, parentOf } from './process-stats.ts';
import { concurrency, type Rig } from './rig.ts';
import { beginDay, drainDay, insertStores, today } from './stores.ts';

const rounds = 3;
const warmUpStores = 200;
const secondsPerRun = 8;
const fewestStores = 100;

const kinds = [
  { name: '0 ms', latencyMs: 0, expired: false },
  { name: '0 ms, each store refreshes its token', latencyMs: 0, expired: true },
  { name: '80 ms', latencyMs: 80, expired: false },
];

/** CPU seconds per 1,000 stores; null without /proc. */
interface Cpu {
  process: number | null;
  postgres: number | null;
  simulator: number | null;
}

interface Run {
  storesPerSecond: number;
  wallStoresPerSecond: number;
  cpu: Cpu;
}

export interface Throughput {
  name: string;
  stores: number;
  floor: Run;
  harian: Run;
  /** Harian's rate of the floor's, of the medians. */
  ratio: number;
}

/** Stores per second through the whole job path beside the bare loop, in turns; medians of the rounds. */
export async function measureThroughput(
  rig: Rig,
  app: AppProcess,
  say: (progress: string) => void,
): Promise<Throughput[]> {
  const codes = usualAccounts.map((account) => account.openId);
  await insertStores(rig, codes);
  const meter = await createMeter(rig);

  say(`warm-up with ${warmUpStores} stores`);
  const first = await runHarian(rig, app, meter, codes.slice(0, warmUpStores), false);
  const affordable = (perSecond: number) =>
    Math.min(codes.length, Math.max(fewestStores, Math.round((perSecond * secondsPerRun) / 50) * 50));
  const most = affordable(first.storesPerSecond);
  // Every store's videos are known before the first round, as they are on any day but its first.
  await runFloor(rig, meter, codes.slice(0, most), false);

  const results: Throughput[] = [];
  for (const { name, latencyMs, expired } of kinds) {
    const callsPerStore = 1 + Math.ceil(videosPerStore / 20);
    const idealPerSecond = latencyMs === 0 ? Infinity : (concurrency * 1000) / (callsPerStore * latencyMs);
    const stores = codes.slice(0, Math.min(most, affordable(idealPerSecond)));
    await rig.simulator.setLatencyMs(latencyMs);
    const [floor, harian]: [Run[], Run[]] = [[], []];
    for (let round = 1; round <= rounds; round += 1) {
      floor.push(await runFloor(rig, meter, stores, expired));
      harian.push(await runHarian(rig, app, meter, stores, expired));
      const rates = [floor, harian].map((runs) => runs.at(-1)?.storesPerSecond.toFixed(1));
      say(`${name}, round ${round} of ${rounds}, ${stores.length} stores: floor ${rates[0]}/s, harian ${rates[1]}/s`);
    }
    const middle = { floor: middleOf(floor), harian: middleOf(harian) };
    const ratio = middle.harian.storesPerSecond / middle.floor.storesPerSecond;
    results.push({ name, stores: stores.length, ...middle, ratio });
  }
  await rig.simulator.setLatencyMs(0);
  return results;
}

type Meter = (pid: number, stores: number, work: () => Promise<void>) => Promise<Cpu>;

async function createMeter(rig: Rig): Promise<Meter> {
  const result = await rig.db.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`);
  const postmaster = await parentOf(result.rows[0]?.pid ?? 0);
  const read = async (pid: number | null) => (pid === null ? null : cpuSecondsOf(pid));
  return async (pid, stores, work) => {
    const pids = [pid, postmaster, rig.simulatorPid] as const;
    const before = await Promise.all(pids.map(read));
    await work();
    const after = await Promise.all(pids.map(read));
    const [own, postgres, simulator] = after.map((seconds, index) => {
      const start = before[index] ?? null;
      return seconds === null || start === null ? null : ((seconds - start) / stores) * 1000;
    });
    return { process: own ?? null, postgres: postgres ?? null, simulator: simulator ?? null };
  };
}

async function runHarian(
  rig: Rig,
  app: AppProcess,
  meter: Meter,
  codes: readonly string[],
  expired: boolean,
): Promise<Run> {
  const run = { storesPerSecond: 0, wallStoresPerSecond: 0 };
  await beginDay(rig, codes, { expired });
  const cpu = await meter(app.pid, codes.length, async () => {
    const drained = await drainDay(rig, codes.length, codes.length * videosPerStore);
    run.storesPerSecond = codes.length / drained.seconds;
    run.wallStoresPerSecond = codes.length / drained.wallSeconds;
  });
  return { ...run, cpu };
}

async function runFloor(rig: Rig, meter: Meter, codes: readonly string[], refresh: boolean): Promise<Run> {
  const run = { storesPerSecond: 0, wallStoresPerSecond: 0 };
  await beginDay(rig, codes, { expired: false });
  const pairs = await rig.simulator.grantAll(codes);
  const { databaseUrl, clientKey, clientSecret, simulator } = rig;
  const task = { databaseUrl, apiUrl: simulator.url, clientKey, clientSecret, concurrency, refresh };
  const stores = pairs.map((pair) => ({ ...pair, storeCode: pair.openId }));
  const cpu = await meter(rig.floor.pid, codes.length, async () => {
    const startedMs = performance.now();
    const answer = await rig.floor.ask({ ...task, snapshotDate: today(), stores });
    run.storesPerSecond = codes.length / z.object({ seconds: z.number() }).parse(answer).seconds;
    run.wallStoresPerSecond = (codes.length / (performance.now() - startedMs)) * 1000;
  });
  return { ...run, cpu };
}

function middleOf(runs: readonly Run[]): Run {
  const cpu = (name: keyof Cpu) => {
    const values = runs.flatMap((run) => run.cpu[name] ?? []);
    return values.length === 0 ? null : median(values);
  };
  return {
    storesPerSecond: median(runs.map((run) => run.storesPerSecond)),
    wallStoresPerSecond: median(runs.map((run) => run.wallStoresPerSecond)),
    cpu: { process: cpu('process'), postgres: cpu('postgres'), simulator: cpu('simulator') },
  };
}
