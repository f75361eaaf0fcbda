import { expect, test } from 'vitest';
import { dayWaits } from '../../../../src/domain/day-wait.ts';
import { explainDay } from '../../../../src/http/pages/explain-day.ts';

test.each([
  ...dayWaits.map((waitsFor) => ({ state: 'pending', reason: null, waitsFor })),
  ...['NOT_PLANNED', 'NEED_RECONNECT', 'PAUSED', 'INTERNAL_ERROR'].map((reason) => ({
    state: 'missed',
    reason,
    waitsFor: null,
  })),
  { state: 'partial', reason: 'SCOPE_MISSING: video.list', waitsFor: null },
  { state: 'partial', reason: 'ECONNRESET', waitsFor: null },
  { state: 'late', reason: null, waitsFor: null },
  { state: 'complete', reason: null, waitsFor: null },
])('says in one sentence why: %j', (day) => {
  expect(explainDay(day)).toMatch(/^[A-Z][^.]+\.$/);
});

test('quotes a code that nobody has words for', () => {
  expect(explainDay({ state: 'missed', reason: 'INTERNAL_ERROR', waitsFor: null })).toContain('INTERNAL_ERROR');
});
