import { mkdir, writeFile } from 'node:fs/promises';
import { describeMachine } from './machine.ts';
import { measureConsole } from './measure-console.ts';
import { measureDrain } from './measure-drain.ts';
import { measureLargeStore } from './measure-large-store.ts';
import { measurePickUp } from './measure-pick-up.ts';
import { measureThroughput } from './measure-throughput.ts';
import { type Figures, formatReport } from './report.ts';
import { buildRig } from './rig.ts';

// `npm run bench`: the real job path against a simulated TikTok, every part in its own process. Progress on stderr,
// tables on stdout, figures in .data/bench.json. A goal that is not met is no error.

const mostMinutes = 8;
const startedMs = performance.now();
const seconds = () => (performance.now() - startedMs) / 1000;
const say = (progress: string) => console.error(`${seconds().toFixed(0).padStart(4)} s  ${progress}`);

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => interrupted.abort(new Error(`ended by ${signal}`)));
}
const late = new AbortController();
const timer = setTimeout(() => late.abort(new Error(`not done after ${mostMinutes} minutes`)), mostMinutes * 60_000);

async function runBench(signal: AbortSignal): Promise<Figures> {
  await using cleanup = new AsyncDisposableStack();
  say('starting PostgreSQL, the simulator and the app');
  const rig = await buildRig(cleanup, signal);
  const machine = await describeMachine(rig);
  const app = await rig.startApp('api,worker');
  const throughput = await measureThroughput(rig, app, say);
  const drain = await measureDrain(rig, say);
  say('pick-up of single resyncs');
  const pickUp = await measurePickUp(rig, app);
  await app.end();
  say('one large store');
  const largeStore = await measureLargeStore(rig);
  say('the console with a large fleet');
  const console = await measureConsole(rig, await rig.startApp('api'));
  return { at: new Date().toISOString(), machine, throughput, drain, pickUp, largeStore, console, seconds: seconds() };
}

try {
  const figures = await runBench(AbortSignal.any([interrupted.signal, late.signal]));
  await mkdir('.data', { recursive: true });
  await writeFile('.data/bench.json', `${JSON.stringify(figures, null, 2)}\n`);
  console.log(`\n${formatReport(figures)}\n\n${seconds().toFixed(0)} s; figures in .data/bench.json`);
} catch (error) {
  console.error(`The bench failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  clearTimeout(timer);
}
