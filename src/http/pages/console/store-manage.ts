import { html } from 'hono/html';
import { includesScope } from '../../../domain/admin-scope.ts';
import type { Html } from '../layout.ts';
import { storeAddress } from './parts.ts';
import type { StoreModel } from './store-model.ts';
import { storeTexts } from './texts/store.ts';

/** Forms that somebody fills in: they stand in no part of the page that is swapped. */
export function manageStore({ language, admin, detail }: StoreModel): Html {
  if (!includesScope(admin.scope, 'operate')) return html``;
  const texts = storeTexts[language].manage;
  const { storeCode, name, timezone } = detail.view.store;
  const base = storeAddress(storeCode);
  return html`<section id="manage" aria-labelledby="manage-title"><h2 id="manage-title">${texts.title}</h2>
<div class="row top">
<details id="edit" class="add"><summary>${texts.edit}</summary>
<form method="post" action="${base}/edit" class="stack">
<label for="edit-name">${texts.name}</label>
<input id="edit-name" name="name" value="${name}" required maxlength="200" autocomplete="off">
<label for="edit-timezone">${texts.timezone}</label>
<input id="edit-timezone" name="timezone" value="${timezone}" required maxlength="64" autocomplete="off" spellcheck="false" aria-describedby="edit-timezone-hint">
<small id="edit-timezone-hint">${texts.timezoneHint}</small>
<button type="submit" class="primary">${texts.save}</button></form></details>
${
  includesScope(admin.scope, 'admin') &&
  html`<details id="remove" class="add"><summary>${texts.remove}</summary>
<form method="post" action="${base}/delete" class="stack">
<p>${texts.removeLead}</p>
<label for="confirm-code">${texts.confirm(storeCode)}</label>
<input id="confirm-code" name="confirm" required maxlength="64" autocomplete="off" autocapitalize="none" spellcheck="false">
<button type="submit" class="danger">${texts.removeNow}</button></form></details>`
}
</div></section>`;
}
