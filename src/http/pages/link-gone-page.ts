import { html } from 'hono/html';
import { cardLayout, type Html } from './layout.ts';
import { ownerTexts } from './texts.ts';
import type { LinkGonePageModel } from './view-models.ts';

/** A connect link that is unknown, used or expired: the owner cannot tell these apart, and need not. */
export function linkGonePage({ language, simulated }: LinkGonePageModel): Html {
  const { title, what, next } = ownerTexts[language].linkGone;
  return cardLayout({
    language,
    simulated,
    title,
    head: html`<meta name="referrer" content="no-referrer">`,
    card: html`<h1>${title}</h1>
<p>${what}</p>
<p><strong>${next}</strong></p>`,
  });
}
