/**
 * What one connection has found out is told to all that go the same way: on those opened before it asked, nobody answers
 * any more, or only a standby does.
 */
export interface DeadNetwork {
  /** `askedMs`: when the question was sent that told it, by performance.now(). */
  report(askedMs: number): void;
  onReport(listener: (askedMs: number) => void): void;
}

export function createDeadNetwork(): DeadNetwork {
  const listeners: ((askedMs: number) => void)[] = [];
  return {
    report(askedMs) {
      for (const listener of listeners) listener(askedMs);
    },
    onReport: (listener) => void listeners.push(listener),
  };
}
