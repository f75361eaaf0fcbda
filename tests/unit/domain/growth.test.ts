import { describe, expect, it } from 'vitest';
import type { DayState } from '../../../src/domain/day-state.ts';
import { daysOfVideo, growthOf, noGrowth } from '../../../src/domain/growth.ts';

/** Days of November 2026. */
const grow = (...days: [day: number, value: number | null, state?: DayState][]) =>
  growthOf(
    days.map(([day, value, dayState = 'complete']) => ({
      snapshotDate: `2026-11-${String(day).padStart(2, '0')}`,
      dayState,
      value,
    })),
  );

describe('the growth of a day', () => {
  it('is not known at the first reading, which has a value only', () => {
    expect(grow([1, 100])).toEqual([{ ...noGrowth, value: 100, quality: 'first' }]);
    expect(grow([1, null], [2, 0])).toEqual([noGrowth, { ...noGrowth, value: 0, quality: 'first' }]);
  });

  it('is exact from one day to the next, 0 included', () => {
    const exact = { spanDays: 1, quality: 'exact' };
    expect(grow([1, 100], [2, 130], [3, 130]).slice(1)).toEqual([
      { value: 130, change: 30, perDay: 30, ...exact },
      { value: 130, change: 0, perDay: 0, ...exact },
    ]);
  });

  it('is nothing on a day without a value, and that of all days since on the next one, once', () => {
    const gap = { value: 130, change: 30, spanDays: 3, perDay: 10, quality: 'gap' };
    expect(grow([1, 100], [2, null, 'missed'], [3, null], [4, 130]).slice(1)).toEqual([noGrowth, noGrowth, gap]);
    // A day that the ledger does not have is a gap too.
    expect(grow([1, 100], [4, 130])[1]).toEqual(gap);
  });

  it('may be below 0, and is said to fall', () => {
    expect(grow([1, 100], [2, 95])[1]).toEqual({ value: 95, change: -5, spanDays: 1, perDay: -5, quality: 'falling' });
    expect(grow([1, 100], [2, 0])[1]).toMatchObject({ change: -100, quality: 'falling' });
  });

  it('says that the day was read late, or in part', () => {
    expect(grow([1, 100], [2, 130, 'late'])[1]).toMatchObject({ change: 30, quality: 'late' });
    expect(grow([1, 100], [2, 130, 'partial'])[1]).toMatchObject({ change: 30, quality: 'partial' });
  });

  it('has one word, the weightiest', () => {
    expect(grow([1, 100, 'partial'])[0]?.quality).toBe('first');
    expect(grow([1, 100, 'late'])[0]?.quality).toBe('first');
    expect(grow([1, 100], [3, 90, 'partial'])[1]?.quality).toBe('partial');
    expect(grow([1, 100], [3, 90, 'late'])[1]?.quality).toBe('falling');
    expect(grow([1, 100], [3, 110, 'late'])[1]?.quality).toBe('gap');
  });

  it.each([
    [1, 3, 0.33],
    [2, 3, 0.67],
    [-1, 8, -0.13],
    [1, 8, 0.13],
    [-1, 365, 0],
    [Number.MAX_SAFE_INTEGER, 2, 4_503_599_627_370_495.5],
  ])('of %d in %d days is %d a day', (change, span, perDay) => {
    const days = [
      { snapshotDate: '2026-01-01', dayState: 'complete' as const, value: change < 0 ? -change : 0 },
      {
        snapshotDate: new Date(Date.UTC(2026, 0, 1 + span)).toISOString().slice(0, 10),
        dayState: 'complete' as const,
        value: change < 0 ? 0 : change,
      },
    ];
    expect(growthOf(days)[1]?.perDay).toBe(perDay);
  });
});

describe('the days of a video', () => {
  const days = (...read: boolean[]) => read.map((isRead, index) => ({ index, isRead }));
  const indexes = (...read: boolean[]) => daysOfVideo(days(...read)).map(({ index }) => index);

  it('go from its first reading to its last, those between included', () => {
    expect(indexes(false, true, false, true, false)).toEqual([1, 2, 3]);
    expect(indexes(true)).toEqual([0]);
  });

  it('are none when it was never read', () => {
    expect(indexes(false, false)).toEqual([]);
  });
});
