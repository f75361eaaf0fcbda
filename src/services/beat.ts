/**
 * Something done again and again while it is wanted: `intervalMs` after the last time has ended. Call what comes back
 * whenever it may be wanted anew. A beat that rejects is followed by the next one; a timer alone keeps no process alive.
 */
export function createBeat(options: {
  intervalMs: number;
  isWanted: () => boolean;
  beat: () => Promise<void>;
}): () => void {
  let timer: NodeJS.Timeout | undefined;
  const goOn = () => {
    timer = undefined;
    if (options.isWanted()) keepBeating();
  };
  const keepBeating = () => {
    timer ??= setTimeout(() => {
      options.beat().then(goOn, goOn);
    }, options.intervalMs);
    timer.unref();
  };
  return keepBeating;
}
