import { describe, expect, it } from 'vitest';
import { nextTryAt } from '../../../src/domain/next-try.ts';

const minute = 60_000;
const inJakarta = (now: string, delayMs: number) =>
  nextTryAt({ now: new Date(now), delayMs, snapshotDate: '2026-03-11', timezone: 'Asia/Jakarta' }).toISOString();

describe('the next try of a day', () => {
  it.each([
    ['comes after its delay while the day lasts', '2026-03-11T03:00:00Z', 30 * minute, '2026-03-11T03:30:00.000Z'],
    [
      'is cut to half of what is left when it would outlast the day',
      '2026-03-11T16:40:00Z',
      30 * minute,
      '2026-03-11T16:50:00.000Z',
    ],
    ['a long one too', '2026-03-11T05:00:00Z', 32 * 60 * minute, '2026-03-11T11:00:00.000Z'],
    ['waits a minute at least', '2026-03-11T16:59:00Z', 30 * minute, '2026-03-11T17:00:00.000Z'],
    ['a day that is over changes nothing', '2026-03-11T17:10:00Z', 30 * minute, '2026-03-11T17:40:00.000Z'],
  ])('%s', (_, now, delayMs, expected) => {
    expect(inJakarta(now, delayMs)).toBe(expected);
  });

  it('follows the zone where a day has 23 hours', () => {
    const now = new Date('2026-03-29T21:00:00Z');
    const next = nextTryAt({ now, delayMs: 3 * 60 * minute, snapshotDate: '2026-03-29', timezone: 'Europe/Berlin' });
    expect(next.toISOString()).toBe('2026-03-29T21:30:00.000Z');
  });
});
