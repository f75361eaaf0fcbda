/** Everything that decides how much of a store's day one run saw. */
export interface RunEvidence {
  /** Scopes of ours that the owner did not grant. */
  missingScopes: readonly string[];
  /** The guard that ended the video pages early, if one did. */
  stoppedBy: string | null;
  /** The failure that ended the run early, if one did. */
  failureCode: string | null;
  /** Counters asked for that TikTok left out. */
  missingCounters: number;
}

/** `null`: everything was seen. Otherwise the weightiest reason why not; `mayCure`: trying again the same day can help. */
export function partialReason(run: RunEvidence): { reason: string; mayCure: boolean } | null {
  if (run.failureCode !== null) return { reason: run.failureCode, mayCure: true };
  if (run.missingScopes.length > 0) return { reason: scopeMissing(run.missingScopes), mayCure: false };
  if (run.stoppedBy !== null) return { reason: run.stoppedBy, mayCure: run.stoppedBy !== 'PAGE_LIMIT' };
  if (run.missingCounters > 0) return { reason: 'COUNTERS_MISSING', mayCure: true };
  return null;
}

/** The reason shown for scopes that were not granted, or `null` when all were. */
export function scopeReason(missingScopes: readonly string[]): string | null {
  return missingScopes.length > 0 ? scopeMissing(missingScopes) : null;
}

const scopeMissing = (scopes: readonly string[]) => `SCOPE_MISSING: ${scopes.join(', ')}`;
