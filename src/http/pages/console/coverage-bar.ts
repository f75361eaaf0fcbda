import { html } from 'hono/html';
import type { Coverage } from '../../../services/read-coverage.ts';
import { formatCount } from '../format.ts';
import type { Html } from '../layout.ts';
import type { Language } from '../view-models.ts';
import { words } from './words.ts';

/** What a store of the day can be, as the picture shows it: a pending one whose owner has to act stands apart. */
const parts = ['complete', 'late', 'partial', 'running', 'waiting', 'owner', 'missed'] as const;
type Part = (typeof parts)[number];

/** How much of a day has been read: one bar, and the same in words. */
export function coverageBar(day: Coverage, language: Language, ownerWord: string): Html {
  const counts: Record<Part, number> = {
    complete: day.complete,
    late: day.late,
    partial: day.partial,
    running: day.running,
    waiting: day.pending - day.waiting.owner,
    owner: day.waiting.owner,
    missed: day.missed,
  };
  const wordOf = (part: Part) =>
    part === 'owner' ? ownerWord : words[language].day[part === 'waiting' ? 'pending' : part].word;
  return html`${bar(counts, day.expected)}
<ul class="legend">${parts.map(
    (part) => html`<li class="${counts[part] === 0 ? 'none' : ''}">
<span class="dot ${part}" aria-hidden="true"></span><span class="number">${formatCount(counts[part], language)}</span> ${wordOf(part)}</li>`,
  )}</ul>`;
}

/** SVG, because a strict CSP lets no width stand in a style attribute. */
function bar(counts: Readonly<Record<Part, number>>, expected: number): Html {
  let x = 0;
  const rects = parts
    .filter((part) => counts[part] > 0)
    .map((part) => {
      const rect = html`<rect class="${part}" x="${x}" y="0" width="${counts[part]}" height="1"></rect>`;
      x += counts[part];
      return rect;
    });
  return html`<svg class="bar" viewBox="0 0 ${expected} 1" preserveAspectRatio="none" aria-hidden="true">${rects}</svg>`;
}
