import type { DayState } from './day-state.ts';

/** What an account counts, and what a video does, by the names of the API. */
export const accountCounters = ['followers', 'following', 'likes', 'videos'] as const;
export const videoCounters = ['views', 'likes', 'comments', 'shares'] as const;

/**
 * How a change is to be taken, the first that fits: there was no reading before; the day was read in part; the total went
 * down; it is the change of several days; it was read after midnight; it is that of one day to the next.
 */
export const growthQualities = ['first', 'partial', 'falling', 'gap', 'late', 'exact'] as const;
export type GrowthQuality = (typeof growthQualities)[number];

/** One counter on one day. A day without a value has nothing; a first reading has a value and no change. */
export interface Growth {
  value: number | null;
  /** Since the reading before, however long ago that was; negative where there are fewer. */
  change: number | null;
  /** Days between the two readings. */
  spanDays: number | null;
  /** `change / spanDays`, to 2 places. */
  perDay: number | null;
  quality: GrowthQuality | null;
}

export const noGrowth: Growth = { value: null, change: null, spanDays: null, perDay: null, quality: null };

export interface GrowthDay {
  snapshotDate: string;
  dayState: DayState;
  /** Null: nobody read it, or TikTok did not say. */
  value: number | null;
}

/**
 * How one counter grew over days in ascending order. The database answers by the views account_growth and video_growth:
 * this is their rules once more, for a test to hold them against.
 */
export function growthOf(days: readonly GrowthDay[]): Growth[] {
  const growth: Growth[] = [];
  let before: GrowthDay | null = null;
  for (const day of days) {
    growth.push(growthSince(before, day));
    if (day.value !== null) before = day;
  }
  return growth;
}

function growthSince(before: GrowthDay | null, { snapshotDate, dayState, value }: GrowthDay): Growth {
  if (value === null) return noGrowth;
  if (before?.value == null) return { ...noGrowth, value, quality: 'first' };
  const change = value - before.value;
  const spanDays = (Date.parse(snapshotDate) - Date.parse(before.snapshotDate)) / 86_400_000;
  return {
    value,
    change,
    spanDays,
    perDay: perDayOf(change, spanDays),
    quality: qualityOf(dayState, change, spanDays),
  };
}

function qualityOf(dayState: DayState, change: number, spanDays: number): GrowthQuality {
  if (dayState === 'partial') return 'partial';
  if (change < 0) return 'falling';
  if (spanDays > 1) return 'gap';
  return dayState === 'late' ? 'late' : 'exact';
}

/** In whole hundredths, half of one away from zero: a change may have more digits than a fraction leaves room for. */
function perDayOf(change: number, spanDays: number): number {
  const [size, span] = [BigInt(Math.abs(change)), BigInt(spanDays)];
  const hundredths = (size * 200n + span) / (span * 2n);
  const perDay = Number(`${hundredths / 100n}.${String(hundredths % 100n).padStart(2, '0')}`);
  return change < 0 ? 0 - perDay : perDay;
}

/** The days that a video's growth tells of: from its first reading to its last, those between that lack it included. */
export function daysOfVideo<Day extends { isRead: boolean }>(days: readonly Day[]): Day[] {
  const isRead = (day: Day) => day.isRead;
  const first = days.findIndex(isRead);
  return first === -1 ? [] : days.slice(first, days.findLastIndex(isRead) + 1);
}
