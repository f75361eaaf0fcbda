import { html } from 'hono/html';
import { cardLayout, type Html } from './layout.ts';
import { ownerTexts } from './texts.ts';
import type { ErrorPageModel } from './view-models.ts';

/** Any refusal, for a browser; `message` is shown as it is. */
export function errorPage({ language, simulated, status, message, code }: ErrorPageModel): Html {
  const { error: texts } = ownerTexts[language];
  const { title, what } = texts.byStatus[status] ?? texts.fallback;
  return cardLayout({
    language,
    simulated,
    title,
    card: html`<h1>${title}</h1>
${what === null ? html`<p lang="en">${message}</p>` : html`<p>${what}</p><p class="quiet" lang="en">${message}</p>`}
<p class="quiet">${texts.code} <code>${code}</code> · ${status}</p>`,
  });
}
