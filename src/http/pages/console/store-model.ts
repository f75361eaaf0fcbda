import type { StoreDetail, StoreNumbers, StoreVideos, VideoSort } from '../../../services/read-store-detail.ts';
import type { ConsoleModel } from './console-model.ts';
import { storeAddress } from './parts.ts';

export const numberRanges = [30, 90, 365] as const;
export type NumberRange = (typeof numberRanges)[number];

/** What somebody chose to see of a store; it stands in the address. */
export interface StoreChoice {
  days: NumberRange;
  sort: VideoSort;
  ascending: boolean;
}

export interface StoreModel extends ConsoleModel {
  detail: StoreDetail;
  numbers: StoreNumbers;
  videos: StoreVideos;
  /** Of the next page of videos. */
  nextCursor: string | null;
  /** Whether this is a later page of them. */
  isLaterPage: boolean;
  choice: StoreChoice;
  /** Requests of the last minute, by endpoint, of so many. */
  requests: readonly { endpoint: string; count: number }[];
  requestsPerMinute: number;
}

/** The store's page with another choice, at one of its sections. */
export function chosenAddress(
  model: StoreModel,
  changes: Partial<StoreChoice> & { cursor?: string },
  section: string,
): string {
  const { cursor, ...chosen } = changes;
  const { days, sort, ascending } = { ...model.choice, ...chosen };
  const query = new URLSearchParams({ days: String(days), sort, dir: ascending ? 'asc' : 'desc' });
  if (cursor !== undefined) query.set('cursor', cursor);
  return `${storeAddress(model.detail.view.store.storeCode)}?${query.toString()}#${section}`;
}
