import { html } from 'hono/html';
import { adminScopes } from '../../../domain/admin-scope.ts';
import type { AdminKey } from '../../../services/manage-admin-keys.ts';
import type { Html } from '../layout.ts';
import { cardsTable } from './cards-table.ts';
import type { ConsoleModel } from './console-model.ts';
import { consoleFrame } from './frame.ts';
import { actionForm, marked, moment } from './parts.ts';
import { keysTexts } from './texts/keys.ts';

/** How long a new key may live, in days; '' is without an end. */
const keyLives = { never: '', month: '30', quarter: '90', year: '365' } as const;

export interface KeysModel extends ConsoleModel {
  /** By name. */
  keys: (AdminKey & { isOwn: boolean; mayRevoke: boolean })[];
  /** Where the rest is; null when these are all. */
  more: string | null;
}

/** Who may come in; admins only. */
export function keysPage(model: KeysModel): Html {
  const { language } = model;
  const texts = keysTexts[language];
  return consoleFrame({
    model,
    section: 'keys',
    title: texts.title,
    watches: null,
    body: html`<h1>${texts.title}</h1>
<p class="quiet">${texts.lead}</p>
${makeForm(model)}
<section aria-labelledby="keys-title"><h2 id="keys-title">${texts.list}</h2>
${table(model)}
${model.more !== null && html`<p><a class="button" href="${model.more}" rel="next">${texts.more}</a></p>`}</section>`,
  });
}

function makeForm({ language }: KeysModel): Html {
  const texts = keysTexts[language];
  return html`<details class="add" id="make-key"><summary>${texts.make}</summary>
<form method="post" action="/keys" class="fields">
<div class="stack"><label for="key-name">${texts.name}</label>
<input id="key-name" name="name" type="text" required maxlength="200" autocomplete="off" spellcheck="false" aria-describedby="key-name-hint">
<small id="key-name-hint">${texts.nameHint}</small></div>
<div class="stack"><label for="key-scope">${texts.scope}</label>
<select id="key-scope" name="scope">${adminScopes.map((scope) => html`<option value="${scope}">${texts.scopes[scope]}</option>`)}</select></div>
<div class="stack"><label for="key-life">${texts.expiry}</label>
<select id="key-life" name="expires_in_days">${Object.entries(keyLives).map(
    ([name, days]) =>
      html`<option value="${days}" ${name === 'quarter' && 'selected'}>${texts.expiries[name as keyof typeof keyLives]}</option>`,
  )}</select></div>
<button type="submit" class="primary">${texts.make}</button>
</form></details>`;
}

function table(model: KeysModel): Html {
  const { language, keys } = model;
  const texts = keysTexts[language];
  const at = (instant: Date | null, none: string) => (instant === null ? none : moment(instant.toISOString(), model));
  return cardsTable<KeysModel['keys'][number]>({
    label: texts.list,
    rows: keys,
    columns: [
      {
        name: texts.name,
        cell: ({ name, isOwn }) =>
          html`<span class="name"><bdi>${name}</bdi></span>${isOwn && html` <small>(${texts.yours})</small>`}`,
      },
      { name: texts.scope, cell: ({ scope }) => texts.scopes[scope] },
      { name: texts.status, cell: (key) => marked(stateOf(key, model)) },
      { name: texts.created, cell: ({ createdAt }) => at(createdAt, '') },
      { name: texts.expires, cell: ({ expiresAt }) => at(expiresAt, texts.never) },
      { name: texts.used, cell: ({ lastUsedAt }) => at(lastUsedAt, texts.neverUsed) },
      {
        name: texts.actions,
        actions: true,
        cell: ({ id, name, isOwn, mayRevoke, revokedAt }) =>
          mayRevoke
            ? actionForm({
                to: `/keys/${id}/revoke`,
                word: texts.revoke,
                unseen: texts.revokeOf(name),
                confirm: isOwn ? texts.confirmOwn(name) : texts.confirm(name),
              })
            : revokedAt === null && html`<small>${texts.bootstrap}</small>`,
      },
    ],
  });
}

function stateOf({ revokedAt, expiresAt }: AdminKey, { now, language }: ConsoleModel) {
  const texts = keysTexts[language];
  if (revokedAt !== null) return { word: texts.revoked, tone: 'idle' } as const;
  if (expiresAt !== null && expiresAt.toISOString() <= now) return { word: texts.expired, tone: 'idle' } as const;
  return { word: texts.valid, tone: 'good' } as const;
}

/** A new key, to copy. It is kept as a hash only, so it is shown only here, on the answer to the form. */
export function keyMadePage(model: ConsoleModel & { name: string; secret: string }): Html {
  const texts = keysTexts[model.language];
  return consoleFrame({
    model,
    section: 'keys',
    title: texts.madeTitle,
    watches: null,
    body: html`<h1>${texts.madeTitle}</h1>
<p>${texts.made(model.name)}</p>
<section class="stack"><label for="new-key">${texts.madeLabel}</label>
<input id="new-key" type="text" readonly value="${model.secret}" autocomplete="off" spellcheck="false">
<div class="row"><button type="button" class="primary" data-copy="new-key" data-copied-word="${texts.copied}" hidden>${texts.copy}</button></div>
<p class="quiet">${texts.once}</p></section>
<p><a href="/keys">${texts.back}</a></p>`,
  });
}
