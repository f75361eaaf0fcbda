import { describe, expect, it } from 'vitest';
import { formatDuration, formatInstant, formatRelative } from '../../../../src/http/pages/format.ts';

describe('formats', () => {
  it.each([
    [0, '0 s'],
    [-5, '0 s'],
    [45.4, '45 s'],
    [250, '4 min 10 s'],
    [3_600, '1 h'],
    [3_601, '1 h'],
    [7_500, '2 h 5 min'],
    [90_000, '1 d 1 h'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(formatDuration(seconds, 'en')).toBe(text);
  });

  it.each([
    ['2026-11-24T02:59:01.000Z', 'just now'],
    ['2026-11-24T02:54:30.000Z', '5m ago'],
    ['2026-11-24T00:30:00.000Z', '2h ago'],
    ['2026-11-22T02:00:00.000Z', '2d ago'],
    ['2026-11-24T18:00:00.000Z', 'in 15h'],
  ])('%s is %s at 03:00', (instant, text) => {
    expect(formatRelative(instant, '2026-11-24T03:00:00.000Z', 'en')).toBe(text);
  });

  it('gives an instant in UTC, whatever zone it was written in', () => {
    expect(formatInstant('2026-11-24T10:41:59+07:00')).toBe('2026-11-24 03:41 UTC');
  });
});
