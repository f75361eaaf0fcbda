import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { createSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator/app.ts';
import { adminKey, clientSecret, freePort } from './harian.ts';

export interface ServedSimulator {
  simulator: Simulator;
  url: string;
  close(): Promise<void>;
}

/** The simulator on a port of its own, for processes of their own. */
export async function serveSimulator(
  redirectUris: string[],
  options: Partial<SimulatorOptions> = {},
): Promise<ServedSimulator> {
  const simulator = createSimulator({
    clientKey: 'test-client-key',
    clientSecret,
    redirectUris,
    seed: 11,
    clock: { now: () => new Date() },
    requestsPerMinute: 1_000_000,
    ...options,
  });
  const server = serve({ fetch: simulator.app.fetch, hostname: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    simulator,
    url: `http://127.0.0.1:${port}`,
    async close() {
      await simulator.close();
      if ('closeAllConnections' in server) server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

export interface HarianProcess {
  url: string;
  child: ChildProcess;
  logs(): string;
  api<T = unknown>(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: T; headers: Headers }>;
  /** Sends the signal and waits for the end; the exit code, or null after SIGKILL. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** `npm start` as an operator would run it, in a process of its own. Resolves once it serves. */
export async function startHarianProcess(options: {
  databaseUrl: string;
  simulatorUrl: string;
  publicUrl: string;
  environment?: Record<string, string>;
  /** Another one than `npm start`'s. */
  program?: string;
}): Promise<HarianProcess> {
  const port = await freePort();
  const spoolDir = await mkdtemp(join(tmpdir(), 'harian-spool-'));
  const child = spawn(process.execPath, [options.program ?? 'src/main.ts'], {
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: options.databaseUrl,
      PORT: String(port),
      PUBLIC_URL: options.publicUrl,
      TIKTOK_CLIENT_KEY: 'test-client-key',
      TIKTOK_CLIENT_SECRET: clientSecret,
      TIKTOK_AUTH_URL: `${options.simulatorUrl}/v2/auth/authorize/`,
      TIKTOK_API_URL: options.simulatorUrl,
      TIKTOK_REQUESTS_PER_MINUTE: '1000000',
      TOKEN_ENC_KEY: `1:${Buffer.alloc(32, 7).toString('base64')}`,
      ADMIN_API_KEY: adminKey,
      SPOOL_DIR: spoolDir,
      ...options.environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const url = `http://127.0.0.1:${port}`;
  const exited = once(child, 'exit').finally(() => rm(spoolDir, { recursive: true, force: true }));
  await Promise.race([
    untilServing(url),
    exited.then(() => {
      throw new Error(`Harian ended while starting:\n${output}`);
    }),
  ]);
  return {
    url,
    child,
    logs: () => output,
    async api<T>(method: string, path: string, body?: unknown) {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${adminKey}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, headers: response.headers, body: (await response.json()) as T };
    },
    async end(signal) {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await exited;
      return child.exitCode;
    },
  };
}

async function untilServing(url: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    const served = await fetch(`${url}/readyz`).then(
      (response) => response.ok,
      () => false,
    );
    if (served) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error('Harian did not become ready within 60 s');
}
