/** How long the quickest answer is remembered; a clock that was set is known again after twice that. */
const memoryMs = 30_000;

/** The database's clock as this process sees it, from the quickest of its answers. */
export interface ServerClock {
  /** `offsetMs` leads from the server's clock to ours; `delayMs` is how much longer this answer took than the quickest. */
  observe(receivedMs: number, serverNowMs: number): { offsetMs: number; delayMs: number };
}

export function createServerClock(): ServerClock {
  let sinceMs = Number.NEGATIVE_INFINITY;
  let before = Number.POSITIVE_INFINITY;
  let quickest = Number.POSITIVE_INFINITY;
  return {
    observe(receivedMs, serverNowMs) {
      if (receivedMs - sinceMs > memoryMs) {
        sinceMs = receivedMs;
        before = quickest;
        quickest = Number.POSITIVE_INFINITY;
      }
      const offset = receivedMs - serverNowMs;
      quickest = Math.min(quickest, offset);
      const offsetMs = Math.min(quickest, before);
      return { offsetMs, delayMs: offset - offsetMs };
    },
  };
}
