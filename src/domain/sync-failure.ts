/**
 * Why an attempt did not do all its work, reduced to what decides the next step:
 * `rate_limited`, `store_busy` and `unavailable` (TikTok answers nobody, so nothing was asked) wait for free, `transient` is retried, `permanent` is not (a bug or our own
 * credentials: no store is touched), `need_reconnect` needs the owner.
 */
export type SyncFailureKind =
  | 'rate_limited'
  | 'store_busy'
  | 'unavailable'
  | 'transient'
  | 'permanent'
  | 'need_reconnect';
