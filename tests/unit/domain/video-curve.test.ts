import { describe, expect, it } from 'vitest';
import { curvePoint, neighboursOf, quartilesOf, standingOf } from '../../../src/domain/video-curve.ts';

const hour = 3_600_000;
const readings = [
  { atMs: 10 * hour, value: 100 },
  { atMs: 34 * hour, value: 200 },
  { atMs: 82 * hour, value: 150 },
];
const at = (hours: number, nowHours = 1_000) =>
  curvePoint(neighboursOf(readings, hours * hour), hours * hour, nowHours * hour);
const none = { value: null, quality: null, spanDays: null };

describe('the value of a video at an age', () => {
  it('is in proportion between the reading before and the one after, and says how far they are apart', () => {
    expect(at(24)).toEqual({ value: 158, quality: 'interpolated', spanDays: 1, missing: null });
    expect(at(58)).toEqual({ value: 175, quality: 'interpolated', spanDays: 2, missing: null });
  });

  it('is the reading itself where there is one at that moment, the last one included', () => {
    for (const { atMs, value } of readings) {
      expect(at(atMs / hour)).toEqual({ value, quality: 'read', spanDays: 0, missing: null });
    }
  });

  it('is never guessed before the first reading or after the last', () => {
    expect(at(9)).toEqual({ ...none, missing: 'before_first_reading' });
    expect(at(83)).toEqual({ ...none, missing: 'after_last_reading' });
    expect(at(2_000)).toEqual({ ...none, missing: 'not_that_old' });
  });

  it('is unknown without a time of posting, and without readings', () => {
    expect(curvePoint({ before: null, after: null }, null, 0).missing).toBe('posting_time_unknown');
    expect(curvePoint({ before: null, after: null }, 1, 2).missing).toBe('never_read');
  });

  it('is exact for the largest counts, half of one upwards', () => {
    const [before, after] = [Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER];
    const between = (atMs: number) =>
      curvePoint({ before: { atMs: 0, value: before }, after: { atMs: 1_000, value: after } }, atMs, 0).value;
    expect([between(499), between(500)]).toEqual([before, after]);
  });
});

describe('the typical video', () => {
  it('is told by quartiles, those of an even number between the two nearest', () => {
    expect(quartilesOf([4, 1, 3, 2])).toEqual({ lower: 1.75, median: 2.5, upper: 3.25 });
    expect(quartilesOf([7])).toEqual({ lower: 7, median: 7, upper: 7 });
    expect(quartilesOf([])).toBeNull();
  });

  it('has a video stand by how many have more, and by the median', () => {
    expect(standingOf(30, 2, 20)).toEqual({ place: 3, timesMedian: 1.5 });
    expect(standingOf(30, 0, 0)).toEqual({ place: 1, timesMedian: null });
  });
});
