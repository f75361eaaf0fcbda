import { html } from 'hono/html';
import { syncTriggers } from '../../../domain/job-state.ts';
import type { LogEntry } from '../../../services/read-sync-logs.ts';
import { formatCount, formatInstant } from '../format.ts';
import type { Html } from '../layout.ts';
import type { ConsoleModel } from './console-model.ts';
import { filterForm, pager } from './filter-form.ts';
import { consoleFrame } from './frame.ts';
import { took } from './job-page.ts';
import { dash, marked, storeLink } from './parts.ts';
import { jobAddress, progressOf, reasonOf } from './queue-page.ts';
import { filterTexts } from './texts/filters.ts';
import { logTexts } from './texts/log.ts';
import { words } from './words.ts';

export interface LogModel extends ConsoleModel {
  filters: {
    storeCode: string | null;
    status: string | null;
    trigger: string | null;
    errorCode: string | null;
    from: string;
    to: string | null;
  };
  rows: LogEntry[];
  older: string | null;
  newest: string | null;
  csv: string;
}

/** Every attempt, filterable; each row opens to all that is known of it. */
export function logPage(model: LogModel): Html {
  const { language, filters, rows } = model;
  const [texts, shared] = [logTexts[language], filterTexts[language]];
  return consoleFrame({
    model,
    section: 'log',
    title: texts.title,
    watches: null,
    body: html`<h1>${texts.title}</h1>
<p class="quiet">${texts.lead}</p>
${filterForm({
  action: '/log',
  csv: model.csv,
  language,
  fields: [
    { type: 'text', name: 'store_code', label: shared.storeCode, value: filters.storeCode },
    {
      type: 'select',
      name: 'status',
      label: texts.status,
      value: filters.status,
      options: Object.entries(words[language].log).map(([status, { word }]) => [status, word]),
    },
    {
      type: 'select',
      name: 'trigger',
      label: texts.trigger,
      value: filters.trigger,
      options: syncTriggers.map((trigger) => [trigger, words[language].trigger[trigger]]),
    },
    { type: 'text', name: 'error_code', label: texts.errorCode, value: filters.errorCode },
    { type: 'date', name: 'from', label: shared.from, value: filters.from },
    { type: 'date', name: 'to', label: shared.to, value: filters.to },
  ],
})}
${
  rows.length === 0
    ? html`<p class="empty">${shared.none}</p>`
    : html`<ol class="entries" aria-label="${texts.list}">${rows.map((row) => entry(row, model))}</ol>`
}
${pager(model)}`,
  });
}

function entry(log: LogEntry, model: LogModel): Html {
  const { language } = model;
  const texts = logTexts[language];
  const at = (instant: Date | null) => (instant === null ? dash(language) : formatInstant(instant.toISOString()));
  const facts: [string, unknown][] = [
    [
      texts.store,
      html`${storeLink({ storeCode: log.storeCode, name: log.storeName })} · <a href="/log?store_code=${encodeURIComponent(log.storeCode)}">${texts.only}</a>`,
    ],
    [texts.why, reasonOf(log.errorCode, language)],
    [texts.day, log.snapshotDate],
    [texts.attempt, formatCount(log.attempt, language)],
    [texts.ended, at(log.finishedAt)],
    [texts.took, took(log, model)],
    [texts.read, progressOf(log, language)],
    [texts.next, at(log.retryAt)],
    [texts.http, log.httpStatus ?? dash(language)],
    [texts.tiktok, log.tiktokLogId === null ? dash(language) : html`<code>${log.tiktokLogId}</code>`],
    [texts.job, html`<a href="${jobAddress(log.jobId)}"><code>${log.jobId}</code></a>`],
  ];
  return html`<li><details id="log-${log.id}"><summary class="entry">
<time datetime="${log.startedAt.toISOString()}">${instantToTheSecond(log.startedAt)}</time>
<span class="name"><bdi>${log.storeName}</bdi> <small>${log.storeCode}</small></span>
${marked(words[language].log[log.status])}
${log.errorCode !== null && html`<code>${log.errorCode}</code>`}
<small>${words[language].trigger[log.trigger]}</small>
</summary><dl class="facts">${facts.map(([term, value]) => html`<div><dt class="caption">${term}</dt><dd>${value}</dd></div>`)}</dl></details></li>
`;
}

/** `2026-11-24 03:41:07`; the page says that times are UTC. */
export const instantToTheSecond = (instant: Date): string => instant.toISOString().slice(0, 19).replace('T', ' ');
