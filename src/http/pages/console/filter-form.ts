import { html } from 'hono/html';
import type { Html } from '../layout.ts';
import type { Language } from '../view-models.ts';
import { filterTexts } from './texts/filters.ts';

type Field = { name: string; label: string; value: string | null } & (
  | { type: 'text' | 'date' }
  /** Pairs of value and word; nothing chosen is all. */
  | { type: 'select'; options: readonly (readonly [string, string])[] }
);

/** Filters that stand in the address. Works without JavaScript, and changes nothing. */
export function filterForm(form: { action: string; csv: string; fields: readonly Field[]; language: Language }): Html {
  const texts = filterTexts[form.language];
  return html`<form method="get" action="${form.action}" class="filter-form" role="search">
${form.fields.map(
  (
    field,
  ) => html`<div class="stack"><label for="filter-${field.name}">${field.label}</label>${control(field, texts.all)}</div>
`,
)}<div class="row"><button type="submit" class="primary">${texts.show}</button>
<a class="button" href="${form.action}">${texts.clear}</a>
<a class="button" href="${form.csv}" download>${texts.download}</a></div></form>`;
}

function control(field: Field, all: string): Html {
  const id = `filter-${field.name}`;
  if (field.type !== 'select') {
    return html`<input id="${id}" name="${field.name}" type="${field.type}" value="${field.value ?? ''}"
  autocomplete="off" autocapitalize="none" spellcheck="false">`;
  }
  return html`<select id="${id}" name="${field.name}"><option value="">${all}</option>${field.options.map(
    ([value, word]) => html`<option value="${value}" ${value === field.value && 'selected'}>${word}</option>`,
  )}</select>`;
}

/** Towards older rows, and back to the newest ones. */
export function pager(page: { older: string | null; newest: string | null; language: Language }): Html {
  const texts = filterTexts[page.language];
  return html`<nav class="row" aria-label="${texts.pages}">${page.newest !== null && html`<a class="button" href="${page.newest}">${texts.newest}</a>`}
${page.older !== null && html`<a class="button" href="${page.older}" rel="next">${texts.older}</a>`}</nav>`;
}
