import { randomUUID } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import { planDay } from '../../src/services/plan-day.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { adminKey, startTestHarian, type TestHarian } from '../support/harian.ts';
import { readDashboard, type Scrape, scrape } from '../support/prometheus.ts';
import { type AlertRule, hasPromtool, judge, judgeQueries, readAlertRules } from '../support/promtool.ts';
import { createStoreDriver, type StoreDriver, smallAccounts } from '../support/store-driver.ts';

// promtool is judge: it gets what a running Harian really answers, before a fault and with it, stretched over hours.

vi.setConfig({ testTimeout: 180_000, maxConcurrency: 4 });

interface Scene extends StoreDriver {
  harian: TestHarian;
  /** Another process on the same database. */
  other: TestHarian | null;
  /** Until the look at the fleet that all share is over, and then as Prometheus sees it. */
  readLater(isSo: (now: Scrape) => boolean): Promise<Scrape>;
}

/** What a fault leaves behind: what `/metrics` says then. Null: nothing. */
type Fault = (scene: Scene) => Promise<Scrape | null>;

const has =
  (name: string, labels: Record<string, string>, least = 1) =>
  (now: Scrape) =>
    (now.value(name, labels) ?? 0) >= least;
const read = ({ harian }: Scene) => scrape(harian.url, adminKey);

/** Syncs each of so many stores once; their first runs have ended. */
async function syncStores(
  scene: Scene,
  count: number,
  prepare: (store: { storeCode: string; openId: string }) => unknown,
) {
  for (let index = 0; index < count; index++) {
    const store = await scene.newStore({ timezone: scene.harian.config.sync.timezone });
    await prepare(store);
    const jobId = await scene.resync(store);
    await scene.untilRunEnded(jobId);
  }
}
const insertBreaker = (sql: Scene['sql']) =>
  sql.query(
    `insert into circuit_breakers (endpoint, state, opened_at, probe_at)
     values ('user/info', 'open', now() - interval '20 minutes', now() + interval '1 minute')`,
  );
const invalidGrant = {
  endpoint: 'token',
  kind: 'oauth_error',
  code: 'invalid_grant',
  status: 400,
  times: null,
} as const;

/**
 * One way for each alert in which it comes to be. `roles` of the process that is scraped are api alone where none is named;
 * `beside`: another process has this one.
 */
