import type { Clock } from '../clock.ts';
import { findOpenBreaker, type OpenBreaker } from '../db/circuit-breakers.ts';
import type { Database } from '../db/client.ts';
import { countQueue, type QueueDepth } from '../db/sync-jobs.ts';
import { forecastMs } from '../domain/forecast.ts';
import { dayStart, localDay } from '../domain/snapshot-day.ts';
import { readPace } from './read-pace.ts';
import { shareLargeLook } from './share-look.ts';

export interface QueueView extends QueueDepth {
  perMinute: number;
  /** Null when nobody can tell, and 0 when nothing waits. */
  etaSeconds: number | null;
  /** Set while TikTok does not answer. */
  breaker: OpenBreaker | null;
}

/** So many jobs take some 30 ms to count, a million two thirds of a second. */
const manyJobs = 50_000;

/** The queue as `getQueue` sees it, at most 10 s ago where there are very many jobs. */
export const createQueueReader = (deps: Parameters<typeof getQueue>[0]): (() => Promise<QueueView>) =>
  shareLargeLook(
    () => getQueue(deps),
    ({ queued, deferred, retrying }) => queued + deferred + retrying > manyJobs,
  );

/** The queue right now; "today" is the present day in the installation's own time zone. */
async function getQueue(deps: {
  db: Database;
  clock: Clock;
  timezone: string;
  requestsPerMinute: number;
}): Promise<QueueView> {
  const now = deps.clock.now();
  const since = dayStart(localDay(now, deps.timezone), deps.timezone);
  const [depth, breaker] = await Promise.all([countQueue(deps.db, { now, since }), findOpenBreaker(deps.db)]);
  const pace = await readPace(deps, now, breaker);
  const etaMs = forecastMs(depth.queued + depth.deferred + depth.active + depth.retrying, pace);
  const etaSeconds = etaMs === null ? null : Math.ceil(etaMs / 1000);
  return { ...depth, perMinute: pace.storesPerMinute, etaSeconds, breaker };
}
