import { html } from 'hono/html';
import type { QueueView } from '../../../services/read-queue.ts';
import { formatCount, formatDuration } from '../format.ts';
import type { Html } from '../layout.ts';
import type { Language } from '../view-models.ts';
import { frameTexts } from './texts/frame.ts';
import { todayTexts } from './texts/today.ts';

interface Tile {
  name: string;
  value: string | null;
  note?: string | null;
  alarm?: boolean;
}

/** How deep the queue is and how fast it empties. What is not known is a dash, not 0. */
export function queueTiles(queue: QueueView, language: Language): Html {
  const { tiles: texts } = todayTexts[language];
  const count = (value: number) => formatCount(value, language);
  const span = (seconds: number) => formatDuration(seconds, language);
  const oldest = queue.oldestQueuedSeconds;
  const tiles: Tile[] = [
    { name: texts.queued, value: count(queue.queued), note: oldest === null ? null : texts.oldest(span(oldest)) },
    { name: texts.active, value: count(queue.active) },
    { name: texts.waiting, value: count(queue.deferred), note: texts.later },
    { name: texts.retrying, value: count(queue.retrying) },
    { name: texts.failed, value: count(queue.failed), alarm: queue.failed > 0 },
    { name: texts.done, value: count(queue.completedToday) },
    { name: texts.perMinute, value: count(Math.round(queue.perMinute)) },
    { name: texts.empty, value: queue.etaSeconds === null ? null : span(queue.etaSeconds) },
  ];
  return html`<dl class="tiles">${tiles.map((tile) => tileItem(tile, language))}</dl>`;
}

const tileItem = (
  { name, value, note, alarm }: Tile,
  language: Language,
): Html => html`<div><dt class="caption">${name}</dt>
<dd class="${alarm === true ? 'bad' : ''}">${
  value ?? html`<span aria-hidden="true">–</span><span class="unseen">${frameTexts[language].unknown}</span>`
}${note && html`<small class="line">${note}</small>`}</dd></div>`;
