import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { serve } from '@hono/node-server';
import { createTokenCipher, type TokenCipher } from '../../src/crypto/token-cipher.ts';
import { createDatabasePool, type Database, inTransaction } from '../../src/db/client.ts';
import { startEmbeddedPostgres } from '../../src/db/embedded-postgres.ts';
import { findAccount, findBinaries, makePlace, SERVER_ENV } from '../../src/db/embedded-postgres-host.ts';
import { migrateDatabase } from '../../src/db/migrate.ts';
import { insertStore, updateStore } from '../../src/db/stores.ts';
import { upsertConnectedAccount } from '../../src/db/tiktok-accounts.ts';
import { installQueue } from '../../src/jobs/install-queue.ts';
import { encryptPair } from '../../src/services/token-pair.ts';
import { createSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator/app.ts';
import { nodeOptions, pidOf } from '../rig/child.ts';

export const adminKey = 'chaos-admin-key-0123456789-0123456789';
const clientKey = 'chaos-client-key';
export const clientSecret = 'chaos-client-secret-0123456789';
const tokenKey = Buffer.alloc(32, 9);
const root = fileURLToPath(new URL('../..', import.meta.url));

/** Hours away from its midnight, so that no run crosses one. */
export const chaosTimezone = new Date().getUTCHours() >= 2 && new Date().getUTCHours() < 20 ? 'UTC' : 'Asia/Tokyo';

export interface HarianProcess {
  pid: number;
  url: string;
  /** Log lines and stderr so far. */
  output(): Promise<string>;
  /** SIGKILL, now. Resolves when the process is gone. */
  kill(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** Resolves with the exit code; null when a signal ended it. */
  exited: Promise<number | null>;
  /** A request with the admin's key; the body is parsed JSON, or null when there was none. */
  api<T = unknown>(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; headers: Headers; body: T }>;
}

export interface ServedSimulator {
  url: string;
  simulator: Simulator;
}

/** The ground of every experiment: a real PostgreSQL, the simulated TikTok, Harian in processes of its own. */
export interface Rig {
  cleanup: AsyncDisposableStack;
  /** Empty but migrated, each call a new one. */
  createDatabase(): Promise<string>;
  /** A pool on such a database, closed at the end. */
  openDatabase(url: string): Database;
  /** The server under all of them goes down and comes back: `immediate` as in a crash. Resolves once it is back. */
  restartPostgres(mode: 'fast' | 'immediate'): Promise<void>;
  /** On 127.0.0.1, in this process: its journal and control are at hand. `watch` sees what passes, or holds it. */
  serveSimulator(
    options?: Partial<SimulatorOptions>,
    watch?: (request: Request, answer: () => Promise<Response>) => Promise<Response>,
  ): Promise<ServedSimulator>;
  /** What `npm start` runs, ready. The planted defect, if any, is planted there too. */
  startHarian(options: {
    databaseUrl: string;
    simulatorUrl: string;
    roles?: string;
    environment?: Record<string, string>;
    /** Instead of `src/main.ts`. */
    program?: string;
    /** Does not wait for /readyz. */
    untilReady?: boolean;
  }): Promise<HarianProcess>;
  /** Connected stores, one per account of the simulator, each named as its account; nothing is enqueued. */
  insertStores(db: Database, simulator: Simulator, openIds?: readonly string[]): Promise<void>;
  cipher: TokenCipher;
  /** What Harian is configured with, apart from where database, simulator and port are. */
  environment: Readonly<Record<string, string>>;
  /** The same with the addresses of these two, for a process or a composition of one's own. */
  environmentFor(databaseUrl: string, simulatorUrl: string): Record<string, string>;
  /** A folder of this run's own. */
  directory: string;
}

/** Durable: a commit means here what it means in production. Everything ends with `cleanup`. */
export async function buildRig(options: {
  cleanup: AsyncDisposableStack;
  directory: string;
  seed: number;
  signal: AbortSignal;
}): Promise<Rig> {
  const { cleanup, directory, signal } = options;
  const cipher = createTokenCipher([{ id: '1', key: tokenKey }]);
  const environment = {
    TIKTOK_CLIENT_KEY: clientKey,
    TIKTOK_CLIENT_SECRET: clientSecret,
    TIKTOK_REQUESTS_PER_MINUTE: '1000000',
    TOKEN_ENC_KEY: `1:${tokenKey.toString('base64')}`,
    ADMIN_API_KEY: adminKey,
    SNAPSHOT_TIMEZONE: chaosTimezone,
    SYNC_LOCAL_TIME: '00:00',
    PUBLIC_URL: 'http://localhost:3000',
  };
  const environmentFor = (databaseUrl: string, simulatorUrl: string) => ({
    ...environment,
    DATABASE_URL: databaseUrl,
    TIKTOK_AUTH_URL: `${simulatorUrl}/v2/auth/authorize/`,
    TIKTOK_API_URL: simulatorUrl,
    SPOOL_DIR: join(directory, 'spool'),
  });
  let databases = 0;
  let processes = 0;

  return {
    cleanup,
    cipher,
    environment,
    environmentFor,
    directory,
    async createDatabase() {
      const name = `chaos_${++databases}`;
      const server = await startEmbeddedPostgres({ dataDir: join(directory, 'postgres'), databases: [name] });
      cleanup.defer(server.stop);
      const url = server.url(name);
      await migrateDatabase(url);
      await installQueue(url);
      return url;
    },
    openDatabase(url) {
      const pool = createDatabasePool({ url, maxConnections: 4, onError: () => undefined });
      cleanup.defer(() => pool.close());
      return pool.db;
    },
    async serveSimulator(more = {}, watch = (_request, answer) => answer()) {
      const simulator = createSimulator({
        clientKey,
        clientSecret,
        redirectUris: ['http://localhost:3000/oauth/tiktok/callback'],
        seed: options.seed,
        clock: { now: () => new Date() },
        requestsPerMinute: 1_000_000,
        journalLimit: 1_000_000,
        ...more,
      });
      const server = serve({
        fetch: (request, env) => watch(request, async () => simulator.app.fetch(request, env)),
        hostname: '127.0.0.1',
        port: 0,
      });
      await once(server, 'listening');
      cleanup.defer(async () => {
        if ('closeAllConnections' in server) server.closeAllConnections();
        await new Promise((done) => server.close(done));
        await simulator.close();
      });
      return { simulator, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
    },
    restartPostgres: (mode) => restartPostgres(join(directory, 'postgres'), mode),
    async startHarian({ databaseUrl, simulatorUrl, roles = 'api,worker,scheduler', untilReady = true, ...more }) {
      const port = await findFreePort();
      const url = `http://127.0.0.1:${port}`;
      const logFile = join(directory, `harian-${++processes}.log`);
      const log = createWriteStream(logFile);
      await once(log, 'open');
      const child = spawn(process.execPath, [...nodeOptions, more.program ?? 'src/main.ts'], {
        cwd: root,
        stdio: ['ignore', log, log],
        env: {
          PATH: process.env.PATH,
          ...plantedEnvironment(),
          ...environmentFor(databaseUrl, simulatorUrl),
          PORT: String(port),
          ROLES: roles,
          ...more.environment,
        },
      });
      log.close();
      const exited = once(child, 'exit').then(([code]) => code as number | null);
      cleanup.defer(async () => {
        child.kill('SIGKILL');
        await exited;
      });
      const harian: HarianProcess = {
        pid: pidOf(child),
        url,
        exited,
        output: () => readFile(logFile, 'utf8'),
        async kill() {
          child.kill('SIGKILL');
          await exited;
        },
        signal: (name) => void child.kill(name),
        async api<T>(method: string, path: string, body?: unknown) {
          const response = await fetch(`${url}${path}`, {
            method,
            redirect: 'manual',
            headers: {
              authorization: `Bearer ${adminKey}`,
              ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            },
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
            signal: AbortSignal.any([signal, AbortSignal.timeout(30_000)]),
          });
          const text = await response.text();
          const parsed: unknown = text === '' ? null : JSON.parse(text);
          return { status: response.status, headers: response.headers, body: parsed as T };
        },
      };
      if (untilReady) await waitUntilReady(harian, signal);
      return harian;
    },
    async insertStores(db, simulator, openIds) {
      const wanted = openIds ?? simulator.control.accounts.map((account) => account.openId);
      const connectedAt = new Date();
      await inTransaction(db, async (tx) => {
        for (const openId of wanted) {
          const grant = simulator.control.grant(openId);
          await insertStore(tx, { storeCode: openId, name: openId, timezone: chaosTimezone });
          const pair = encryptPair(cipher, openId, grant, connectedAt);
          await upsertConnectedAccount(tx, { ...pair, storeCode: openId, openId, scopes: grant.scopes, connectedAt });
          await updateStore(tx, openId, { status: 'CONNECTED', connectedAt });
        }
      });
    },
  };
}

async function restartPostgres(dataDir: string, mode: 'fast' | 'immediate'): Promise<void> {
  const account = await findAccount();
  const [{ pgCtl }, place] = await Promise.all([findBinaries(account), makePlace(dataDir, account)]);
  const flags = ['-D', join(place, 'cluster'), '-l', join(place, 'server.log'), '-m', mode, '-w', '-s'];
  // No pipe: the server would inherit it, and its end would never come.
  const child = spawn(pgCtl, ['restart', ...flags], { cwd: place, stdio: 'ignore', env: SERVER_ENV, ...account });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`pg_ctl restart ended with ${code}`);
}

/** What a further process of ours needs so that the defect of this one is planted there too. */
export function plantedEnvironment(): Record<string, string> {
  const { HARIAN_DEFECT: defect, NODE_OPTIONS: options } = process.env;
  return defect && options ? { HARIAN_DEFECT: defect, NODE_OPTIONS: options } : {};
}

/** Far more than a start takes: the machine may be very busy. */
const startMs = 120_000;

async function waitUntilReady(harian: HarianProcess, signal: AbortSignal): Promise<void> {
  const ended = harian.exited.then(() => true as const);
  const deadline = performance.now() + startMs;
  for (;;) {
    const ready = await fetch(`${harian.url}/readyz`, { signal }).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ready) return;
    const isOver = await Promise.race([ended, sleep(50, false as const, { signal })]);
    if (isOver || performance.now() > deadline) throw new Error(`Harian did not start:\n${await harian.output()}`);
  }
}

export async function findFreePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}
