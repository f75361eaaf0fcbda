/** Keeps the `limit` most recently used values; `make` runs on a miss. Bounded, because an account can have 2,000 videos. */
export function createRecentCache<Value>(limit: number) {
  const values = new Map<string, Value>();
  return {
    get(key: string, make: () => Value): Value {
      const value = values.get(key) ?? make();
      values.delete(key);
      values.set(key, value);
      if (values.size > limit) {
        const [oldest] = values.keys();
        if (oldest !== undefined) values.delete(oldest);
      }
      return value;
    },
    clear(): void {
      values.clear();
    },
  };
}
