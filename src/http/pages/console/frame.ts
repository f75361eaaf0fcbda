import { html } from 'hono/html';
import { includesScope } from '../../../domain/admin-scope.ts';
import { alarmsOf } from '../../../domain/fleet-health.ts';
import { formatInstant } from '../format.ts';
import { type Html, layout } from '../layout.ts';
import type { ConsoleModel, Section } from './console-model.ts';
import { frameTexts } from './texts/frame.ts';

export const sectionAddresses: Readonly<Record<Section, string>> = {
  today: '/',
  stores: '/stores',
  queue: '/queue',
  log: '/log',
  audit: '/audit',
  keys: '/keys',
  settings: '/settings',
};
const forAdmins: readonly Section[] = ['audit', 'keys', 'settings'];

/**
 * The frame of every page of the console. `watches` says what public/live.js shall refetch the page for: `fleet` (today's
 * view), `stores` (those whose codes stand in data-store) or nothing. What it may swap carries `data-live` and an id.
 */
export function consoleFrame(page: {
  model: ConsoleModel;
  section: Section;
  title: string;
  watches: 'fleet' | 'stores' | null;
  /** Loads the chart library. */
  charts?: boolean;
  body: Html;
}): Html {
  const { model, section } = page;
  const texts = frameTexts[model.language];
  const sections = Object.entries(sectionAddresses).filter(
    ([name]) => includesScope(model.admin.scope, 'admin') || !forAdmins.includes(name as Section),
  );
  return layout({
    language: model.language,
    simulated: model.simulated,
    title: page.title,
    head: html`<link rel="stylesheet" href="/public/console.css">
<script type="module" src="/public/live.js"></script>
${
  page.charts &&
  html`<link rel="stylesheet" href="/public/uplot.css">
<script defer src="/public/uplot.js"></script>
<script type="module" src="/public/charts.js"></script>`
}`,
    body: html`<a class="skip" href="#content">${texts.skip}</a>
<header class="bar-top">
<a class="brand" href="/">Harian</a>
<p id="live-state" class="quiet" role="status" data-live-word="${texts.live.live}" data-paused-word="${texts.live.paused}"
  data-lost-word="${texts.live.lost}" data-away-word="${texts.live.away}" data-ended-word="${texts.live.ended}"></p>
<nav aria-label="${texts.navigation}">${sections.map(
      ([name, address]) =>
        html`<a href="${address}" ${name === section && html`aria-current="page"`}>${texts.sections[name as Section]}</a>`,
    )}<a href="/docs">${texts.docs}</a></nav>
<form method="post" action="/session/end" class="who"><span class="quiet">${texts.signedInAs(model.admin.name, model.admin.scope)}</span>
<button type="submit">${texts.signOut}</button></form>
</header>
<p id="signed-out" class="notice hint warn" role="alert" hidden>${texts.signInEnded} <a href="/" target="_blank" rel="noopener">${texts.signInBeside}</a></p>
${alarms(model)}
${model.notice && html`<p class="notice hint ${model.notice.tone}" role="${model.notice.tone === 'good' ? 'status' : 'alert'}">${model.notice.text}</p>`}
<main id="content" class="console" tabindex="-1" ${page.watches && html`data-watches="${page.watches}"`} ${model.answersForm && 'data-answer'}>
${page.body}
</main>`,
  });
}

/** `data-state` tells live.js when to fetch the page again. */
function alarms({ language, health }: ConsoleModel): Html {
  const { alarms: texts } = frameTexts[language];
  const said = [
    health.workers === 0 && texts.noWorker,
    health.schedulers === 0 && texts.noScheduler,
    health.breakerSince !== null && texts.breaker(formatInstant(health.breakerSince)),
  ].filter((text) => text !== false);
  return html`<div id="alarms" data-live data-state="${alarmsOf(health)}" role="region" aria-label="${texts.label}" aria-live="polite">${said.map(
    (text) => html`<p class="notice hint bad">${text}</p>`,
  )}</div>`;
}
