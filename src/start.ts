import { systemClock } from './clock.ts';
import { ConfigError, parseConfig } from './config.ts';
import { findDatabase } from './db/find-database.ts';
import { isCronExpression } from './jobs/scheduler.ts';
import { createLogger, errorCodeOf } from './logger.ts';
import { runUntilStopped, StartError } from './run.ts';

/** Runs Harian until it is told to stop. Resolves to a sentence for the operator when it could not start, else to null. */
export async function start(options: {
  environment: Readonly<Record<string, string | undefined>>;
  stopping: AbortSignal;
  write: (line: string) => void;
}): Promise<string | null> {
  try {
    const config = parseConfig(options.environment, isCronExpression);
    const logger = createLogger({ level: config.logLevel, write: options.write, now: systemClock.now });
    const database = await findDatabase(config.databaseUrl);
    try {
      await runUntilStopped({ config, databaseUrl: database.url, logger, stopping: options.stopping });
    } finally {
      await database.stop();
    }
    return null;
  } catch (error) {
    if (error instanceof ConfigError || error instanceof StartError) return error.message;
    // Anything else may carry an address or a value: its code has to do.
    return `Harian could not start: ${errorCodeOf(error)}`;
  }
}
