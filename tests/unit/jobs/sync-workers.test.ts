import type { PgBoss } from 'pg-boss';
import { expect, test, vi } from 'vitest';
import { createDeadNetwork } from '../../../src/db/dead-network.ts';
import { startSyncWorkers } from '../../../src/jobs/sync-workers.ts';
import type { SyncDependencies } from '../../../src/services/sync-store.ts';

test('slots that become idle, or hear of a job, in one moment look for jobs once', async () => {
  const looks: number[] = [];
  let wake: () => void = () => undefined;
  const boss = {
    async fetch() {
      looks.push(performance.now());
      return [];
    },
    offWork: async () => undefined,
  };
  const workers = startSyncWorkers({
    boss: boss as unknown as PgBoss,
    onNewJob: (_queue, look) => {
      wake = look;
    },
    databaseUrl: 'postgres://127.0.0.1:1/none',
    databaseTimeoutMs: 1_000,
    network: createDeadNetwork(),
    concurrency: 4,
    sync: {} as SyncDependencies,
  });
  try {
    await vi.waitFor(() => expect(looks).toHaveLength(1));
    for (let heard = 0; heard < 20; heard += 1) {
      wake();
      await Promise.resolve();
    }
    await vi.waitFor(() => expect(looks).toHaveLength(2), { interval: 1 });
    const [first = 0, second = 0] = looks;
    expect(second - first).toBeGreaterThanOrEqual(9);
  } finally {
    await workers.drain();
    await workers.close();
  }
  expect(looks).toHaveLength(2);
});
