import { html } from 'hono/html';
import type { Html } from '../layout.ts';
import type { Language } from '../view-models.ts';
import { frameTexts } from './texts/frame.ts';

export interface ChartSeries {
  name: string;
  /** One of the tones of console.css. */
  tone: 'good' | 'bad' | 'run' | 'warn';
  /** One for each point of `at`; null is a gap and is drawn as one. */
  values: readonly (number | null)[];
  /** What the table says of each; null: nothing. */
  notes?: readonly (string | null)[];
}

/**
 * A chart that public/charts.js draws with uPlot, and the same as a table for whoever does not see it. `at` are days as
 * YYYY-MM-DD or instants in ISO 8601.
 */
export function chart(options: {
  language: Language;
  label: string;
  /** Of the first column of the table. */
  timeName: string;
  kind: 'line' | 'bars';
  at: readonly string[];
  series: readonly ChartSeries[];
  /** How many of the latest rows the table holds. */
  rows?: number;
}): Html {
  const { language, at, series, rows = 60 } = options;
  const data = JSON.stringify({
    kind: options.kind,
    timeName: options.timeName,
    at: at.map((time) => Date.parse(time) / 1000),
    series: series.map(({ name, tone, values }) => ({ name, tone, values })),
  });
  const first = Math.max(0, at.length - rows);
  return html`<figure class="chart"><figcaption>${options.label}</figcaption>
<div class="plot" data-chart="${data}" role="img" aria-label="${options.label}"></div>
<details id="table-${options.label.replaceAll(/\W+/g, '-')}"><summary>${frameTexts[language].showTable}</summary>
<div class="scroll" tabindex="0" role="region" aria-label="${options.label}"><table class="plain"><thead><tr><th scope="col">${options.timeName}</th>${series.map(
    ({ name }) => html`<th scope="col">${name}</th>`,
  )}</tr></thead><tbody>${at
    .slice(first)
    .map(
      (time, index) =>
        html`<tr><th scope="row">${time.length > 10 ? time.slice(0, 16).replace('T', ' ') : time}</th>${series.map(
          ({ values, notes }) => html`<td>${values[first + index] ?? '–'}${note(notes?.[first + index])}</td>`,
        )}</tr>`,
    )
    .reverse()}</tbody></table></div></details></figure>`;
}

const note = (text: string | null | undefined) => text != null && html` <small class="quiet">${text}</small>`;
