import { html } from 'hono/html';
import { csvLine } from '../../csv.ts';
import { formatInstant } from '../format.ts';
import type { Html } from '../layout.ts';
import type { Language } from '../view-models.ts';
import { bulkTexts } from './texts/bulk.ts';

export interface MadeLink {
  storeCode: string;
  name: string | null;
  url: string;
  expiresAt: string;
}

/** One line of the download. */
export const linkLine = ({ storeCode, name, url, expiresAt }: MadeLink): string =>
  csvLine([storeCode, name ?? '', url, expiresAt]);
const headLine = csvLine(['store_code', 'name', 'connect_link', 'expires_at']);

/** Links just made: one by one, and all of them to copy or to download. They are not kept anywhere. */
export function bulkLinks(language: Language, links: readonly MadeLink[]): Html {
  const texts = bulkTexts[language];
  const [first] = links;
  const csv = [headLine, ...links.map(linkLine)].join('');
  return html`<h2>${texts.links}</h2>
<p id="bulk-once" class="quiet">${first && texts.linksOnce(formatInstant(first.expiresAt))}</p>
<ul class="links" id="bulk-list" tabindex="0" aria-label="${texts.links}">${links.map(
    ({ storeCode, name, url }) => html`<li><span><bdi>${name}</bdi> <code class="quiet">${storeCode}</code></span>
<input type="text" readonly value="${url}" aria-label="${texts.linkOf(name ?? storeCode)}"></li>`,
  )}</ul>
<label for="bulk-csv">${texts.csv}</label>
<textarea id="bulk-csv" readonly rows="3" autocomplete="off" spellcheck="false">${csv}</textarea>
<div class="row"><button type="button" data-copy="bulk-csv" data-copied-word="${texts.copied}" hidden>${texts.copy}</button>
<button type="button" data-download="bulk-csv" data-file="connect-links.csv" hidden>${texts.download}</button></div>`;
}
