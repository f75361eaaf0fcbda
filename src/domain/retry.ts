import type { SyncFailureKind } from './sync-failure.ts';

/** What to do with a job after a failed attempt. `defer` waits without using up an attempt. */
export type RetryDecision = { action: 'retry'; at: Date } | { action: 'defer'; at: Date } | { action: 'fail' };

export const maxAttempts = 8;
const backoffBaseMs = 2_000;
const backoffCapMs = 15 * 60_000;
/** TikTok counts in a sliding minute, so a wait shorter than that cannot help. */
const rateWindowMs = 60_000;
const busyWaitMs = 2_000;
/** Its store has waited for minutes already: others may take its place meanwhile. */
const unavailableWaitMs = 60_000;

/** 1–2 s after the first attempt, doubling, at most 15 min; the jitter keeps stores that failed together apart. */
export function backoffMs(attempt: number, random: number): number {
  return Math.min(backoffCapMs, backoffBaseMs * 2 ** (attempt - 1)) * (0.5 + random / 2);
}

/**
 * Pure: everything it depends on is handed in. `attempt` counts from 1; `random` is in [0, 1).
 * A given Retry-After is honoured as it is, with jitter on top only where TikTok named no time.
 */
export function decideRetry(options: {
  kind: SyncFailureKind;
  attempt: number;
  retryAfterMs: number | null;
  now: Date;
  random: number;
}): RetryDecision {
  const { kind, attempt, retryAfterMs, random } = options;
  const after = (ms: number) => new Date(options.now.getTime() + ms);
  switch (kind) {
    case 'rate_limited':
      return { action: 'defer', at: after(retryAfterMs ?? rateWindowMs * (1 + random / 2)) };
    case 'store_busy':
      return { action: 'defer', at: after(busyWaitMs * (0.5 + random)) };
    case 'unavailable':
      return { action: 'defer', at: after(unavailableWaitMs * (0.5 + random / 2)) };
    case 'transient':
      return attempt < maxAttempts ? { action: 'retry', at: after(backoffMs(attempt, random)) } : { action: 'fail' };
    case 'permanent':
    case 'need_reconnect':
      return { action: 'fail' };
  }
}
