import { formatTable } from './figures.ts';
import type { Machine } from './machine.ts';
import type { ConsoleFigures } from './measure-console.ts';
import type { Cost, Race } from './measure-contenders.ts';
import type { DrainFigures } from './measure-drain.ts';
import type { LargeStore } from './measure-large-store.ts';
import type { NightFigures } from './measure-night.ts';
import type { PickUp, Spread } from './measure-pick-up.ts';
import type { SizeFigures } from './measure-size.ts';
import type { UpkeepFigures } from './measure-upkeep.ts';

/** Of the parts that were run. */
export interface Figures {
  at: string;
  machine: Machine;
  races?: Race[];
  drain?: DrainFigures;
  pickUp?: PickUp;
  largeStore?: LargeStore;
  console?: ConsoleFigures;
  night?: NightFigures;
  upkeep?: UpkeepFigures;
  size?: SizeFigures;
}

/** Tables and goals as text; units in the headings. */
export function formatReport(figures: Figures): string {
  const { machine, races = [], drain, pickUp, largeStore, console, night, upkeep, size } = figures;
  const goals = [
    ...races.flatMap(raceGoals),
    ...(drain ? [drainGoal(drain)] : []),
    ...(pickUp
      ? [goal(`resync starts, p95 ${pickUp.startedMs.p95.toFixed(1)} ms`, '< 100 ms', pickUp.startedMs.p95 < 100)]
      : []),
    ...(largeStore ? [largeStoreGoal(largeStore)] : []),
    ...(console ? consoleGoals(console) : []),
    ...(night ? nightGoals(night) : []),
    ...(upkeep ? [upkeepGoal(upkeep)] : []),
    ...(size ? sizeGoals(size) : []),
  ];
  return [
    `${machine.cpus} × ${machine.cpu}, ${machine.memoryGb} GB, load before ${machine.loadBefore.toFixed(1)}; Node ${machine.node}; PostgreSQL ${machine.postgres} (${machine.durability}; one small commit ${machine.commitMs.toFixed(2)} ms)`,
    ...races.map(formatRace),
    ...(pickUp ? [formatPickUp(pickUp)] : []),
    ...(largeStore ? [formatLargeStore(largeStore)] : []),
    ...(console ? [formatConsole(console)] : []),
    ...(upkeep ? [formatUpkeep(upkeep)] : []),
    goals.join('\n'),
  ].join('\n\n');
}

const spread = ({ p50, p95, max }: Spread) => [p50, p95, max].map((ms) => ms.toFixed(1));

const formatPickUp = (pickUp: PickUp) =>
  formatTable([
    ['ms from POST …/resync, idle system', 'p50', 'p95', 'max'],
    ['to the start of the job', ...spread(pickUp.startedMs)],
    ['to the first request at TikTok', ...spread(pickUp.firstRequestMs)],
  ]);

const formatLargeStore = ({ videos, firstSeconds, nextSeconds, idleMb, peakMb }: LargeStore) =>
  formatTable([
    ['one store', 'videos', 'first day s', 'next day s', 'idle MB', 'peak MB'],
    [
      '',
      String(videos),
      firstSeconds.toFixed(2),
      nextSeconds.toFixed(2),
      idleMb?.toFixed(0) ?? '?',
      peakMb?.toFixed(0) ?? '?',
    ],
  ]);

const formatConsole = ({ stores, pages }: ConsoleFigures) =>
  formatTable([
    [`ms until a page of the console is there, ${stores} stores`, 'p50', 'p95', 'max', 'KB compressed'],
    ...pages.map(({ path, ms, compressedKb }) => [path, ...spread(ms), compressedKb.toFixed(1)]),
  ]);

const formatUpkeep = ({ stores, passes, seconds, tables }: UpkeepFigures) =>
  formatTable([
    [
      `${stores} stores, the same day ${passes} times in ${seconds.toFixed(0)} s`,
      'rows',
      'updates/min',
      'dead at most',
      'autovacuums',
      'HOT',
    ],
    ...tables.map((one) => [
      one.table,
      String(one.liveRows),
      one.updatesPerMinute.toFixed(0),
      String(one.deadRows),
      String(one.autovacuums),
      `${(100 * one.hotShare).toFixed(0)} %`,
    ]),
  ]);

const drainGoal = ({ jobs, seconds, idealSeconds, ratio }: DrainFigures) =>
  goal(
    `${jobs} jobs of 300 ms: ${seconds.map((s) => s.toFixed(2)).join(', ')} s, ideal ${idealSeconds.toFixed(1)} s, ratio ${ratio.toFixed(3)}`,
    '≤ 1.15',
    ratio <= 1.15,
  );

const largeStoreGoal = ({ videos, peakMb }: LargeStore) =>
  goal(`${videos} videos, peak ${peakMb?.toFixed(0) ?? '?'} MB`, '< 200 MB', peakMb === null ? null : peakMb < 200);

/** CPU of both together; null without /proc. */
const cpuOf = ({ cpu }: Cost) => (cpu.process === null || cpu.postgres === null ? null : cpu.process + cpu.postgres);

