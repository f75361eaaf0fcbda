import cron from 'node-cron';
import { errorCodeOf, type Logger } from '../logger.ts';
import { traced } from '../tracing.ts';

/** Whether node-cron takes it: five fields, or six with seconds in front. */
export const isCronExpression = (text: string): boolean => cron.validate(text);

/** The next ticks of an expression, in UTC; it need not run here. */
export async function nextTicks(expression: string, count: number): Promise<Date[]> {
  const task = cron.createTask(expression, () => undefined, { timezone: 'UTC' });
  const ticks = task.getNextRuns(count);
  // The library keeps a list of all tasks.
  await task.destroy();
  return ticks;
}

export interface Scheduler {
  /** How long ago everything was in order: the last look after dead workers succeeded, and no planning is owed. */
  idleForMs(): number;
  /** No tick begins any more; resolves when those under way have ended. */
  stop(): Promise<void>;
}

/**
 * Ticks that only enqueue. `catchUp` runs once at start, before the first tick; a tick that finds the former one still
 * running is skipped. A failing tick is logged, and what it should have planned is planned within ten seconds of the
 * trouble's end. Throws when a cron expression is bad.
 */
export async function startScheduler(options: {
  expression: string;
  catchUp: () => Promise<void>;
  plan: () => Promise<void>;
  reap: () => Promise<void>;
  /** Null: nobody is to be told of anything. Also runs at start; that it fails makes no other work wait. */
  notice: (() => Promise<void>) | null;
  /** Gives new deliveries of events their jobs; that it fails makes no other work wait. */
  deliver: () => Promise<void>;
  /** Deletes what is past its time, when that is due. Also begun at start; nothing waits for it. */
  sweep: () => Promise<void>;
  logger: Logger;
}): Promise<Scheduler> {
  const { logger, notice } = options;
  const underWay = new Set<Promise<boolean>>();
  let planIsOwed = false;
  let inOrderAt = 0;

  const succeeds = async (name: string, work: () => Promise<void>): Promise<boolean> => {
    try {
      await work();
      return true;
    } catch (error) {
      logger.error('scheduled work failed', { job_name: name, error_code: errorCodeOf(error) });
      return false;
    }
  };
  const tracked = async (name: string, work: () => Promise<void>): Promise<boolean> => {
    const running = succeeds(name, () => traced(name, {}, work));
    underWay.add(running);
    const ok = await running;
    underWay.delete(running);
    return ok;
  };
  const plan = async (name: string, work: () => Promise<void>) => {
    planIsOwed = !(await tracked(name, work));
  };
  const reap = async () => {
    if (planIsOwed) await plan('plan', options.plan);
    if ((await tracked('reap', options.reap)) && !planIsOwed) inOrderAt = performance.now();
  };

  await plan('catch_up', options.catchUp);
  if (!planIsOwed) inOrderAt = performance.now();
  if (notice) await tracked('notice', notice);
  const sweep = () => tracked('sweep', options.sweep);
  // Years may be past their time: it is on its way, and a stop waits for its batch.
  sweep().catch(() => undefined);
  // Its own logger prints text to stdout; a missed tick needs no word, the next one looks at everything again.
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined };
  const shared = { noOverlap: true, timezone: 'UTC', logger: silent };
  const tasks = [
    cron.schedule(options.expression, () => plan('plan', options.plan), { ...shared, name: 'plan' }),
    cron.schedule('*/10 * * * * *', reap, { ...shared, name: 'reap' }),
    cron.schedule('*/5 * * * * *', () => tracked('deliver', options.deliver), { ...shared, name: 'deliver' }),
    cron.schedule('25 */5 * * * *', sweep, { ...shared, name: 'sweep' }),
  ];
  if (notice)
    tasks.push(cron.schedule('*/30 * * * * *', () => tracked('notice', notice), { ...shared, name: 'notice' }));
  return {
    idleForMs: () => performance.now() - inOrderAt,
    async stop() {
      await Promise.all(tasks.map(async (task) => task.destroy()));
      await Promise.all(underWay);
    },
  };
}
