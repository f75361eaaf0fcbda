import { html } from 'hono/html';
import type { Html } from './layout.ts';
import { ownerTexts } from './texts.ts';
import type { Language } from './view-models.ts';

/** Names a store, and the account that belongs to it, to its owner. */
export function storeCard(options: { language: Language; name: string; code: string; account?: Html | null }): Html {
  const texts = ownerTexts[options.language];
  return html`<dl class="rows">
<div><dt class="caption">${texts.store}</dt>
<dd><strong><bdi>${options.name}</bdi></strong> <code class="quiet">${options.code}</code></dd></div>
${options.account && html`<div><dt class="caption">${texts.account}</dt><dd><strong>${options.account}</strong></dd></div>`}
</dl>`;
}
