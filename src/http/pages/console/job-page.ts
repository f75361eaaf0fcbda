import { html } from 'hono/html';
import { includesScope } from '../../../domain/admin-scope.ts';
import type { JobHistory } from '../../../services/read-job-history.ts';
import type { JobView } from '../../../services/read-jobs.ts';
import type { LogEntry } from '../../../services/read-sync-logs.ts';
import { formatCount, formatDuration, formatInstant } from '../format.ts';
import type { Html } from '../layout.ts';
import { cardsTable } from './cards-table.ts';
import type { ConsoleModel } from './console-model.ts';
import { consoleFrame } from './frame.ts';
import { actionForm, dash, marked, moment, storeLink } from './parts.ts';
import { jobAddress, progressOf, reasonOf } from './queue-page.ts';
import { jobTexts } from './texts/job.ts';
import { words } from './words.ts';

export interface JobModel extends ConsoleModel {
  history: JobHistory;
}

/** One job: where it stands, what every attempt of it met, and what happens next. */
export function jobPage(model: JobModel): Html {
  const { language, history } = model;
  const texts = jobTexts[language];
  const { job, store } = history;
  const [latest] = history.attempts;
  const code = job?.storeCode ?? latest?.storeCode ?? '';
  const name = store?.name ?? code;
  const day = job?.snapshotDate ?? latest?.snapshotDate ?? '';
  return consoleFrame({
    model,
    section: 'queue',
    title: `${texts.title} · ${texts.of(name, day)}`,
    watches: 'stores',
    body: html`<p><a href="/queue">${texts.back}</a></p>
<h1>${texts.title} <small>${texts.of(name, day)}</small></h1>
<section id="job-state" data-live aria-labelledby="job-next" data-store="${code}">
<p>${marked(job ? words[language].job[job.state] : words[language].log[latest?.status ?? 'FAILED'])}</p>
${job?.error && html`<p>${reasonOf(job.error.code, language)}</p>`}
<h2 id="job-next">${texts.next}</h2>
<p>${next(model)}</p>
${buttons(model, name)}
</section>
<section id="job-facts" data-live><dl class="rows fields-list">${facts(model, name, day, code)}</dl></section>
<section id="job-attempts" data-live aria-labelledby="attempts-title">
<h2 id="attempts-title">${texts.attemptList}</h2>
${history.attempts.length === 0 ? html`<p class="quiet">${texts.noAttempt}</p>` : attempts(model)}
${history.hasMore && html`<p class="quiet">${texts.onlyLatest(formatCount(history.attempts.length, language))}</p>`}
</section>
<p><a href="/log?store_code=${encodeURIComponent(code)}">${texts.log}</a></p>`,
  });
}

function next({ language, now, history: { job, store, dayRetryAt } }: JobModel): string {
  const texts = jobTexts[language].nextOf;
  if (job === null) return texts.gone;
  const waitsUntil = job.retryAt !== null && job.retryAt.toISOString() > now ? job.retryAt.toISOString() : null;
  switch (job.state) {
    case 'deferred':
    case 'retrying':
      return waitsUntil === null ? texts.due : texts[job.state](formatInstant(waitsUntil));
    case 'failed':
      if (store?.status !== 'CONNECTED') return texts.failedConnect;
      return dayRetryAt === null ? texts.failedRetry : texts.failedAgain(formatInstant(dayRetryAt.toISOString()));
    case 'queued':
    case 'active':
    case 'completed':
    case 'cancelled':
      return texts[job.state];
  }
}

const mayCancel = (job: JobView) => ['queued', 'deferred', 'active', 'retrying'].includes(job.state);

function buttons({ language, admin, history }: JobModel, name: string): Html | null {
  const { id, job, mayRetry } = history;
  const texts = jobTexts[language];
  if (job === null || !includesScope(admin.scope, 'operate')) return null;
  if (!mayCancel(job) && !mayRetry) return null;
  return html`<div class="row">${mayRetry && actionForm({ to: `${jobAddress(id)}/retry`, word: texts.retry, primary: true })}
${mayCancel(job) && actionForm({ to: `${jobAddress(id)}/cancel`, word: texts.cancel, confirm: texts.cancelConfirm(name) })}</div>`;
}

function facts(model: JobModel, name: string, day: string, code: string): Html[] {
  const { language, history } = model;
  const texts = jobTexts[language];
  const { job, store, id } = history;
  const [latest] = history.attempts;
  const trigger = job?.trigger ?? latest?.trigger;
  const at = (instant: Date | null) =>
    instant === null
      ? dash(language)
      : html`${moment(instant.toISOString(), model)} <small>${formatInstant(instant.toISOString())}</small>`;
  const count = (value: number) => formatCount(value, language);
  const rows: [string, unknown][] = [
    [texts.store, store ? html`${storeLink(store)} <small>${code}</small>` : html`<bdi>${name}</bdi>`],
    [texts.day, html`<time datetime="${day}">${day}</time>`],
    [texts.trigger, trigger && words[language].trigger[trigger]],
  ];
  if (job !== null) {
    rows.push(
      [texts.attempts, texts.attemptsOf(count(job.attempt), count(job.maxAttempts))],
      [texts.created, at(job.createdAt)],
      [texts.started, at(job.startedAt)],
      [texts.finished, at(job.finishedAt)],
      [texts.progress, progressOf(job.progress, language) ?? dash(language)],
    );
  }
  rows.push([texts.id, html`<code>${id}</code>`]);
  return rows.map(([term, value]) => html`<div><dt class="caption">${term}</dt><dd>${value}</dd></div>`);
}

function attempts(model: JobModel): Html {
  const { language, history } = model;
  const texts = jobTexts[language];
  const { columns } = texts;
  return cardsTable<LogEntry>({
    label: texts.attemptList,
    rows: history.attempts,
    columns: [
      {
        name: columns.status,
        cell: ({ status, errorCode }) => html`<div>${marked(words[language].log[status])}
${errorCode !== null && html`<small class="line">${reasonOf(errorCode, language)}</small>`}</div>`,
      },
      { name: columns.attempt, cell: ({ attempt }) => formatCount(attempt, language) },
      { name: columns.began, cell: ({ startedAt }) => moment(startedAt.toISOString(), model) },
      { name: columns.took, cell: (log) => took(log, model) },
      { name: columns.read, cell: (log) => progressOf(log, language) },
      { name: columns.retry, cell: ({ retryAt }) => moment(retryAt?.toISOString() ?? null, model) },
      { name: columns.tiktok, cell: (log) => answerOf(log, model) },
    ],
  });
}

/** How long an attempt took, or has taken so far. */
export function took({ startedAt, finishedAt }: LogEntry, { now, language }: ConsoleModel): string {
  const end = finishedAt ?? new Date(now);
  return formatDuration((end.getTime() - startedAt.getTime()) / 1000, language);
}

/** What TikTok's support asks for. */
function answerOf({ httpStatus, tiktokLogId }: LogEntry, { language }: ConsoleModel): Html {
  const texts = jobTexts[language];
  if (httpStatus === null && tiktokLogId === null) return dash(language);
  return html`<div>${httpStatus !== null && texts.http(String(httpStatus))}
${tiktokLogId !== null && html`<small class="line">${texts.logId(tiktokLogId)}</small>`}</div>`;
}
