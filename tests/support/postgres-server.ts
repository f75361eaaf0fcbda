import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../src/db/embedded-postgres.ts';

const run = promisify(execFile);

/** `url` names a database to connect to first; its role may create databases and roles, and need not be a superuser. */
export interface TestServer {
  source: 'TEST_DATABASE_URL' | 'testcontainers' | 'embedded';
  url: string;
  stop(): Promise<void>;
}

/**
 * `TEST_DATABASE_URL`, else a container, else embedded. An image asked for by name must work: falling back would hide
 * that it did not.
 */
export async function startTestServer(env: NodeJS.ProcessEnv): Promise<TestServer> {
  const url = env.TEST_DATABASE_URL;
  if (url) return { source: 'TEST_DATABASE_URL', url, stop: async () => undefined };
  const image = env.TEST_POSTGRES_IMAGE;
  if (image) return startContainer(image);
  const defaultImage = 'postgres:18-alpine';
  if (await hasImage(defaultImage)) return startContainer(defaultImage);
  return startEmbedded();
}

async function hasImage(image: string): Promise<boolean> {
  const docker = (args: string[], timeoutMs: number) =>
    run('docker', args, { timeout: timeoutMs }).then(
      () => true,
      () => false,
    );
  if (!(await docker(['version'], 5_000))) return false;
  return (await docker(['image', 'inspect', image], 5_000)) || (await docker(['pull', '--quiet', image], 60_000));
}

async function startContainer(image: string): Promise<TestServer> {
  const { PostgreSqlContainer } = await import('@testcontainers/postgresql');
  const flags = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=200'];
  // A server that breaks down in the middle explains every failure after it: said where the output ends.
  const lastWords: string[] = [];
  const container = await new PostgreSqlContainer(image)
    .withCommand(['postgres', ...flags.flatMap((flag) => ['-c', flag])])
    // Without a shell: PostgreSQL is process 1 there, inherits the child of one that was cut off on a busy machine, and
    // takes its death of SIGPIPE for a broken backend of its own.
    .withHealthCheck({
      test: ['CMD', 'pg_isready', '--host', 'localhost'],
      interval: 250,
      timeout: 1_000,
      retries: 1_000,
    })
    .withLogConsumer((lines) =>
      lines.on('data', (line) => {
        if (/PANIC|was terminated by/.test(line)) lastWords.push(String(line));
      }),
    )
    .start();
  // The container's own user is a superuser, which would hide what the app's role must not need.
  const password = randomBytes(16).toString('hex');
  const client = new pg.Client(container.getConnectionUri());
  await client.connect();
  await client.query(`CREATE ROLE harian LOGIN CREATEDB CREATEROLE PASSWORD '${password}'`);
  await client.query('CREATE DATABASE harian OWNER harian');
  await client.end();
  return {
    source: 'testcontainers',
    url: `postgresql://harian:${password}@${container.getHost()}:${container.getPort()}/harian`,
    async stop() {
      for (const words of lastWords.slice(0, 20)) console.error(`PostgreSQL said: ${words.trim()}`);
      await container.stop();
    },
  };
}

async function startEmbedded(): Promise<TestServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'harian-test-'));
  const server = await startEmbeddedPostgres({ dataDir, databases: ['harian'], throwaway: true });
  return { source: 'embedded', url: server.url('harian'), stop: server.stop };
}
