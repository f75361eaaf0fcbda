import type { PgBoss } from 'pg-boss';
import { errorCodeOf, type Logger } from '../logger.ts';
import type { Observer } from '../observe.ts';
import { type DeliverEventDependencies, deliverEvent } from '../services/deliver-event.ts';
import { DeliveryError } from './delivery-error.ts';
import { deliveryJobData, deliveryQueue } from './queues.ts';

/** Deliveries at once in one process; of them one to the same webhook, so that who does not answer holds up nobody else. */
const slots = 4;
/** NOTIFY tells of a new delivery at once; one whose wait is over is found by looking. */
const pollSeconds = 5;

export interface DeliveryWorkers {
  /** None is begun from now on; resolves once those on their way have ended, within seconds. */
  stop(): Promise<void>;
}

export async function startDeliveryWorkers(options: {
  boss: PgBoss;
  deliver: DeliverEventDependencies;
  logger: Logger;
  observe: Observer;
}): Promise<DeliveryWorkers> {
  const { boss, deliver, logger, observe } = options;
  const workerIds: string[] = [];
  const wakeAll = () => {
    for (const id of workerIds) boss.notifyWorker(id);
  };
  for (let slot = 0; slot < slots; slot++) {
    const pace = { pollingIntervalSeconds: pollSeconds, notifyPollingIntervalSeconds: pollSeconds };
    const id = await boss.work(
      deliveryQueue,
      { includeMetadata: true, localGroupConcurrency: 1, ...pace },
      async ([job]) => {
        if (!job) return;
        const fields = { job_name: deliveryQueue, job_id: job.id };
        try {
          const { store_code: storeCode, event_id: eventId, webhook_id: webhookId } = deliveryJobData.parse(job.data);
          const result = await deliverEvent(deliver, { jobId: job.id, storeCode, eventId, webhookId }, job.signal);
          if (result === null) return logger.info('event was no longer wanted', fields);
          const isGivenUp = result.outcome !== 'delivered' && result.isLast;
          observe.eventAttempted(isGivenUp ? 'given_up' : result.outcome === 'delivered' ? 'delivered' : 'failed');
          const about = { ...fields, store_code: storeCode, action: result.type, attempt: result.attempt };
          if (result.outcome === 'delivered') return logger.info('event delivered', about);
          const failure = { ...about, error_code: result.errorCode, http_status: result.httpStatus };
          if (isGivenUp) return logger.error('event given up', failure);
          logger.warn('event not delivered', failure);
          throw new DeliveryError(result.errorCode);
        } catch (error) {
          if (error instanceof DeliveryError) throw error;
          logger.warn('event not delivered', { ...fields, error_code: errorCodeOf(error) });
          throw new DeliveryError(errorCodeOf(error));
        } finally {
          // pg-boss sleeps out its polling interval after every job, even with a backlog.
          wakeAll();
        }
      },
    );
    workerIds.push(id);
  }
  return { stop: () => boss.offWork(deliveryQueue) };
}
