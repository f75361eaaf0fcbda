import { expect, test } from 'vitest';
import { dayEnd, riskAt } from '../../../src/domain/notice-due.ts';

test.each([
  // Three hours before midnight, on the store's own clock.
  ['2026-03-10', 'Asia/Jakarta', '01:00', '2026-03-10T14:00:00.000Z'],
  ['2026-03-10', 'UTC', '18:00', '2026-03-10T21:00:00.000Z'],
  // A day that is due late: half of its time has to be over.
  ['2026-03-10', 'UTC', '20:00', '2026-03-10T22:00:00.000Z'],
  ['2026-03-10', 'UTC', '23:30', '2026-03-10T23:45:00.000Z'],
  // New York's day of 23 and of 25 hours.
  ['2026-03-08', 'America/New_York', '01:00', '2026-03-09T01:00:00.000Z'],
  ['2026-11-01', 'America/New_York', '01:00', '2026-11-02T02:00:00.000Z'],
])('%s in %s, due at %s, is at risk from %s on', (day, timezone, localTime, instant) => {
  expect(riskAt(day, timezone, localTime).toISOString()).toBe(instant);
});

test('a day ends when the next one begins where the store is', () => {
  expect(dayEnd('2026-03-10', 'Asia/Jakarta').toISOString()).toBe('2026-03-10T17:00:00.000Z');
});