function formatRace({ latencyMs, contenders }: Race): string {
  const number = (value: number | null, digits = 1) => value?.toFixed(digits) ?? '?';
  return formatTable([
    [
      `TikTok answers after ${latencyMs} ms`,
      'stores',
      'stores/s',
      'again',
      'of floor',
      'CPU s/1,000',
      'PostgreSQL',
      'peak MB',
      'statements',
      'round trips',
      'WAL KB',
      'again',
    ],
    ...contenders.map((one) => [
      one.name,
      String(one.stores),
      number(one.first.storesPerSecond),
      number(one.again.storesPerSecond),
      number(one.ofFloor, 2),
      number(one.first.cpu.process),
      number(one.first.cpu.postgres),
      number(one.peakMb, 0),
      number(one.statements),
      number(one.roundTrips),
      number(one.first.walBytes / 1024),
      number(one.again.walBytes / 1024),
    ]),
  ]);
}

function raceGoals({ latencyMs, loneCallMs, idealPerSecond, contenders }: Race): string[] {
  const find = (name: string) => contenders.find((one) => one.name === name);
  const [floor, harian, two] = ['floor', 'Harian', 'Harian, 2 workers'].map(find);
  if (!floor || !harian || !two) return [];
  const rate = (name: string) => find(name)?.first.storesPerSecond ?? NaN;
  const times = harian.first.storesPerSecond / rate('cron script');
  const least = latencyMs === 0 ? 15 : 60;
  const goals = [
    goal(`${latencyMs} ms: ${times.toFixed(1)} × the cron script`, `≥ ${least} ×`, times >= least),
    goal(
      `${latencyMs} ms: a worker's peak ${harian.peakMb?.toFixed(0) ?? '?'} MB`,
      '≤ 160 MB',
      harian.peakMb === null ? null : harian.peakMb <= 160,
    ),
  ];
  if (latencyMs > 0) {
    const ratio = idealPerSecond / harian.first.storesPerSecond;
    return [
      ...goals,
      goal(
        `${latencyMs} ms, ${loneCallMs.toFixed(1)} for a call alone: ${ratio.toFixed(3)} × what that and the slots dictate`,
        '≤ 1.05 ×',
        ratio <= 1.05,
      ),
    ];
  }
  const [own, floors] = [cpuOf(harian.first), cpuOf(floor.first)];
  const cpu = own === null || floors === null ? null : own / floors;
  const beside = Math.max(rate('graphile-worker, tuned'), rate('pg-boss, tuned'));
  return [
    goal(`one process ${harian.ofFloor.toFixed(2)} × the floor`, '≥ 0.70 ×', harian.ofFloor >= 0.7),
    goal(`two processes ${two.ofFloor.toFixed(2)} × the floor`, '≥ 0.80 ×', two.ofFloor >= 0.8),
    goal(`CPU ${cpu?.toFixed(2) ?? '?'} × the floor's`, '≤ 1.5 ×', cpu === null ? null : cpu <= 1.5),
    goal(
      `${(harian.first.storesPerSecond / beside).toFixed(2)} × the better of the tuned queues`,
      '≥ 1 ×',
      harian.first.storesPerSecond >= beside,
    ),
    ...goals,
  ];
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

function nightGoals({ stores, processes, requestsPerMinute, seconds, evenSeconds, ...rest }: NightFigures): string[] {
  const ratio = seconds / evenSeconds;
  const { refused, resyncMs } = rest;
  return [
    goal(
      `a night of ${stores} stores at ${requestsPerMinute} requests a minute, ${processes} processes: ${seconds.toFixed(1)} s, ${ratio.toFixed(3)} × an even pace at the limit`,
      '≤ 1.03 ×',
      ratio <= 1.03,
    ),
    goal(`in it ${refused} requests refused with 429`, '0', refused === 0),
    goal(
      `${resyncMs.n} resyncs in its course came to TikTok after ${resyncMs.p50.toFixed(0)} ms in the middle, ${resyncMs.max.toFixed(0)} at most`,
      '≤ 2,000 ms',
      resyncMs.max <= 2_000,
    ),
  ];
}

/** By its own settings it looks once a minute: what is older than two such turns was left behind. */
function upkeepGoal({ tables }: UpkeepFigures): string {
  const minutes = Math.max(...tables.map((one) => one.deadRows / Math.max(1, one.updatesPerMinute)));
  return goal(`dead rows of ${minutes.toFixed(2)} minutes at most lie in a table`, '≤ 2', minutes <= 2);
}

function sizeGoals({ videoRows, bytesPerVideoDay, syncSeconds, plan, coverageMs, queue }: SizeFigures): string[] {
  const ratio = syncSeconds.full / syncSeconds.empty;
  return [
    `a video's day takes ${bytesPerVideoDay.toFixed(0)} bytes with its index`,
    goal(`a sync behind ${videoRows} video rows ${ratio.toFixed(2)} × one behind none`, '≤ 1.1 ×', ratio <= 1.1),
    goal(
      `planning ${plan.stores} stores ${plan.seconds.toFixed(1)} s, ${plan.grewMb.toFixed(0)} MB more`,
      '≤ 10 s',
      plan.seconds <= 10,
    ),
    goal(`coverage of ${plan.stores} stores, p95 ${coverageMs.p95.toFixed(1)} ms`, '≤ 50 ms', coverageMs.p95 <= 50),
    goal(`depth of a queue of ${queue.jobs} jobs, p95 ${queue.ms.p95.toFixed(1)} ms`, '≤ 10 ms', queue.ms.p95 <= 10),
  ];
}

const goal = (figure: string, bound: string, met: boolean | null) =>
  `${figure}; goal ${bound}: ${met === null ? 'not measured (no /proc here)' : met ? 'met' : 'NOT MET'}`;
