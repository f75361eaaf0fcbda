import { html } from 'hono/html';
import { includesScope } from '../../../domain/admin-scope.ts';
import { explainReason } from '../../../domain/explain-reason.ts';
import type { Today } from '../../../services/watch-fleet.ts';
import { formatCount, formatInstant } from '../format.ts';
import type { Html } from '../layout.ts';
import { chart } from './chart.ts';
import type { ConsoleModel } from './console-model.ts';
import { coverageBar } from './coverage-bar.ts';
import { consoleFrame } from './frame.ts';
import { actionForm, moment, storeAddress, storeLink } from './parts.ts';
import { queueTiles } from './queue-tiles.ts';
import { todayTexts } from './texts/today.ts';

export interface TodayModel extends ConsoleModel {
  today: Today;
  requestsPerMinute: number;
  /** Bins of the throughput, empty ones included, oldest first. */
  throughput: { at: string; read: number; failed: number }[];
  throughputMinutes: number;
}

/** Is every store's day in, when will the rest be, and what needs somebody now. */
export function todayPage(model: TodayModel): Html {
  const { language, today } = model;
  const texts = todayTexts[language];
  const { coverage } = today;
  return consoleFrame({
    model,
    section: 'today',
    title: texts.title,
    watches: 'fleet',
    charts: true,
    body: html`<h1>${texts.title}</h1>
<section id="coverage" data-live aria-labelledby="coverage-title">
<h2 id="coverage-title">${texts.day} <time datetime="${coverage.date}">${coverage.date}</time></h2>
${
  coverage.expected === 0
    ? html`<p class="quiet">${texts.noneDue}</p>`
    : html`<p>${readOf(model)}</p>
${coverageBar(coverage, language, texts.reconnect)}`
}
${forecast(model)}
</section>
<section id="attention" data-live aria-labelledby="attention-title">
<h2 id="attention-title">${texts.attention}</h2>
${attention(model)}
</section>
<section id="queue" data-live aria-labelledby="queue-title">
<h2 id="queue-title"><a href="/queue">${texts.queue}</a></h2>
${queueTiles(today.queue, language)}
${budget(model)}
</section>
<section id="throughput" data-live aria-labelledby="throughput-title">
<h2 id="throughput-title">${texts.throughput}</h2>
${chart({
  language,
  label: texts.throughputOf(String(model.throughputMinutes)),
  timeName: texts.time,
  kind: 'bars',
  at: model.throughput.map(({ at }) => at),
  series: [
    { name: texts.read, tone: 'good', values: model.throughput.map(({ read }) => read) },
    { name: texts.failedRuns, tone: 'bad', values: model.throughput.map(({ failed }) => failed) },
  ],
})}
</section>`,
  });
}

function readOf({ language, today: { coverage } }: TodayModel): string {
  const read = coverage.complete + coverage.late + coverage.partial;
  return todayTexts[language].readOf(formatCount(read, language), formatCount(coverage.expected, language));
}

const waitsShown = ['worker', 'limit', 'retry', 'breaker', 'pause', 'admin', 'localTime'] as const;

function forecast({ language, now, health, today: { coverage } }: TodayModel): Html {
  const texts = todayTexts[language];
  const { storesLeft, etaAt } = coverage.forecast;
  const waits = waitsShown.filter((wait) => coverage.waiting[wait] > 0);
  return html`${
    storesLeft === 0
      ? // Without a scheduler there may be days that nobody has asked for.
        coverage.expected > 0 && health.schedulers > 0 && html`<p>${texts.allRead}</p>`
      : html`<p>${texts.left(formatCount(storesLeft, language))} ${
          etaAt === null
            ? texts.etaUnknown
            : html`${texts.etaAt} ${moment(etaAt.toISOString(), { now, language })} (${formatInstant(etaAt.toISOString())}).`
        }</p>`
  }
${
  waits.length > 0 &&
  html`<p class="quiet">${texts.pendingFor}: ${waits
    .map((wait) => `${texts.waits[wait]} ${formatCount(coverage.waiting[wait], language)}`)
    .join(' · ')}</p>`
}`;
}

const listOf: Readonly<Record<string, string>> = {
  reconnect: '/stores?status=NEED_RECONNECT',
  pending: '/stores?status=PENDING',
};

function attention(model: TodayModel): Html {
  const { language, now, today } = model;
  const texts = todayTexts[language];
  if (today.attention.length === 0) return html`<p class="quiet">${texts.nothing}</p>`;
  const mayOperate = includesScope(model.admin.scope, 'operate');
  const kinds = [...new Set(today.attention.map(({ kind }) => kind))];
  return html`<div class="matters">${kinds.map((kind) => {
    const rows = today.attention.filter((row) => row.kind === kind);
    const count = rows[0]?.count ?? 0;
    return html`<section class="matter ${kind}" aria-labelledby="matter-${kind}">
<h3 id="matter-${kind}">${texts.kinds[kind]} <span class="number">${formatCount(count, language)}</span></h3>
<ul>${rows.map(
      (row) => html`<li><div><span class="name">${storeLink(row)}</span>
<small class="line">${row.reason !== null && kind !== 'admin' && html`${explainReason(row.reason, language).what} `}${
        row.at &&
        html`${kind === 'ending' || kind === 'scope' ? texts.ends : texts.since} ${moment(row.at.toISOString(), { now, language })}`
      }</small></div>
${
  mayOperate &&
  actionForm({
    to: `${storeAddress(row.storeCode)}/${kind === 'admin' ? 'resync' : 'connect-link'}`,
    word: kind === 'admin' ? texts.actions.resync : texts.actions.link,
    unseen: row.name,
  })
}</li>`,
    )}</ul>
${count > rows.length && html`<p><a href="${listOf[kind] ?? '/stores?sort=attention'}">${texts.more(formatCount(count, language))}</a></p>`}
</section>`;
  })}</div>`;
}

function budget({ language, today, requestsPerMinute }: TodayModel): Html {
  const texts = todayTexts[language];
  const count = (value: number) => formatCount(value, language);
  return html`<h3>${texts.budget}</h3>
<dl class="meters">${today.requests.map(
    ({ endpoint, count: used }) => html`<div><dt><code>${endpoint}</code></dt>
<dd>${meter(used, requestsPerMinute)} <small>${texts.budgetOf(count(used), count(requestsPerMinute))}</small></dd></div>`,
  )}</dl>`;
}

const meter = (
  value: number,
  max: number,
): Html => html`<svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
<rect class="used" x="0" y="0" width="${Math.round((100 * value) / max)}" height="1"></rect></svg>`;
