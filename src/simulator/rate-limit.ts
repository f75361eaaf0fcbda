const WINDOW_MS = 60_000;

/** A strict sliding minute per key. A refused request does not count against the window. TODO: check official docs */
export function createRateLimit() {
  const windows = new Map<string, { admitted: number[]; first: number }>();
  return {
    /** True when the request is within `limit`; keeps the instants of about two windows per key. */
    admit(key: string, nowMs: number, limit: number): boolean {
      const window = windows.get(key) ?? { admitted: [], first: 0 };
      windows.set(key, window);
      while ((window.admitted[window.first] ?? nowMs) <= nowMs - WINDOW_MS) window.first += 1;
      if (window.first > window.admitted.length / 2) {
        window.admitted = window.admitted.slice(window.first);
        window.first = 0;
      }
      const ok = window.admitted.length - window.first < limit;
      if (ok) window.admitted.push(nowMs);
      return ok;
    },
    reset(): void {
      windows.clear();
    },
  };
}

export type RateLimit = ReturnType<typeof createRateLimit>;
