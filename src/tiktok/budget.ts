/** TikTok counts each of these on its own (tiktok-api-v2-rate-limit). */
export type DisplayEndpoint = 'user/info' | 'video/list' | 'video/query';

/** A request that a person waits for may use the reserve. */
export type RequestLane = 'routine' | 'person';

/** On whose behalf a request is made. */
export interface RequestCaller {
  lane: RequestLane;
  storeCode: string;
  /** How long it waits in place while TikTok does not answer; some minutes when absent. */
  patienceMs?: number | undefined;
}

export interface RequestBudget {
  /**
   * Sends one request as soon as one more to the endpoint is allowed, and notes whether TikTok answered. What it throws
   * reaches the caller of the client; `send` may be called again after an answer that told nothing.
   */
  send<T>(
    endpoint: DisplayEndpoint,
    caller: RequestCaller & { signal?: AbortSignal | undefined },
    send: () => Promise<T>,
  ): Promise<T>;
}
