import type { DayState } from './day-state.ts';
import { type Growth, type GrowthDay, growthOf, noGrowth } from './growth.ts';
import { addDays } from './snapshot-day.ts';

/** Days from `from` to `to`, both included. */
export interface Period {
  from: string;
  to: string;
}

export const daysBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 86_400_000;

export const daysIn = ({ from, to }: Period): number => daysBetween(from, to) + 1;

/** Just as long, and directly before. */
export const periodBefore = (period: Period): Period => ({
  from: addDays(period.from, -daysIn(period)),
  to: addDays(period.from, -1),
});

/** A counter on a day that was read. */
export interface Reading {
  day: string;
  dayState: DayState;
  value: number;
}

/** What is looked up to tell how a counter grew in a period. */
export interface PeriodReadings {
  /** The last one in it. */
  last: Reading | null;
  /** The last one before it, however long ago. */
  before: Reading | null;
  /** The first one in it; asked for only where there is none before it. */
  first: Reading | null;
}

/** As of a day, but from the last reading before the period, or else the first one in it, to the last one in it. */
export interface PeriodGrowth extends Growth {
  /** The days of the two readings; of a single one, `since` is null. */
  since: string | null;
  until: string | null;
}

/**
 * `quality` is that of a day, of a period as long as the one between the readings: `first` where there is none before the
 * period, so that its beginning is not known; `partial` where either day was read in part; `gap` where the readings are not
 * those of the last day before the period and of its last one; `late` where either was read past midnight.
 */
export function periodGrowth({ last, before, first }: PeriodReadings, period: Period): PeriodGrowth {
  if (last === null) return { ...noGrowth, since: null, until: null };
  const base = before ?? (first !== null && first.day < last.day ? first : null);
  if (base === null) return { ...noGrowth, value: last.value, quality: 'first', since: null, until: last.day };
  const [, growth = noGrowth] = growthOf([asDay(base), asDay(last)]);
  return { ...growth, quality: qualityOf(base, last, before === null, period), since: base.day, until: last.day };
}

const asDay = ({ day, dayState, value }: Reading): GrowthDay => ({ snapshotDate: day, dayState, value });

function qualityOf(base: Reading, last: Reading, isFirst: boolean, period: Period): Growth['quality'] {
  if (isFirst) return 'first';
  const states = [base.dayState, last.dayState];
  if (states.includes('partial')) return 'partial';
  if (last.value < base.value) return 'falling';
  if (base.day !== addDays(period.from, -1) || last.day !== period.to) return 'gap';
  return states.includes('late') ? 'late' : 'exact';
}

/** The readings that count for a period, out of all days of a counter, oldest first; days read in part only if `partial`. */
export function readingsFor(days: readonly GrowthDay[], { from, to }: Period, partial: boolean): PeriodReadings {
  const readings = days.flatMap(({ snapshotDate: day, dayState, value }) =>
    value === null || (dayState === 'partial' && !partial) ? [] : [{ day, dayState, value }],
  );
  const before = readings.findLast(({ day }) => day < from) ?? null;
  const inside = readings.filter(({ day }) => day >= from && day <= to);
  return { last: inside.at(-1) ?? null, before, first: before === null ? (inside[0] ?? null) : null };
}

/** Why a store is not ranked: nobody expected to read it in the period; nobody did; only in part; without this number; once. */
export const rankGaps = ['not_expected', 'unread', 'partial', 'not_said', 'one_reading'] as const;
