/** A token that ends within this is refreshed first, so that it lasts the run. */
const marginMs = 2 * 60_000;

export function isFresh(expiresAt: Date, now: Date): boolean {
  return expiresAt.getTime() - now.getTime() > marginMs;
}

/** A connection that ends within this wants a new consent: time enough to reach its owner. */
export const connectionEndsSoonMs = 14 * 86_400_000;

export type DeadGrantReason = 'REVOKED' | 'REFRESH_TOKEN_EXPIRED' | 'REFRESH_OUTCOME_UNKNOWN';

/**
 * Why TikTok no longer takes a refresh token. An earlier refresh whose answer never came may have spent it,
 * and that is ours to admit: it is never called "revoked".
 */
export function deadGrantReason(options: {
  outcomeWasUnknown: boolean;
  refreshExpiresAt: Date | null;
  now: Date;
}): DeadGrantReason {
  if (options.outcomeWasUnknown) return 'REFRESH_OUTCOME_UNKNOWN';
  if (options.refreshExpiresAt !== null && options.refreshExpiresAt <= options.now) return 'REFRESH_TOKEN_EXPIRED';
  return 'REVOKED';
}
