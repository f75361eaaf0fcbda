import { PgBoss } from 'pg-boss';
import { errorCodeOf, type Logger } from '../logger.ts';

/**
 * pg-boss on its own small pool, not yet started. `supervise`: this process looks after dead workers and old jobs.
 * Its tables come from `installQueue`, never from a start.
 */
export function createBoss(options: {
  url: string;
  supervise: boolean;
  maxConnections: number;
  logger: Logger;
}): PgBoss {
  const boss = new PgBoss({
    connectionString: options.url,
    application_name: 'harian-queue',
    max: options.maxConnections,
    migrate: false,
    supervise: options.supervise,
    superviseIntervalSeconds: 3,
    monitorIntervalSeconds: 3,
    schedule: false,
    useListenNotify: true,
  });
  // Without a listener a blip of the database ends the process.
  boss.on('error', (error) => options.logger.error('queue error', { error_code: errorCodeOf(error) }));
  boss.on('warning', (warning) => options.logger.warn('queue warning', { error_code: warningType(warning) }));
  return boss;
}

const warningType = (warning: unknown): string => {
  const type: unknown = Reflect.get(Object(Reflect.get(Object(warning), 'data')), 'type');
  return typeof type === 'string' && /^[a-z_]{1,64}$/.test(type) ? type : 'unknown';
};

/** A stop waits this long for jobs in flight. */
const drainMs = 25_000;

export async function stopBoss(boss: PgBoss): Promise<void> {
  await boss.stop({ graceful: true, timeout: drainMs });
}
