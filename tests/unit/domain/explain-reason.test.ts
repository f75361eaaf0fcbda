import { describe, expect, it } from 'vitest';
import { explainReason } from '../../../src/domain/explain-reason.ts';
import type { DeadGrantReason } from '../../../src/domain/token-life.ts';

const deadGrants: Record<DeadGrantReason, true> = {
  REVOKED: true,
  REFRESH_TOKEN_EXPIRED: true,
  REFRESH_OUTCOME_UNKNOWN: true,
};
const codes = [
  ...Object.keys(deadGrants),
  'SCOPE_MISSING',
  'ACCOUNT_DELETED',
  'ACCOUNT_BANNED',
  'AGE_CHANGED',
  'DISCONNECTED_IN_TIKTOK',
  'REVOKED_BY_DEVELOPER',
  'DISCONNECTED_BY_ADMIN',
  'UNKNOWN',
];

describe('the reason of a status', () => {
  it.each(codes)('%s is a sentence and a next step, not the code', (code) => {
    const { what, next } = explainReason(code);
    expect(what).toMatch(/^[A-Z].+\.$/);
    expect(next).toMatch(/^[A-Z].+\.$/);
    expect(what).not.toContain(code);
  });

  it('tells all codes apart', () => {
    expect(new Set(codes.map((code) => explainReason(code).what)).size).toBe(codes.length);
  });

  it('never blames the owner for an answer that was lost', () => {
    expect(explainReason('REFRESH_OUTCOME_UNKNOWN').next).toContain('The owner did nothing wrong');
  });

  it('names missing permissions in words, and an unknown one as it is', () => {
    expect(explainReason('SCOPE_MISSING: user.info.stats, video.list, new.scope').what).toBe(
      'Not shared by the owner: followers, likes and number of videos; videos and their numbers; new.scope.',
    );
  });

  it.each(['BRAND_NEW', 'toString', ''])('quotes a code it does not know: %j', (code) => {
    expect(explainReason(code).what).toBe(`Reason: ${code}.`);
  });
});
