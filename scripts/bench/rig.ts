import { randomBytes } from 'node:crypto';
import { realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { systemClock } from '../../src/clock.ts';
import { createTokenCipher, type TokenCipher } from '../../src/crypto/token-cipher.ts';
import { createDatabasePool, type Database } from '../../src/db/client.ts';
import { startEmbeddedPostgres } from '../../src/db/embedded-postgres.ts';
import { migrateDatabase } from '../../src/db/migrate.ts';
import { createBoss } from '../../src/jobs/boss.ts';
import { installQueue } from '../../src/jobs/install-queue.ts';
import { createJobQueue } from '../../src/jobs/job-queue.ts';
import { createLogger } from '../../src/logger.ts';
import type { planDay } from '../../src/services/plan-day.ts';
import { type AppProcess, startApp } from '../rig/app-process.ts';
import { forkChild } from '../rig/child.ts';
import { createSimulatorClient, type SimulatorClient } from '../rig/simulator-client.ts';
import { largeAccount, nightAccounts, singleCallAccounts, usualAccounts } from './accounts.ts';

/** Slots of the worker, and of the floor. */
export const concurrency = 10;

export interface Rig {
  databaseUrl: string;
  db: Database;
  cipher: TokenCipher;
  simulator: SimulatorClient;
  simulatorPid: number;
  clientKey: string;
  clientSecret: string;
  adminKey: string;
  /** What planDay takes: every day is due from midnight on. */
  planner: Parameters<typeof planDay>[0];
  /** `more` goes before what it usually runs with. */
  startApp(roles: string, more?: Record<string, string>): Promise<AppProcess>;
  signal: AbortSignal;
}

/** Everything but the app, each in its own process, on 127.0.0.1. What was started is registered with `cleanup` first. */
export async function buildRig(cleanup: AsyncDisposableStack, signal: AbortSignal): Promise<Rig> {
  const dataDir = join(tmpdir(), `harian-bench-${process.pid}`);
  cleanup.defer(() => removeDirectory(dataDir));
  // Not `throwaway`, which would switch durability off: a commit costs here what it costs in production.
  const server = await startEmbeddedPostgres({ dataDir, databases: ['harian'] });
  cleanup.defer(server.stop);
  const databaseUrl = server.url('harian');
  await migrateDatabase(databaseUrl);
  await installQueue(databaseUrl);
  const pool = createDatabasePool({ url: databaseUrl, maxConnections: 4, onError: () => undefined });
  cleanup.defer(() => pool.close());

  const logger = createLogger({ level: 'error', write: (line) => process.stderr.write(line), now: () => new Date() });
  const { boss, ...queue } = createBoss({ url: databaseUrl, supervise: false, maxConnections: 2, logger });
  cleanup.defer(queue.close);
  await boss.start();
  cleanup.defer(queue.stop);

  const clientKey = 'bench-client-key';
  const [clientSecret, adminKey] = [randomBytes(24).toString('hex'), randomBytes(24).toString('hex')] as const;
  const simulatorProcess = forkChild(new URL('../rig/simulator-process.ts', import.meta.url), signal);
  cleanup.defer(simulatorProcess.end);
  const accounts = [...usualAccounts, ...singleCallAccounts, largeAccount, ...nightAccounts];
  const { url } = z
    .object({ url: z.string() })
    .parse(await simulatorProcess.ask({ clientKey, clientSecret, accounts }));

  const key = randomBytes(32);
  const environment = {
    DATABASE_URL: databaseUrl,
    TIKTOK_CLIENT_KEY: clientKey,
    TIKTOK_CLIENT_SECRET: clientSecret,
    TIKTOK_AUTH_URL: `${url}/v2/auth/authorize/`,
    TIKTOK_API_URL: url,
    TIKTOK_REQUESTS_PER_MINUTE: '10000000',
    TOKEN_ENC_KEY: `1:${key.toString('base64')}`,
    ADMIN_API_KEY: adminKey,
    SYNC_CONCURRENCY: String(concurrency),
  };
  return {
    databaseUrl,
    db: pool.db,
    cipher: createTokenCipher([{ id: '1', key }]),
    simulator: createSimulatorClient(url, signal),
    simulatorPid: simulatorProcess.pid,
    clientKey,
    clientSecret,
    adminKey,
    planner: { db: pool.db, queue: createJobQueue(boss), clock: systemClock, logger, localTime: '00:00' },
    async startApp(roles, more) {
      const logFile = join(dataDir, 'app.log');
      const app = await startApp({
        environment: { ...environment, ...more, ROLES: roles },
        logFile,
        signal,
      });
      cleanup.defer(app.end);
      return app;
    },
    signal,
  };
}

/** Also where it leads to: as root PostgreSQL's directory may be a link to a place that its account can reach. */
async function removeDirectory(path: string): Promise<void> {
  const place = await realpath(path).catch(() => path);
  for (const directory of [place, path]) await rm(directory, { recursive: true, force: true });
}
