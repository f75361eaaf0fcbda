import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../src/clock.ts';
import { compose, type Harian } from '../../src/compose.ts';
import { type Config, parseConfig } from '../../src/config.ts';
import { createLogger } from '../../src/logger.ts';
import { createSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator/app.ts';
import { noonZone } from './clock.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { openSql } from './sql.ts';

export const adminKey = 'test-admin-key-0123456789-0123456789';
export const clientSecret = 'test-client-secret-canary';

export interface TestHarian {
  harian: Harian;
  simulator: Simulator;
  database: TestDatabase;
  config: Config;
  /** Where it listens. */
  url: string;
  /** Every log line so far. */
  logs: string[];
  /** An admin's request, JSON in and out. */
  api<T = unknown>(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: T; headers: Headers }>;
  close(): Promise<void>;
}

/**
 * The whole program against a simulated TikTok, on a database of its own, listening on a free port. `environment`
 * overrides what it is configured with; `ROLES` is api and worker, so that nothing happens that no test asked for.
 */
export async function startTestHarian(
  options: {
    environment?: Record<string, string>;
    simulator?: Partial<SimulatorOptions>;
    database?: TestDatabase;
    sharedSimulator?: Simulator;
    /** The time of the program and of the simulated TikTok; that of the database and the queue stays the real one. */
    clock?: Clock;
    /** Lets the circuit breaker open. A test lets store after store fail, which to the breaker is an outage. */
    circuitBreaker?: boolean;
    /** Stands between the program and the simulated TikTok: to watch what passes, or to hold it. */
    wrapFetch?: (fetch: Simulator['fetch']) => Simulator['fetch'];
  } = {},
): Promise<TestHarian> {
  const { clock = systemClock, wrapFetch = (fetch) => fetch } = options;
  const database = options.database ?? (await createTestDatabase());
  if (!options.circuitBreaker) await keepCircuitClosed(database.url);
  const port = await freePort();
  const environment = {
    PORT: String(port),
    ROLES: 'api,worker',
    TIKTOK_CLIENT_KEY: 'test-client-key',
    TIKTOK_CLIENT_SECRET: clientSecret,
    TIKTOK_AUTH_URL: 'http://tiktok.test/v2/auth/authorize/',
    TIKTOK_API_URL: 'http://tiktok.test',
    TIKTOK_REQUESTS_PER_MINUTE: '1000000',
    TOKEN_ENC_KEY: `1:${Buffer.alloc(32, 7).toString('base64')}`,
    ADMIN_API_KEY: adminKey,
    SYNC_CONCURRENCY: '4',
    SNAPSHOT_TIMEZONE: noonZone(),
    // A shared machine stands still now and then: that is no trouble of the database.
    DATABASE_TIMEOUT_MS: '20000',
    SPOOL_DIR: await mkdtemp(join(tmpdir(), 'harian-spool-')),
    ...options.environment,
  };
  const config = parseConfig(environment);
  const simulator =
    options.sharedSimulator ??
    createSimulator({
      clientKey: 'test-client-key',
      clientSecret,
      redirectUris: [config.tiktok.redirectUri],
      seed: 7,
      clock,
      requestsPerMinute: 1_000_000,
      webhookUrl: `http://127.0.0.1:${config.port}/webhooks/tiktok`,
      ...options.simulator,
    });
  const logs: string[] = [];
  const logger = createLogger({ level: 'debug', write: (line) => logs.push(line), now: () => new Date() });
  const harian = compose({ config, databaseUrl: database.url, logger, fetch: wrapFetch(simulator.fetch), clock });
  await harian.start();
  const url = `http://127.0.0.1:${config.port}`;
  return {
    harian,
    simulator,
    database,
    config,
    url,
    logs,
    async api(method, path, body) {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${adminKey}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
    },
    async close() {
      await harian.close();
      await rm(config.spoolDir, { recursive: true, force: true });
      if (!options.sharedSimulator) await simulator.close();
      if (!options.database) await database.drop();
    },
  };
}

/** No row of an open breaker can be written. */
async function keepCircuitClosed(url: string): Promise<void> {
  const sql = await openSql(url);
  await sql.query(`
    create or replace function keep_circuit_closed() returns trigger language plpgsql as 'begin return null; end';
    create or replace trigger keep_circuit_closed before insert on circuit_breakers
      for each row execute function keep_circuit_closed()`);
  await sql.close();
}

/** A store code no other test has. */
export const newStoreCode = (prefix = 'store') => `${prefix}-${randomBytes(4).toString('hex')}`;

export async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
