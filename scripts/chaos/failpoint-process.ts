import { AsyncLocalStorage } from 'node:async_hooks';
import { type FileHandle, open } from 'node:fs/promises';
import { callbackify } from 'node:util';
import pg from 'pg';
import type { z } from 'zod';
import { compose } from '../../src/compose.ts';
import { parseConfig } from '../../src/config.ts';
import { createStoreLockConnection } from '../../src/db/store-lock.ts';
import { createBoss } from '../../src/jobs/boss.ts';
import { createJobQueue } from '../../src/jobs/job-queue.ts';
import { createLogger } from '../../src/logger.ts';
import { completeConnect } from '../../src/services/complete-connect.ts';
import { getUsableToken } from '../../src/services/refresh-token.ts';
import { syncStore } from '../../src/services/sync-store.ts';
import { orderSchema, type reportSchema } from './failpoint-order.ts';
import { claimJobs } from './services.ts';
import { createWalk, type Walk, type When } from './walk.ts';

// Walks many flows side by side, each up to its own point, and dies of SIGKILL with every one of them standing there.
// The points are found, not listed: each statement, HTTP call and fsync that a flow comes by, in the order it does.

const walks = new AsyncLocalStorage<Walk>();

/** What stands still is held on to: else it would be collected as garbage, and its open files with it. */
const standing: unknown[] = [];

/** Never: whatever asked is at its end. */
const forever = () => new Promise<never>((resolve) => standing.push(resolve));

wrapQueries();
await wrapFsync();
process.on('disconnect', () => process.exit(0));
process.once('message', (message) => {
  void run(orderSchema.parse(message)).then(
    (report) => process.send?.(report, () => process.kill(process.pid, 'SIGKILL')),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});

async function run(order: z.output<typeof orderSchema>): Promise<z.input<typeof reportSchema>> {
  const config = parseConfig(process.env);
  const logger = createLogger({ level: 'silent', write: () => undefined, now: () => new Date() });
  // Nobody in here looks after the jobs of the dead.
  const { boss } = createBoss({ url: order.databaseUrl, supervise: false, maxConnections: 2, logger });
  await boss.start();
  const queue = createJobQueue(boss);
  // All there are: what an earlier death left behind must not stand before the jobs of these flows.
  const claims = await claimJobs(boss, 10_000);

  const follow = async ({ flow, storeCode, trip }: z.output<typeof orderSchema>['flows'][number]) => {
    // Connections, pool and bookings of its own: a flow that stands still must not hold up another.
    const harian = compose({ config, databaseUrl: order.databaseUrl, logger, fetch: observedFetch });
    const deps = { ...harian.deps, queue };
    const lock = createStoreLockConnection(order.databaseUrl);
    switch (flow) {
      case 'connect':
        if (trip === null) throw new Error('a connect without a trip');
        return completeConnect(deps, { ...trip, error: null });
      case 'refresh':
      case 'refresh-spooled':
        return lock.withLock(storeCode, async ({ db }) => {
          const { outcome } = await getUsableToken(deps, db, storeCode, null);
          return outcome;
        });
      case 'sync': {
        const claim = claims.get(storeCode);
        if (!claim) throw new Error(`${storeCode} has no job`);
        return syncStore(deps, lock, claim);
      }
    }
  };

  return Promise.all(
    order.flows.map(async (one) => {
      const walk = createWalk(one.point, one.flow === 'refresh-spooled' ? 1 : 0);
      const ended = walks
        .run(walk, () => follow(one))
        .then(
          (result) => `it ended: ${JSON.stringify(result)}`,
          (error: unknown) => `it threw ${String(error)}`,
        );
      return { end: await Promise.race([walk.stands, ended]), points: walk.points };
    }),
  );
}

/** Passes a flow's own operation on, unless the flow stands before or after it. */
async function pass<T>(kind: 'sql' | 'http' | 'fsync', name: string, operation: () => Promise<T>): Promise<T> {
  const walk = walks.getStore();
  if (!walk) return operation();
  const goOn = walk.come(`${kind} ${name}`);
  const at = (when: When) => (goOn(when) ? undefined : forever());
  await at('before');
  try {
    return await operation();
  } finally {
    await at('after');
  }
}

async function observedFetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init);
  return pass('http', `${request.method} ${new URL(request.url).pathname}`, async () => {
    const answer = await fetch(request);
    // The whole answer is here when the call is over.
    return new Response(await answer.arrayBuffer(), answer);
  });
}

function wrapQueries(): void {
  const { query } = pg.Client.prototype;
  const ask = query as (this: pg.Client, ...args: unknown[]) => Promise<unknown>;
  pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
    if (!walks.getStore()) return ask.apply(this, args);
    const callback = args.at(-1);
    const [first] = args;
    const text = typeof first === 'string' ? first : String(Reflect.get(Object(first), 'text'));
    const questions = typeof callback === 'function' ? args.slice(0, -1) : args;
    const operation = async () => {
      const isNewPair = /^update "tiktok_accounts" set .*"refresh_token_encrypted" = \$/.test(text);
      if (isNewPair && walks.getStore()?.takeOutage()) {
        throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      }
      return ask.apply(this, questions);
    };
    const answer = pass('sql', text.replace(/\s+/g, ' ').trim().slice(0, 64), operation);
    if (typeof callback !== 'function') return answer;
    callbackify(() => answer)(callback as (error: unknown, result?: unknown) => void);
    return undefined;
  } as typeof query;
}

async function wrapFsync(): Promise<void> {
  const handle = await open(import.meta.filename);
  const prototype: Pick<FileHandle, 'sync' | 'datasync'> = Object.getPrototypeOf(handle);
  await handle.close();
  for (const name of ['sync', 'datasync'] as const) {
    const original = prototype[name];
    prototype[name] = function (this: FileHandle) {
      return pass('fsync', name, () => original.call(this));
    };
  }
}
