import { compose } from './compose.ts';
import type { Config } from './config.ts';
import { migrateDatabase } from './db/migrate.ts';
import { isMigrated } from './db/migration-state.ts';
import { isBehindTransactionPooler } from './db/pooler-check.ts';
import { installQueue } from './jobs/install-queue.ts';
import { errorCodeOf, type Logger } from './logger.ts';

/** A reason not to start, said in one sentence to whoever started it. */
export class StartError extends Error {}

/**
 * Runs the roles asked for until SIGTERM or SIGINT, then drains and resolves; `onReady` once all is up. Outside
 * production it migrates the database first. Throws StartError when it must not start.
 */
export async function runUntilSignal(options: {
  config: Config;
  databaseUrl: string;
  logger: Logger;
  onReady?: (port: number) => Promise<void> | void;
}): Promise<void> {
  const { config, databaseUrl, logger } = options;
  // First of all: a signal that comes during the start must not end the process half-way.
  const stopped = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve(signal));
  });
  if (await isBehindTransactionPooler(databaseUrl)) {
    throw new StartError(
      'DATABASE_URL leads through a transaction pooler: session locks do not hold there. Use a direct or session-pooled address.',
    );
  }
  if (!config.production) {
    await migrateDatabase(databaseUrl);
    await installQueue(databaseUrl);
  }
  const harian = compose({ config, databaseUrl, logger });
  if (!(await isMigrated(harian.deps.db))) {
    await harian.close();
    throw new StartError('The database is not migrated: run `npm run db:migrate` first.');
  }
  process.on('unhandledRejection', (reason) =>
    logger.error('unhandled rejection', { error_code: errorCodeOf(reason) }),
  );
  const { port } = await harian.start();
  logger.info('up', { port, role: [...config.roles].join(',') });
  await options.onReady?.(port);
  const signal = await stopped;
  logger.info('stopping', { signal });
  await harian.close();
  logger.info('stopped');
}
