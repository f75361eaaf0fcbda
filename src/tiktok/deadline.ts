export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded';
}

/**
 * Runs `work` with a signal that fires after `timeoutMs` or with the caller's. Rejects at that moment with
 * DeadlineExceeded or the caller's own reason, even when `work` ignores its signal.
 */
export async function withDeadline<T>(
  timeoutMs: number,
  callerSignal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  callerSignal?.throwIfAborted();
  const controller = new AbortController();
  const stopped = Promise.withResolvers<never>();
  const stop = (reason: unknown): void => {
    stopped.reject(reason);
    controller.abort(reason);
  };
  const onCallerAbort = (): void => stop(callerSignal?.reason);
  const timer = setTimeout(() => stop(new DeadlineExceeded()), timeoutMs);
  callerSignal?.addEventListener('abort', onCallerAbort, { once: true });
  try {
    return await Promise.race([work(controller.signal), stopped.promise]);
  } finally {
    clearTimeout(timer);
    callerSignal?.removeEventListener('abort', onCallerAbort);
  }
}
