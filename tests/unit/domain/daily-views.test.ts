import { describe, expect, it } from 'vitest';
import { eachDay, hasWholeList, viewsPerDay } from '../../../src/domain/daily-views.ts';

const complete = { state: 'complete', reason: null };
const days = eachDay('2026-11-20', '2026-11-24');
const ledger = (...without: string[]): Map<string, { state: string; reason: string | null }> =>
  new Map(['2026-11-19', ...days].filter((day) => !without.includes(day)).map((day) => [day, complete]));
const changes = new Map(days.map((day, index) => [day, (index + 1) * 10]));

describe('views of a day', () => {
  it('are what the videos gained since the day before', () => {
    expect(viewsPerDay(days, ledger(), changes)).toEqual([10, 20, 30, 40, 50]);
  });

  it('are unknown on a missed day and on the one after it, whatever the next reading brings', () => {
    expect(viewsPerDay(days, ledger('2026-11-22'), changes)).toEqual([10, 20, null, null, 50]);
    const missed = ledger().set('2026-11-22', { state: 'missed', reason: 'NOT_PLANNED' });
    expect(viewsPerDay(days, missed, changes)).toEqual([10, 20, null, null, 50]);
  });

  it('are unknown, not 0, without a reading to compare with', () => {
    expect(viewsPerDay(days, ledger(), new Map())).toEqual([null, null, null, null, null]);
    expect(viewsPerDay(['2026-11-19'], ledger(), changes)).toEqual([null]);
  });

  it('are 0 when nothing was gained, and may be below it when TikTok takes some back', () => {
    const odd = new Map([...changes, ['2026-11-20', 0] as const, ['2026-11-21', -3] as const]);
    expect(viewsPerDay(days, ledger(), odd).slice(0, 2)).toEqual([0, -3]);
  });

  it.each([
    ['complete', null, true],
    ['late', null, true],
    ['partial', 'SCOPE_MISSING: user.info.stats', true],
    ['partial', 'SCOPE_MISSING: user.info.stats, video.list', false],
    ['partial', 'PAGE_LIMIT', false],
    ['partial', 'internal_error', false],
    ['partial', null, false],
    ['missed', 'NOT_PLANNED', false],
    ['pending', null, false],
  ])('count a day that is %s with %s as read in full: %s', (state, reason, whole) => {
    expect(hasWholeList({ state, reason })).toBe(whole);
  });
});
