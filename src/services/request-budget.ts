import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../db/client.ts';
import { takeRequests } from '../db/request-budgets.ts';
import type { DisplayEndpoint, RequestBudget } from '../tiktok/budget.ts';

/** Requests leave a little slower than allowed: what the network bunches up must still fit into TikTok's minute. */
const safety = 1.02;

interface Booking {
  count: number;
  firstWaitMs: Promise<number>;
}

/**
 * TikTok's limit, shared by all processes through the database. Requests of one process that ask at the same moment
 * are booked together. Holds no connection while waiting; rejects when the signal aborts or the database fails.
 */
export function createRequestBudget(options: { db: Database; requestsPerMinute: number }): RequestBudget {
  const intervalMs = (60_000 / options.requestsPerMinute) * safety;
  const open = new Map<DisplayEndpoint, Booking>();

  const joinBooking = (endpoint: DisplayEndpoint): Booking => {
    const joined = open.get(endpoint);
    if (joined) return joined;
    const booking: Booking = {
      count: 0,
      firstWaitMs: Promise.resolve().then(() => {
        // Whoever asks from here on, while this booking is on its way, joins the next one.
        open.delete(endpoint);
        return takeRequests(options.db, { endpoint, count: booking.count, intervalMs });
      }),
    };
    open.set(endpoint, booking);
    return booking;
  };

  return {
    async acquire(endpoint, signal) {
      signal?.throwIfAborted();
      const booking = joinBooking(endpoint);
      const place = booking.count++;
      const waitMs = (await booking.firstWaitMs) + place * intervalMs;
      if (waitMs >= 1) await sleep(waitMs, undefined, signal ? { signal } : {});
    },
  };
}
