/** TikTok counts each of these on its own (tiktok-api-v2-rate-limit). */
export type DisplayEndpoint = 'user/info' | 'video/list' | 'video/query';

/** Waits until one more request to the endpoint is allowed. What it throws reaches the caller of the client. */
export interface RequestBudget {
  acquire(endpoint: DisplayEndpoint, signal?: AbortSignal): Promise<void>;
}
