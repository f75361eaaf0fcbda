import { describe, expect, it } from 'vitest';
import { parseRetryAfter } from '../../../src/tiktok/retry-after.ts';

const now = new Date('2026-11-24T03:00:00Z');

describe('parseRetryAfter', () => {
  it.each([
    ['0', 0],
    ['7', 7000],
    [' 120 ', 120_000],
    ['86400', 86_400_000],
    ['Tue, 24 Nov 2026 03:01:30 GMT', 90_000],
    ['Tue, 24 Nov 2026 02:00:00 GMT', 0],
    [null, null],
    ['', null],
    ['soon', null],
    ['-5', null],
    ['1.5', null],
    ['9999999999999', null],
    ['2026-11-24', null],
    ['Tue, 99 Nov 2026 03:01:30 GMT', null],
  ])('reads %j as %j ms', (value, milliseconds) => {
    expect(parseRetryAfter(value, now)).toBe(milliseconds);
  });
});
