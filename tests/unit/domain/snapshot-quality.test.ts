import { expect, test } from 'vitest';
import { partialReason, type RunEvidence, scopeReason } from '../../../src/domain/snapshot-quality.ts';

const whole: RunEvidence = { missingScopes: [], stoppedBy: null, failureCode: null, missingCounters: 0 };

test('a run that saw everything has no reason to be partial', () => {
  expect(partialReason(whole)).toBeNull();
});

test.each([
  [{ missingCounters: 1 }, 'COUNTERS_MISSING', true],
  [{ stoppedBy: 'CURSOR_STUCK' }, 'CURSOR_STUCK', true],
  [{ stoppedBy: 'EMPTY_PAGES' }, 'EMPTY_PAGES', true],
  // Trying again brings the same ten thousand videos.
  [{ stoppedBy: 'PAGE_LIMIT' }, 'PAGE_LIMIT', false],
  // Only the owner can give a scope.
  [{ missingScopes: ['video.list'] }, 'SCOPE_MISSING: video.list', false],
  [{ missingScopes: ['user.info.stats', 'video.list'] }, 'SCOPE_MISSING: user.info.stats, video.list', false],
  [{ failureCode: 'INTERNAL_ERROR' }, 'INTERNAL_ERROR', true],
  // The weightiest reason is the one that is told.
  [
    { failureCode: 'TIMEOUT', missingScopes: ['video.list'], stoppedBy: 'PAGE_LIMIT', missingCounters: 3 },
    'TIMEOUT',
    true,
  ],
  [
    { missingScopes: ['user.info.stats'], stoppedBy: 'CURSOR_STUCK', missingCounters: 3 },
    'SCOPE_MISSING: user.info.stats',
    false,
  ],
  [{ stoppedBy: 'CURSOR_STUCK', missingCounters: 3 }, 'CURSOR_STUCK', true],
])('%j is partial because of %s; another run today can help: %s', (evidence, reason, mayCure) => {
  expect(partialReason({ ...whole, ...evidence })).toEqual({ reason, mayCure });
});

test('a store says which scopes are missing, or nothing', () => {
  expect(scopeReason([])).toBeNull();
  expect(scopeReason(['user.info.profile', 'video.list'])).toBe('SCOPE_MISSING: user.info.profile, video.list');
});
