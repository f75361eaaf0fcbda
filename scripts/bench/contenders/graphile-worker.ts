import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import { createPlainSync, type Work } from './plain-sync.ts';

const task = 'sync-store';
const silent = new Logger(() => () => undefined);

/** As its own page on performance has it. Resolves to the seconds from its start to the last job's end. */
export async function runGraphileWorker(work: Work): Promise<number> {
  const { sync, pool } = createPlainSync(work);
  const utils = await makeWorkerUtils({ connectionString: work.databaseUrl, logger: silent });
  await utils.migrate();
  await utils.addJobs(work.storeCodes.map((storeCode) => ({ identifier: task, payload: { storeCode } })));
  await utils.release();

  const startedMs = performance.now();
  const { promise: allDone, resolve, reject } = Promise.withResolvers<void>();
  let left = work.storeCodes.length;
  const runner = await run({
    connectionString: work.databaseUrl,
    logger: silent,
    noHandleSignals: true,
    taskList: {
      [task]: async (payload) => {
        await sync((payload as { storeCode: string }).storeCode).catch(reject);
        left -= 1;
        if (left === 0) resolve();
      },
    },
    preset: {
      worker: {
        concurrentJobs: work.concurrency,
        maxPoolSize: work.concurrency + 2,
        localQueue: { size: 5 * work.concurrency },
        completeJobBatchDelay: 0,
        failJobBatchDelay: 0,
      },
    },
  });
  await allDone;
  const seconds = (performance.now() - startedMs) / 1000;
  await runner.stop();
  await pool.end();
  return seconds;
}
