import { html } from 'hono/html';
import { formatCount, formatDuration } from './format.ts';
import type { Html } from './layout.ts';
import type { QueueModel } from './view-models.ts';

interface Tile {
  name: string;
  value: string | null;
  note?: string | null;
  alarm?: boolean;
}

/** How deep the queue is and how fast it empties. What is not known is a dash, not 0. */
export function queueTiles(queue: QueueModel): Html {
  const oldest = queue.oldestQueuedSeconds;
  const tiles: Tile[] = [
    {
      name: 'Queued',
      value: formatCount(queue.queued),
      note: oldest === null ? null : `oldest ${formatDuration(oldest)}`,
    },
    { name: 'Reading now', value: formatCount(queue.active) },
    { name: 'Waiting', value: formatCount(queue.deferred), note: 'for a later time' },
    { name: 'Retrying', value: formatCount(queue.retrying) },
    { name: 'Failed today', value: formatCount(queue.failed), alarm: queue.failed > 0 },
    { name: 'Done today', value: formatCount(queue.completedToday) },
    { name: 'Per minute', value: queue.perMinute === null ? null : formatCount(queue.perMinute) },
    { name: 'Empty in', value: queue.etaSeconds === null ? null : formatDuration(queue.etaSeconds) },
  ];
  return html`<section aria-labelledby="queue">
<h2 id="queue">Queue</h2>
<dl class="tiles">${tiles.map(tileItem)}</dl>
</section>`;
}

function tileItem({ name, value, note, alarm }: Tile): Html {
  return html`<div><dt class="caption">${name}</dt>
<dd class="${alarm === true ? 'bad' : ''}">${value ?? html`<span aria-hidden="true">–</span><span class="unseen">not known</span>`}
${note && html`<small class="line">${note}</small>`}</dd></div>`;
}
