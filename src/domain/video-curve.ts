/** Days after posting at which videos are compared. */
export const curveAges = [1, 3, 7, 14, 30, 90] as const;

/** How a value of a curve came about: read at that very moment, or between the two readings around it. */
export const curveQualities = ['read', 'interpolated'] as const;

/**
 * Why there is none: nobody knows when it was posted; it is not that old yet; it was never read; it was posted long before
 * its first reading, as one older than the store's connection was; its readings end before.
 */
export const curveGaps = [
  'posting_time_unknown',
  'not_that_old',
  'never_read',
  'before_first_reading',
  'after_last_reading',
] as const;

/** What a counter had when it was read. */
export interface TimedValue {
  atMs: number;
  value: number;
}

/** The last reading at a moment or before it, and the next one. */
export interface Neighbours {
  before: TimedValue | null;
  after: TimedValue | null;
}

export interface CurvePoint {
  value: number | null;
  quality: (typeof curveQualities)[number] | null;
  /** Days between the two readings, to 2 places; 0: it was read at that very moment. */
  spanDays: number | null;
  missing: (typeof curveGaps)[number] | null;
}

const noPoint = (missing: CurvePoint['missing']): CurvePoint => ({
  value: null,
  quality: null,
  spanDays: null,
  missing,
});

/** A counter at a moment: between two readings in whole numbers, half of one upwards; never beyond them. */
export function curvePoint({ before, after }: Neighbours, atMs: number | null, nowMs: number): CurvePoint {
  if (atMs === null) return noPoint('posting_time_unknown');
  if (before?.atMs === atMs) return { value: before.value, quality: 'read', spanDays: 0, missing: null };
  if (before && after) {
    const spanMs = after.atMs - before.atMs;
    return {
      value: between(before, after, atMs),
      quality: 'interpolated',
      spanDays: Math.round(spanMs / 864_000) / 100,
      missing: null,
    };
  }
  if (atMs > nowMs) return noPoint('not_that_old');
  if (before) return noPoint('after_last_reading');
  return noPoint(after ? 'before_first_reading' : 'never_read');
}

/** Exact: counts have up to 16 digits, and are multiplied by milliseconds. */
function between(before: TimedValue, after: TimedValue, atMs: number): number {
  const [left, right] = [BigInt(after.atMs - atMs), BigInt(atMs - before.atMs)];
  const span = left + right;
  return Number((2n * (BigInt(before.value) * left + BigInt(after.value) * right) + span) / (2n * span));
}

/** The readings around a moment, out of all of a counter, oldest first. */
export function neighboursOf(readings: readonly TimedValue[], atMs: number): Neighbours {
  const last = readings.findLastIndex((reading) => reading.atMs <= atMs);
  return { before: readings[last] ?? null, after: readings[last + 1] ?? null };
}

/** What half of the videos have at most, and a quarter and three quarters of them; null of none. */
export interface Quartiles {
  lower: number;
  median: number;
  upper: number;
}

export function quartilesOf(values: readonly number[]): Quartiles | null {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => {
    const place = share * (sorted.length - 1);
    const [low = 0, high = low] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
    return low + (place - Math.floor(place)) * (high - low);
  };
  return sorted.length === 0 ? null : { lower: at(0.25), median: at(0.5), upper: at(0.75) };
}

/** Where a video stands among others, itself one of them. */
export interface Standing {
  /** 1: none has more. */
  place: number;
  /** Its value by the median, to 2 places; null: the median is 0. */
  timesMedian: number | null;
}

export const standingOf = (value: number, above: number, median: number): Standing => ({
  place: above + 1,
  timesMedian: median === 0 ? null : Math.round((value / median) * 100) / 100,
});
