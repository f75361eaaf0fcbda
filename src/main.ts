import { type Config, ConfigError, parseConfig } from './config.ts';
import { createLogger } from './logger.ts';
import { runUntilSignal, StartError } from './run.ts';

/** Outside production, with no DATABASE_URL: PostgreSQL from npm under .data/, so that one command is enough. */
async function findDatabase(config: Config): Promise<{ url: string; stop(): Promise<void> }> {
  if (config.databaseUrl !== null) return { url: config.databaseUrl, stop: async () => undefined };
  const { startEmbeddedPostgres } = await import('./db/embedded-postgres.ts');
  const server = await startEmbeddedPostgres({ dataDir: '.data/postgres', databases: ['harian'] });
  return { url: server.url('harian'), stop: server.stop };
}

async function main(): Promise<void> {
  const config = parseConfig(process.env);
  const logger = createLogger({
    level: config.logLevel,
    write: (line) => process.stdout.write(line),
    now: () => new Date(),
  });
  const database = await findDatabase(config);
  try {
    await runUntilSignal({ config, databaseUrl: database.url, logger });
  } finally {
    await database.stop();
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    // Anything else may carry an address or a value: its class and code have to do.
    const known = error instanceof ConfigError || error instanceof StartError;
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    process.stderr.write(
      known
        ? `${error.message}\n`
        : `Harian could not start: ${String(error instanceof Error ? error.name : error)}${code}\n`,
    );
    process.exit(1);
  },
);
