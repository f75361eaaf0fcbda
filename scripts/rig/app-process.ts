import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { endProcess, nodeOptions, pidOf, startEnvironment } from './child.ts';

export interface AppProcess {
  pid: number;
  url: string;
  end(): Promise<void>;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const startSeconds = 20;

/** What `npm start` runs, its log in a file. Resolves once it is ready. */
export async function startApp(options: {
  environment: Record<string, string>;
  logFile: string;
  signal: AbortSignal;
}): Promise<AppProcess> {
  const { signal } = options;
  const port = await findFreePort();
  const log = openSync(options.logFile, 'a');
  const child = spawn(process.execPath, [...nodeOptions, 'src/main.ts'], {
    cwd: root,
    detached: true,
    env: { PATH: process.env.PATH, ...startEnvironment, PORT: String(port), ...options.environment },
    stdio: ['ignore', log, log],
  });
  const url = `http://127.0.0.1:${port}`;
  const isReady = () =>
    fetch(`${url}/readyz`, { signal }).then(
      (answer) => answer.ok,
      () => false,
    );
  try {
    const deadline = performance.now() + startSeconds * 1000;
    while (!(await isReady())) {
      if (child.exitCode !== null || performance.now() > deadline) throw new Error('the app did not start');
      await sleep(50, undefined, { signal });
    }
  } catch (error) {
    await endProcess(child);
    throw error;
  }
  return { pid: pidOf(child), url, end: () => endProcess(child) };
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(0, '127.0.0.1', done);
  });
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string') throw new Error('no free port on 127.0.0.1');
  return address.port;
}
