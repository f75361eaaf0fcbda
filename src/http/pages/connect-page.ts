import { html } from 'hono/html';
import { formatDay } from './format.ts';
import { cardLayout, type Html } from './layout.ts';
import { storeCard } from './store-card.ts';
import { ownerTexts } from './texts.ts';
import type { ConnectPageModel } from './view-models.ts';

/** What a store owner sees on opening a connect link: whose store, what is read, one button. */
export function connectPage(model: ConnectPageModel): Html {
  const { language, simulated, since } = model;
  const { connect: texts } = ownerTexts[language];
  const day = since && html`<time datetime="${since}">${formatDay(since, language)}</time>`;
  return cardLayout({
    language,
    simulated,
    title: texts.title,
    // The link itself is the secret: TikTok must not learn it from the Referer.
    head: html`<meta name="referrer" content="no-referrer">`,
    card: html`<h1>${texts.title}</h1>
<p>${texts.lead}</p>
${storeCard({ language, name: model.storeName, code: model.storeCode })}
${day && html`<p class="hint warn">${texts.since(day)}${model.daysMissing > 0 && ` ${texts.missing(model.daysMissing)}`}</p>`}
<form method="post" action="${model.action}">
<button class="primary wide" type="submit">${texts.button}</button>
</form>
<p class="quiet">${texts.afterwards}</p>
<h2>${texts.readsTitle}</h2>
<ul class="does">${texts.reads.map((item) => html`<li>${item}</li>`)}</ul>
<h2>${texts.neverTitle}</h2>
<ul class="never">${texts.never.map((item) => html`<li>${item}</li>`)}</ul>`,
  });
}
