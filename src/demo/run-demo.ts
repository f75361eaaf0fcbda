import { createServer } from 'node:net';
import { systemClock } from '../clock.ts';
import { type Config, ConfigError, parseConfig } from '../config.ts';
import { createTokenCipher } from '../crypto/token-cipher.ts';
import { createDatabasePool } from '../db/client.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../db/embedded-postgres.ts';
import { migrateDatabase } from '../db/migrate.ts';
import { createStoreLockConnection, storeBusy } from '../db/store-lock.ts';
import { listStores } from '../db/stores.ts';
import { startServer } from '../http/server.ts';
import { createLogger, errorCodeOf } from '../logger.ts';
import { runUntilStopped, StartError } from '../run.ts';
import { createConnectLink } from '../services/create-connect-link.ts';
import { createSimulator, type Simulator } from '../simulator/app.ts';
import { createWorld } from '../simulator/world.ts';
import { type DemoKeys, readOrMakeKeys } from './demo-keys.ts';
import { demoAccounts } from './demo-stores.ts';
import { seedDemo } from './seed.ts';

/** What the simulated world looks like; another number is another world. */
const seed = 17;
const clientKey = 'demo-client-key';
const host = '127.0.0.1';
/** No store code has a space in it. */
const lockName = 'the demo';

const configFor = (options: DemoOptions, keys: DemoKeys, simulatorPort: number): Config =>
  parseConfig({
    HOST: host,
    PORT: options.port,
    LOG_LEVEL: options.logLevel || 'warn',
    TIKTOK_CLIENT_KEY: clientKey,
    TIKTOK_CLIENT_SECRET: keys.clientSecret,
    TIKTOK_AUTH_URL: `http://localhost:${simulatorPort}/v2/auth/authorize/`,
    TIKTOK_API_URL: `http://${host}:${simulatorPort}`,
    TOKEN_ENC_KEY: keys.tokenEncKey,
    ADMIN_API_KEY: keys.adminKey,
    SPOOL_DIR: `${options.directory}/spool`,
  });

const portTaken = (port: number) =>
  new StartError(`Port ${port} is taken: stop what listens there, or choose another with PORT=${port + 1}.`);

export interface DemoOptions {
  /** Everything that is kept lies below it. */
  directory: string;
  /** As in the environment; checked here. */
  port: string | undefined;
  logLevel: string | undefined;
  /** Ends it, also in the middle of its start. */
  stopping: AbortSignal;
  write: (text: string) => void;
}

/**
 * PostgreSQL, a simulated TikTok and all roles in this process, until `stopping` aborts. Resolves to a sentence for the
 * user when it could not start, else to null.
 */
export async function runDemo(options: DemoOptions): Promise<string | null> {
  try {
    await run(options);
    return null;
  } catch (error) {
    // Whatever breaks while it is told to stop breaks because of that.
    if (options.stopping.aborted) return null;
    if (error instanceof ConfigError || error instanceof StartError) return error.message;
    return `The demo could not start: ${errorCodeOf(error)}`;
  }
}

async function run(options: DemoOptions): Promise<void> {
  const { directory, stopping, write } = options;
  const keys = await readOrMakeKeys(`${directory}/keys.json`);
  const { port, publicUrl, tiktok } = configFor(options, keys, 0);
  if (!(await isFree(port))) throw portTaken(port);
  write('Starting the demo: PostgreSQL, a simulated TikTok, 25 simulated stores …\n');
  stopping.throwIfAborted();

  await using opened = new AsyncDisposableStack();
  const postgres = await startPostgres(`${directory}/postgres`);
  opened.defer(postgres.stop);
  stopping.throwIfAborted();
  const lock = createStoreLockConnection(postgres.url('harian'));
  opened.defer(lock.close);

  const outcome = await lock.withLock(lockName, async () => {
    const simulator = createSimulator({
      clientKey,
      clientSecret: keys.clientSecret,
      redirectUris: [tiktok.redirectUri],
      seed,
      clock: systemClock,
      journalFile: `${directory}/simulated-tiktok.jsonl`,
      webhookUrl: `http://${host}:${port}/webhooks/tiktok`,
      accounts: [...demoAccounts],
    });
    opened.defer(simulator.close);
    const server = await startServer({ fetch: simulator.app.fetch, host, port: 0 });
    opened.defer(server.close);
    const config = configFor(options, keys, server.port);
    const databaseUrl = postgres.url('harian');
    const link = await prepareDatabase({ config, databaseUrl, simulator });
    stopping.throwIfAborted();
    const logger = createLogger({ level: config.logLevel, write, now: systemClock.now });
    const onReady = () => write(welcome({ directory, publicUrl, adminKey: keys.adminKey, link }));
    await runUntilStopped({ config, databaseUrl, logger, stopping, onReady }).catch((error: unknown) => {
      throw errorCodeOf(error) === 'EADDRINUSE' ? portTaken(port) : error;
    });
  });
  if (outcome === storeBusy) throw new StartError(`The demo of this directory runs already: it uses ${directory}.`);
}

/** Its errors are made for the reader: they say what is missing or end with the server's own log. */
async function startPostgres(dataDir: string): Promise<EmbeddedPostgres> {
  try {
    return await startEmbeddedPostgres({ dataDir, databases: ['harian'] });
  } catch (error) {
    throw new StartError(error instanceof Error ? error.message : errorCodeOf(error));
  }
}

/** Migrates and seeds. Returns a fresh link for a store that waits for its owner, or null when none does. */
async function prepareDatabase(options: {
  config: Config;
  databaseUrl: string;
  simulator: Simulator;
}): Promise<{ url: string; storeCode: string } | null> {
  const { config, databaseUrl, simulator } = options;
  await migrateDatabase(databaseUrl);
  const pool = createDatabasePool({ url: databaseUrl, maxConnections: 1, onError: () => undefined });
  try {
    await seedDemo({
      db: pool.db,
      cipher: createTokenCipher(config.tokenKeys),
      control: simulator.control,
      seed,
      world: createWorld(seed),
      now: systemClock.now(),
      localTime: config.sync.localTime,
    });
    const [waiting] = await listStores(pool.db, { status: 'PENDING', afterCode: null, limit: 1 });
    if (!waiting) return null;
    const { storeCode } = waiting.store;
    const deps = { db: pool.db, clock: systemClock, publicUrl: config.publicUrl };
    const { url } = await createConnectLink(deps, storeCode);
    return { url, storeCode };
  } finally {
    await pool.close();
  }
}

function welcome(demo: {
  directory: string;
  publicUrl: string;
  adminKey: string;
  link: { url: string; storeCode: string } | null;
}): string {
  const link = demo.link
    ? `${demo.link.url}\n           (be the owner of store ${demo.link.storeCode}: the link is for one connection)`
    : 'every store was connected once: make a link in the console';
  return `
Harian demo. Every store, account and number in it is SIMULATED.

  Console  ${demo.publicUrl}
  Key      ${demo.adminKey}
  Connect  ${link}
  Docs     ${demo.publicUrl}/docs
  Check    HARIAN_KEY=KEY npm run smoke -- ${demo.publicUrl}

Ctrl-C stops it; your data stays in ${demo.directory}.
`;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    );
    probe.listen(port, host, () => probe.close(() => resolve(true)));
  });
}
