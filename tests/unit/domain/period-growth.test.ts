import { describe, expect, it } from 'vitest';
import type { DayState } from '../../../src/domain/day-state.ts';
import { daysIn, periodBefore, periodGrowth, readingsFor } from '../../../src/domain/period-growth.ts';

const november = { from: '2026-11-10', to: '2026-11-12' };
/** Days of November 2026. */
const grow = (...days: [day: number, value: number | null, state?: DayState][]) =>
  periodGrowth(
    readingsFor(
      days.map(([day, value, dayState = 'complete']) => ({
        snapshotDate: `2026-11-${String(day).padStart(2, '0')}`,
        dayState,
        value,
      })),
      november,
      true,
    ),
    november,
  );

it('the period before is as long, and ends the day before', () => {
  expect(daysIn(november)).toBe(3);
  expect(periodBefore(november)).toEqual({ from: '2026-11-07', to: '2026-11-09' });
  expect(periodBefore({ from: '2026-03-01', to: '2026-03-31' })).toEqual({ from: '2026-01-29', to: '2026-02-28' });
});

describe('the growth of a period', () => {
  it('is from the last reading before it to its last one', () => {
    expect(grow([8, 5], [9, 10], [10, 20], [11, 15], [12, 40], [13, 99])).toEqual({
      value: 40,
      change: 30,
      spanDays: 3,
      perDay: 10,
      quality: 'exact',
      since: '2026-11-09',
      until: '2026-11-12',
    });
  });

  it('says so when the readings are not those of its ends', () => {
    expect(grow([7, 10], [12, 40])).toMatchObject({ change: 30, spanDays: 5, perDay: 6, quality: 'gap' });
    expect(grow([9, 10], [11, 40])).toMatchObject({ spanDays: 2, quality: 'gap', until: '2026-11-11' });
    expect(grow([9, 10], [11, 40], [12, null])).toMatchObject({ change: 30, quality: 'gap' });
  });

  it('begins with its first reading where there is none before, and is nothing with a single one', () => {
    expect(grow([10, 10], [12, 40])).toMatchObject({ change: 30, spanDays: 2, quality: 'first', since: '2026-11-10' });
    expect(grow([9, null], [12, 40])).toEqual({
      value: 40,
      change: null,
      spanDays: null,
      perDay: null,
      quality: 'first',
      since: null,
      until: '2026-11-12',
    });
  });

  it('is nothing without a reading in it', () => {
    const nothing = { value: null, change: null, quality: null, since: null, until: null };
    expect(grow([9, 10], [11, null], [13, 20])).toMatchObject(nothing);
  });

  it('may be below 0, and says what it rests on', () => {
    expect(grow([9, 10], [12, 4])).toMatchObject({ change: -6, quality: 'falling' });
    expect(grow([9, 10], [12, 4, 'partial'])).toMatchObject({ change: -6, quality: 'partial' });
    expect(grow([9, 10, 'partial'], [12, 40])).toMatchObject({ quality: 'partial' });
    expect(grow([9, 10, 'late'], [12, 40])).toMatchObject({ quality: 'late' });
  });

  it('leaves out days read in part when told to', () => {
    const days = [
      { snapshotDate: '2026-11-09', dayState: 'complete' as const, value: 10 },
      { snapshotDate: '2026-11-11', dayState: 'complete' as const, value: 30 },
      { snapshotDate: '2026-11-12', dayState: 'partial' as const, value: 2 },
    ];
    expect(readingsFor(days, november, false).last?.value).toBe(30);
    expect(readingsFor(days, november, true).last?.value).toBe(2);
  });
});
