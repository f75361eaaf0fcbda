import { html } from 'hono/html';
import { accountName } from './account-name.ts';
import { cardLayout, type Html } from './layout.ts';
import { storeCard } from './store-card.ts';
import { ownerTexts } from './texts.ts';
import type { ConnectResultPageModel } from './view-models.ts';

/**
 * A forced reload throws screen readers back to the top, so it is for browsers without scripts alone; rarely where there is
 * something to read and press.
 */
const lookAgain = (afterSeconds: number) => html`<script type="module" src="/public/waiting.js"></script>
<noscript><meta http-equiv="refresh" content="${afterSeconds}"></noscript>`;

/** What came of the trip to TikTok; while the first numbers are awaited the page looks again by itself. */
export function connectResultPage(model: ConnectResultPageModel): Html {
  const { language, outcome, firstSync } = model;
  const { title } = ownerTexts[language].outcomes[outcome];
  const connected = outcome === 'CONNECTED';
  const waits = outcome === 'IN_PROGRESS' || (connected && firstSync === 'waiting');
  return cardLayout({
    language,
    simulated: model.simulated,
    title,
    head: html`<meta name="referrer" content="no-referrer">
${waits && lookAgain(model.mayUndo ? 30 : 3)}`,
    card: html`<h1><span class="mark ${connected || outcome === 'UNDONE' ? 'good' : 'warn'}" aria-hidden="true"></span>${title}</h1>
${connected ? connectedBody(model) : outcome === 'IN_PROGRESS' ? progressBody(model) : refusedBody(model)}`,
  });
}

function connectedBody(model: ConnectResultPageModel): Html {
  const { connected, outcomes, unnamedAccount } = ownerTexts[model.language];
  const { what, next } = outcomes.CONNECTED;
  return html`<p>${what}</p>
${storeOf(model, accountName(model.account) ?? html`${unnamedAccount}`)}
<p role="status">${model.firstSync === 'waiting' && html`<span class="dot run pulse" data-waiting aria-hidden="true"></span> `}${connected[model.firstSync ?? 'daily']}</p>
${model.missingScopes.length > 0 && missingScopes(model)}
${model.mayUndo && undo(model)}
<p class="quiet">${next}</p>`;
}

/** In two steps, so that no slip of the thumb takes a connection back. */
function undo({ language, storeCode }: ConnectResultPageModel): Html {
  const { connected: texts } = ownerTexts[language];
  return html`<details><summary>${texts.undoTitle}</summary>
<p>${texts.undo}</p>
<form method="post" action="/connect/undo"><input type="hidden" name="store_code" value="${storeCode}"><button type="submit">${texts.undoButton}</button></form></details>`;
}

/** Somebody asked again while the first answer is on its way. */
function progressBody(model: ConnectResultPageModel): Html {
  const { what, next } = ownerTexts[model.language].outcomes.IN_PROGRESS;
  return html`<p role="status"><span class="dot run pulse" data-waiting aria-hidden="true"></span> ${what}</p>
${storeOf(model, null)}
<p class="quiet">${next}</p>`;
}

function missingScopes(model: ConnectResultPageModel): Html {
  const { connected: texts } = ownerTexts[model.language];
  const items = model.missingScopes.map(
    (scope) => html`<li>${texts.scopes[scope] ?? html`<code>${scope}</code>`}</li>`,
  );
  return html`<section class="hint warn" aria-labelledby="missing">
<h2 id="missing">${texts.missingTitle}</h2>
<p>${texts.missing}</p>
<ul>${items}</ul>
</section>`;
}

function refusedBody(model: ConnectResultPageModel): Html {
  const { what, next } = ownerTexts[model.language].outcomes[model.outcome];
  // Only here does it help to know which account the store expects.
  const account = model.outcome === 'OTHER_ACCOUNT' ? accountName(model.account) : null;
  return html`<p>${what}</p>
${storeOf(model, account)}
<p><strong>${next}</strong></p>`;
}

function storeOf({ language, storeName, storeCode }: ConnectResultPageModel, account: Html | null): Html | null {
  if (storeName === null || storeCode === null) return null;
  return storeCard({ language, name: storeName, code: storeCode, account });
}
