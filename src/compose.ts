import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createChannels } from './channels/create-channels.ts';
import { postOutside } from './channels/post-outside.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Config, Role } from './config.ts';
import { createTokenCipher } from './crypto/token-cipher.ts';
import { createDatabasePool } from './db/client.ts';
import { createDeadNetwork } from './db/dead-network.ts';
import { createExportPool } from './db/export-rows.ts';
import { isDatabaseUnavailable } from './db/unavailable.ts';
import { describeConfig } from './describe-config.ts';
import { noticeChannels } from './domain/notice-kind.ts';
import type { HttpDependencies } from './http/dependencies.ts';
import { type HttpServer, startServer } from './http/server.ts';
import { createBoss } from './jobs/boss.ts';
import { startDeadLetterWorker } from './jobs/dead-letters.ts';
import { createDeliveryQueue } from './jobs/delivery-queue.ts';
import { type DeliveryWorkers, startDeliveryWorkers } from './jobs/delivery-workers.ts';
import { startHeartbeat } from './jobs/heartbeat.ts';
import { createJobQueue } from './jobs/job-queue.ts';
import { createNoticeQueue } from './jobs/notice-queue.ts';
import { type NoticeWorkers, startNoticeWorkers } from './jobs/notice-workers.ts';
import { nextTicks, type Scheduler, startScheduler } from './jobs/scheduler.ts';
import { type SyncWorkers, startSyncWorkers } from './jobs/sync-workers.ts';
import { errorCodeOf, type Logger } from './logger.ts';
import { createMetrics } from './metrics/metrics.ts';
import { installBootstrapKey } from './services/authenticate-admin.ts';
import { maxExports } from './services/export-rows.ts';
import { keepVideoAges } from './services/keep-video-ages.ts';
import { lookForNotices } from './services/look-for-notices.ts';
import { createPairsInHand } from './services/pairs-in-hand.ts';
import { planDay } from './services/plan-day.ts';
import { queueDeliveries } from './services/queue-deliveries.ts';
import { createCoverageReader } from './services/read-coverage.ts';
import { createFleetReader } from './services/read-fleet.ts';
import { createQueueReader } from './services/read-queue.ts';
import { reapAbandoned } from './services/reap-abandoned.ts';
import { keepReplaying } from './services/replay-spool.ts';
import { createRequestBudget } from './services/request-budget.ts';
import { sweepOldRows } from './services/sweep-old-rows.ts';
import type { SyncDependencies } from './services/sync-store.ts';
import { createTokenSpool } from './spool/token-spool.ts';
import { createTikTokDisplay } from './tiktok/display.ts';
import type { Fetch } from './tiktok/http-call.ts';
import { createLeanFetch } from './tiktok/lean-fetch.ts';
import { createTikTokOAuth } from './tiktok/oauth.ts';

const tiktokTimeoutMs = 15_000;
const apiConnections = 10;
const queueConnections = 6;
const planConnections = 2;
const planQueryMs = 15_000;
/** A role that did nothing for so long does not work: a worker looks every second, a scheduler every ten. */
const workerSilenceMs = 15_000;
const schedulerSilenceMs = 30_000;
/** What a stop waits for a planning or keeping under way, and then for all connections to end: the network may be dead. */
const underWayMs = 16_000;
const closeMs = 4_000;

export interface Harian {
  deps: HttpDependencies & SyncDependencies;
  /** Starts the roles asked for, in order; resolves once all are up. What was started is closed when one fails. */
  start(): Promise<{ port: number }>;
  /**
   * No new requests, no new jobs; those in flight end, or are given back; then connections close, in reverse order.
   * Resolves within 25 s, also when the database is away. Safe to call twice.
   */
  close(): Promise<void>;
}

/** The routes of the API are loaded only where they are served: they would be a tenth of a worker's memory. */
async function loadApp(servesApi: boolean, deps: HttpDependencies) {
  if (servesApi) return (await import('./http/app.ts')).createApp(deps);
  return (await import('./http/health-app.ts')).createHealthApp(deps);
}

