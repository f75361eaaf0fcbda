import type { PgBoss } from 'pg-boss';
import type { Clock } from '../clock.ts';
import type { Database } from '../db/client.ts';
import type { Logger } from '../logger.ts';
import { buryJobs } from '../services/bury-jobs.ts';
import { deadLetterQueue, syncJobData } from './queues.ts';

/** pg-boss puts a copy of every job that failed for good here, also of one whose worker never came back. */
export async function startDeadLetterWorker(options: {
  boss: PgBoss;
  db: Database;
  clock: Clock;
  logger: Logger;
}): Promise<void> {
  const { boss, logger } = options;
  await boss.work(deadLetterQueue, { includeMetadata: true, batchSize: 50 }, async (jobs) => {
    await buryJobs(options);
    for (const job of jobs) {
      const data = syncJobData.safeParse(job.data);
      if (!data.success || job.sourceId === null) continue;
      const { store_code: storeCode, snapshot_date: snapshotDate } = data.data;
      logger.error('job failed for good', { store_code: storeCode, snapshot_date: snapshotDate, job_id: job.sourceId });
    }
  });
}
