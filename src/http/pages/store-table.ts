import { html } from 'hono/html';
import { explainReason } from '../../domain/explain-reason.ts';
import { accountName } from './account-name.ts';
import { formatInstant, formatRelative } from './format.ts';
import type { Html } from './layout.ts';
import { jobWords, statusWords, type Tone } from './store-words.ts';
import type { StoreListModel, StoreRowModel } from './view-models.ts';

const filters = [
  { status: null, word: 'All' },
  ...Object.entries(statusWords).map(([status, { word }]) => ({ status, word })),
];

/** The stores of one page; buttons for whoever may press them. Roles are spelled out because the phone layout turns the table into cards. */
export function storeTable(stores: StoreListModel, now: string, mayOperate: boolean): Html {
  return html`<section aria-labelledby="stores">
<h2 id="stores">Stores</h2>
<nav class="filters" aria-label="Stores by status">${filters.map((filter) => filterLink(filter, stores.statusFilter))}</nav>
${stores.items.length === 0 ? emptyState(stores.statusFilter) : table(stores.items, now, mayOperate)}
${stores.nextHref !== null && html`<p><a class="button" href="${stores.nextHref}">Next stores</a></p>`}
</section>`;
}

function filterLink({ status, word }: (typeof filters)[number], current: string | null): Html {
  const href = status === null ? '/' : `/?status=${status}`;
  return html`<a href="${href}" ${status === current && html`aria-current="page"`}>${word}</a>`;
}

function emptyState(statusFilter: string | null): Html {
  return statusFilter === null
    ? html`<p class="empty">No stores yet. Once one is added, send its owner a connect link.</p>`
    : html`<p class="empty">No store has this status.</p>`;
}

const table = (items: readonly StoreRowModel[], now: string, mayOperate: boolean): Html => html`<table role="table">
<thead role="rowgroup"><tr role="row">
<th role="columnheader" scope="col">Store</th><th role="columnheader" scope="col">Status</th>
<th role="columnheader" scope="col">Last day</th><th role="columnheader" scope="col">Last read</th>
<th role="columnheader" scope="col">Next read</th>${mayOperate && html`<th role="columnheader" scope="col">Actions</th>`}
</tr></thead>
<tbody role="rowgroup">${items.map((store) => storeRow(store, now, mayOperate))}</tbody>
</table>`;

function storeRow(store: StoreRowModel, now: string, mayOperate: boolean): Html {
  const account = accountName(store.account);
  return html`<tr role="row">
<th role="rowheader" scope="row"><span class="name"><bdi>${store.name}</bdi></span>
<small class="line"><code>${store.storeCode}</code> · ${store.timezone}</small>${account && html`<small class="line">${account}</small>`}</th>
<td role="cell">${statusCell(store)}</td>
<td role="cell" data-label="Last day">${store.lastSnapshotDate ?? dash}</td>
<td role="cell" data-label="Last read">${moment(store.lastSyncedAt, now)}</td>
<td role="cell" data-label="Next read">${nextRead(store, now)}</td>
${mayOperate && html`<td role="cell" class="actions">${actions(store)}</td>`}
</tr>`;
}

function statusCell({ status, statusReason, paused }: StoreRowModel): Html {
  const reason = statusReason === null ? null : explainReason(statusReason);
  return html`${marked(statusWords[status])}${paused && html` · Paused`}
${reason && html`<small class="line">${reason.what} ${reason.next}</small>`}`;
}

function nextRead({ job, nextSyncAt }: StoreRowModel, now: string): Html {
  const planned =
    nextSyncAt !== null && Date.parse(nextSyncAt) <= Date.parse(now) ? html`now` : moment(nextSyncAt, now);
  if (job === null) return planned;
  const word = marked(jobWords[job.state]);
  return job.state === 'deferred' || job.state === 'retrying' ? html`${word}, ${planned}` : word;
}

function actions({ storeCode, name, status, job }: StoreRowModel): Html {
  const path = `/stores/${encodeURIComponent(storeCode)}`;
  const reading = job?.state === 'active';
  const forStore = html`<span class="unseen"> ${name}</span>`;
  return html`${
    status === 'CONNECTED' &&
    html`<form method="post" action="${path}/resync"><button type="submit" ${reading && 'disabled'}>Resync${forStore}</button></form>`
  }
<form method="post" action="${path}/connect-link"><button type="submit">Connect link${forStore}</button></form>`;
}

const marked = ({ word, tone }: { word: string; tone: Tone }): Html =>
  html`<span class="state"><span class="dot ${tone}" aria-hidden="true"></span>${word}</span>`;

const dash = html`<span aria-hidden="true">–</span><span class="unseen">none</span>`;

function moment(instant: string | null, now: string): Html {
  if (instant === null) return dash;
  return html`<time datetime="${instant}" title="${formatInstant(instant)}">${formatRelative(instant, now)}</time>`;
}
