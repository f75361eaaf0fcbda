/**
 * One look at the database for all who ask within `intervalMs`, however many consoles are open. What rejects is not
 * kept, and rejects for all who waited for it.
 */
export function shareLook<T>(look: () => Promise<T>, intervalMs: number): () => Promise<T> {
  let latest: { value: T; atMs: number } | undefined;
  let looking: Promise<T> | undefined;
  const begin = async () => {
    // From its beginning: what happened while it was made is not in it.
    const atMs = performance.now();
    latest = { value: await look(), atMs };
    return latest.value;
  };
  return async () => {
    if (latest && performance.now() - latest.atMs < intervalMs) return latest.value;
    looking ??= begin().finally(() => {
      looking = undefined;
    });
    return looking;
  };
}
