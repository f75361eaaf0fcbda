import { listChangedStores } from '../db/fleet-changes.ts';
import { alarmsOf, type FleetHealth } from '../domain/fleet-health.ts';
import { errorCodeOf, type Logger } from '../logger.ts';
import { createBeat } from './beat.ts';
import { readTodayNow, readTodayTrend, type TodayDependencies, type TodayNow, type TodayTrend } from './read-today.ts';
import { shareLook } from './share-look.ts';

/** What the watchers of this process are told: whether today looks different, and at which stores something happened. */
export interface Pulse {
  /** Rises whenever today's view has changed. */
  version: number;
  /** Null: at more than can be named. */
  stores: string[] | null;
  /** What every page has to say when it changes. */
  alarms: string;
}

export const healthOf = ({ fleet, queue }: Pick<TodayNow, 'fleet' | 'queue'>): FleetHealth => ({
  ...fleet,
  breakerSince: queue.breaker?.openedAt?.toISOString() ?? null,
});

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
  let fingerprint: string | undefined;
  let version = 0;
  let since = new Date(0);

  const readTrend = shareLook((): Promise<TodayTrend> => readTodayTrend(deps), trendMs);
  const read = shareLook(async (): Promise<Today> => {
    const at = clock.now();
    const view = { ...(await readTodayNow(deps)), ...(await readTrend()) };
    const seen = JSON.stringify(view);
    if (seen !== fingerprint) version += 1;
    fingerprint = seen;
    return { ...view, at };
  }, intervalMs);

  const tell = (pulse: Pulse | null) => {
    for (const listener of listeners) listener(pulse);
  };
  const beat = async () => {
    try {
      const before = version;
      const from = since;
      since = new Date(clock.now().getTime() - overlapMs);
      const stores = await listChangedStores(db, { since: from, limit: namedStores + 1 });
      const alarms = alarmsOf(healthOf(await read()));
      if (version !== before || stores.length > 0)
        tell({ version, stores: stores.length > namedStores ? null : stores, alarms });
    } catch (error) {
      logger.warn('console not refreshed', { error_code: errorCodeOf(error) });
      tell(null);
    }
  };
  const keepBeating = createBeat({ intervalMs, isWanted: () => listeners.size > 0 && !deps.stopping.aborted, beat });

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
