import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { experiments } from './experiments.ts';
import { createRandom } from './random.ts';
import { buildRig } from './rig.ts';
import type { Result } from './run-apart.ts';

// One experiment in a process of its own, so that a planted defect touches nothing else: NAME N SEED. Its outcome goes
// to the parent; progress to stderr.

const [name, n, seed] = process.argv.slice(2);
const experiment = experiments.find((one) => one.name === name);
if (!experiment) throw new Error(`there is no experiment ${name}`);

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => stopping.abort(new Error(`ended by ${signal}`)));
}
process.on('disconnect', () => stopping.abort(new Error('the parent is gone')));

const directory = await mkdtemp(join(tmpdir(), 'harian-chaos-'));
try {
  await using cleanup = new AsyncDisposableStack();
  const rig = await buildRig({ cleanup, directory, seed: Number(seed), signal: stopping.signal });
  const outcome = await experiment.run({
    n: Number(n),
    seed: Number(seed),
    random: createRandom(Number(seed)),
    rig,
    say: (progress) => console.error(progress),
    signal: stopping.signal,
  });
  // A defect can make a million of them; the first ones tell.
  process.send?.({ ...outcome, failures: outcome.failures.slice(0, 1000), brokeOff: false } satisfies Result);
} catch (error) {
  // An experiment that breaks off has shown nothing.
  const reason = error instanceof Error ? error.message : String(error);
  process.send?.({ n: 0, failures: [`broke off: ${reason}`], measured: [], brokeOff: true } satisfies Result);
} finally {
  // As root PostgreSQL's directory is a link to a place that its account can reach.
  const place = await realpath(join(directory, 'postgres')).catch(() => null);
  for (const path of [place, directory]) {
    if (path !== null) await rm(path, { recursive: true, force: true, maxRetries: 5 }).catch(console.error);
  }
  process.disconnect?.();
}
process.exit();
