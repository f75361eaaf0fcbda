import { html } from 'hono/html';
import { includesScope } from '../../../domain/admin-scope.ts';
import { formatCount } from '../format.ts';
import type { Html } from '../layout.ts';
import { bulkBar } from './bulk-bar.ts';
import { consoleFrame } from './frame.ts';
import type { StoresModel, StoresView } from './stores-model.ts';
import { storesTable } from './stores-table.ts';
import { storesTexts } from './texts/stores.ts';
import { words } from './words.ts';

/** The address of a view's first page; what is as usual is left out. */
export function addressOf(view: StoresView, cursor?: string): string {
  const query = new URLSearchParams({
    ...(view.text !== '' && { q: view.text }),
    ...(view.filter !== null && { status: view.filter }),
    ...(view.sort !== 'code' && { sort: view.sort }),
    ...(cursor !== undefined && { cursor }),
  }).toString();
  return query === '' ? '/stores' : `/stores?${query}`;
}

/** All stores: find some, see how each is, and do something to one or to many. */
export function storesPage(model: StoresModel): Html {
  const { language, view, list } = model;
  const texts = storesTexts[language];
  const mayOperate = includesScope(model.admin.scope, 'operate');
  return consoleFrame({
    model,
    section: 'stores',
    title: texts.title,
    watches: 'stores',
    charts: true,
    body: html`<div class="row ends"><h1>${texts.title}</h1>${includesScope(model.admin.scope, 'admin') && addStore(model)}</div>
<search>${searchForm(model)}</search>
<nav id="store-filters" data-live class="filters" aria-label="${texts.filters}">${filterLinks(model)}</nav>
<div class="list">
<div class="row ends list-head">${mayOperate && pickAll(model)}<p id="store-position" data-live class="quiet">${position(model)}</p></div>
<div id="store-list" data-live>
${
  list.rows.length > 0
    ? storesTable(model, mayOperate)
    : html`<p class="empty">${
        list.counts.all === 0 && view.text === ''
          ? texts.noStores
          : html`${texts.noMatch} <a href="/stores">${texts.clear}</a>`
      }</p>`
}
${pager(model)}
</div>
${mayOperate && bulkBar(language, list.total)}
</div>`,
  });
}

function searchForm({ language, view }: StoresModel): Html {
  const texts = storesTexts[language];
  return html`<form method="get" action="/stores" class="find">
<label class="unseen" for="q">${texts.search}</label>
<input id="q" name="q" type="search" value="${view.text}" maxlength="200" placeholder="${texts.searchHint}" autocomplete="off"
  autocapitalize="off" spellcheck="false">
<div class="row sort"><label for="sort">${texts.sort}</label>
<select id="sort" name="sort">${Object.entries(texts.sorts).map(
    ([sort, word]) => html`<option value="${sort}" ${sort === view.sort && 'selected'}>${word}</option>`,
  )}</select>
<button type="submit">${texts.show}</button></div>
${view.filter !== null && html`<input type="hidden" name="status" value="${view.filter}">`}
</form>`;
}

const filters = [null, 'CONNECTED', 'NEED_RECONNECT', 'PENDING', 'DISCONNECTED', 'paused'] as const;

function filterLinks({ language, view, list }: StoresModel): Html[] {
  return filters.map((filter) => {
    const word =
      filter === null
        ? storesTexts[language].all
        : filter === 'paused'
          ? words[language].paused.word
          : words[language].status[filter].word;
    return html`<a href="${addressOf({ ...view, filter })}" ${filter === view.filter && html`aria-current="true"`}>${word}
<span class="quiet">${formatCount(list.counts[filter ?? 'all'], language)}</span></a>`;
  });
}

/** public/bulk.js reads the total from it: that is swapped with it. */
function position({ language, list }: StoresModel): Html | false {
  if (list.rows.length === 0) return false;
  const count = (value: number) => formatCount(value, language);
  const last = list.ahead + list.rows.length;
  return html`<span id="store-total" data-total="${list.total}">${storesTexts[language].position(
    count(list.ahead + 1),
    count(last),
    count(Math.max(last, list.total)),
  )}</span>`;
}

/** Only public/bulk.js makes it do something, and shows it. */
const pickAll = ({ language }: StoresModel): Html =>
  html`<label class="pick" hidden><input type="checkbox" id="pick-all"><span>${storesTexts[language].pickAll}</span></label>`;

function pager({ language, view, previous, next }: StoresModel): Html | false {
  const texts = storesTexts[language];
  if (previous === null && next === null) return false;
  return html`<nav class="row pager" aria-label="${texts.pages}">
${
  previous !== null &&
  html`<a class="button" href="${addressOf(view)}">${texts.first}</a>
<a class="button" rel="prev" data-key="previous" href="${previous}">${texts.previous}</a>`
}
${next !== null && html`<a class="button" rel="next" data-key="next" href="${next}">${texts.next}</a>`}
</nav>`;
}

function addStore({ language }: StoresModel): Html {
  const { add, form } = storesTexts[language];
  return html`<details class="add"><summary>${add}</summary>
<form method="post" action="/stores" class="fields">
<div class="stack"><label for="store-code">${form.code}</label>
<input id="store-code" name="store_code" required maxlength="64" pattern="[A-Za-z0-9._\\-]{1,64}" autocomplete="off"
  autocapitalize="off" spellcheck="false" aria-describedby="store-code-hint">
<small id="store-code-hint">${form.codeHint}</small></div>
<div class="stack"><label for="store-name">${form.name}</label>
<input id="store-name" name="name" required maxlength="200" autocomplete="off"></div>
<div class="stack"><label for="store-timezone">${form.timezone}</label>
<input id="store-timezone" name="timezone" placeholder="Asia/Jakarta" autocomplete="off" autocapitalize="off"
  spellcheck="false" aria-describedby="store-timezone-hint">
<small id="store-timezone-hint">${form.timezoneHint}</small></div>
<button class="primary" type="submit">${form.submit}</button>
</form></details>`;
}
