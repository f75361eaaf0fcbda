import { compose, type Harian } from '../../src/compose.ts';
import { parseConfig } from '../../src/config.ts';
import { type Boss, createBoss } from '../../src/jobs/boss.ts';
import { claimOf, createJobQueue } from '../../src/jobs/job-queue.ts';
import { syncQueue } from '../../src/jobs/queues.ts';
import { createLogger } from '../../src/logger.ts';
import type { JobClaim } from '../../src/services/job-queue.ts';
import type { Fetch } from '../../src/tiktok/http-call.ts';
import type { Rig } from './rig.ts';

/** Harian's services in this process, composed as in production, with a queue whose jobs nobody but the caller runs. */
export async function openServices(
  rig: Rig,
  options: { databaseUrl: string; simulatorUrl: string; fetch?: Fetch },
): Promise<{ deps: Harian['deps']; boss: Boss['boss'] }> {
  const { databaseUrl, simulatorUrl, ...more } = options;
  const logger = createLogger({ level: 'silent', write: () => undefined, now: () => new Date() });
  const config = parseConfig(rig.environmentFor(databaseUrl, simulatorUrl));
  const harian = compose({ config, databaseUrl, logger, ...more });
  rig.cleanup.defer(() => harian.close());
  const { boss, ...queue } = createBoss({ url: databaseUrl, supervise: false, maxConnections: 2, logger });
  await boss.start();
  rig.cleanup.defer(async () => {
    await queue.stop();
    await queue.close();
  });
  return { deps: { ...harian.deps, queue: createJobQueue(boss) }, boss };
}

const never = new AbortController().signal;

/** A worker that nobody tells to stop, and that never hears that its job is gone. */
const unstoppable: Pick<JobClaim, 'signal' | 'giveBack' | 'lastCall'> = {
  signal: never,
  giveBack: never,
  lastCall: never,
};

/** Takes waiting jobs as a worker does; from then on nobody shows a sign of life for them. By store. */
export async function claimJobs(boss: Boss['boss'], limit: number): Promise<Map<string, JobClaim>> {
  const jobs = await boss.fetch(syncQueue, { batchSize: limit, includeMetadata: true });
  const claims = jobs.map((job) => claimOf({ ...job, signal: never }, unstoppable));
  return new Map(claims.map((claim) => [claim.storeCode, claim]));
}
