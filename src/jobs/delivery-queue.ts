import { fromDrizzle, type PgBoss } from 'pg-boss';
import { bossSqlTag } from '../db/sync-jobs.ts';
import type { DeliveryQueue } from '../services/delivery-queue.ts';
import { type DeliveryJobData, deliveryQueue } from './queues.ts';

/** A webhook is a group: one that does not answer holds up no other. */
export function createDeliveryQueue(boss: PgBoss): DeliveryQueue {
  return {
    async insert(tx, deliveries) {
      const jobs = deliveries.map(({ jobId, storeCode, eventId, webhookId }) => ({
        id: jobId,
        group: { id: webhookId },
        data: { store_code: storeCode, event_id: eventId, webhook_id: webhookId } satisfies DeliveryJobData,
      }));
      await boss.insert(deliveryQueue, jobs, { db: fromDrizzle(tx, bossSqlTag) });
    },
  };
}
