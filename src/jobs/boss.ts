import { PgBoss } from 'pg-boss';
import type { DeadNetwork } from '../db/dead-network.ts';
import { createQueueDatabase, type QueueDatabase } from '../db/queue-database.ts';
import { errorCodeOf, type Logger } from '../logger.ts';

export interface Boss {
  boss: PgBoss;
  /** Calls `wake` when a queue has a new job, where pg-boss would wake all of the queue's workers at once. */
  onNewJob(queue: string, wake: () => void): void;
  /** Of its connections. */
  counts: QueueDatabase['poolCounts'];
  /** Call it once nothing is in work: pg-boss fails what is, at the price of an attempt. */
  stop(): Promise<void>;
  /** Ends its connections; what is asked of the queue from then on rejects at once. */
  close(): Promise<void>;
}

/**
 * pg-boss on connections of its own, not yet started. `supervise`: this process looks after dead workers and old jobs.
 * Its tables come from `installQueue`, never from a start.
 */
export function createBoss(options: {
  url: string;
  supervise: boolean;
  maxConnections: number;
  queryTimeoutMs?: number;
  /** True: nobody can listen through what is between us and the database. */
  pooled?: boolean;
  /** Of the same way to the database. */
  network?: DeadNetwork;
  logger: Logger;
}): Boss {
  let stopping = false;
  const onError = (error: unknown) => {
    if (!stopping) options.logger.error('queue error', { error_code: errorCodeOf(error) });
  };
  const database = createQueueDatabase({ ...options, onError });
  const wakes = new Map<string, () => void>();
  const listen: QueueDatabase['listen'] = (channel, onNotification, onSubscribed) =>
    database.listen(channel, (queue) => (wakes.get(queue) ?? (() => onNotification(queue)))(), onSubscribed);
  const boss = new PgBoss({
    db: { ...database, listen },
    migrate: false,
    supervise: options.supervise,
    superviseIntervalSeconds: 3,
    monitorIntervalSeconds: 3,
    schedule: false,
    useListenNotify: options.pooled !== true,
    // Its spans tell errors' messages and name nothing of ours: tracing.ts has ours.
    openTelemetry: { enabled: false },
  });
  // Without a listener a blip of the database ends the process.
  boss.on('error', onError);
  boss.on('warning', (warning) => options.logger.warn('queue warning', { error_code: warningType(warning) }));
  return {
    boss,
    onNewJob: (queue, wake) => void wakes.set(queue, wake),
    counts: database.poolCounts,
    async stop() {
      stopping = true;
      await boss.stop({ graceful: false });
    },
    async close() {
      stopping = true;
      await database.close();
    },
  };
}

const warningType = (warning: unknown): string => {
  const type: unknown = Reflect.get(Object(Reflect.get(Object(warning), 'data')), 'type');
  return typeof type === 'string' && /^[a-z_]{1,64}$/.test(type) ? type : 'unknown';
};
