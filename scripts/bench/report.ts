import { formatTable } from './figures.ts';
import type { Machine } from './machine.ts';
import type { ConsoleFigures } from './measure-console.ts';
import type { DrainFigures } from './measure-drain.ts';
import type { LargeStore } from './measure-large-store.ts';
import type { PickUp, Spread } from './measure-pick-up.ts';
import type { Throughput } from './measure-throughput.ts';

export interface Figures {
  at: string;
  machine: Machine;
  throughput: Throughput[];
  drain: DrainFigures;
  pickUp: PickUp;
  largeStore: LargeStore;
  console: ConsoleFigures;
  seconds: number;
}

/** Tables and goals as text; units in the headings. */
export function formatReport(figures: Figures): string {
  const { machine, throughput, drain, pickUp, largeStore } = figures;
  const spread = ({ p50, p95, max }: Spread) => [p50, p95, max].map((ms) => ms.toFixed(1));
  return [
    `${machine.cpus} × ${machine.cpu}, ${machine.memoryGb} GB, load before ${machine.loadBefore.toFixed(1)}; Node ${machine.node}; PostgreSQL ${machine.postgres} (${machine.durability}; one small commit ${machine.commitMs.toFixed(2)} ms)`,
    formatTable([
      ['stores per second', 'stores', 'floor', 'harian', 'harian wall', 'harian/floor'],
      ...throughput.map(({ name, stores, floor, harian, ratio }) => [
        name,
        String(stores),
        floor.storesPerSecond.toFixed(1),
        harian.storesPerSecond.toFixed(1),
        harian.wallStoresPerSecond.toFixed(1),
        ratio.toFixed(2),
      ]),
    ]),
    formatTable([
      ['CPU seconds per 1,000 stores', 'process', 'postgres', 'simulator'],
      ...throughput.flatMap(({ name, floor, harian }) =>
        Object.entries({ floor, harian }).map(([who, { cpu }]) => [
          `${who}, ${name}`,
          ...[cpu.process, cpu.postgres, cpu.simulator].map((seconds) => seconds?.toFixed(1) ?? '?'),
        ]),
      ),
    ]),
    formatTable([
      ['ms from POST …/resync, idle system', 'p50', 'p95', 'max'],
      ['to the start of the job', ...spread(pickUp.startedMs)],
      ['to the first request at TikTok', ...spread(pickUp.firstRequestMs)],
    ]),
    formatTable([
      ['one store', 'videos', 'first day s', 'next day s', 'idle MB', 'peak MB'],
      [
        '',
        String(largeStore.videos),
        largeStore.firstSeconds.toFixed(2),
        largeStore.nextSeconds.toFixed(2),
        largeStore.idleMb?.toFixed(0) ?? '?',
        largeStore.peakMb?.toFixed(0) ?? '?',
      ],
    ]),
    formatTable([
      [
        `ms until a page of the console is there, ${figures.console.stores} stores`,
        'p50',
        'p95',
        'max',
        'KB compressed',
      ],
      ...figures.console.pages.map(({ path, ms, compressedKb }) => [path, ...spread(ms), compressedKb.toFixed(1)]),
    ]),
    [
      goal(
        `${drain.jobs} jobs of 300 ms: ${drain.seconds.map((s) => s.toFixed(2)).join(', ')} s, ideal ${drain.idealSeconds.toFixed(1)} s, ratio ${drain.ratio.toFixed(3)}`,
        '≤ 1.15',
        drain.ratio <= 1.15,
      ),
      goal(`resync starts, p95 ${pickUp.startedMs.p95.toFixed(1)} ms`, '< 100 ms', pickUp.startedMs.p95 < 100),
      goal(
        `${largeStore.videos} videos, peak ${largeStore.peakMb?.toFixed(0) ?? '?'} MB`,
        '< 200 MB',
        largeStore.peakMb === null ? null : largeStore.peakMb < 200,
      ),
      ...consoleGoals(figures.console),
    ].join('\n'),
  ].join('\n\n');
}

function consoleGoals(figures: ConsoleFigures): string[] {
  const slowest = Math.max(...figures.pages.map(({ ms }) => ms.p95));
  const { firstVisitKb, consoles, queriesPerSecond } = figures;
  const each = queriesPerSecond / consoles;
  return [
    goal(
      `slowest page, ${figures.stores} stores and ${figures.videoRows} video rows, p95 ${slowest.toFixed(1)} ms`,
      '< 100 ms',
      slowest < 100,
    ),
    goal(`first visit ${firstVisitKb.toFixed(1)} KB compressed`, '< 150 KB', firstVisitKb < 150),
    goal(
      `${consoles} open consoles: ${queriesPerSecond.toFixed(1)} queries a second in all, ${each.toFixed(3)} each`,
      '< 1 each',
      each < 1,
    ),
  ];
}

const goal = (figure: string, bound: string, met: boolean | null) =>
  `${figure}; goal ${bound}: ${met === null ? 'not measured (no /proc here)' : met ? 'met' : 'NOT MET'}`;
