import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { metricsIn, type Sample, type Scrape } from './prometheus.ts';

const rulesFile = resolve('deploy/prometheus/alerts.yml');
const instance = 'harian:3000';
const unitMinutes: Readonly<Record<string, number>> = { m: 1, h: 60, d: 1440 };

export interface AlertRule {
  name: string;
  /** How long it has to be so. */
  forMinutes: number;
}

export async function readAlertRules(): Promise<AlertRule[]> {
  const blocks = (await readFile(rulesFile, 'utf8')).split(/^ +- alert: /m).slice(1);
  return blocks.map((block) => {
    const [, name = ''] = /^(\w+)$/m.exec(block) ?? [];
    const [, amount, unit = ''] = /^ +for: (\d+)([mhd])$/m.exec(block) ?? [];
    const forMinutes = Number(amount) * (unitMinutes[unit] ?? Number.NaN);
    if (name === '' || Number.isNaN(forMinutes)) throw new Error(`not read: ${block.slice(0, 60)}`);
    return { name, forMinutes };
  });
}

/** Whether Debian's package `prometheus`, or another, has brought it. */
export const hasPromtool: Promise<boolean> = new Promise((done) => {
  execFile('promtool', ['--version'], (error) => done(error === null));
});

/** A stretch of time: what was scraped at its begin and at its end, and goes on like that minute by minute. `null`: no answer. */
export interface Stretch {
  minutes: number;
  from: Scrape | null;
  to: Scrape | null;
}

export interface Expectation {
  atMinute: number;
  /** Null: any of them. */
  alert: string | null;
  fires: boolean;
}

/** Lets promtool judge: its report where an alert does otherwise, null when all is as expected. */
export function judge(stretches: readonly Stretch[], expected: readonly Expectation[]): Promise<string | null> {
  return judgeQueries(
    stretches,
    expected.map(({ atMinute, alert, fires }) => ({
      atMinute,
      query: `ALERTS{alertstate="firing"${alert === null ? '' : `,alertname="${alert}"`}}`,
      isEmpty: !fires,
    })),
  );
}

/** The same for queries: the report names one that is none, has an answer and should not, or has none and should. */
export async function judgeQueries(
  stretches: readonly Stretch[],
  queries: readonly { atMinute: number; query: string; isEmpty: boolean }[],
): Promise<string | null> {
  const used = metricsIn([await readFile(rulesFile, 'utf8'), ...queries.map(({ query }) => query)].join(' '));
  const test = {
    interval: '1m',
    input_series: seriesOf(stretches, new Set(used)),
    promql_expr_test: queries.map(({ atMinute, query, isEmpty }) => ({
      eval_time: `${atMinute}m`,
      expr: `count(${query}) > bool 0`,
      exp_samples: isEmpty ? [] : [{ labels: '{}', value: 1 }],
    })),
  };
  const directory = await mkdtemp(join(tmpdir(), 'harian-alerts-'));
  const file = join(directory, 'test.yml');
  // JSON is YAML.
  await writeFile(file, JSON.stringify({ rule_files: [rulesFile], evaluation_interval: '1m', tests: [test] }));
  try {
    return await new Promise((done) => {
      execFile('promtool', ['test', 'rules', file], (error, stdout, stderr) =>
        done(error ? `${stdout}\n${stderr}` : null),
      );
    });
  } finally {
    await rm(directory, { recursive: true });
  }
}

const nameOf = ({ name, labels }: Sample) => {
  const pairs = Object.entries({ ...labels, job: 'harian', instance });
  return `${name}{${pairs.map(([label, value]) => `${label}=${JSON.stringify(value)}`).join(',')}}`;
};

/** A counter goes on growing as it did from the first scrape to the second, a gauge stays as the second has it. */
function seriesOf(stretches: readonly Stretch[], used: ReadonlySet<string>): { series: string; values: string }[] {
  const known = new Map<string, Sample>();
  for (const { from, to } of stretches) {
    for (const sample of [...(from?.samples ?? []), ...(to?.samples ?? [])]) {
      if (used.has(sample.name) && Number.isFinite(sample.value)) known.set(nameOf(sample), sample);
    }
  }
  const series = [...known].map(([name, sample]) => {
    let total = 0;
    const values = stretches.map(({ minutes, from, to }) => {
      const value = to?.value(sample.name, sample.labels);
      if (value === undefined || !Number.isFinite(value)) return `_x${minutes}`;
      if (!/_(total|count|sum)$/.test(sample.name)) return `${value}+0x${minutes - 1}`;
      const growth = value - (from?.value(sample.name, sample.labels) ?? 0);
      const begin = total + growth;
      total = begin + growth * (minutes - 1);
      return `${begin}+${growth}x${minutes - 1}`;
    });
    return { series: name, values: values.join(' ') };
  });
  const up = stretches.map(({ minutes, to }) => `${to === null ? 0 : 1}+0x${minutes - 1}`);
  return [...series, { series: `up{job="harian",instance="${instance}"}`, values: up.join(' ') }];
}
