import type { OpenBreaker } from '../db/circuit-breakers.ts';
import type { Database } from '../db/client.ts';
import { latelyMinutes, measurePace } from '../db/pace.ts';
import type { Pace } from '../domain/forecast.ts';
import { requestPace } from '../domain/request-pace.ts';

/** Somebody waits for the limit when requests are booked ahead by more than the next one or two. */
const limitedFromMs = 250;

/** What a forecast starts from. */
export async function readPace(
  deps: { db: Database; requestsPerMinute: number },
  now: Date,
  breaker: OpenBreaker | null,
): Promise<Pace> {
  const measured = await measurePace(deps.db, now);
  return {
    storesPerMinute: measured.completedLately / latelyMinutes,
    // user/info is asked once, video/list once a page.
    requestsPerStore: measured.pagesPerStore === null ? null : Math.max(1, measured.pagesPerStore),
    requestsPerMinute: 60_000 / requestPace(deps.requestsPerMinute).intervalMs,
    limited: measured.bookedAheadMs > limitedFromMs,
    answering: breaker === null,
  };
}
