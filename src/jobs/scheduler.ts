import cron from 'node-cron';
import { errorCodeOf, type Logger } from '../logger.ts';

/** Whether node-cron takes it: five fields, or six with seconds in front. */
export const isCronExpression = (text: string): boolean => cron.validate(text);

/**
 * Ticks that only enqueue. `catchUp` runs once at start, before the first tick; a tick that finds the former one still
 * running is skipped. A failing tick is logged and the next one tries again. Throws when a cron expression is bad.
 */
export async function startScheduler(options: {
  expression: string;
  catchUp: () => Promise<void>;
  plan: () => Promise<void>;
  reap: () => Promise<void>;
  logger: Logger;
}): Promise<{ stop(): Promise<void> }> {
  const { logger } = options;
  const guarded = (name: string, work: () => Promise<void>) => async () => {
    try {
      await work();
    } catch (error) {
      logger.error('scheduled work failed', { job_name: name, error_code: errorCodeOf(error) });
    }
  };
  await guarded('catch_up', options.catchUp)();
  // Its own logger prints text to stdout; a missed tick needs no word, the next one looks at everything again.
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined };
  const shared = { noOverlap: true, timezone: 'UTC', logger: silent };
  const tasks = [
    cron.schedule(options.expression, guarded('plan', options.plan), { ...shared, name: 'plan' }),
    cron.schedule('*/10 * * * * *', guarded('reap', options.reap), { ...shared, name: 'reap' }),
  ];
  return {
    async stop() {
      await Promise.all(tasks.map(async (task) => task.destroy()));
    },
  };
}
