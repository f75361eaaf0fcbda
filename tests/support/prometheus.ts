import { readFile } from 'node:fs/promises';

export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

export interface Scrape {
  /** Of every metric that is described, with its type. */
  types: ReadonlyMap<string, string>;
  samples: readonly Sample[];
  /** The one sample with exactly these labels; undefined when there is none. */
  value(name: string, labels?: Record<string, string>): number | undefined;
}

const metricName = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const sampleLine = new RegExp(`^(${metricName})(?:\\{(.*)\\})? (\\S+)$`);
const labelPair = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/y;

/** Prometheus' text format 0.0.4, read strictly; throws with the line that is none. */
export function parseMetrics(text: string): Scrape {
  const types = new Map<string, string>();
  const samples: Sample[] = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const described = new RegExp(
      `^# (?:HELP ${metricName} .+|TYPE (${metricName}) (counter|gauge|histogram|summary))$`,
    );
    const comment = described.exec(line);
    if (comment) {
      const [, name, type] = comment;
      if (name !== undefined && type !== undefined) types.set(name, type);
      continue;
    }
    const [, name = '', labels = '', value = ''] = sampleLine.exec(line) ?? [];
    if (name === '' || !(value === 'NaN' || /^[+-]?(Inf|Nan|\d)/.test(value))) throw new Error(`no sample: ${line}`);
    samples.push({ name, labels: parseLabels(labels, line), value: Number(value.replace('Inf', 'Infinity')) });
  }
  const keyOf = (name: string, labels: Record<string, string>) =>
    `${name} ${JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)))}`;
  const byKey = new Map(samples.map((sample) => [keyOf(sample.name, sample.labels), sample.value]));
  if (byKey.size !== samples.length) throw new Error('a sample comes twice');
  return { types, samples, value: (name, labels = {}) => byKey.get(keyOf(name, labels)) };
}

function parseLabels(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  labelPair.lastIndex = 0;
  for (let at = 0; at < text.length; at = labelPair.lastIndex) {
    const [, name, value] = labelPair.exec(text) ?? [];
    if (name === undefined || value === undefined) throw new Error(`labels that are none: ${line}`);
    labels[name] = value;
  }
  return labels;
}

/** One look at /metrics as Prometheus takes it; throws when it is refused. */
export async function scrape(url: string, key: string): Promise<Scrape> {
  const answer = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${key}` } });
  if (!answer.ok) throw new Error(`/metrics answers ${answer.status}`);
  return parseMetrics(await answer.text());
}

/** The metrics that a text in PromQL asks for. */
export const metricsIn = (text: string): string[] => text.match(/\b(harian|nodejs|process)_[a-z0-9_]+\b/g) ?? [];

/** Every query of the dashboard for operations, with its panel; Grafana's own variable filled in. */
export async function readDashboard(): Promise<{ title: string; query: string }[]> {
  const file = await readFile('deploy/grafana/dashboards/operations.json', 'utf8');
  const { panels } = JSON.parse(file) as { panels: { title: string; targets: { expr: string }[] }[] };
  return panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }) => ({ title, query: expr.replaceAll('$__rate_interval', '5m') })),
  );
}
