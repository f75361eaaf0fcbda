import { PgBoss } from 'pg-boss';
import { createPlainSync, type Work } from './plain-sync.ts';

const queue = 'sync-store';

/**
 * Without any of Harian's care. `tuned`: batches as large as there are slots, and the next one at once; else as it comes
 * out of the box. Resolves to the seconds from its start to the last job's end.
 */
export async function runPgBoss(work: Work, tuned: boolean): Promise<number> {
  const { sync, pool } = createPlainSync(work);
  const boss = new PgBoss({ connectionString: work.databaseUrl, schema: 'bench_boss' });
  boss.on('error', () => undefined);
  await boss.start();
  await boss.createQueue(queue);
  await boss.insert(
    queue,
    work.storeCodes.map((storeCode) => ({ data: { storeCode } })),
  );

  const startedMs = performance.now();
  const { promise: allDone, resolve, reject } = Promise.withResolvers<void>();
  let left = work.storeCodes.length;
  const syncJob = async (data: { storeCode: string }) => {
    await sync(data.storeCode).catch(reject);
    left -= 1;
    if (left === 0) resolve();
  };
  if (tuned) {
    await boss.work<{ storeCode: string }>(
      queue,
      { batchSize: work.concurrency, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 },
      async (jobs) => {
        await Promise.all(jobs.map((job) => syncJob(job.data)));
      },
    );
  } else {
    await boss.work<{ storeCode: string }>(queue, async (jobs) => {
      for (const job of jobs) await syncJob(job.data);
    });
  }
  await allDone;
  const seconds = (performance.now() - startedMs) / 1000;
  await boss.stop({ graceful: true });
  await pool.end();
  return seconds;
}
