import { html } from 'hono/html';
import { formatCount } from './format.ts';
import type { Html } from './layout.ts';
import type { CoverageModel } from './view-models.ts';

const parts = [
  { state: 'complete', word: 'complete' },
  { state: 'late', word: 'read late' },
  { state: 'partial', word: 'partial' },
  { state: 'running', word: 'reading now' },
  { state: 'pending', word: 'still to read' },
  { state: 'missed', word: 'missed' },
] as const;

/** How much of a day has been read: one bar, and the same in words. */
export function coverageBar(day: CoverageModel): Html {
  const read = day.complete + day.late + day.partial;
  return html`<section aria-labelledby="coverage">
<h2 id="coverage">Day <time datetime="${day.date}">${day.date}</time></h2>
${
  day.expected === 0
    ? html`<p class="quiet">No store is due on this day yet.</p>`
    : html`
<p>${formatCount(read)} of ${formatCount(day.expected)} stores read</p>
${bar(day)}
<ul class="legend">${parts.map(
        ({ state, word }) => html`<li class="${day[state] === 0 ? 'none' : ''}">
<span class="dot ${state}" aria-hidden="true"></span><span class="number">${formatCount(day[state])}</span> ${word}</li>`,
      )}</ul>`
}
</section>`;
}

/** SVG, because a strict CSP lets no width stand in a style attribute. */
function bar(day: CoverageModel): Html {
  let x = 0;
  const rects = parts
    .filter(({ state }) => day[state] > 0)
    .map(({ state }) => {
      const rect = html`<rect class="${state}" x="${x}" y="0" width="${day[state]}" height="1"></rect>`;
      x += day[state];
      return rect;
    });
  return html`<svg class="bar" viewBox="0 0 ${day.expected} 1" preserveAspectRatio="none" aria-hidden="true">${rects}</svg>`;
}
