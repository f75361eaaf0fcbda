import type { Database } from '../db/client.ts';
import type { Store } from '../db/stores.ts';
import { countVideos, listViewChanges } from '../db/video-trends.ts';
import { addDays } from '../domain/snapshot-day.ts';

/**
 * What stores' videos gained by day, remembered: a store of 2,000 videos has 60,000 readings a month, and all but the
 * latest stay as they are. Days are added up again once a sync has written.
 */
export interface ViewChanges {
  /** From `from` to the store's last day, as far as there are two readings in a row. */
  read(store: Store, from: string): Promise<ReadonlyMap<string, number>>;
}

const rememberedStores = 200;
/** Readings that one statement adds up: well below what it may take. */
const readingsPerStatement = 100_000;
/** A run writes the day it was planned for, or, after a move to another time zone, the one before. */
const changeableDays = 2;

interface Memory {
  /** The state of the numbers that was seen: only a sync changes them. */
  seen: string;
  from: string;
  to: string;
  changes: Map<string, number>;
}

export function createViewChanges({ db }: { db: Database }): ViewChanges {
  const memories = new Map<string, Memory>();

  const readRange = async (storeCode: string, from: string, to: string): Promise<Map<string, number>> => {
    const days = Math.max(1, Math.floor(readingsPerStatement / Math.max(1, await countVideos(db, storeCode))));
    const changes = new Map<string, number>();
    for (let begin = from; begin <= to; begin = addDays(begin, days)) {
      const end = addDays(begin, days - 1);
      const part = await listViewChanges(db, storeCode, { from: begin, to: end < to ? end : to });
      for (const [day, change] of part) changes.set(day, change);
    }
    return changes;
  };

  return {
    async read(store, from) {
      const { storeCode, lastSnapshotDate: to, lastSyncedAt, createdAt } = store;
      if (to === null || to < from) return new Map();
      const seen = `${createdAt.toISOString()} ${lastSyncedAt?.toISOString()}`;
      const known = memories.get(storeCode);
      // A store that was removed and made again begins anew.
      const isSameStore = known?.seen.startsWith(createdAt.toISOString()) === true && known.from <= from;
      if (isSameStore && known.seen === seen) return known.changes;
      const since = isSameStore && known.to <= to ? addDays(known.to, -changeableDays) : from;
      const begin = since > from ? since : from;
      const kept = isSameStore ? [...known.changes].filter(([day]) => day < begin) : [];
      const changes = new Map([...kept, ...(await readRange(storeCode, begin, to))]);
      memories.delete(storeCode);
      memories.set(storeCode, { seen, from: isSameStore ? known.from : from, to, changes });
      const [oldest] = memories.keys();
      if (memories.size > rememberedStores && oldest !== undefined) memories.delete(oldest);
      return changes;
    },
  };
}
