import { expect, test } from 'vitest';
import { removalReason } from '../../../src/domain/removal-reason.ts';

test.each([
  [0, 'REVOKED', false],
  [1, 'DISCONNECTED_IN_TIKTOK', false],
  [2, 'ACCOUNT_DELETED', true],
  [3, 'AGE_CHANGED', true],
  [4, 'ACCOUNT_BANNED', true],
  [5, 'REVOKED_BY_DEVELOPER', false],
  [6, 'REVOKED', false],
  [-1, 'REVOKED', false],
  [1.5, 'REVOKED', false],
])('TikTok’s code %d means %s; the person’s profile is forgotten: %s', (code, reason, forget) => {
  expect(removalReason(code)).toEqual({ reason, forget });
});
