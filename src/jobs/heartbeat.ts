import type { Database } from '../db/client.ts';
import { deleteHeartbeat, upsertHeartbeat } from '../db/heartbeats.ts';
import { errorCodeOf, type Logger } from '../logger.ts';

const intervalMs = 5_000;

/**
 * This process's row in the table of those that live, renewed every 5 s. A role that stopped doing anything is not
 * renewed. The first beat is made before it resolves; throws what the database throws.
 */
export async function startHeartbeat(options: {
  db: Database;
  processId: string;
  roles: readonly string[];
  startedAt: Date;
  /** How long ago the role last did something; null when this process does not have it, or not yet. */
  workerAgeMs: () => number | null;
  schedulerAgeMs: () => number | null;
  logger: Logger;
}): Promise<{ stop(): Promise<void> }> {
  const { db, logger, workerAgeMs, schedulerAgeMs, ...process } = options;
  const beat = () => upsertHeartbeat(db, { ...process, workerAgeMs: workerAgeMs(), schedulerAgeMs: schedulerAgeMs() });
  await beat();
  let beating: Promise<void> | null = null;
  const timer = setInterval(() => {
    // A slow beat is not stacked on.
    beating ??= beat()
      .catch((error: unknown) => logger.warn('heartbeat failed', { error_code: errorCodeOf(error) }))
      .finally(() => {
        beating = null;
      });
  }, intervalMs);
  return {
    async stop() {
      clearInterval(timer);
      await beating;
      await deleteHeartbeat(db, process.processId);
    },
  };
}
