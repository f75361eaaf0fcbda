import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Child {
  pid: number;
  /** One question at a time. Rejects when the process ends or the signal aborts first. */
  ask(question: object): Promise<unknown>;
  end(): Promise<void>;
}

const root = new URL('../../', import.meta.url);

/** How `npm start` runs Node: with these options, and with what it compiled the last time. */
export const nodeOptions: readonly string[] =
  readFileSync(new URL('package.json', root), 'utf8').match(/(?<="start": .*)--(max|heap|v8)-[\w=-]+/g) ?? [];
export const startEnvironment = {
  MALLOC_ARENA_MAX: '1',
  NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/harian', root)),
};

/** A process of ours that answers each message with one. In a group of its own: Ctrl-C reaches only whoever ends it. */
export function forkChild(file: URL, signal: AbortSignal): Child {
  const child = fork(fileURLToPath(file), {
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return {
    pid: pidOf(child),
    async ask(question) {
      child.send(question);
      const ended = new AbortController();
      const either = AbortSignal.any([signal, ended.signal]);
      const onExit = () => ended.abort(new Error(`${file.pathname} ended`));
      child.once('exit', onExit);
      try {
        const [answer] = await once(child, 'message', { signal: either });
        return answer;
      } catch (error) {
        throw either.aborted ? either.reason : error;
      } finally {
        child.off('exit', onExit);
      }
    },
    end: () => endProcess(child),
  };
}

/** SIGTERM, and SIGKILL for what is still there after ten seconds. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await exited;
  clearTimeout(timer);
}

export function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('a process could not be started');
  return child.pid;
}

/** The other side of `ask`: answers until the parent is gone. */
export function answerParent(answer: (question: unknown) => Promise<object>): void {
  process.on('disconnect', () => process.exit(0));
  process.on('message', (question) => {
    answer(question).then(
      (result) => process.send?.(result),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
}
