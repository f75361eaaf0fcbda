import type { Clock } from '../clock.ts';
import { type AttentionRow, listAttention } from '../db/attention.ts';
import type { Database } from '../db/client.ts';
import { countRequestsLately, listThroughput, type RequestCount, type ThroughputBin } from '../db/fleet-changes.ts';
import { countLiveElsewhere } from '../db/heartbeats.ts';
import { connectionEndsSoonMs } from '../domain/token-life.ts';
import type { Coverage, CoverageDependencies } from './read-coverage.ts';
import type { QueueView } from './read-queue.ts';

/** Two heartbeats and a bit: a worker gone for longer is said to be. */
const seenWithinMs = 11_000;
/** A scheduler looks every ten seconds, and is written down with a heartbeat of its process. */
const schedulerWithinMs = 30_000;
const throughputHours = 6;
export const throughputMinutes = 10;
const storesPerMatter = 5;

export interface TodayDependencies extends CoverageDependencies {
  db: Database;
  clock: Clock;
  readQueue: () => Promise<QueueView>;
  processId: string;
  roles: Readonly<Record<string, () => boolean>>;
}

/** What moves by the second. */
export interface TodayNow {
  queue: QueueView;
  coverage: Coverage;
  /** Processes that work as such right now, this one included. */
  fleet: { workers: number; schedulers: number };
  /** Requests of the last minute, by endpoint, of `requestsPerMinute`. */
  requests: RequestCount[];
}

export async function readTodayNow(deps: TodayDependencies): Promise<TodayNow> {
  const { db, processId, roles } = deps;
  const [queue, coverage, elsewhere, requests] = await Promise.all([
    deps.readQueue(),
    deps.readCoverage(null),
    countLiveElsewhere(db, { processId, withinMs: seenWithinMs, schedulerWithinMs }),
    countRequestsLately(db, deps.requestsPerMinute),
  ]);
  const here = (role: string) => (roles[role]?.() === true ? 1 : 0);
  const fleet = {
    workers: elsewhere.workers + here('worker'),
    schedulers: elsewhere.schedulers + here('scheduler'),
  };
  return { queue, coverage, fleet, requests };
}

/** What moves by the minute, and costs more to find out. */
export interface TodayTrend {
  throughput: ThroughputBin[];
  attention: AttentionRow[];
}

export async function readTodayTrend(deps: TodayDependencies): Promise<TodayTrend> {
  const now = deps.clock.now();
  const since = new Date(now.getTime() - throughputHours * 3_600_000);
  const tokenEndsBefore = new Date(now.getTime() + connectionEndsSoonMs);
  const [throughput, attention] = await Promise.all([
    listThroughput(deps.db, { since, minutes: throughputMinutes }),
    listAttention(deps.db, { now, tokenEndsBefore, perKind: storesPerMatter }),
  ]);
  return { throughput, attention };
}
