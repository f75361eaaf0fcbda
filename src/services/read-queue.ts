import type { Clock } from '../clock.ts';
import type { Database } from '../db/client.ts';
import { countQueue, type QueueDepth } from '../db/sync-jobs.ts';
import { dayStart, localDay } from '../domain/snapshot-day.ts';

export interface QueueView extends Omit<QueueDepth, 'completedLastMinutes'> {
  perMinute: number;
  /** Null when nothing was completed lately, so that no forecast can be made, and 0 when nothing waits. */
  etaSeconds: number | null;
}

const rateWindowMinutes = 5;

/** The queue right now; "today" is the present day in the installation's own time zone. */
export async function getQueue(deps: { db: Database; clock: Clock; timezone: string }): Promise<QueueView> {
  const now = deps.clock.now();
  const since = dayStart(localDay(now, deps.timezone), deps.timezone);
  const { completedLastMinutes, ...depth } = await countQueue(deps.db, { now, since });
  const perMinute = completedLastMinutes / rateWindowMinutes;
  const waiting = depth.queued + depth.deferred + depth.active + depth.retrying;
  const etaSeconds = waiting === 0 ? 0 : perMinute === 0 ? null : Math.ceil((waiting / perMinute) * 60);
  return { ...depth, perMinute, etaSeconds };
}
