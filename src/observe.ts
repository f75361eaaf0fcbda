import type { SyncOutcome } from './domain/sync-outcome.ts';
import type { TikTokErrorKind } from './tiktok/errors.ts';

export type TikTokEndpoint = 'user/info' | 'video/list' | 'video/query' | 'token' | 'revoke';
/** `aborted`: the run ended before the answer came. */
export type RequestOutcome = 'ok' | 'aborted' | TikTokErrorKind;

/**
 * `stored` · `superseded` by a reconnect or disconnect meanwhile · `unknown` no readable answer, so the token may be spent
 * · `failed` not done, and nothing spent · `refused` by TikTok: the owner took it back, or it expired · `lost` refused
 * after an unknown outcome · `not_kept` the new pair is on disk or in memory alone.
 */
export type RefreshOutcome = 'stored' | 'superseded' | 'unknown' | 'failed' | 'refused' | 'lost' | 'not_kept';

export type DeliveryOutcome = 'delivered' | 'failed' | 'given_up';

/** What happens in this process, told by those who do it. Never throws; knows numbers and closed sets of words, no names. */
export interface Observer {
  /** One delivery of a job; null: not even its failure could be written down. */
  syncEnded(outcome: SyncOutcome | null, durationMs: number): void;
  /** Rows of numbers that were committed. */
  numbersWritten(rows: { accounts: number; videos: number }): void;
  refreshEnded(outcome: RefreshOutcome): void;
  requestAnswered(endpoint: TikTokEndpoint, outcome: RequestOutcome, durationMs: number): void;
  /** For TikTok's limit, or for TikTok to answer at all. */
  turnAwaited(endpoint: TikTokEndpoint, durationMs: number): void;
  eventAttempted(outcome: DeliveryOutcome): void;
  /** `route` is its pattern; until its answer began. */
  requestServed(request: { method: string; route: string; status: number; durationMs: number }): void;
}

const ignore = () => undefined;

/** Nobody listens. */
export const unobserved: Observer = {
  syncEnded: ignore,
  numbersWritten: ignore,
  refreshEnded: ignore,
  requestAnswered: ignore,
  turnAwaited: ignore,
  eventAttempted: ignore,
  requestServed: ignore,
};
