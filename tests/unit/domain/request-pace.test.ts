import fc from 'fast-check';
import { expect, test } from 'vitest';
import { limitWindowMs, requestPace } from '../../../src/domain/request-pace.ts';

/**
 * The most requests that leave in one window, if each of them may come up to `spreadMs` apart: one for each moment in it,
 * and those ahead of their moment at its end. Such a moment is the first free one behind all that is booked.
 */
const mostInWindow = (limit: number, spreadMs: number) => {
  const pace = requestPace(limit);
  const within = (spanMs: number, intervalMs: number) => Math.ceil((spanMs - 1e-6) / intervalMs);
  const aheadMs = pace.horizonMs + (pace.reserveSize + 1) * pace.intervalMs;
  const ahead = pace.reserveSize === 0 ? 0 : pace.reserveSize - 1 + within(aheadMs, pace.reserveIntervalMs);
  return within(limitWindowMs + spreadMs, pace.intervalMs) + ahead;
};

test('whatever the limit, both lanes together keep it in any minute, though requests are delayed unevenly by a second', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000_000 }), (limit) => {
      expect(mostInWindow(limit, 1_000)).toBeLessThanOrEqual(limit);
    }),
  );
});

test('at least 97 % of any limit is used', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000_000 }), (limit) => {
      expect(limitWindowMs / requestPace(limit).intervalMs).toBeGreaterThanOrEqual(limit * 0.97);
    }),
  );
});

test('the reserve holds a two-hundredth of the limit, in whole requests', () => {
  expect([1, 199, 200, 600, 1_000].map((limit) => requestPace(limit).reserveSize)).toEqual([0, 0, 1, 3, 5]);
});

test('what is booked beyond what is wanted is at most 25 ms of the pace, eight requests, and nothing at TikTok’s 600 a minute', () => {
  expect([1, 600, 6_000, 60_000, 10_000_000].map((limit) => requestPace(limit).spare)).toEqual([0, 0, 2, 8, 8]);
});
