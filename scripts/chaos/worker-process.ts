import { systemClock } from '../../src/clock.ts';
import { parseConfig } from '../../src/config.ts';
import { isCronExpression } from '../../src/jobs/scheduler.ts';
import { createLogger } from '../../src/logger.ts';
import { runUntilStopped } from '../../src/run.ts';

// What `npm start` runs in production: the database is migrated already, and the start does not do it again.

const stopping = new AbortController();
process.on('SIGTERM', () => stopping.abort());
const config = parseConfig(process.env, isCronExpression);
await runUntilStopped({
  config: { ...config, production: true },
  databaseUrl: config.databaseUrl ?? '',
  logger: createLogger({
    level: config.logLevel,
    write: (line) => process.stdout.write(line),
    now: systemClock.now,
  }),
  stopping: stopping.signal,
});
process.exit();
