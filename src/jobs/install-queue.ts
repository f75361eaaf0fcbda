import { PgBoss } from 'pg-boss';
import { queueOptions } from './queues.ts';

/**
 * Installs or migrates pg-boss's tables and makes our queues what queues.ts says. Safe to run twice and at the same
 * time. Throws when the database refuses.
 */
export async function installQueue(url: string): Promise<void> {
  const boss = new PgBoss({
    connectionString: url,
    application_name: 'harian-migrate',
    max: 2,
    migrate: true,
    supervise: false,
    schedule: false,
    registerInstance: false,
  });
  boss.on('error', () => undefined);
  await boss.start();
  try {
    for (const { name, ...options } of queueOptions) {
      await boss.createQueue(name, options);
      // createQueue leaves an existing queue as it is.
      const { policy: _policy, ...changeable } = options;
      await boss.updateQueue(name, changeable);
    }
  } finally {
    await boss.stop({ graceful: false });
  }
}
