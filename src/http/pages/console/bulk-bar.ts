import { html } from 'hono/html';
import { storeActions } from '../../../services/change-stores.ts';
import { formatCount } from '../format.ts';
import type { Html } from '../layout.ts';
import type { Language } from '../view-models.ts';
import { bulkLinks } from './bulk-links.ts';
import { bulkTexts } from './texts/bulk.ts';

/**
 * What can be done to the stores that are ticked; CSS shows it once one is. Without JavaScript it is a form; with it
 * public/bulk.js does the same in batches, in the dialog, also to all that match.
 */
export function bulkBar(language: Language, total: number): Html {
  const texts = bulkTexts[language];
  const { actions, doing, progress, ...rest } = texts;
  const words = {
    actions,
    doing,
    progress: progress('{done}', '{total}'),
    selected: rest.selected('{count}'),
    allSelected: rest.allSelected('{total}'),
    selectAll: rest.selectAll('{total}'),
    confirm: rest.confirm('{action}', '{count}'),
    confirmDisconnect: rest.confirmDisconnect('{count}'),
    stopped: rest.stopped('{left}'),
    lost: rest.lost('{left}'),
    finished: rest.finished('{done}', '{refused}'),
    linkOf: rest.linkOf('{store}'),
    linksOnce: rest.linksOnce('{when}'),
  };
  return html`<form id="bulk" class="bulk" method="post" action="/stores/bulk" aria-label="${texts.bar}" data-words="${JSON.stringify(words)}">
<p class="row" hidden><strong id="bulk-count" role="status"></strong>
<button type="button" id="bulk-all" hidden>${texts.selectAll(formatCount(total, language))}</button>
<button type="button" id="bulk-clear">${texts.clear}</button></p>
<p class="row">${storeActions.map(
    (action) =>
      html`<button type="submit" name="action" value="${action}" class="${action === 'disconnect' ? 'danger' : ''}">${actions[action]}</button>`,
  )}</p>
</form>
<dialog id="bulk-run" aria-labelledby="bulk-title">
<h2 id="bulk-title"></h2>
<progress id="bulk-progress" value="0" max="1" aria-labelledby="bulk-title"></progress>
<p id="bulk-said" role="status"></p>
<section id="bulk-refused" class="made" hidden><h3>${texts.refused}</h3><ul class="refused"></ul></section>
<section id="bulk-made" class="made" hidden>${bulkLinks(language, [])}</section>
<div class="row"><button type="button" id="bulk-stop">${texts.stop}</button>
<button type="button" id="bulk-on" hidden>${texts.goOn}</button>
<button type="button" id="bulk-close" class="primary" hidden>${texts.close}</button></div>
</dialog>
<script type="module" src="/public/bulk.js"></script>`;
}
