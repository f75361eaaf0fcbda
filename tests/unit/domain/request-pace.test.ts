import fc from 'fast-check';
import { expect, test } from 'vitest';
import { limitWindowMs, requestPace } from '../../../src/domain/request-pace.ts';

/** The most requests that both lanes let out in one window, if each of them may come up to `spreadMs` apart. */
const mostInWindow = (limit: number, spreadMs: number) => {
  const pace = requestPace(limit);
  const windowMs = limitWindowMs + spreadMs;
  const evenly = (intervalMs: number) => Math.ceil((windowMs - 1e-6) / intervalMs);
  const reserve = pace.reserveSize === 0 ? 0 : pace.reserveSize - 1 + evenly(pace.reserveIntervalMs);
  return evenly(pace.intervalMs) + reserve;
};

test('whatever the limit, both lanes together keep it in any minute, though requests are delayed unevenly by a second', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000_000 }), (limit) => {
      expect(mostInWindow(limit, 1_000)).toBeLessThanOrEqual(limit);
    }),
  );
});

test('the routine lane alone uses at least 95 % of any limit', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000_000 }), (limit) => {
      expect(limitWindowMs / requestPace(limit).intervalMs).toBeGreaterThanOrEqual(limit * 0.95);
    }),
  );
});

test('the reserve holds a hundredth of the limit, in whole requests', () => {
  expect([1, 99, 100, 600, 1_000].map((limit) => requestPace(limit).reserveSize)).toEqual([0, 0, 1, 6, 10]);
});

test('what is booked beyond what is wanted is at most 25 ms of the pace, eight requests, and nothing at TikTok’s 600 a minute', () => {
  expect([1, 600, 6_000, 60_000, 10_000_000].map((limit) => requestPace(limit).spare)).toEqual([0, 0, 2, 8, 8]);
});