const faults: Record<string, { roles?: string; beside?: string; circuitBreaker?: boolean; make: Fault }> = {
  HarianDown: {
    async make(scene) {
      await scene.harian.harian.close();
      return read(scene).catch(() => null);
    },
  },
  HarianFleetUnknown: {
    async make(scene) {
      await scene.sql.query('alter table request_budgets rename to away');
      return scene.readLater((now) => now.value('harian_fleet_readable') === 0);
    },
  },
  HarianNoWorker: { beside: 'worker', make: (scene) => endOther(scene, 'worker') },
  HarianNoScheduler: { beside: 'scheduler', make: (scene) => endOther(scene, 'scheduler') },
  HarianNobodyReads: {
    async make(scene) {
      await scene.resync(await scene.newStore({ timezone: scene.harian.config.sync.timezone }));
      return scene.readLater(has('harian_coverage_waiting', { for: 'worker' }));
    },
  },
  HarianStoresOverdue: {
    roles: 'api,worker',
    async make(scene) {
      scene.harian.harian.deps.random = () => 8;
      await syncStores(scene, 1, (store) =>
        scene.fault(store, { endpoint: 'user/info', kind: 'internal_error', times: null }),
      );
      await scene.sql.query(`update store_days set created_at = now() - interval '2 hours'`);
      return scene.readLater(
        (now) => has('harian_coverage_overdue', {})(now) && has('harian_coverage_waiting', { for: 'retry' })(now),
      );
    },
  },
  HarianDaysMissed: {
    async make(scene) {
      const { storeCode } = await scene.newStore({ timezone: scene.harian.config.sync.timezone });
      // Nobody planned for two days.
      await scene.sql.query(
        `insert into store_days (store_code, snapshot_date, state, captured_at)
         select store_code, (now() at time zone timezone)::date - 2, 'complete', now() from stores where store_code = $1`,
        [storeCode],
      );
      await planDay(scene.harian.harian.deps, 'catch_up');
      return scene.readLater(has('harian_coverage_missed', { cause: 'harian' }));
    },
  },
  HarianSyncsFail: {
    roles: 'api,worker',
    async make(scene) {
      await syncStores(scene, 2, (store) => scene.fault(store, { endpoint: 'user/info', kind: 'internal_error' }));
      return read(scene);
    },
  },
  HarianBreakerOpen: {
    circuitBreaker: true,
    async make(scene) {
      await insertBreaker(scene.sql);
      return scene.readLater(has('harian_breaker_open_seconds', { endpoint: 'user/info' }, 900));
    },
  },
  HarianRateLimited: {
    roles: 'api,worker',
    async make(scene) {
      await syncStores(scene, 2, (store) => scene.fault(store, { endpoint: 'video/list', kind: 'rate_limited' }));
      return read(scene);
    },
  },
  HarianManyReconnects: {
    roles: 'api,worker',
    async make(scene) {
      await syncStores(scene, 5, async (store) => {
        await scene.expireAccessToken(store);
        scene.fault(store, invalidGrant);
      });
      return scene.readLater(has('harian_stores', { status: 'NEED_RECONNECT' }, 5));
    },
  },
  HarianRefreshUnknown: {
    roles: 'api,worker',
    async make(scene) {
      scene.harian.harian.deps.random = () => 8;
      await syncStores(scene, 1, async (store) => {
        await scene.expireAccessToken(store);
        scene.fault(store, { endpoint: 'token', kind: 'reset', times: null });
      });
      return scene.readLater(has('harian_tokens_in_doubt', {}));
    },
  },
  HarianTokenLost: {
    roles: 'api,worker',
    async make(scene) {
      await syncStores(scene, 1, async (store) => {
        await scene.expireAccessToken(store);
        await scene.sql.query(`update tiktok_accounts set refresh_state = 'OUTCOME_UNKNOWN'`);
        scene.fault(store, invalidGrant);
      });
      return read(scene);
    },
  },
  HarianPairInMemory: {
    async make(scene) {
      const kept = Promise.withResolvers<void>();
      scene.harian.harian.deps.pairsInHand.hold('somebody', kept.promise);
      const now = await read(scene);
      kept.resolve();
      return now;
    },
  },
  HarianTokensExpire: {
    async make(scene) {
      await scene.newStore();
      await scene.sql.query(`update tiktok_accounts set refresh_expires_at = now() + interval '6 days'`);
      return scene.readLater(has('harian_tokens_ending', { within: '7d' }));
    },
  },
  HarianJobsSetAside: {
    async make(scene) {
      await scene.resync(await scene.newStore({ timezone: scene.harian.config.sync.timezone }));
      await scene.sql.query(`update store_days set reason = 'KILLED_WORKER', retry_after = now() + interval '1 hour'`);
      return scene.readLater(has('harian_coverage_set_aside', {}));
    },
  },
  HarianWebhookFailing: {
    async make(scene) {
      await scene.sql.query(
        `insert into webhooks (id, url, events, enabled, secret_encrypted, created_at, since, failing_since)
         values ($1, 'https://example.com', '{day.closed}', true, '', now(), now(), now() - interval '4 hours')`,
        [randomUUID()],
      );
      return scene.readLater(has('harian_webhook_failing_seconds', {}, 4 * 3_600));
    },
  },
  HarianMonthsNotMade: {
    async make(scene) {
      await scene.sql.query(
        `do $$ declare part regclass; begin
           for part in select inhrelid::regclass from pg_inherits where inhparent = 'video_daily'::regclass
             and inhrelid <> 'video_daily_earlier'::regclass order by inhrelid desc limit 2
           loop execute format('drop table %s', part); end loop; end $$`,
      );
      return scene.readLater((now) => (now.value('harian_months_ahead_days') ?? 60) < 60);
    },
  },
  HarianPoolExhausted: {
    async make(scene) {
      const { db } = scene.harian.harian.deps;
      let isOver = false;
      const crowd = Array.from({ length: 25 }, async () => {
        while (!isOver) await db.transaction((tx) => tx.execute('select pg_sleep(0.1)'));
      });
      const now = await scene.readLater(has('harian_database_waiting', { pool: 'requests' }));
      isOver = true;
      await Promise.all(crowd);
      return now;
    },
  },
  HarianEventLoopLag: {
    async make(scene) {
      await read(scene);
      // Again and again: of a machine that is busy besides, one time would be less than a hundredth.
      for (let times = 0; times < 6; times += 1) {
        const until = performance.now() + 600;
        while (performance.now() < until);
        await new Promise(setImmediate);
      }
      return read(scene);
    },
  },
  HarianErrors: {
    async make(scene) {
      await scene.sql.query('alter table audit_log rename to away');
      for (let count = 0; count < 3; count++) await scene.harian.api('GET', '/api/audit');
      return read(scene);
    },
  },
};

