import { type Clock, systemClock } from './clock.ts';
import type { Config } from './config.ts';
import { createTokenCipher } from './crypto/token-cipher.ts';
import { createDatabasePool } from './db/client.ts';
import { isDatabaseUnavailable } from './db/unavailable.ts';
import { createApp, createHealthApp } from './http/app.ts';
import type { HttpDependencies } from './http/dependencies.ts';
import { type HttpServer, startServer } from './http/server.ts';
import { createBoss, stopBoss } from './jobs/boss.ts';
import { startDeadLetterWorker } from './jobs/dead-letters.ts';
import { createJobQueue } from './jobs/job-queue.ts';
import { startScheduler } from './jobs/scheduler.ts';
import { startSyncWorkers } from './jobs/sync-workers.ts';
import { errorCodeOf, type Logger } from './logger.ts';
import { installBootstrapKey } from './services/authenticate-admin.ts';
import { planDay } from './services/plan-day.ts';
import { reapAbandoned } from './services/reap-abandoned.ts';
import { createRequestBudget } from './services/request-budget.ts';
import type { SyncDependencies } from './services/sync-store.ts';
import { createTikTokDisplay } from './tiktok/display.ts';
import type { Fetch } from './tiktok/http-call.ts';
import { createTikTokOAuth } from './tiktok/oauth.ts';

const tiktokTimeoutMs = 15_000;
const apiConnections = 10;
const queueConnections = 6;

export interface Harian {
  deps: HttpDependencies & SyncDependencies;
  /** Starts the roles asked for, in order; resolves once all are up. What was started is closed when one fails. */
  start(): Promise<{ port: number }>;
  /** Reverse order: no new requests, no new jobs, jobs in flight drained, connections closed. Safe to call twice. */
  close(): Promise<void>;
}

/** Config → object graph. Opens nothing by itself: the first connection is made by `start` or the first query. */
export function compose(options: {
  config: Config;
  databaseUrl: string;
  logger: Logger;
  fetch?: Fetch;
  clock?: Clock;
}): Harian {
  const { config, databaseUrl, logger, clock = systemClock } = options;
  const fetch = options.fetch ?? globalThis.fetch;
  const pool = createDatabasePool({
    url: databaseUrl,
    maxConnections: apiConnections,
    onError: (error) => logger.warn('database connection lost', { error_code: errorCodeOf(error) }),
  });
  const { db } = pool;
  const works = config.roles.has('worker') || config.roles.has('scheduler');
  const boss = createBoss({ url: databaseUrl, supervise: works, maxConnections: queueConnections, logger });
  const tiktok = { ...config.tiktok, fetch, timeoutMs: tiktokTimeoutMs, clock };
  const up = new Set<string>();

  const deps: Harian['deps'] = {
    db,
    clock,
    logger,
    queue: createJobQueue(boss),
    cipher: createTokenCipher(config.tokenKeys),
    oauth: createTikTokOAuth(tiktok),
    display: createTikTokDisplay({
      ...tiktok,
      budget: createRequestBudget({ db, requestsPerMinute: config.tiktok.requestsPerMinute }),
    }),
    random: Math.random,
    publicUrl: config.publicUrl,
    tiktokOrigin: new URL(config.tiktok.authUrl).origin,
    clientKey: config.tiktok.clientKey,
    clientSecret: config.tiktok.clientSecret,
    simulated: config.tiktok.simulated,
    localTime: config.sync.localTime,
    timezone: config.sync.timezone,
    roles: Object.fromEntries([...config.roles].map((role) => [role, () => up.has(role)])),
    isUnavailable: isDatabaseUnavailable,
  };

  const closers: (() => Promise<void>)[] = [() => pool.close()];
  let server: HttpServer | undefined;
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= (async () => {
      up.clear();
      await server?.close();
      for (const closer of closers.reverse()) {
        await closer().catch((error: unknown) => logger.error('close failed', { error_code: errorCodeOf(error) }));
      }
    })();
    return closing;
  };

  const startRoles = async () => {
    // It listens first, so that a taken port is found before any work begins; `/readyz` tells when the rest is there.
    const app = config.roles.has('api') ? await createApp(deps) : createHealthApp(deps);
    server = await startServer({ fetch: app.fetch, host: config.host, port: config.port });
    await boss.start();
    closers.push(() => stopBoss(boss));
    if (config.roles.has('worker')) {
      await startDeadLetterWorker({ boss, db, clock, logger });
      const workers = await startSyncWorkers({
        boss,
        databaseUrl,
        concurrency: config.sync.concurrency,
        sync: deps,
      });
      // Their connections hold the locks of the jobs in flight, so they close after the boss has drained.
      closers.splice(1, 0, () => workers.close());
      up.add('worker');
    }
    if (config.roles.has('scheduler')) {
      const plan = async (trigger: 'schedule' | 'catch_up') => {
        const { opened, enqueued, missed } = await planDay(deps, trigger);
        logger.info('day planned', { trigger, count: enqueued });
        if (missed > 0) logger.error('days were missed', { count: missed });
        if (opened > 0) logger.info('days opened', { count: opened });
      };
      const scheduler = await startScheduler({
        expression: config.sync.cron,
        catchUp: () => plan('catch_up'),
        plan: () => plan('schedule'),
        reap: () => reapAbandoned(deps),
        logger,
      });
      closers.push(() => scheduler.stop());
      up.add('scheduler');
    }
    if (config.roles.has('api')) {
      if (config.adminApiKey !== null) await installBootstrapKey(db, config.adminApiKey);
      up.add('api');
    }
    return { port: server.port };
  };

  return {
    deps,
    close,
    async start() {
      try {
        return await startRoles();
      } catch (error) {
        await close();
        throw error;
      }
    },
  };
}
