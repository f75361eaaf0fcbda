import { html } from 'hono/html';
import { formatInstant, formatRelative } from '../format.ts';
import type { Html } from '../layout.ts';
import type { Language } from '../view-models.ts';
import { frameTexts } from './texts/frame.ts';
import type { Tone } from './words.ts';

// Small pieces that several pages of the console are made of.

/** What is not known, or not there, is a dash and never 0. */
export const dash = (language: Language): Html =>
  html`<span aria-hidden="true">–</span><span class="unseen">${frameTexts[language].none}</span>`;

/** `5m ago`, with the exact time for whoever points at it. */
export function moment(instant: string | null, model: { now: string; language: Language }): Html {
  if (instant === null) return dash(model.language);
  return html`<time datetime="${instant}" title="${formatInstant(instant)}">${formatRelative(instant, model.now, model.language)}</time>`;
}

/** A word with its colour; the word alone says it all. */
export const marked = ({ word, tone }: { word: string; tone: Tone }): Html =>
  html`<span class="state"><span class="dot ${tone}" aria-hidden="true"></span>${word}</span>`;

/** One button that changes something; `unseen` completes its name for those who do not see what it stands beside. */
export const actionForm = (action: {
  to: string;
  word: string;
  unseen?: string;
  fields?: Readonly<Record<string, string>>;
  /** Asked by public/live.js before it is sent; without JavaScript its route asks, on a page of its own. */
  confirm?: string;
  primary?: boolean;
  disabled?: boolean;
}): Html => html`<form method="post" action="${action.to}" ${action.confirm && html`data-confirm="${action.confirm}"`}>
${Object.entries(action.fields ?? {}).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
<button type="submit" class="${action.primary ? 'primary' : ''}" ${action.disabled && 'disabled'}>${action.word}${
  action.unseen && html`<span class="unseen"> ${action.unseen}</span>`
}</button></form>`;

export const storeAddress = (storeCode: string): string => `/stores/${encodeURIComponent(storeCode)}`;

/** The name of a store, leading to its page. */
export const storeLink = (store: { storeCode: string; name: string }): Html =>
  html`<a href="${storeAddress(store.storeCode)}"><bdi>${store.name}</bdi></a>`;
