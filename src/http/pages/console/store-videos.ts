import { html } from 'hono/html';
import { type StoreVideos, type VideoSort, videoSorts } from '../../../services/read-store-detail.ts';
import { formatChange, formatCount, formatDate } from '../format.ts';
import type { Html } from '../layout.ts';
import { dash } from './parts.ts';
import { chosenAddress, type StoreModel } from './store-model.ts';
import { storeTexts } from './texts/store.ts';

type Row = StoreVideos['rows'][number];

const longestTitle = 90;

/** One page of its videos, sorted as chosen. */
export function storeVideos(model: StoreModel): Html {
  const { language, videos, choice, nextCursor } = model;
  const texts = storeTexts[language].videos;
  if (videos.rows.length === 0 && !model.isLaterPage) return html`<p class="empty quiet">${texts.none}</p>`;
  return html`<div class="row"><span class="quiet" id="sort-by">${texts.sortBy}</span>
<ul class="filters" aria-labelledby="sort-by">${videoSorts.map((sort) => sortLink(model, sort))}</ul></div>
<table class="cards videos" role="table" aria-label="${texts.title}"><thead role="rowgroup"><tr role="row">
<th scope="col" role="columnheader">${texts.video}</th>${videoSorts.map(
    (sort) =>
      html`<th scope="col" role="columnheader" ${sort === choice.sort && html`aria-sort="${choice.ascending ? 'ascending' : 'descending'}"`}>${texts[sort]}</th>`,
  )}</tr></thead>
<tbody role="rowgroup">${videos.rows.map((row) => videoRow(row, model))}</tbody></table>
<div class="row">${
    model.isLaterPage && html`<a class="button" href="${chosenAddress(model, {}, 'videos')}">${texts.first}</a>`
  }${
    nextCursor !== null &&
    html`<a class="button" href="${chosenAddress(model, { cursor: nextCursor }, 'videos')}">${texts.next}</a>`
  }</div>`;
}

/** The one in use turns the order round. */
function sortLink(model: StoreModel, sort: VideoSort): Html {
  const texts = storeTexts[model.language].videos;
  const isChosen = sort === model.choice.sort;
  const { ascending } = model.choice;
  const address = chosenAddress(model, { sort, ascending: isChosen && !ascending }, 'videos');
  return html`<li><a href="${address}" ${isChosen && html`aria-current="true"`}>${
    sort === 'growth' ? texts.growthLong : texts[sort]
  }${isChosen && html`<span aria-hidden="true">&nbsp;${ascending ? '↑' : '↓'}</span><span class="unseen">, ${ascending ? texts.ascending : texts.descending}</span>`}</a></li>`;
}

function videoRow(row: Row, { language }: StoreModel): Html {
  const texts = storeTexts[language].videos;
  const number = (label: string, value: number | null, format = formatCount) =>
    html`<td role="cell" class="figure" data-label="${label}"><span>${value === null ? dash(language) : format(value, language)}</span></td>`;
  return html`<tr role="row"><th scope="row" role="rowheader">${videoName(row, language)}${whereabouts(row, language)}</th>
<td role="cell" class="figure" data-label="${texts.posted}"><span>${
    row.postedAt === null
      ? dash(language)
      : html`<time datetime="${row.postedAt.toISOString()}">${formatDate(row.postedAt.toISOString(), language)}</time>`
  }</span></td>
${number(texts.views, row.viewCount)}${number(texts.likes, row.likeCount)}${number(texts.comments, row.commentCount)}${number(
  texts.shares,
  row.shareCount,
)}${number(texts.growth, row.growth, formatChange)}</tr>`;
}

/** What became of it, unless it simply stands in the list. */
function whereabouts(row: Row, language: StoreModel['language']): Html | false {
  if (row.presence === 'listed' && row.isListed) return false;
  const [word, known] = storeTexts[language].videos.presence[row.presence === 'listed' ? 'missing' : row.presence];
  const since = row.presenceSince === null ? '' : formatDate(row.presenceSince, language);
  return html`<small class="line" title="${known(since, formatDate(row.snapshotDate, language))}">${word}</small>`;
}

function videoName(row: Row, language: StoreModel['language']): Html {
  const texts = storeTexts[language].videos;
  const text = (row.title || row.description || '').trim();
  const name =
    text === ''
      ? html`<span class="quiet">${texts.untitled} <code>${row.videoId}</code></span>`
      : html`<bdi>${shorten(text)}</bdi>`;
  const address = webAddress(row.shareUrl);
  return address === null
    ? name
    : html`<a rel="noopener noreferrer" target="_blank" href="${address}">${name}<span class="unseen"> (${texts.opens})</span></a>`;
}

const shorten = (text: string) =>
  text.length > longestTitle ? `${text.slice(0, longestTitle).toWellFormed()}…` : text;

/** TikTok names it, and a link may do more than lead somewhere: only an address of the web is one. */
function webAddress(text: string | null): string | null {
  const url = text === null ? null : URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) ? url.href : null;
}
