import { html } from 'hono/html';
import type { Growth } from '../../../domain/growth.ts';
import { formatCount } from '../format.ts';
import type { Html } from '../layout.ts';
import type { Language } from '../view-models.ts';
import { type ChartSeries, chart } from './chart.ts';
import { chosenAddress, numberRanges, type StoreModel } from './store-model.ts';
import { storeTexts } from './texts/store.ts';

/** Followers and likes as totals, views as what each day brought; what nobody read is a gap. */
export function storeNumbers(model: StoreModel): Html {
  const { language, numbers, choice } = model;
  const texts = storeTexts[language].numbers;
  const totals = [...numbers.followers, ...numbers.likes].map(({ value }) => value);
  const hasAny = [...totals, ...numbers.views].some((value) => value !== null);
  const of = (name: string, tone: ChartSeries['tone'], series: Pick<ChartSeries, 'values' | 'notes'>) =>
    chart({
      language,
      label: name,
      timeName: texts.day,
      kind: 'line',
      at: numbers.days,
      series: [{ name, tone, ...series }],
      rows: numbers.days.length,
    });
  const total = (growth: readonly Growth[]) => ({
    values: growth.map(({ value }) => value),
    notes: growth.map((one) => sayQuality(one, language)),
  });
  return html`<ul class="filters" aria-label="${texts.range}">${numberRanges.map(
    (days) =>
      html`<li><a href="${chosenAddress(model, { days }, 'numbers')}" ${days === choice.days && html`aria-current="true"`}>${texts.days(
        formatCount(days, language),
      )}</a></li>`,
  )}</ul>
${
  hasAny
    ? html`<div class="charts">${of(texts.followers, 'run', total(numbers.followers))}${of(texts.likes, 'good', total(numbers.likes))}${of(
        texts.views,
        'warn',
        { values: numbers.views },
      )}</div>
<p class="quiet">${texts.note}</p>`
    : html`<p class="empty quiet">${texts.none}</p>`
}`;
}

/** Null where there is nothing to say: the change of one day to the next, or no value at all. */
function sayQuality({ quality, spanDays }: Growth, language: Language): string | null {
  if (quality === null || quality === 'exact') return null;
  const texts = storeTexts[language].numbers.quality;
  return quality === 'gap' ? texts.gap(formatCount(spanDays ?? 0, language)) : texts[quality];
}
