import { html } from 'hono/html';
import type { StoreDetail } from '../../../services/read-store-detail.ts';
import { explainError } from '../explain-error.ts';
import { formatCount, formatDay, formatDuration, formatInstant } from '../format.ts';
import type { Html } from '../layout.ts';
import type { Language } from '../view-models.ts';
import { dash, marked, moment } from './parts.ts';
import { storeTexts } from './texts/store.ts';
import { words } from './words.ts';

type Attempt = StoreDetail['logs'][number];

/** Its latest attempts, newest first, each with all that is known of it. */
export function storeLog(detail: StoreDetail, model: { now: string; language: Language }): Html {
  const texts = storeTexts[model.language].log;
  if (detail.logs.length === 0) return html`<p class="quiet">${texts.none}</p>`;
  const all = `/log?${new URLSearchParams({ store_code: detail.view.store.storeCode }).toString()}`;
  return html`<div class="attempts">${detail.logs.map((log) => attempt(log, model))}</div>
<p><a href="${all}">${texts.all}</a></p>`;
}

function attempt(log: Attempt, model: { now: string; language: Language }): Html {
  const { language } = model;
  const texts = storeTexts[language].log;
  const error = log.errorCode === null ? null : explainError(log.errorCode, language);
  return html`<details id="attempt-${log.id}"><summary class="attempt-line">${marked(words[language].log[log.status])}
<span>${moment(log.startedAt.toISOString(), model)}</span>
<span class="quiet">${words[language].trigger[log.trigger]}${error !== null && html` · ${error}`}</span></summary>
<dl class="facts">
${item(texts.day, html`<time datetime="${log.snapshotDate}">${formatDay(log.snapshotDate, language)}</time>`)}
${item(texts.attempt, html`${formatCount(log.attempt, language)}`)}
${item(texts.trigger, html`${words[language].trigger[log.trigger]}`)}
${item(texts.started, html`${formatInstant(log.startedAt.toISOString())}`)}
${item(texts.finished, log.finishedAt === null ? dash(language) : ended(log.startedAt, log.finishedAt, language))}
${item(texts.pages, html`${formatCount(log.pages, language)}`)}
${item(texts.videos, html`${formatCount(log.videos, language)}`)}
${
  error !== null &&
  item(
    texts.error,
    html`${error} <small class="line"><code>${log.errorCode}</code>${log.httpStatus !== null && html` · ${texts.http(String(log.httpStatus))}`}</small>`,
  )
}
${log.tiktokLogId !== null && item(texts.logId, html`<code>${log.tiktokLogId}</code>`)}
${log.retryAt !== null && item(texts.retry, html`${formatInstant(log.retryAt.toISOString())}`)}
${item(texts.job, html`<a href="/jobs/${log.jobId}">${texts.openJob}</a>`)}
</dl></details>`;
}

const item = (name: string, value: Html): Html => html`<div><dt class="caption">${name}</dt><dd>${value}</dd></div>`;

const ended = (startedAt: Date, finishedAt: Date, language: Language): Html =>
  html`${formatInstant(finishedAt.toISOString())} <small>${storeTexts[language].log.took(
    formatDuration((finishedAt.getTime() - startedAt.getTime()) / 1_000, language),
  )}</small>`;
