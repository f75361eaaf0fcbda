import { mkdir, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { Defect, Experiment } from './experiment.ts';
import { experiments } from './experiments.ts';
import { runApart } from './run-apart.ts';
import { formatTable, type Line } from './table.ts';

// `npm run chaos`: breaks things on purpose and counts what was lost. --quick (default) takes minutes, --full hours;
// --negative plants each known defect and fails unless its experiment notices. Everything stays on 127.0.0.1.

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    negative: { type: 'boolean', default: false },
    only: { type: 'string' },
    defect: { type: 'string' },
    seed: { type: 'string', default: String(Math.trunc(Date.now() / 1000) % 1_000_000) },
    n: { type: 'string' },
    'timeout-minutes': { type: 'string' },
  },
});
const seed = Number(values.seed);
const names = values.only?.split(',');
const known = experiments.map(({ name }) => name);
const wanted = experiments.filter(({ name }) => names?.includes(name) ?? true);
if (names?.some((name) => !known.includes(name)) || !Number.isSafeInteger(seed)) {
  console.error(`--only takes of: ${known.join(', ')}; --seed takes a whole number`);
  process.exit(2);
}
const timeoutMs = Number(values['timeout-minutes'] ?? (values.full ? 120 : 15)) * 60_000;

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort());

const startedMs = performance.now();
const elapsedSeconds = () => (performance.now() - startedMs) / 1000;
const say = (text: string) => console.error(`${elapsedSeconds().toFixed(0).padStart(5)} s  ${text}`);

function howOften(experiment: Experiment, defect: Defect | null): number {
  if (values.n) return Number(values.n);
  if (defect) return experiment.negative;
  return values.full ? experiment.full : experiment.quick;
}

async function measure(experiment: Experiment, defect: Defect | null): Promise<Line> {
  say(`${experiment.name}${defect ? `, planted: ${defect.name}` : ''}`);
  const beganMs = performance.now();
  const result = await runApart(experiment, {
    n: howOften(experiment, defect),
    seed,
    defect,
    timeoutMs,
    // Of a planted run only the verdict is of interest.
    say: (line) => (defect ? undefined : say(`${experiment.name}: ${line}`)),
    signal: stopping.signal,
  });
  for (const failure of result.failures.slice(0, defect ? 1 : 10)) say(`${experiment.name}: ${failure}`);
  const failed = result.failures.length > 0;
  const caught = failed && (!result.brokeOff || defect?.mayBreakOff === true);
  return {
    name: experiment.name,
    figure: experiment.figure,
    planted: defect?.name ?? null,
    ...result,
    seed,
    seconds: (performance.now() - beganMs) / 1000,
    ok: defect ? caught : !failed && result.n > 0,
  };
}

const lines: Line[] = [];
for (const experiment of wanted) {
  const defects = experiment.defects.filter(({ name }) => name.includes(values.defect ?? ''));
  for (const defect of values.negative ? defects : [null]) {
    if (!stopping.signal.aborted) lines.push(await measure(experiment, defect));
  }
}

await mkdir('.data', { recursive: true });
await writeFile('.data/chaos.json', `${JSON.stringify({ at: new Date().toISOString(), lines }, null, 2)}\n`);
const failed = lines.filter(({ ok }) => !ok).length;
console.log(`\n${formatTable(lines, values.negative)}`);
console.log(`\n${elapsedSeconds().toFixed(0)} s; figures in .data/chaos.json`);
console.log(`\n${lines.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 && !stopping.signal.aborted ? 0 : 1;
