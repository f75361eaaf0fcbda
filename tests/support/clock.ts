/** The real time, moved: a test can let hours pass. Moving it back is for a store's day, not for tokens. */
export interface TestClock {
  now(): Date;
  advanceMs(ms: number): void;
  /** It is this instant now, and time goes on from here. */
  set(instant: Date): void;
  /** Back to the real time. */
  reset(): void;
}

export function createTestClock(): TestClock {
  let offsetMs = 0;
  return {
    now: () => new Date(Date.now() + offsetMs),
    advanceMs(ms) {
      offsetMs += ms;
    },
    set(instant) {
      offsetMs = instant.getTime() - Date.now();
    },
    reset() {
      offsetMs = 0;
    },
  };
}

/** It is about noon there, whenever the test runs: due for hours, and far from midnight. (Etc/GMT+5 is west.) */
export function noonZone(): string {
  const hoursEast = 12 - new Date().getUTCHours();
  return hoursEast === 0 ? 'Etc/GMT' : `Etc/GMT${hoursEast > 0 ? '-' : '+'}${Math.abs(hoursEast)}`;
}
