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

/** A count of very much costs about a second of the database: it is good for so long, and renewed before. */
const largeLookMs = 10_000;

/**
 * A look of one's own for everybody, until what was seen is so large that looking is dear: then all are answered at once
 * with what was seen last, which is at most 10 s old, and the next look is made behind their backs when that is half over.
 */
export function shareLargeLook<T>(look: () => Promise<T>, isLarge: (seen: T) => boolean): () => Promise<T> {
  let latest: { value: T; atMs: number } | undefined;
  const lookAnew = async () => {
    const atMs = performance.now();
    const value = await look();
    latest = { value, atMs };
    return value;
  };
  const renew = shareLook(lookAnew, 0);
  return async () => {
    if (!latest || !isLarge(latest.value)) return lookAnew();
    const ageMs = performance.now() - latest.atMs;
    if (ageMs > largeLookMs) return renew();
    if (ageMs > largeLookMs / 2) renew().catch(() => undefined);
    return latest.value;
  };
}
