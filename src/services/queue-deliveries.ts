import { type Database, inTransaction } from '../db/client.ts';
import { claimDeliveriesToQueue } from '../db/event-deliveries.ts';
import type { DeliveryQueue } from './delivery-queue.ts';

/** Per transaction: bounds memory and how long a row stays locked. */
const batchSize = 1_000;

/**
 * Gives every delivery that has none its job: new ones, replayed ones, and those of a restored backup. Any number of
 * schedulers may call it at once. Returns how many.
 */
export async function queueDeliveries(deps: { db: Database; deliveries: DeliveryQueue }): Promise<number> {
  for (let total = 0; ; ) {
    const queued = await inTransaction(deps.db, async (tx) => {
      const claimed = await claimDeliveriesToQueue(tx, batchSize);
      if (claimed.length > 0) await deps.deliveries.insert(tx, claimed);
      return claimed.length;
    });
    total += queued;
    if (queued < batchSize) return total;
  }
}
