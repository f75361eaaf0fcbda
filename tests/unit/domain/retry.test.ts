import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMs, decideRetry, maxAttempts } from '../../../src/domain/retry.ts';
import type { SyncFailureKind } from '../../../src/domain/sync-failure.ts';

const now = new Date('2026-11-24T01:00:00Z');
const decide = (
  kind: SyncFailureKind,
  change: { attempt?: number; retryAfterMs?: number | null; random?: number } = {},
) => {
  const decision = decideRetry({ kind, attempt: 1, retryAfterMs: null, random: 0, now, ...change });
  return 'at' in decision ? [decision.action, decision.at.getTime() - now.getTime()] : [decision.action];
};
const almostOne = 1 - Number.EPSILON;
const anyRandom = fc.double({ min: 0, max: almostOne, noNaN: true });
const anyAttempt = fc.integer({ min: 1, max: 100 });

test.each([
  ['rate_limited', 1, ['defer', 60_000]],
  ['rate_limited', maxAttempts, ['defer', 60_000]],
  ['rate_limited', 99, ['defer', 60_000]],
  ['store_busy', 1, ['defer', 1_000]],
  ['store_busy', 99, ['defer', 1_000]],
  ['unavailable', 1, ['defer', 30_000]],
  ['unavailable', 99, ['defer', 30_000]],
  ['transient', 1, ['retry', 1_000]],
  ['transient', 2, ['retry', 2_000]],
  ['transient', maxAttempts - 1, ['retry', 64_000]],
  ['transient', maxAttempts, ['fail']],
  ['transient', maxAttempts + 1, ['fail']],
  ['permanent', 1, ['fail']],
  ['need_reconnect', 1, ['fail']],
] as const)('%s at attempt %i: %j', (kind, attempt, expected) => {
  expect(decide(kind, { attempt })).toEqual(expected);
});

test.each([0, 1, 7_000, 7_200_000])('Retry-After of %i ms is honoured as given, without jitter', (retryAfterMs) => {
  for (const random of [0, 0.5, almostOne]) {
    expect(decide('rate_limited', { retryAfterMs, random })).toEqual(['defer', retryAfterMs]);
  }
});

test('without Retry-After the wait is one window plus up to half of one, and stores do not come back all at once', () => {
  fc.assert(
    fc.property(anyRandom, anyAttempt, (random, attempt) => {
      const [action, waitMs] = decide('rate_limited', { random, attempt });
      expect(action).toBe('defer');
      expect(waitMs).toBeGreaterThanOrEqual(60_000);
      expect(waitMs).toBeLessThanOrEqual(90_000);
    }),
  );
  expect(decide('rate_limited', { random: 0.2 })).not.toEqual(decide('rate_limited', { random: 0.8 }));
});

test('the first retry of a temporary failure comes within ten seconds, whatever the dice say', () => {
  fc.assert(
    fc.property(anyRandom, (random) => {
      expect(backoffMs(1, random)).toBeGreaterThanOrEqual(1_000);
      expect(backoffMs(1, random)).toBeLessThan(10_000);
    }),
  );
});

test('back-off never shrinks with the attempts, is jittered by half, and never exceeds a quarter of an hour', () => {
  fc.assert(
    fc.property(anyAttempt, anyRandom, (attempt, random) => {
      const waitMs = backoffMs(attempt, random);
      expect(waitMs).toBeLessThanOrEqual(15 * 60_000);
      expect(waitMs).toBeLessThanOrEqual(backoffMs(attempt + 1, random));
      expect(backoffMs(attempt, 0)).toBeGreaterThanOrEqual(backoffMs(attempt, almostOne) / 2 - 1);
      expect(Number.isFinite(waitMs)).toBe(true);
    }),
  );
});

test('all retries of a job together end while its day lasts', () => {
  const longestMs = Array.from({ length: maxAttempts - 1 }, (_, index) => backoffMs(index + 1, almostOne));
  expect(longestMs.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(10 * 60_000);
});
