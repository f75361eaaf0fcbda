import { html } from 'hono/html';
import { includesScope } from '../../../domain/admin-scope.ts';
import { localTimeOf } from '../../../domain/snapshot-day.ts';
import { accountName } from '../account-name.ts';
import { formatCount } from '../format.ts';
import type { Html } from '../layout.ts';
import { avatar } from './avatar.ts';
import { consoleFrame } from './frame.ts';
import { marked } from './parts.ts';
import { storeCalendar } from './store-calendar.ts';
import { storeActions, storeFacts } from './store-facts.ts';
import { storeLog } from './store-log.ts';
import { manageStore } from './store-manage.ts';
import type { StoreModel } from './store-model.ts';
import { storeNumbers } from './store-numbers.ts';
import { storeVideos } from './store-videos.ts';
import { whyNot } from './store-why.ts';
import { storeTexts } from './texts/store.ts';
import { words } from './words.ts';

/** One store: whether it syncs and why not, its days, its numbers, its videos, its log. */
export function storePage(model: StoreModel): Html {
  const { language, detail, videos } = model;
  const texts = storeTexts[language];
  return consoleFrame({
    model,
    section: 'stores',
    title: detail.view.store.name,
    watches: 'stores',
    charts: true,
    body: html`<div id="head" data-live data-store="${detail.view.store.storeCode}">${head(model)}</div>
${jumps(model)}
<section id="why" data-live aria-live="polite" aria-labelledby="why-title">${whyNot(model)}</section>
<section id="facts" data-live aria-label="${texts.facts.title}">${storeFacts(model)}
${storeActions(model)}</section>
<section id="calendar" data-live aria-labelledby="calendar-title"><h2 id="calendar-title">${texts.calendar.title}</h2>
${storeCalendar(detail, language)}</section>
<section id="numbers" data-live aria-labelledby="numbers-title"><h2 id="numbers-title">${texts.numbers.title}</h2>
${storeNumbers(model)}</section>
<section id="videos" data-live aria-labelledby="videos-title">
<h2 id="videos-title">${texts.videos.title} <small>${formatCount(videos.count, language)}</small></h2>
${storeVideos(model)}</section>
<section id="log" data-live aria-labelledby="log-title"><h2 id="log-title">${texts.log.title}</h2>
${storeLog(detail, model)}</section>
${manageStore(model)}`,
  });
}

/** The page is long: on a phone these save the thumb. */
function jumps({ language, admin }: StoreModel): Html {
  const { calendar, numbers, videos, log, manage, sections } = storeTexts[language];
  const named = { calendar, numbers, videos, log, ...(includesScope(admin.scope, 'operate') && { manage }) };
  return html`<nav class="filters jumps" aria-label="${sections}">${Object.entries(named).map(
    ([id, { title }]) => html`<a href="#${id}">${title}</a>`,
  )}</nav>`;
}

function head({ language, now, detail }: StoreModel): Html {
  const texts = storeTexts[language];
  const { store, account } = detail.view;
  return html`<div class="store-head">${avatar(account?.displayName ?? account?.username ?? store.name)}
<div class="store-names"><h1><bdi>${store.name}</bdi></h1>
<p>${accountName(account) ?? html`<span class="quiet">${texts.noAccount}</span>`}</p>
<p class="quiet"><code>${store.storeCode}</code> · ${store.timezone}, ${texts.localTime(localTimeOf(new Date(now), store.timezone))}</p></div>
<p class="states">${marked(words[language].status[store.status])}${store.paused && marked(words[language].paused)}</p></div>`;
}
