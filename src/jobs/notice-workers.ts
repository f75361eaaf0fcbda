import type { PgBoss } from 'pg-boss';
import type { Channel } from '../channels/channel.ts';
import { type NoticeChannel, noticeChannels } from '../domain/notice-kind.ts';
import { errorCodeOf, type Logger } from '../logger.ts';
import { type DeliverDependencies, deliverNotice } from '../services/deliver-notice.ts';
import { DeliveryError } from './delivery-error.ts';
import { noticeJobData, noticeQueues } from './queues.ts';

/** NOTIFY tells of a new message at once; one whose wait is over is found by looking. */
const pollSeconds = 5;

export interface NoticeWorkers {
  /** None is begun from now on; resolves once those on their way have ended, within seconds. */
  stop(): Promise<void>;
}

/** One worker for each channel that this process has: what stands in a queue waits for a process that has it. */
export async function startNoticeWorkers(options: {
  boss: PgBoss;
  channels: Readonly<Partial<Record<NoticeChannel, Channel>>>;
  deliver: DeliverDependencies;
  logger: Logger;
}): Promise<NoticeWorkers> {
  const { boss, channels, logger } = options;
  const queues: string[] = [];
  for (const name of noticeChannels) {
    const channel = channels[name];
    if (!channel) continue;
    const queue = noticeQueues[name];
    queues.push(queue);
    const pace = { pollingIntervalSeconds: pollSeconds, notifyPollingIntervalSeconds: pollSeconds };
    await boss.work(queue, { includeMetadata: true, ...pace }, async ([job]) => {
      if (!job) return;
      const fields = { job_name: queue, job_id: job.id };
      const isLast = job.retryCount >= job.retryLimit;
      const failed = (rest: { error_code: string; http_status?: number | null; action?: string; count?: number }) =>
        logger[isLast ? 'error' : 'warn'](isLast ? 'notice given up' : 'notice not delivered', { ...fields, ...rest });
      try {
        const { message_id: id } = noticeJobData.parse(job.data);
        const result = await deliverNotice(options.deliver, channel, { id, signal: job.signal });
        if (result === null) return logger.info('notice was no longer needed', fields);
        const about = { action: result.kind, count: result.count };
        if (result.outcome === 'delivered') return logger.info('notice delivered', { ...fields, ...about });
        const failure = { ...about, error_code: result.errorCode, http_status: result.httpStatus };
        if (result.outcome === 'gone') return logger.error('notice is not wanted there', { ...fields, ...failure });
        failed(failure);
        throw new DeliveryError(result.errorCode);
      } catch (error) {
        if (error instanceof DeliveryError) throw error;
        failed({ error_code: errorCodeOf(error) });
        throw new DeliveryError(errorCodeOf(error));
      }
    });
  }
  return {
    async stop() {
      await Promise.all(queues.map((queue) => boss.offWork(queue)));
    },
  };
}
