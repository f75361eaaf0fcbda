import type { Clock } from '../clock.ts';
import type { Database } from '../db/client.ts';
import { insertMissedDays } from '../db/store-days.ts';
import type { Store } from '../db/stores.ts';
import { addDays, localDay, skippedDays } from '../domain/snapshot-day.ts';

/** How far back a zone's leap over the date line still matters: no downtime or pause is longer. */
const leapDays = 800;

/** The days that a zone left out lately; nobody is to blame for them. */
export const recentlySkipped = (now: Date, timezone: string): string[] =>
  skippedDays(now, timezone, addDays(localDay(now, timezone), -leapDays));

/**
 * Writes down the days since a store's last one, up to yesterday, before something about the store changes: what it is now
 * is the reason why nobody read them. A store that was not connected had no day coming. `store` is as before the change.
 */
export async function closeGap(deps: { clock: Clock }, tx: Database, store: Store): Promise<void> {
  if (store.status !== 'CONNECTED' && store.status !== 'NEED_RECONNECT') return;
  const { storeCode, timezone } = store;
  const now = deps.clock.now();
  const unplanned = store.status === 'NEED_RECONNECT' ? 'NEED_RECONNECT' : 'NOT_PLANNED';
  await insertMissedDays(tx, {
    storeCode,
    day: localDay(now, timezone),
    reason: store.paused ? 'PAUSED' : unplanned,
    skipped: recentlySkipped(now, timezone),
  });
}
