import { expect, test } from 'vitest';
import { createFailureStreak, probeDelayMs } from '../../../src/domain/circuit-breaker.ts';

const fail = (streak: ReturnType<typeof createFailureStreak>, ...stores: string[]) =>
  stores.map((store) => streak.fail(store));
const fleet = Array.from({ length: 10 }, (_, index) => `store-${index}`);

test('ten failures in a row of at least four stores open; nine do not', () => {
  expect(fail(createFailureStreak(), ...fleet)).toEqual([...Array(9).fill(false), true]);
});

test('one faulty store alone never opens, nor do three', () => {
  const streak = createFailureStreak();
  expect(fail(streak, ...Array(1_000).fill('a'), ...Array(1_000).fill('b'), ...Array(1_000).fill('c'))).not.toContain(
    true,
  );
  expect(streak.fail('d')).toBe(true);
});

test('a success begins the count anew', () => {
  const streak = createFailureStreak();
  fail(streak, ...fleet.slice(1));
  streak.reset();
  expect(fail(streak, ...fleet)).toEqual([...Array(9).fill(false), true]);
});

test('who opened in spite of an answering TikTok needs twice the failures next time, until it sees a success itself', () => {
  const streak = createFailureStreak();
  fail(streak, ...fleet);
  streak.overrule();
  expect(fail(streak, ...fleet, ...fleet).indexOf(true)).toBe(19);
  streak.reset();
  expect(fail(streak, ...fleet).indexOf(true)).toBe(9);
});

test.each([
  [0, 5_000],
  [1, 10_000],
  [2, 20_000],
  [3, 40_000],
  [4, 60_000],
  [50, 60_000],
])('after %i failed probes the next comes within %i ms, and not much sooner', (failedProbes, ms) => {
  expect(probeDelayMs(failedProbes, 1 - Number.EPSILON)).toBeLessThanOrEqual(ms);
  expect(probeDelayMs(failedProbes, 0)).toBe(ms * 0.8);
});
