import { html } from 'hono/html';
import { includesScope } from '../../../domain/admin-scope.ts';
import type { QueueView } from '../../../services/read-queue.ts';
import type { QueueJob, QueueLists } from '../../../services/read-queue-lists.ts';
import { explainError } from '../explain-error.ts';
import { formatCount } from '../format.ts';
import type { Html } from '../layout.ts';
import type { Language } from '../view-models.ts';
import { type Column, cardsTable } from './cards-table.ts';
import type { ConsoleModel } from './console-model.ts';
import { consoleFrame } from './frame.ts';
import { actionForm, dash, marked, moment } from './parts.ts';
import { queueTiles } from './queue-tiles.ts';
import { queueTexts } from './texts/queue.ts';
import { words } from './words.ts';

export interface QueueModel extends ConsoleModel {
  queue: QueueView;
  lists: QueueLists;
}

type ListName = keyof QueueLists;

export const jobAddress = (id: string): string => `/jobs/${id}`;

/** What is being read, what waits and why, and what failed. */
export function queuePage(model: QueueModel): Html {
  const { language, queue, lists } = model;
  const texts = queueTexts[language];
  const columns = columnsOf(model);
  const totals: Record<ListName, number> = {
    running: queue.active,
    waiting: queue.deferred + queue.retrying,
    queued: queue.queued,
    failed: queue.failed,
  };
  const show = (name: ListName, shown: Column<QueueJob>[], hint?: string) => {
    const rows = lists[name];
    // The counts and the lists are two looks at a queue that moves.
    const total = Math.max(totals[name], rows.length);
    return html`<section id="${name}" data-live aria-labelledby="${name}-title">
<h2 id="${name}-title">${texts[name]} <span class="number">${formatCount(total, language)}</span></h2>
${
  rows.length === 0
    ? html`<p class="quiet">${texts.none[name]}</p>`
    : html`${hint && html`<p class="quiet">${hint}</p>`}
${cardsTable({ label: texts[name], columns: shown, rows, storeOf: (job) => job.storeCode })}
${total > rows.length && html`<p class="quiet">${texts.more(formatCount(total - rows.length, language))}</p>`}`
}
</section>`;
  };
  const { store, trigger, attempt, since, progress, why, next, failedAt, queuedAt, retry } = columns;
  const mayOperate = includesScope(model.admin.scope, 'operate');
  return consoleFrame({
    model,
    section: 'queue',
    title: texts.title,
    watches: 'fleet',
    body: html`<h1>${texts.title}</h1>
<section id="depth" data-live aria-labelledby="depth-title">
<h2 id="depth-title" class="unseen">${texts.depth}</h2>
${queueTiles(queue, language)}
</section>
${show('running', [store, attempt, since, progress])}
${show('waiting', [store, why, next, attempt])}
${show('queued', [store, trigger, queuedAt], texts.queuedHint)}
${show('failed', [store, why, failedAt, attempt, ...(mayOperate ? [retry] : [])])}`,
  });
}

type ColumnName =
  | 'store'
  | 'trigger'
  | 'attempt'
  | 'since'
  | 'progress'
  | 'why'
  | 'next'
  | 'failedAt'
  | 'queuedAt'
  | 'retry';

function columnsOf(model: QueueModel): Record<ColumnName, Column<QueueJob>> {
  const { language } = model;
  const texts = queueTexts[language];
  const { columns: names } = texts;
  const at = (instant: Date | null) => moment(instant?.toISOString() ?? null, model);
  return {
    store: {
      name: names.store,
      cell: (job) =>
        html`<a class="name" href="${jobAddress(job.id)}" data-key="job-${job.id}"><bdi>${job.storeName}</bdi></a>
<small class="line">${job.storeCode}</small>`,
    },
    trigger: { name: names.trigger, cell: (job) => words[language].trigger[job.trigger] },
    attempt: { name: names.attempt, cell: (job) => formatCount(job.attempt, language) },
    since: { name: names.since, cell: (job) => at(job.startedAt) },
    progress: { name: names.progress, cell: (job) => progressOf(job.progress, language) ?? texts.starting },
    why: {
      name: names.why,
      cell: (job) => html`<div>${marked(words[language].job[job.state])}
<small class="line">${reasonOf(job.errorCode, language)}</small></div>`,
    },
    next: {
      name: names.next,
      cell: (job) => (job.goesOnAt.toISOString() <= model.now ? texts.now : at(job.goesOnAt)),
    },
    failedAt: { name: names.when, cell: (job) => at(job.finishedAt) },
    queuedAt: { name: names.since, cell: (job) => at(job.queuedAt) },
    retry: {
      name: names.actions,
      actions: true,
      cell: (job) =>
        job.mayRetry &&
        actionForm({ to: `${jobAddress(job.id)}/retry`, word: texts.retry, unseen: texts.retryOf(job.storeName) }),
    },
  };
}

/** `pages 3 · videos 57`; null before anything has come. */
export function progressOf(progress: { pages: number; videos: number } | null, language: Language): string | null {
  if (progress === null) return null;
  return queueTexts[language].progress(formatCount(progress.pages, language), formatCount(progress.videos, language));
}

/** What a code means, and the code itself for whoever searches for it. */
export function reasonOf(errorCode: string | null, language: Language): Html {
  if (errorCode === null) return dash(language);
  const sentence = explainError(errorCode, language);
  return sentence.includes(errorCode) ? html`${sentence}` : html`${sentence} <code>${errorCode}</code>`;
}
