/** How fast stores get through at present. */
export interface Pace {
  /** Lately, in fact. */
  storesPerMinute: number;
  /** Of the endpoint a store needs most; null when no run has shown it yet. */
  requestsPerStore: number | null;
  /** What TikTok's limit lets out of the routine lane. */
  requestsPerMinute: number;
  /** Whether work waits for that limit, so that nothing else holds it up. */
  limited: boolean;
  /** False while TikTok does not answer. */
  answering: boolean;
}

/** In ms from now, until so many stores are through; 0 for none, null when nobody can tell. */
export function forecastMs(stores: number, pace: Pace): number | null {
  if (stores === 0) return 0;
  if (!pace.answering) return null;
  const { requestsPerStore } = pace;
  const byLimit = requestsPerStore === null ? null : (stores * requestsPerStore * 60_000) / pace.requestsPerMinute;
  if (pace.limited && byLimit !== null) return byLimit;
  if (pace.storesPerMinute === 0) return null;
  return Math.max((stores * 60_000) / pace.storesPerMinute, byLimit ?? 0);
}
