/** The part of `fetch` that callers need; the global one fits. */
export type InProcessFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/**
 * Calls an app without a socket. As the real `fetch` it rejects with the signal's reason on abort, and with a TypeError
 * for a reset connection or a redirect under `redirect: 'error'`; any other redirect is handed back, never followed.
 */
export function createInProcessFetch(handle: (request: Request) => Response | Promise<Response>): InProcessFetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const { signal } = request;
    signal.throwIfAborted();
    const aborted = Promise.withResolvers<never>();
    const onAbort = () => aborted.reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const response = await Promise.race([handle(request), aborted.promise]);
      if (request.redirect === 'error' && response.status >= 300 && response.status < 400) {
        throw new TypeError('fetch failed', { cause: new Error('unexpected redirect') });
      }
      return response;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  };
}
