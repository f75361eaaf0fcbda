import { html } from 'hono/html';
import { includesScope } from '../../domain/admin-scope.ts';
import { coverageBar } from './coverage-bar.ts';
import { type Html, layout } from './layout.ts';
import { queueTiles } from './queue-tiles.ts';
import { storeTable } from './store-table.ts';
import type { ConsolePageModel, NoticeModel } from './view-models.ts';

/**
 * The signed-in page. console.js keeps `main` fresh; what must outlive a refresh (the notice, a half-typed store)
 * stands outside it.
 */
export function consolePage(model: ConsolePageModel): Html {
  return layout({
    language: 'en',
    simulated: model.simulated,
    title: 'Console',
    head: html`<script type="module" src="/public/console.js"></script>`,
    body: html`<header class="bar-top">
<h1 class="brand">Harian</h1>
<p id="live-state" class="quiet" role="status"></p>
<p class="quiet host">${model.publicUrl} · ${model.admin.name} (${model.admin.scope})</p>
<nav aria-label="More"><a class="button" href="/docs">Docs</a></nav>
<form method="post" action="/session/end"><button type="submit">Sign out</button></form>
</header>
${model.notice && notice(model.notice)}
${
  includesScope(model.admin.scope, 'admin') &&
  html`<section class="add" aria-label="New store"><details>
<summary>Add a store</summary>
${addStoreForm}
</details></section>`
}
<main id="live">
${queueTiles(model.queue)}
${coverageBar(model.today)}
${storeTable(model.stores, model.now, includesScope(model.admin.scope, 'operate'))}
</main>`,
  });
}

function notice({ kind, text, link }: NoticeModel): Html {
  return html`<section class="notice hint ${kind === 'ok' ? 'good' : 'bad'}" aria-label="Notice">
<p role="${kind === 'ok' ? 'status' : 'alert'}">${text}</p>
${
  link !== null &&
  html`<div class="stack"><label for="connect-link">Connect link</label>
<input id="connect-link" type="text" readonly value="${link}" autocomplete="off" spellcheck="false"></div>`
}
</section>`;
}

const addStoreForm = html`<form method="post" action="/stores" class="fields">
<div class="stack"><label for="store-code">Store code</label>
<input id="store-code" name="store_code" required maxlength="64" pattern="[A-Za-z0-9._\\-]{1,64}" autocomplete="off"
  autocapitalize="off" spellcheck="false" aria-describedby="store-code-hint">
<small id="store-code-hint">Letters, digits, dot, dash, underscore</small></div>
<div class="stack"><label for="store-name">Name</label>
<input id="store-name" name="name" required autocomplete="off"></div>
<div class="stack"><label for="store-timezone">Time zone</label>
<input id="store-timezone" name="timezone" placeholder="Asia/Jakarta" autocomplete="off" autocapitalize="off"
  spellcheck="false" aria-describedby="store-timezone-hint">
<small id="store-timezone-hint">Empty: the default of this installation</small></div>
<button class="primary" type="submit">Add store</button>
</form>`;
