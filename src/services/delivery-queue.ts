import type { Database } from '../db/client.ts';
import type { QueuedDelivery } from '../db/event-deliveries.ts';

/** What services need of the queue of deliveries; jobs/ builds it on pg-boss. */
export interface DeliveryQueue {
  /** Inside the transaction handed in: a delivery has its job, or both are undone. */
  insert(tx: Database, deliveries: readonly QueuedDelivery[]): Promise<void>;
}
