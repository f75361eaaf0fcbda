import { html } from 'hono/html';
import { auditActions } from '../../../domain/audit-action.ts';
import type { AuditRow } from '../../../services/audit.ts';
import type { Html } from '../layout.ts';
import { cardsTable } from './cards-table.ts';
import type { ConsoleModel } from './console-model.ts';
import { filterForm, pager } from './filter-form.ts';
import { consoleFrame } from './frame.ts';
import { instantToTheSecond } from './log-page.ts';
import { dash, marked } from './parts.ts';
import { jobAddress } from './queue-page.ts';
import { auditTexts } from './texts/audit.ts';
import { filterTexts } from './texts/filters.ts';

export interface AuditModel extends ConsoleModel {
  filters: {
    storeCode: string | null;
    action: string | null;
    actor: string | null;
    outcome: string | null;
    from: string;
    to: string | null;
  };
  rows: AuditRow[];
  older: string | null;
  newest: string | null;
  csv: string;
}

/** Who changed what, and what came of it. */
export function auditPage(model: AuditModel): Html {
  const { language, filters, rows } = model;
  const [texts, shared] = [auditTexts[language], filterTexts[language]];
  return consoleFrame({
    model,
    section: 'audit',
    title: texts.title,
    watches: null,
    body: html`<h1>${texts.title}</h1>
<p class="quiet">${texts.lead}</p>
${filterForm({
  action: '/audit',
  csv: model.csv,
  language,
  fields: [
    {
      type: 'select',
      name: 'action',
      label: texts.action,
      value: filters.action,
      options: auditActions.map((action) => [action, texts.actions[action]]),
    },
    { type: 'text', name: 'actor', label: texts.actor, value: filters.actor },
    { type: 'text', name: 'store_code', label: shared.storeCode, value: filters.storeCode },
    {
      type: 'select',
      name: 'outcome',
      label: texts.outcome,
      value: filters.outcome,
      options: [
        ['done', texts.done],
        ['refused', texts.refused],
      ],
    },
    { type: 'date', name: 'from', label: shared.from, value: filters.from },
    { type: 'date', name: 'to', label: shared.to, value: filters.to },
  ],
})}
${rows.length === 0 ? html`<p class="empty">${shared.none}</p>` : table(model)}
${pager(model)}`,
  });
}

function table({ language, rows }: AuditModel): Html {
  const texts = auditTexts[language];
  return cardsTable<AuditRow>({
    label: texts.title,
    rows,
    columns: [
      {
        name: texts.when,
        cell: ({ at }) => html`<time datetime="${at.toISOString()}">${instantToTheSecond(at)}</time>`,
      },
      { name: texts.actor, cell: (row) => actor(row, texts.actors) },
      {
        name: texts.action,
        cell: ({ action }) =>
          html`<div>${texts.actions[action] ?? action}<small class="line"><code>${action}</code></small></div>`,
      },
      { name: texts.of, cell: (row) => subject(row) ?? dash(language) },
      {
        name: texts.outcome,
        cell: ({ outcome }) =>
          marked(
            outcome === 'OK' ? { word: texts.done, tone: 'good' } : { word: texts.refusedWith(outcome), tone: 'bad' },
          ),
      },
      { name: texts.client, cell: ({ client }) => (client === null ? dash(language) : html`<code>${client}</code>`) },
    ],
  });
}

/** An admin's key by its name, and the others by what they are; a key may be named like one of those. */
function actor({ actorKeyId, actorName }: AuditRow, actors: Readonly<Record<string, string>>): Html {
  const known = actorKeyId === null && Object.hasOwn(actors, actorName) ? actors[actorName] : undefined;
  return known === undefined ? html`<span class="name"><bdi>${actorName}</bdi></span>` : html`${known}`;
}

function subject({ action, storeCode, target }: AuditRow): Html | null {
  if (storeCode === null && target === null) return null;
  const what =
    action.startsWith('job.') && target !== null
      ? html`<a href="${jobAddress(target)}"><code>${target}</code></a>`
      : target !== null && html`<bdi>${target}</bdi>`;
  return html`<div>${storeCode !== null && html`<bdi>${storeCode}</bdi>`}${what && html`<small class="line">${what}</small>`}</div>`;
}
