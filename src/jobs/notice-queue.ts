import { fromDrizzle, type PgBoss } from 'pg-boss';
import { bossSqlTag } from '../db/sync-jobs.ts';
import { noticeChannels } from '../domain/notice-kind.ts';
import type { NoticeQueue } from '../services/notice-queue.ts';
import { type NoticeJobData, noticeQueues } from './queues.ts';

/** A job has its message's id: the same message cannot be queued twice. */
export function createNoticeQueue(boss: PgBoss): NoticeQueue {
  return {
    async insert(tx, messages) {
      for (const channel of noticeChannels) {
        const jobs = messages
          .filter((message) => message.channel === channel)
          .map(({ id }) => ({ id, data: { message_id: id } satisfies NoticeJobData }));
        if (jobs.length > 0) await boss.insert(noticeQueues[channel], jobs, { db: fromDrizzle(tx, bossSqlTag) });
      }
    },
  };
}
