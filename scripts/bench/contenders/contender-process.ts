import { z } from 'zod';
import { answerParent } from '../../rig/child.ts';
import { runCronScript } from './cron-script.ts';
import { runGraphileWorker } from './graphile-worker.ts';
import { runPgBoss } from './pg-boss.ts';
import { contenderKinds, createPlainSync, type Work, workSchema } from './plain-sync.ts';

const task = workSchema.extend({ kind: z.enum(contenderKinds) });

answerParent(async (message) => {
  const { kind, ...work } = task.parse(message);
  return { seconds: await secondsOf(kind, work) };
});

async function secondsOf(kind: (typeof contenderKinds)[number], work: Work): Promise<number> {
  switch (kind) {
    case 'floor':
      return runFloor(work);
    case 'cron script': {
      const startedMs = performance.now();
      await runCronScript(work);
      return (performance.now() - startedMs) / 1000;
    }
    case 'graphile-worker, tuned':
      return runGraphileWorker(work);
    case 'pg-boss, tuned':
      return runPgBoss(work, true);
    case 'pg-boss':
      return runPgBoss(work, false);
  }
}

/** The bare loop: no queue, no lock, no check; pairs are looked up once for all stores. */
async function runFloor(work: Work): Promise<number> {
  const { sync, pool } = createPlainSync(work);
  const startedMs = performance.now();
  const { rows } = await pool.query<{ store_code: string; refresh_token: string }>(
    'select store_code, refresh_token from bench.accounts where store_code = any($1)',
    [work.storeCodes],
  );
  const rest = rows.values();
  const slot = async () => {
    for (const { store_code, refresh_token } of rest) await sync(store_code, refresh_token);
  };
  await Promise.all(Array.from({ length: work.concurrency }, slot));
  const seconds = (performance.now() - startedMs) / 1000;
  await pool.end();
  return seconds;
}