async function endOther(scene: Scene, role: string): Promise<Scrape> {
  await scene.other?.close();
  return scene.readLater((now) => now.value('harian_live_processes', { role }) === 0);
}

interface SceneOptions {
  roles: string;
  beside?: string | undefined;
  circuitBreaker?: boolean | undefined;
}

async function openScene(options: SceneOptions, database: TestDatabase): Promise<Scene> {
  const { circuitBreaker = false } = options;
  const start = (ROLES: string) =>
    startTestHarian({
      database,
      circuitBreaker,
      environment: { ROLES, SYNC_CRON: '0 0 1 1 *' },
      simulator: { accounts: smallAccounts(8, 3) },
    });
  const harian = await start(options.roles);
  const driver = await createStoreDriver(harian);
  const scene: Scene = {
    ...driver,
    harian,
    other: options.beside === undefined ? null : await start(options.beside),
    readLater: (isSo) =>
      vi.waitFor(
        async () => {
          const now = await read(scene);
          expect(isSo(now), 'it came to be').toBe(true);
          return now;
        },
        { timeout: 60_000, interval: 200 },
      ),
    async close() {
      await driver.close();
      await scene.other?.close();
      await harian.close();
    },
  };
  return scene;
}

async function withScene<T>(options: SceneOptions, work: (scene: Scene) => Promise<T>): Promise<T> {
  const database = await createTestDatabase();
  const scene = await openScene(options, database);
  try {
    return await work(scene);
  } finally {
    await scene.close();
    await database.drop();
  }
}

/** A busy machine stands still now and then, and that is not what is looked for here. */
const readUndisturbed = (scene: Scene) =>
  scene.readLater((now) => (now.value('nodejs_eventloop_lag_p99_seconds') ?? 0) < 0.2);

const rules = await readAlertRules();
const minuteOf = (hours: number) => hours * 60;

test('every alert has a fault that shows it, and every fault its alert', () => {
  expect(Object.keys(faults).toSorted()).toEqual(rules.map(({ name }) => name).toSorted());
});

