/** So many failures in a row, of so many stores: one faulty store alone is no sign that TikTok is down. */
const failuresToOpen = 10;
const storesToOpen = 4;

const firstProbeMs = 5_000;
const lastProbeMs = 60_000;

/** Longer than a request may take: a probe whose process died is given to somebody else after it. */
export const probeLeaseMs = 20_000;

/** Until the next probe: 5 s, doubling with each one that failed, at most 60 s; the jitter shortens by up to a fifth. */
export function probeDelayMs(failedProbes: number, random: number): number {
  return Math.min(lastProbeMs, firstProbeMs * 2 ** failedProbes) * (0.8 + random / 5);
}

/** The failures of one endpoint since its last success, as one process saw them. */
export interface FailureStreak {
  /** True when these are enough to say that TikTok does not answer. */
  fail(storeCode: string): boolean;
  reset(): void;
  /** Another process reached TikTok in spite of what we saw: next time it takes twice as many failures. */
  overrule(): void;
}

const maxThreshold = failuresToOpen * 2 ** 6;

export function createFailureStreak(): FailureStreak {
  let threshold = failuresToOpen;
  let failures = 0;
  const stores = new Set<string>();
  const forget = () => {
    failures = 0;
    stores.clear();
  };
  return {
    fail(storeCode) {
      failures += 1;
      if (stores.size < storesToOpen) stores.add(storeCode);
      return failures >= threshold && stores.size >= storesToOpen;
    },
    reset() {
      threshold = failuresToOpen;
      forget();
    },
    overrule() {
      threshold = Math.min(maxThreshold, threshold * 2);
      forget();
    },
  };
}
