import { html } from 'hono/html';
import { explainReason } from '../../../domain/explain-reason.ts';
import { stateOf } from '../../../services/read-jobs.ts';
import type { StoreListRow } from '../../../services/search-stores.ts';
import { explainDay } from '../explain-day.ts';
import { formatChange, formatCount, formatDuration } from '../format.ts';
import type { Html } from '../layout.ts';
import type { AccountNames, Language } from '../view-models.ts';
import { actionForm, dash, marked, moment, storeAddress, storeLink } from './parts.ts';
import type { StoresModel } from './stores-model.ts';
import { storesTexts } from './texts/stores.ts';
import { words } from './words.ts';

type At = Pick<StoresModel, 'language' | 'now'>;

/** The stores of one page; boxes and buttons for whoever may use them. */
export function storesTable({ language, now, list }: StoresModel, mayOperate: boolean): Html {
  const { columns } = storesTexts[language];
  const head = (word: string) => html`<th role="columnheader" scope="col">${word}</th>`;
  return html`<table class="cards stores" role="table">
<thead role="rowgroup"><tr role="row">
${mayOperate && html`<th role="columnheader" scope="col"><span class="unseen">${columns.pick}</span></th>`}
${[columns.store, columns.status, columns.lastDay, columns.followers, columns.next].map(head)}${mayOperate && head(columns.actions)}
</tr></thead>
<tbody role="rowgroup">${list.rows.map((row) => storeRow(row, { language, now }, mayOperate))}</tbody>
</table>`;
}

function storeRow(row: StoreListRow, at: At, mayOperate: boolean): Html {
  const { language } = at;
  const { columns, ...texts } = storesTexts[language];
  const { store } = row;
  return html`<tr role="row" data-store="${store.storeCode}">
${
  mayOperate &&
  html`<td role="cell" class="picks"><label class="pick"><input type="checkbox" name="code" value="${store.storeCode}" form="bulk">
<span class="unseen">${texts.pick(store.name)}</span></label></td>`
}
<th role="rowheader" scope="row"><span class="name">${storeLink(store)}</span>
<small class="line"><code>${store.storeCode}</code>${row.account && accountOf(row.account)}</small></th>
<td role="cell" class="status">${statusOf(row, language)}</td>
<td role="cell" class="day" data-label="${columns.lastDay}"><span>${store.lastSnapshotDate ?? dash(language)}
<small class="line">${
    store.lastSyncedAt === null ? texts.neverRead : moment(store.lastSyncedAt.toISOString(), at)
  }</small></span></td>
<td role="cell" class="followers" data-label="${columns.followers}">${followers(row, language)}</td>
<td role="cell" class="next" data-label="${columns.next}"><span>${next(row, at)}</span></td>
${mayOperate && html`<td role="cell" class="actions">${actions(row, language)}</td>`}
</tr>`;
}

/** There is room for one name: the one that is unique. */
function accountOf({ username, displayName }: AccountNames): Html | false {
  if (username !== null) return html` · <bdi>@${username}</bdi>`;
  return displayName !== null && html` · <bdi>${displayName}</bdi>`;
}

function statusOf({ store }: StoreListRow, language: Language): Html {
  const reason = store.statusReason === null ? null : explainReason(store.statusReason, language);
  return html`${marked(words[language].status[store.status])}${store.paused && html` ${marked(words[language].paused)}`}
${reason && html`<small class="line">${reason.what}</small>`}`;
}

/** The latest figure, how it changed, and the shape of it; the shape says nothing that the words do not. */
function followers(row: StoreListRow, language: Language): Html {
  const known = row.followers.flatMap((count, day) => (count === null ? [] : [{ count, day }]));
  const [first] = known;
  const last = known.at(-1);
  if (first === undefined || last === undefined) return dash(language);
  const days = last.day - first.day;
  return html`<span class="trend"><span>${formatCount(last.count, language)}${
    days > 0 &&
    html`<small class="line">${storesTexts[language].change(formatChange(last.count - first.count, language), formatDuration(days * 86_400, language))}</small>`
  }</span>${known.length > 1 && html`<span class="spark" data-spark="${JSON.stringify(row.followers)}" aria-hidden="true"></span>`}</span>`;
}

/** What will happen, or what it takes that something does. */
function next({ store, job, wait, nextSyncAt }: StoreListRow, at: At): Html {
  const texts = storesTexts[at.language];
  if (job !== null) {
    const state = stateOf(job);
    const waits = state === 'deferred' || state === 'retrying';
    return html`${marked(words[at.language].job[state])}${waits && html`<small class="line">${due(job.startAfter, at)}</small>`}`;
  }
  if (store.status !== 'CONNECTED' || store.paused) return dash(at.language);
  if (wait?.for === 'admin') {
    const day = { state: 'pending', reason: null, waitsFor: wait.for };
    return html`${marked({ word: texts.stuck, tone: 'bad' })}<small class="line">${explainDay(day, at.language)}</small>`;
  }
  const until = wait?.until ?? nextSyncAt;
  if (until === null) return dash(at.language);
  return wait?.for === 'retry'
    ? html`${marked(words[at.language].job.retrying)}<small class="line">${due(until, at)}</small>`
    : due(until, at);
}

const due = (when: Date, at: At): Html =>
  when.getTime() <= Date.parse(at.now) ? html`${storesTexts[at.language].now}` : moment(when.toISOString(), at);

/** One button for what is most likely wanted; the others behind `More`, so that a row stays small on a phone. */
function actions({ store, job }: StoreListRow, language: Language): Html {
  const texts = storesTexts[language];
  const { status, paused, storeCode: code, name } = store;
  const to = (verb: string) => `${storeAddress(code)}/${verb}`;
  const resync = {
    to: to('resync'),
    word: texts.actions.resync,
    unseen: name,
    disabled: job !== null && job.bossState === 'active',
  };
  const link = { to: to('connect-link'), word: texts.actions.link, unseen: name };
  const pause = { to: to('pause'), word: texts.actions.pause, unseen: name };
  const resume = { to: to('resume'), word: texts.actions.resume, unseen: name };
  const disconnect = {
    to: to('disconnect'),
    word: texts.actions.disconnect,
    unseen: name,
    confirm: texts.confirmDisconnect(name),
  };
  const connected = status === 'CONNECTED' || status === 'NEED_RECONNECT';
  const [first, ...others] = [
    ...(status === 'CONNECTED' && !paused ? [resync, link] : paused && connected ? [resume, link] : [link]),
    ...(status === 'CONNECTED' && paused ? [resync] : []),
    ...(paused ? (connected ? [] : [resume]) : [pause]),
    ...(connected ? [disconnect] : []),
  ];
  return html`${first && actionForm(first)}
<details class="more" id="more-${code}" name="more"><summary>${texts.more}<span class="unseen"> ${name}</span></summary>
<div class="menu">${others.map(actionForm)}</div></details>`;
}
