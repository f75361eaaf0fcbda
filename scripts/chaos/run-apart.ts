import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Defect, Experiment, Outcome } from './experiment.ts';

/** An outcome, and whether the experiment got to its end. One that did not has shown nothing. */
export interface Result extends Outcome {
  brokeOff: boolean;
}

const resultSchema: z.ZodType<Result> = z.object({
  n: z.number(),
  failures: z.array(z.string()),
  measured: z.array(z.string()),
  brokeOff: z.boolean(),
});

const root = fileURLToPath(new URL('../..', import.meta.url));
const entry = fileURLToPath(new URL('./run-experiment.ts', import.meta.url));
const plant = fileURLToPath(new URL('./plant.ts', import.meta.url));

/** An experiment told to end has this long to stop what it started; then its whole process group is killed. */
const graceMs = 30_000;

const broken = (reason: string): Result => ({ n: 0, failures: [`broke off: ${reason}`], measured: [], brokeOff: true });

/**
 * One experiment in a process group of its own, so that a defect, a leak or a crash of it touches nothing else, and
 * nothing of it is left when it is over. Never rejects: what hangs or dies is a result, too.
 */
export async function runApart(
  experiment: Experiment,
  options: {
    n: number;
    seed: number;
    defect: Defect | null;
    timeoutMs: number;
    /** Lines of progress. */
    say: (line: string) => void;
    signal: AbortSignal;
  },
): Promise<Result> {
  const { n, seed, defect, say, signal } = options;
  const planted = defect && { ...defect, file: `${root}${defect.file}` };
  const child = fork(entry, [experiment.name, String(n), String(seed)], {
    cwd: root,
    detached: true,
    env: planted
      ? { ...process.env, HARIAN_DEFECT: JSON.stringify(planted), NODE_OPTIONS: `--import ${plant}` }
      : process.env,
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  child.stderr?.on('data', (text: Buffer) => text.toString().trimEnd().split('\n').forEach(say));
  let result = broken('it ended without an outcome');
  child.on('message', (message) => {
    result = resultSchema.parse(message);
  });

  const deadline = AbortSignal.timeout(options.timeoutMs);
  const either = AbortSignal.any([signal, deadline]);
  const end = () => void child.kill('SIGTERM');
  either.addEventListener('abort', end, { once: true });
  const exited = once(child, 'exit');
  if (either.aborted) end();
  const grace = Promise.withResolvers<void>();
  either.addEventListener('abort', () => setTimeout(grace.resolve, graceMs).unref(), { once: true });
  await Promise.race([exited, grace.promise]);
  killGroup(child);
  const [code] = await exited;

  if (deadline.aborted) return broken(`not over after ${options.timeoutMs / 60_000} min`);
  if (signal.aborted) return broken('ended from outside');
  // 70: the defect no longer applies to the source, so nothing was shown.
  if (code === 70) return broken('the defect does not apply any more');
  return result;
}

/** By the group's id, which is ours as long as anybody lives in it. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Nobody is left.
  }
}
