import { html } from 'hono/html';
import type { Html } from './layout.ts';

/** What the API description says, as paragraphs; `code` stands between backticks. */
export function prose(text: string): Html {
  return html`${text.split(/\n{2,}/).map((paragraph) => html`<p>${paragraph.split('`').map(span)}</p>`)}`;
}

/** Every second part stood between backticks. */
const span = (part: string, index: number) => (index % 2 === 1 ? html`<code>${part}</code>` : part);
