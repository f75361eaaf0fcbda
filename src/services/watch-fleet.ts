import { listChangedStores } from '../db/fleet-changes.ts';
import { errorCodeOf, type Logger } from '../logger.ts';
import { readTodayNow, readTodayTrend, type TodayDependencies, type TodayNow, type TodayTrend } from './read-today.ts';

/** What the watchers of this process are told: whether today looks different, and at which stores something happened. */
export interface Pulse {
  /** Rises whenever today's view has changed. */
  version: number;
  /** Null: at more than can be named. */
  stores: string[] | null;
  /** What every page has to say when it changes. */
  alarms: string;
}

/** The same as long as no worker, no scheduler and TikTok's silence are what they were. */
export const alarmsOf = ({ fleet, queue }: Pick<TodayNow, 'fleet' | 'queue'>): string =>
  `${fleet.workers > 0}/${fleet.schedulers > 0}/${queue.breaker?.openedAt?.toISOString() ?? ''}`;

export type Today = TodayNow & TodayTrend & { at: Date };

/**
 * One look at the database for all who watch: however many consoles are open, this process asks once per interval, and
 * not at all while nobody watches.
 */
export interface FleetWatch {
  /** At most one interval old. Rejects with what the database threw. */
  read(): Promise<Today>;
  /** `onPulse` is told of every change, and null when the database does not answer. Returns how to stop. */
  subscribe(onPulse: (pulse: Pulse | null) => void): () => void;
}

const intervalMs = 2_000;
const trendMs = 10_000;
const namedStores = 500;
/** A look sees what was committed before it; a run that was being written down then shows itself in the next one. */
const overlapMs = 3_000;

export function createFleetWatch(deps: TodayDependencies & { logger: Logger; stopping: AbortSignal }): FleetWatch {
  const { db, clock, logger } = deps;
  const listeners = new Set<(pulse: Pulse | null) => void>();
  let latest: { today: Today; fingerprint: string; readAtMs: number } | undefined;
  let trend: { value: TodayTrend; readAtMs: number } | undefined;
  let reading: Promise<Today> | undefined;
  let version = 0;
  let timer: NodeJS.Timeout | undefined;
  let since = new Date(0);

  const readTrend = async (): Promise<TodayTrend> => {
    if (trend && performance.now() - trend.readAtMs < trendMs) return trend.value;
    const readAtMs = performance.now();
    trend = { value: await readTodayTrend(deps), readAtMs };
    return trend.value;
  };
  const look = async (): Promise<Today> => {
    const readAtMs = performance.now();
    const at = clock.now();
    const view = { ...(await readTodayNow(deps)), ...(await readTrend()) };
    const fingerprint = JSON.stringify(view);
    if (fingerprint !== latest?.fingerprint) version += 1;
    latest = { today: { ...view, at }, fingerprint, readAtMs };
    return latest.today;
  };
  const read = async (): Promise<Today> => {
    if (latest && performance.now() - latest.readAtMs < intervalMs) return latest.today;
    reading ??= look().finally(() => {
      reading = undefined;
    });
    return reading;
  };

  const tell = (pulse: Pulse | null) => {
    for (const listener of listeners) listener(pulse);
  };
  const beat = async () => {
    try {
      const before = version;
      const from = since;
      since = new Date(clock.now().getTime() - overlapMs);
      const stores = await listChangedStores(db, { since: from, limit: namedStores + 1 });
      const alarms = alarmsOf(await read());
      if (version !== before || stores.length > 0)
        tell({ version, stores: stores.length > namedStores ? null : stores, alarms });
    } catch (error) {
      logger.warn('console not refreshed', { error_code: errorCodeOf(error) });
      tell(null);
    }
  };
  const keepBeating = () => {
    const again = () => {
      timer = undefined;
      if (listeners.size > 0 && !deps.stopping.aborted) keepBeating();
    };
    timer ??= setTimeout(() => {
      beat().then(again, again);
    }, intervalMs);
    timer.unref();
  };

  return {
    read,
    subscribe(onPulse) {
      if (listeners.size === 0) since = new Date(clock.now().getTime() - overlapMs);
      listeners.add(onPulse);
      keepBeating();
      return () => void listeners.delete(onPulse);
    },
  };
}