/** Config → object graph. Opens nothing by itself: the first connection is made by `start` or the first query. */
export function compose(options: {
  config: Config;
  databaseUrl: string;
  logger: Logger;
  /** Which of the two addresses lead through a transaction pooler; the first one may only where the API is the one role. */
  pooled?: { main: boolean; read: boolean };
  fetch?: Fetch;
  clock?: Clock;
}): Harian {
  const { config, databaseUrl, logger, clock = systemClock, pooled = { main: false, read: false } } = options;
  const fetch = options.fetch ?? createLeanFetch();
  const onDatabaseError = (error: unknown) =>
    logger.warn('database connection lost', { error_code: errorCodeOf(error) });
  const queryTimeoutMs = config.databaseTimeoutMs;
  const network = createDeadNetwork();
  const pool = createDatabasePool({
    url: databaseUrl,
    network,
    maxConnections: apiConnections,
    queryTimeoutMs,
    pooled: pooled.main,
    onError: onDatabaseError,
  });
  const { db } = pool;
  // For work that nobody waits for: planning a large fleet may take longer than a request may.
  const patient = createDatabasePool({
    url: databaseUrl,
    network,
    maxConnections: planConnections,
    queryTimeoutMs: Math.max(planQueryMs, queryTimeoutMs),
    pooled: pooled.main,
    onError: onDatabaseError,
  });
  const { databaseReadUrl } = config;
  const readNetwork = databaseReadUrl === null ? network : createDeadNetwork();
  const readPool =
    databaseReadUrl === null
      ? null
      : createDatabasePool({
          url: databaseReadUrl,
          maxConnections: apiConnections,
          queryTimeoutMs,
          pooled: pooled.read,
          network: readNetwork,
          onError: onDatabaseError,
        });
  const exports = createExportPool({
    url: databaseReadUrl ?? databaseUrl,
    maxConnections: maxExports,
    pooled: databaseReadUrl === null ? pooled.main : pooled.read,
    network: readNetwork,
    onError: onDatabaseError,
  });
  const supervise = config.roles.has('worker') || config.roles.has('scheduler');
  const queue = createBoss({
    url: databaseUrl,
    network,
    supervise,
    maxConnections: queueConnections,
    queryTimeoutMs,
    pooled: pooled.main,
    logger,
  });
  const { boss } = queue;
  const tiktok = { ...config.tiktok, fetch, timeoutMs: tiktokTimeoutMs, clock };
  const up = new Set<string>();
  const stopping = new AbortController();
  /** Jobs in flight may ask TikTok to their end: only who waits after that is let go. */
  const drained = new AbortController();

  const pairsInHand = createPairsInHand();
  const configured = describeConfig(config, (count) => nextTicks(config.sync.cron, count));
  const metrics = createMetrics({
    state: {
      versions: configured.versions,
      pools: {
        requests: pool.counts,
        ...(readPool && { numbers: readPool.counts }),
        background: patient.counts,
        queue: queue.counts,
      },
      pairsInHand: pairsInHand.count,
    },
    readFleet: () => readFleet(),
    logger,
  });
  const { observe } = metrics;
  const requests = createRequestBudget({
    db,
    requestsPerMinute: config.tiktok.requestsPerMinute,
    logger,
    observe,
    random: Math.random,
    stopping: drained.signal,
  });

  const counting = {
    db,
    clock,
    timezone: config.sync.timezone,
    localTime: config.sync.localTime,
    requestsPerMinute: config.tiktok.requestsPerMinute,
  };
  const deps: Harian['deps'] = {
    ...counting,
    readQueue: createQueueReader(counting),
    readCoverage: createCoverageReader(counting),
    readDb: readPool?.db ?? db,
    exports,
    logger,
    observe,
    metrics,
    processId: randomUUID(),
    stopping: stopping.signal,
    lastCall: drained.signal,
    pairsInHand,
    queue: createJobQueue(boss),
    cipher: createTokenCipher(config.tokenKeys),
    spool: createTokenSpool(config.spoolDir),
    oauth: createTikTokOAuth({ ...tiktok, observe }),
    display: createTikTokDisplay({ ...tiktok, budget: requests, observe }),
    requests,
    random: Math.random,
    publicUrl: config.publicUrl,
    allowLoopback: !config.production,
    tiktokOrigin: new URL(config.tiktok.authUrl).origin,
    clientKey: config.tiktok.clientKey,
    clientSecret: config.tiktok.clientSecret,
    simulated: config.tiktok.simulated,
    roles: Object.fromEntries([...config.roles].map((role) => [role, () => works(role)])),
    isUnavailable: isDatabaseUnavailable,
    configured,
  };
  const readFleet = createFleetReader(deps);

  let workers: SyncWorkers | undefined;
  let scheduler: Scheduler | undefined;
  let noticeWorkers: NoticeWorkers | undefined;
  let deliveryWorkers: DeliveryWorkers | undefined;
  const works = (role: Role) => {
    if (!up.has(role)) return false;
    if (role === 'worker') return (workers?.idleForMs() ?? Infinity) < workerSilenceMs;
    if (role === 'scheduler') return (scheduler?.idleForMs() ?? Infinity) < schedulerSilenceMs;
    return true;
  };

  const closers: (() => Promise<void>)[] = [() => pool.close(), () => patient.close(), exports.close, queue.close];
  if (readPool) closers.push(() => readPool.close());
  let server: HttpServer | undefined;
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= (async () => {
      stopping.abort();
      up.clear();
      const patience = sleep(underWayMs, undefined, { ref: false });
      const told = Promise.all([noticeWorkers?.stop(), deliveryWorkers?.stop()]);
      const planned = Promise.race([Promise.all([scheduler?.stop(), told]), patience]);
      const [hasDrained] = await Promise.all([workers?.drain() ?? true, server?.close(), planned]);
      // A pair that neither database nor disk has taken is worth the time that a job in flight would get.
      await Promise.race([pairsInHand.settled(), patience]);
      drained.abort();
      // What hangs on is left to the heartbeat: pg-boss would fail it.
      if (hasDrained) closers.push(queue.stop);
      else logger.error('jobs in flight did not end in time');
      closers.push(() => pairsInHand.settled());
      const enough = sleep(closeMs, undefined, { ref: false });
      for (const closer of closers.reverse()) {
        await Promise.race([closer(), enough]).catch((error: unknown) =>
          logger.warn('close failed', { error_code: errorCodeOf(error) }),
        );
      }
    })();
    return closing;
  };

  const startRoles = async () => {
    // It listens first, so that a taken port is found before any work begins; `/readyz` tells when the rest is there.
    const app = await loadApp(config.roles.has('api'), deps);
    server = await startServer({
      fetch: app.fetch,
      host: config.host,
      port: config.port,
      https: config.publicUrl.startsWith('https:'),
    });
    await boss.start();
    if (config.roles.has('api')) {
      if (config.adminApiKey !== null) await installBootstrapKey(deps, config.adminApiKey);
      up.add('api');
    }
    const heartbeat = await startHeartbeat({
      db,
      processId: deps.processId,
      roles: [...config.roles],
      startedAt: clock.now(),
      workerAgeMs: () => workers?.idleForMs() ?? null,
      schedulerAgeMs: () => scheduler?.idleForMs() ?? null,
      logger,
    });
    closers.push(() => heartbeat.stop());
    if (config.roles.has('worker')) {
      await deps.spool.prepare();
      const replaying = keepReplaying(deps, stopping.signal);
      closers.push(() => replaying);
      await startDeadLetterWorker({ boss, db, clock, logger });
      workers = startSyncWorkers({
        onNewJob: queue.onNewJob,
        boss,
        databaseUrl,
        databaseTimeoutMs: queryTimeoutMs,
        network,
        concurrency: config.sync.concurrency,
        sync: deps,
      });
      closers.push(workers.close);
      deliveryWorkers = await startDeliveryWorkers({
        boss,
        deliver: { ...deps, post: postOutside },
        logger,
        observe,
      });
      up.add('worker');
    }
    if (config.roles.has('scheduler')) {
      const plan = async (trigger: 'schedule' | 'catch_up') => {
        const { opened, enqueued, missed } = await planDay({ ...deps, db: patient.db }, trigger);
        logger.info('day planned', { trigger, count: enqueued });
        if (missed > 0) logger.error('days were missed', { count: missed });
        if (opened > 0) logger.info('days opened', { count: opened });
      };
      const channels = await createChannels(config, clock);
      const look = {
        ...deps,
        db: patient.db,
        notices: createNoticeQueue(boss),
        channels: noticeChannels.filter((channel) => channels[channel]),
      };
      scheduler = await startScheduler({
        expression: config.sync.cron,
        catchUp: () => plan('catch_up'),
        plan: () => plan('schedule'),
        reap: () => reapAbandoned({ ...deps, db: patient.db }),
        deliver: async () => {
          await queueDeliveries({ db: patient.db, deliveries: createDeliveryQueue(boss) });
        },
        sweep: async () => {
          const sweep = { ...deps, db: patient.db, keep: config.keep };
          // First: it rests on days that may be past their time.
          await keepVideoAges(sweep);
          await sweepOldRows(sweep);
        },
        notice: look.channels.length > 0 ? () => lookForNotices(look) : null,
        logger,
      });
      noticeWorkers = await startNoticeWorkers({ boss, channels, deliver: look, logger });
      up.add('scheduler');
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
