import { html } from 'hono/html';
import { includesScope } from '../../../domain/admin-scope.ts';
import { explainError } from '../explain-error.ts';
import { formatCount, formatInstant, formatRelative, formatShortDay } from '../format.ts';
import type { Html } from '../layout.ts';
import { actionForm, dash, marked, moment, storeAddress } from './parts.ts';
import type { StoreModel } from './store-model.ts';
import { storeTexts } from './texts/store.ts';
import { words } from './words.ts';

/** All that the sentence above was made from. */
export function storeFacts(model: StoreModel): Html {
  const { language, now, detail } = model;
  const texts = storeTexts[language].facts;
  const { store, account } = detail.view;
  const at = (instant: Date | null) => moment(instant?.toISOString() ?? null, { now, language });
  const isConnected = store.status === 'CONNECTED';
  const shared = (scopes: readonly string[]) =>
    scopes.map((scope) => storeTexts[language].scopes.get(scope) ?? scope).join(', ');
  const { lastGoodDay, grantedScopes, missingScopes } = detail;
  return html`<dl class="facts">
${fact(isConnected ? texts.connected : texts.status, at(isConnected ? store.connectedAt : store.updatedAt))}
${isConnected && fact(texts.scopes, html`${shared(grantedScopes)}`)}
${missingScopes.length > 0 && fact(texts.notScopes, html`<strong>${shared(missingScopes)}</strong>`)}
${isConnected && fact(texts.token, ending(account?.refreshExpiresAt ?? null, model))}
${fact(
  texts.lastGood,
  lastGoodDay === null
    ? dash(language)
    : html`<time datetime="${lastGoodDay.snapshotDate}">${formatShortDay(lastGoodDay.snapshotDate, language)}</time> ${
        lastGoodDay.capturedAt && html`<small>${at(lastGoodDay.capturedAt)}</small>`
      }`,
)}
${fact(texts.job, jobFact(model))}
${fact(texts.next, at(detail.nextAttemptAt))}
${fact(texts.lastError, errorFact(model))}
${fact(texts.budget, budgetFact(model))}
</dl>`;
}

const fact = (name: string, value: Html): Html => html`<div><dt class="caption">${name}</dt><dd>${value}</dd></div>`;

const ending = (instant: Date | null, { now, language }: StoreModel): Html =>
  instant === null
    ? dash(language)
    : html`${formatRelative(instant.toISOString(), now, language)} <small>${formatInstant(instant.toISOString())}</small>`;

function jobFact({ language, now, detail: { job } }: StoreModel): Html {
  const texts = storeTexts[language].facts;
  if (job === null) return html`<span class="quiet">${texts.none}</span>`;
  const count = (value: number) => formatCount(value, language);
  return html`<a href="/jobs/${job.id}">${marked(words[language].job[job.state])}</a>
<small class="line">${words[language].trigger[job.trigger]} · ${
    job.attempt === 0 ? texts.notStarted : texts.attempt(count(job.attempt), count(job.maxAttempts))
  }${job.jobsBefore !== null && html` · ${texts.before(count(job.jobsBefore))}`}${
    job.retryAt && html` · ${texts.goesOn} ${moment(job.retryAt.toISOString(), { now, language })}`
  }</small>`;
}

function errorFact({ language, now, detail: { lastError } }: StoreModel): Html {
  const texts = storeTexts[language].facts;
  if (lastError?.errorCode == null) return html`<span class="quiet">${texts.none}</span>`;
  const { errorCode, tiktokLogId, startedAt } = lastError;
  return html`${explainError(errorCode, language)}
<small class="line">${moment(startedAt.toISOString(), { now, language })}${
    tiktokLogId !== null && html` · ${texts.logId} <code>${tiktokLogId}</code>`
  }</small>`;
}

const budgetFact = ({ language, requests, requestsPerMinute }: StoreModel): Html =>
  html`${requests.map(
    ({ endpoint, count }) =>
      html`<small class="line">${storeTexts[language].facts.budgetOf(
        endpoint,
        formatCount(count, language),
        formatCount(requestsPerMinute, language),
      )}</small>`,
  )}`;

/** What else can be done to it; the next step has its button above. */
export function storeActions({ language, admin, detail }: StoreModel): Html {
  if (!includesScope(admin.scope, 'operate')) return html``;
  const texts = storeTexts[language].actions;
  const { store } = detail.view;
  const { next } = detail.diagnosis;
  const base = storeAddress(store.storeCode);
  const canDisconnect = store.status === 'CONNECTED' || store.status === 'NEED_RECONNECT';
  return html`<div class="row">
${store.status === 'CONNECTED' && next !== 'resync' && actionForm({ to: `${base}/resync`, word: texts.resync })}
${next !== 'connect_link' && actionForm({ to: `${base}/connect-link`, word: texts.link })}
${
  store.paused
    ? next !== 'resume' && actionForm({ to: `${base}/resume`, word: texts.resume })
    : actionForm({ to: `${base}/pause`, word: texts.pause })
}
${
  canDisconnect &&
  actionForm({ to: `${base}/disconnect`, word: texts.disconnect, confirm: texts.confirmDisconnect(store.name) })
}
</div>`;
}