describe.skipIf(!(await hasPromtool))('judged by promtool', () => {
  test('on a clean day, on which stores are read and tokens refreshed, none fires, and every panel shows something', async () => {
    await withScene({ roles: 'api,worker,scheduler' }, async (scene) => {
      await scene.readLater(has('harian_live_processes', { role: 'worker' }));
      const from = await scene.readLater(has('harian_live_processes', { role: 'scheduler' }));
      await syncStores(scene, 3, (store) => scene.expireAccessToken(store));
      await scene.harian.api('GET', '/api/stores');
      const to = await readUndisturbed(scene);
      expect(to.value('harian_token_refreshes_total', { outcome: 'stored' })).toBe(3);
      expect(
        await judge(
          [{ minutes: minuteOf(24), from, to }],
          Array.from({ length: 24 }, (_, hour) => ({ atMinute: minuteOf(hour) + 59, alert: null, fires: false })),
        ),
      ).toBeNull();
      const panels = await readDashboard();
      expect(panels.length).toBeGreaterThan(20);
      expect(
        await judgeQueries(
          [{ minutes: minuteOf(2), from, to }],
          panels.map(({ query }) => ({ atMinute: minuteOf(1), query, isEmpty: false })),
        ),
      ).toBeNull();
    });
  });

  test('a long night at TikTok’s limit is no fault: due stores wait for hours, while workers read', async () => {
    await withScene({ roles: 'api,worker,scheduler' }, async (scene) => {
      const { sql } = scene;
      const from = await scene.readLater(has('harian_live_processes', { role: 'scheduler' }));
      await syncStores(scene, 2, () => undefined);
      // One that is being read and two that wait. Nobody takes them: for the queue it is an hour too early.
      for (let count = 0; count < 3; count++) {
        const store = await scene.newStore({ timezone: scene.harian.config.sync.timezone });
        await sql.query(
          `insert into store_days (store_code, snapshot_date, created_at, job_id)
           select store_code, (now() at time zone timezone)::date, now() - interval '5 hours', gen_random_uuid()
           from stores where store_code = $1`,
          [store.storeCode],
        );
        await sql.query(
          `insert into pgboss.job (id, name, data, state, start_after, started_on, singleton_key, policy, expire_seconds)
           select job_id, 'sync-store', '{}', $2::pgboss.job_state, now() + interval '1 hour', now(), store_code, 'exclusive', 3600
           from store_days where store_code = $1`,
          [store.storeCode, count === 0 ? 'active' : 'created'],
        );
      }
      await sql.query(
        `insert into request_budgets (endpoint, next_at) values ('user/info', now() + interval '1 hour')
         on conflict (endpoint) do update set next_at = excluded.next_at`,
      );
      const to = await scene.readLater(
        (now) => has('harian_coverage_overdue', {}, 3)(now) && has('harian_queue_jobs', { state: 'active' })(now),
      );
      expect(to.value('harian_coverage_waiting', { for: 'worker' })).toBe(2);
      const calm = (minute: number) => ({ atMinute: minute, alert: null, fires: false });
      expect(
        await judge(
          [{ minutes: minuteOf(6), from, to }],
          [1, 2, 3, 4, 5].map((hour) => calm(minuteOf(hour) + 59)),
        ),
      ).toBeNull();
    });
  });

  test.concurrent.for(rules)('$name is silent before its fault, and fires by it', async (rule: AlertRule) => {
    const { roles = 'api', beside, circuitBreaker, make } = faults[rule.name] ?? {};
    if (!make) throw new Error('no fault');
    await withScene({ roles, beside, circuitBreaker }, async (scene) => {
      if (beside !== undefined) await scene.readLater(has('harian_live_processes', { role: beside }));
      const before = await readUndisturbed(scene);
      const after = await make(scene);
      const beginsAt = 90;
      const minutes = rule.forMinutes + 30;
      expect(
        await judge(
          [
            { minutes: beginsAt, from: before, to: before },
            { minutes, from: before, to: after },
          ],
          [
            { atMinute: beginsAt - 1, alert: rule.name, fires: false },
            // Not before its time, but for one that does not wait.
            ...(rule.forMinutes > 0
              ? [{ atMinute: beginsAt + rule.forMinutes - 1, alert: rule.name, fires: false }]
              : []),
            { atMinute: beginsAt + minutes - 1, alert: rule.name, fires: true },
          ],
        ),
      ).toBeNull();
    });
  });
});
