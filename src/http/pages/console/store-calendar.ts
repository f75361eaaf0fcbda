import { html } from 'hono/html';
import { eachDay } from '../../../domain/daily-views.ts';
import { localDay } from '../../../domain/snapshot-day.ts';
import type { StoreDetail } from '../../../services/read-store-detail.ts';
import { explainDay } from '../explain-day.ts';
import { formatCount, formatDay, formatShortDay } from '../format.ts';
import type { Html } from '../layout.ts';
import type { Language } from '../view-models.ts';
import { storeTexts } from './texts/store.ts';
import { words } from './words.ts';

const stepPx = 15;
const cellPx = 12;
const leftPx = 30;
const topPx = 18;
/** Two names closer than this would overlap. */
const weeksBetweenNames = 3;

type Day = StoreDetail['days'][number];

const states = ['complete', 'late', 'partial', 'running', 'pending', 'missed'] as const;

/** A year of days, one cell each, weeks as columns, and the days that are not complete as a table. */
export function storeCalendar(detail: StoreDetail, language: Language): Html {
  const texts = storeTexts[language].calendar;
  const { days, view, today, calendarFrom } = detail;
  const [first] = days;
  if (first === undefined) return html`<p class="quiet">${texts.none}</p>`;
  const created = localDay(view.store.createdAt, view.store.timezone);
  const born = first.snapshotDate < created ? first.snapshotDate : created;
  const shown = eachDay(calendarFrom, today);
  const byDay = new Map(days.map((day) => [day.snapshotDate, day]));
  const offset = weekday(calendarFrom);
  const weeks = Math.ceil((offset + shown.length) / 7);
  const cells = shown.map((day, index) => {
    if (day < born) return html``;
    const entry = byDay.get(day);
    const x = leftPx + Math.floor((index + offset) / 7) * stepPx;
    const y = topPx + ((index + offset) % 7) * stepPx;
    return html`<rect class="${entry?.state ?? 'none'}" x="${x}" y="${y}" width="${cellPx}" height="${cellPx}" rx="2"><title>${formatDay(day, language)}: ${sayDay(entry, language)}</title></rect>`;
  });
  return html`<div class="scroll from-end" tabindex="0" role="region" aria-label="${texts.scroll}" data-key="calendar">
<svg class="calendar" width="${leftPx + weeks * stepPx}" height="${topPx + 7 * stepPx}" role="img" aria-label="${texts.label(
    formatDay(calendarFrom > born ? calendarFrom : born, language),
    formatDay(today, language),
    summary(days, language),
  )}">${monthNames(shown, offset, language)}${texts.weekdays.map(
    (name, index) => html`<text x="0" y="${topPx + index * stepPx + cellPx - 2}">${name}</text>`,
  )}${cells}</svg></div>
${legend(days, language)}
${notComplete(days, language)}`;
}

/** 0 for Monday. */
const weekday = (day: string) => (new Date(day).getUTCDay() + 6) % 7;

function sayDay(day: Day | undefined, language: Language): string {
  if (day === undefined) return storeTexts[language].calendar.noRow;
  const { word } = words[language].day[day.state];
  const why = whyDay(day, language);
  return why === null ? word : `${word}. ${why}`;
}

/** Null for a day that needs no reason, or has none yet. */
const whyDay = (day: Day, language: Language): string | null =>
  day.state === 'missed' || day.state === 'partial' || day.state === 'late'
    ? explainDay({ ...day, waitsFor: null }, language)
    : null;

function monthNames(shown: readonly string[], offset: number, language: Language): Html[] {
  let lastWeek = -weeksBetweenNames;
  return shown.flatMap((day, index) => {
    const week = Math.floor((index + offset) / 7);
    // The year's first days belong to a month that ends in the next column or two.
    if ((index > 0 && !day.endsWith('-01')) || week - lastWeek < weeksBetweenNames) return [];
    if (index === 0 && Number(day.slice(8)) > 8) return [];
    lastWeek = week;
    const name = formatShortDay(day, language).replace(/^\d+\s/, '');
    return [html`<text x="${leftPx + week * stepPx}" y="11">${name}</text>`];
  });
}

const countOf = (days: readonly Day[], state: Day['state']) => days.filter((day) => day.state === state).length;

const summary = (days: readonly Day[], language: Language): string =>
  states
    .map((state) => ({ state, count: countOf(days, state) }))
    .filter(({ count }) => count > 0)
    .map(({ state, count }) => `${formatCount(count, language)} ${words[language].day[state].word}`)
    .join(', ');

const legend = (days: readonly Day[], language: Language): Html =>
  html`<ul class="legend">${states.map((state) => {
    const count = countOf(days, state);
    return html`<li class="${count === 0 ? 'none' : ''}"><span class="dot ${state}" aria-hidden="true"></span><span class="number">${formatCount(count, language)}</span> ${words[language].day[state].word}</li>`;
  })}</ul>`;

function notComplete(days: readonly Day[], language: Language): Html {
  const texts = storeTexts[language].calendar;
  const rows = days.filter(({ state }) => state !== 'complete').toReversed();
  if (rows.length === 0) return html`<p class="quiet">${texts.all}</p>`;
  return html`<details id="not-complete"><summary>${texts.list(formatCount(rows.length, language))}</summary>
<div class="scroll" tabindex="0" role="region" aria-label="${texts.list(formatCount(rows.length, language))}">
<table class="plain words"><thead><tr><th scope="col">${texts.day}</th><th scope="col">${texts.state}</th><th scope="col">${texts.reason}</th></tr></thead>
<tbody>${rows.map(
    (
      day,
    ) => html`<tr><th scope="row"><time datetime="${day.snapshotDate}">${formatDay(day.snapshotDate, language)}</time></th>
<td>${words[language].day[day.state].word}</td><td>${whyDay(day, language) ?? ''}</td></tr>`,
  )}</tbody></table></div></details>`;
}
