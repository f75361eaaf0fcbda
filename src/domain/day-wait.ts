/**
 * What an unread day waits for: a free `worker`; `running` is being read; TikTok's `limit`; the time of its `retry`; the
 * `breaker`, because TikTok does not answer; its `owner`, who has to connect again; the end of a `pause`; an `admin`, whose
 * hand cancelled it or whose correction it needs.
 */
export const dayWaits = ['worker', 'running', 'limit', 'retry', 'breaker', 'owner', 'pause', 'admin'] as const;
export type DayWait = (typeof dayWaits)[number];
