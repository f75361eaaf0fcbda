import { html } from 'hono/html';
import type { StoreAction, StoreOutcome } from '../../../services/change-stores.ts';
import { formatCount } from '../format.ts';
import type { Html } from '../layout.ts';
import type { Language } from '../view-models.ts';
import { bulkLinks } from './bulk-links.ts';
import type { ConsoleModel } from './console-model.ts';
import { consoleFrame } from './frame.ts';
import { storeLink } from './parts.ts';
import { bulkTexts } from './texts/bulk.ts';

/** Why one store was refused, in a sentence; null when it was not. */
export function refusalOf(outcome: string, language: Language): string | null {
  if (outcome === 'OK') return null;
  const { reasons, otherReason } = bulkTexts[language];
  return Object.hasOwn(reasons, outcome) ? reasons[outcome as keyof typeof reasons] : otherReason(outcome);
}

/** What came of a change to many stores: for whom it was done, for whom not and why. */
export function bulkPage(
  model: ConsoleModel & { action: StoreAction; outcomes: readonly StoreOutcome[]; backTo: string },
): Html {
  const { language, outcomes, action } = model;
  const texts = bulkTexts[language];
  const done = outcomes.filter(({ outcome }) => outcome === 'OK');
  const refused = outcomes.filter(({ outcome }) => outcome !== 'OK');
  const links = outcomes.flatMap(({ storeCode, name, link }) =>
    link === null ? [] : [{ storeCode, name, url: link.url, expiresAt: link.expiresAt.toISOString() }],
  );
  const count = (list: readonly unknown[]) => formatCount(list.length, language);
  return consoleFrame({
    model,
    section: 'stores',
    title: texts.actions[action],
    watches: null,
    body: html`<h1>${texts.actions[action]}</h1>
<p class="hint ${refused.length === 0 ? 'good' : 'warn'}" role="status">${texts.finished(count(done), count(refused))}</p>
${
  refused.length > 0 &&
  html`<section><h2>${texts.refused}</h2>
<ul class="refused">${refused.map(
    ({ storeCode, name, outcome }) =>
      html`<li>${name === null ? html`<code>${storeCode}</code>` : storeLink({ storeCode, name })}: ${refusalOf(outcome, language)}</li>`,
  )}</ul></section>`
}
${
  links.length > 0
    ? html`<section class="made">${bulkLinks(language, links)}</section>`
    : done.length > 0 &&
      html`<section><h2>${texts.doneFor}</h2>
<ul class="refused">${done.map(
        ({ storeCode, name }) => html`<li>${storeLink({ storeCode, name: name ?? storeCode })}</li>`,
      )}</ul></section>`
}
<p><a class="button" href="${model.backTo}">${texts.back}</a></p>
<script type="module" src="/public/bulk.js"></script>`,
  });
}
