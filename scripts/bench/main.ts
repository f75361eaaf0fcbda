import { mkdir, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { usualAccounts } from './accounts.ts';
import { describeMachine } from './machine.ts';
import { measureConsole } from './measure-console.ts';
import { measureContenders } from './measure-contenders.ts';
import { measureDrain } from './measure-drain.ts';
import { measureLargeStore } from './measure-large-store.ts';
import { measureNight } from './measure-night.ts';
import { measurePickUp } from './measure-pick-up.ts';
import { measureSize } from './measure-size.ts';
import { measureUpkeep } from './measure-upkeep.ts';
import { type Figures, formatReport } from './report.ts';
import { buildRig } from './rig.ts';
import { insertStores } from './stores.ts';

// `npm run bench`: the real job path against a simulated TikTok, every part in its own process, beside what people would
// use instead. `--only contenders` or another part, `--rounds 1` for a glance. Progress on stderr, tables on stdout, figures in .data/bench.json. A
// goal that is not met is no error.

const parts = ['contenders', 'drain', 'pick-up', 'large-store', 'console', 'night', 'upkeep', 'size'] as const;
type Part = (typeof parts)[number];

const { values } = parseArgs({ options: { only: { type: 'string' }, rounds: { type: 'string', default: '3' } } });
const wants = (part: Part) => values.only === undefined || values.only.split(',').includes(part);

const mostMinutes = 40;
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
  say('starting PostgreSQL and the simulator');
  const rig = await buildRig(cleanup, signal);
  const figures: Figures = { at: new Date().toISOString(), machine: await describeMachine(rig) };
  await insertStores(
    rig,
    usualAccounts.map(({ openId }) => openId),
  );
  if (wants('contenders')) figures.races = await measureContenders(rig, Number(values.rounds), say);
  if (wants('drain') || wants('pick-up')) {
    const app = await rig.startApp('api,worker');
    if (wants('drain')) figures.drain = await measureDrain(rig, say);
    say('pick-up of single resyncs');
    if (wants('pick-up')) figures.pickUp = await measurePickUp(rig, app);
    await app.end();
  }
  if (wants('large-store')) {
    say('one large store');
    figures.largeStore = await measureLargeStore(rig);
  }
  if (wants('console')) {
    say('the console with a large fleet');
    figures.console = await measureConsole(rig, await rig.startApp('api'));
  }
  if (wants('night')) {
    say('a night at the pace of TikTok’s limit');
    figures.night = await measureNight(rig, say);
  }
  if (wants('upkeep')) {
    say('the same day over and over, for autovacuum');
    figures.upkeep = await measureUpkeep(rig, say);
  }
  // The last: nothing after it would be as small as it was.
  if (wants('size')) figures.size = await measureSize(rig, say);
  return figures;
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
