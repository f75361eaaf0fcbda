import { addDays, dayStart } from './snapshot-day.ts';

/** After this long a day that came to nothing is tried again. */
export const dayRetryMs = 30 * 60_000;
const shortestMs = 60_000;

/**
 * When a day that came to nothing is tried again: after `delayMs`, and while it lasts. A wait that would outlast the day
 * is cut to half of what is left of it, one minute at least: TikTok gives no past days, so a late try is none.
 */
export function nextTryAt(options: { now: Date; delayMs: number; snapshotDate: string; timezone: string }): Date {
  const { now, delayMs, snapshotDate, timezone } = options;
  const leftMs = dayStart(addDays(snapshotDate, 1), timezone).getTime() - now.getTime();
  const waitMs = delayMs < leftMs || leftMs <= 0 ? delayMs : Math.max(shortestMs, leftMs / 2);
  return new Date(now.getTime() + waitMs);
}
