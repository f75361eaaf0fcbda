import { compose } from './compose.ts';
import type { Config } from './config.ts';
import { migrateDatabase } from './db/migrate.ts';
import { isMigrated } from './db/migration-state.ts';
import { isBehindTransactionPooler } from './db/pooler-check.ts';
import { isDatabaseUnavailable } from './db/unavailable.ts';
import { PolicyError } from './http/policies.ts';
import { installQueue } from './jobs/install-queue.ts';
import { errorCodeOf, type Logger } from './logger.ts';
import { startTracing } from './start-tracing.ts';

/** A reason not to start, said in one sentence to whoever started it. */
export class StartError extends Error {}

/**
 * Runs the roles asked for until `stopping` aborts, then drains and resolves; `onReady` once all is up. Outside
 * production it migrates the database first. Throws StartError when it must not start, or cannot.
 */
export async function runUntilStopped(options: {
  config: Config;
  databaseUrl: string;
  logger: Logger;
  stopping: AbortSignal;
  onReady?: (port: number) => Promise<void> | void;
}): Promise<void> {
  const { config, databaseUrl, logger, stopping } = options;
  const { databaseReadUrl, roles } = config;
  const pooled = {
    main: await isBehindTransactionPooler(databaseUrl).catch(explain),
    // A replica that is away when we start is no reason not to: what does not need it works. Careful beats wrong.
    read: databaseReadUrl !== null && (await isBehindTransactionPooler(databaseReadUrl).catch(() => true)),
  };
  if (pooled.main && (roles.has('worker') || roles.has('scheduler'))) {
    throw new StartError(
      'DATABASE_URL leads through a transaction pooler: session locks do not hold there. Give workers and schedulers a direct or session-pooled address; a process with ROLES=api may keep this one.',
    );
  }
  if (!config.production && !pooled.main) {
    await migrateDatabase(databaseUrl);
    await installQueue(databaseUrl);
  }
  const tracing = config.traces ? await startTracing([...roles]) : null;
  if (config.traces && tracing === null) {
    throw new StartError(
      'OTEL_EXPORTER_OTLP_ENDPOINT is set, but the packages that send traces are not installed: see "Tracing it" in the README.',
    );
  }
  const harian = compose({ config, databaseUrl, pooled, logger });
  if (!(await isMigrated(harian.deps.db).catch(explain))) {
    await harian.close();
    throw new StartError('The database is not migrated: run `npm run db:migrate` first.');
  }
  process.on('unhandledRejection', (reason) =>
    logger.error('unhandled rejection', { error_code: errorCodeOf(reason) }),
  );
  // Told to stop while it starts, it does not wait until it is up.
  const stop = () => void harian.close();
  stopping.addEventListener('abort', stop, { once: true });
  const started = await harian.start().catch((error: unknown) => (stopping.aborted ? null : explain(error)));
  stopping.removeEventListener('abort', stop);
  if (started === null) {
    await harian.close();
    return;
  }
  const { port } = started;
  logger.info('up', { port, role: [...config.roles].join(',') });
  await options.onReady?.(port);
  await new Promise<void>((resolve) => {
    if (stopping.aborted) resolve();
    else stopping.addEventListener('abort', () => resolve(), { once: true });
  });
  logger.info('stopping');
  await harian.close();
  await tracing?.end();
  logger.info('stopped');
}

const advice: Readonly<Record<string, string>> = {
  SPOOL_NOT_WRITABLE: 'SPOOL_DIR cannot be written: give this user a directory of its own that outlives a restart.',
  EADDRINUSE: 'PORT is taken: stop what listens there, or choose another.',
  EACCES: 'PORT may not be listened on by this user: choose one above 1023.',
  EADDRNOTAVAIL: 'HOST is no address of this machine: leave it out, or name one that is.',
  ENOTFOUND: 'HOST or the host in DATABASE_URL is not known: check both names.',
  ECONNREFUSED: 'Nothing answers at DATABASE_URL: start the database, or check its host and port.',
  '28P01': 'The database refuses the password in DATABASE_URL.',
  '28000': 'The database refuses the role in DATABASE_URL.',
  '3D000': 'The database named in DATABASE_URL does not exist: create it first.',
};

const noAnswer = 'The database at DATABASE_URL does not answer as it should: try again once it does.';

/** What the operator can do about it, where the code tells; else the error as it is. */
function explain(error: unknown): never {
  if (error instanceof PolicyError) throw new StartError(error.message);
  const silent = isDatabaseUnavailable(error) ? noAnswer : undefined;
  const known = advice[errorCodeOf(error)] ?? silent;
  throw known === undefined ? error : Object.assign(new StartError(known), { code: errorCodeOf(error) });
}
