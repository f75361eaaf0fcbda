/** This process holds the successor of the store's token, and neither database nor disk has taken it. Costs a run, not a pair. */
export class PairNotKeptError extends Error {
  override readonly name = 'PairNotKeptError';
  readonly code = 'PAIR_NOT_KEPT';
}

/** The new pairs that are in this process's memory alone, one a store: meanwhile nobody here may spend what they replace. */
export interface PairsInHand {
  /** Until `keeping` settles, either way. */
  hold(storeCode: string, keeping: Promise<unknown>): void;
  has(storeCode: string): boolean;
  count(): number;
  /** Resolves once there is none. */
  settled(): Promise<void>;
}

export function createPairsInHand(): PairsInHand {
  const held = new Map<string, Promise<unknown>>();
  return {
    hold(storeCode, keeping) {
      const release = () => void held.delete(storeCode);
      held.set(storeCode, keeping.then(release, release));
    },
    has: (storeCode) => held.has(storeCode),
    count: () => held.size,
    async settled() {
      while (held.size > 0) await Promise.all(held.values());
    },
  };
}
