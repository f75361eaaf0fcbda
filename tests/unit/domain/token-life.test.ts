import { expect, test } from 'vitest';
import { deadGrantReason, isFresh } from '../../../src/domain/token-life.ts';

const now = new Date('2026-11-24T01:00:00Z');
const after = (seconds: number) => new Date(now.getTime() + seconds * 1000);

test.each([
  [-1, false],
  [0, false],
  [1, false],
  [120, false],
  [121, true],
  [7_200, true],
  [86_400, true],
])('an access token that ends in %i s is fresh: %s', (seconds, fresh) => {
  expect(isFresh(after(seconds), now)).toBe(fresh);
});

test.each([
  [false, after(1), 'REVOKED'],
  [false, null, 'REVOKED'],
  [false, after(0), 'REFRESH_TOKEN_EXPIRED'],
  [false, after(-1), 'REFRESH_TOKEN_EXPIRED'],
  // A lost answer is ours to admit, also when the token would be over by now.
  [true, after(1), 'REFRESH_OUTCOME_UNKNOWN'],
  [true, after(-1), 'REFRESH_OUTCOME_UNKNOWN'],
  [true, null, 'REFRESH_OUTCOME_UNKNOWN'],
] as const)(
  'a grant that is dead, after a lost answer: %s, with a refresh token until %s, is %s',
  (outcomeWasUnknown, refreshExpiresAt, reason) => {
    expect(deadGrantReason({ outcomeWasUnknown, refreshExpiresAt, now })).toBe(reason);
  },
);
