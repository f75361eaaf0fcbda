/**
 * What one connection of a process has found out is told to all others: behind those opened before nobody answers any
 * more, or only a standby does.
 */
export interface DeadNetwork {
  report(): void;
  onReport(listener: () => void): void;
}

export function createDeadNetwork(): DeadNetwork {
  const listeners: (() => void)[] = [];
  return {
    report() {
      for (const listener of listeners) listener();
    },
    onReport: (listener) => void listeners.push(listener),
  };
}
