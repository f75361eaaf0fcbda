import { html } from 'hono/html';
import { formatCount } from '../format.ts';
import type { Html } from '../layout.ts';
import { chart } from './chart.ts';
import { chosenAddress, numberRanges, type StoreModel } from './store-model.ts';
import { storeTexts } from './texts/store.ts';

/** Followers and likes as totals, views as what each day brought; what nobody read is a gap. */
export function storeNumbers(model: StoreModel): Html {
  const { language, numbers, choice } = model;
  const texts = storeTexts[language].numbers;
  const hasAny = [numbers.followers, numbers.likes, numbers.views].some((values) => values.some((v) => v !== null));
  const of = (name: string, tone: 'run' | 'good' | 'warn', values: (number | null)[]) =>
    chart({
      language,
      label: name,
      timeName: texts.day,
      kind: 'line',
      at: numbers.days,
      series: [{ name, tone, values }],
      rows: numbers.days.length,
    });
  return html`<ul class="filters" aria-label="${texts.range}">${numberRanges.map(
    (days) =>
      html`<li><a href="${chosenAddress(model, { days }, 'numbers')}" ${days === choice.days && html`aria-current="true"`}>${texts.days(
        formatCount(days, language),
      )}</a></li>`,
  )}</ul>
${
  hasAny
    ? html`<div class="charts">${of(texts.followers, 'run', numbers.followers)}${of(texts.likes, 'good', numbers.likes)}${of(
        texts.views,
        'warn',
        numbers.views,
      )}</div>
<p class="quiet">${texts.note}</p>`
    : html`<p class="empty quiet">${texts.none}</p>`
}`;
}
