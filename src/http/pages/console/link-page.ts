import { html, raw } from 'hono/html';
import { renderSVG } from 'uqr';
import { formatInstant } from '../format.ts';
import type { Html } from '../layout.ts';
import type { ConsoleModel } from './console-model.ts';
import { consoleFrame } from './frame.ts';
import { storeAddress } from './parts.ts';
import { linkTexts } from './texts/link.ts';

export interface LinkModel extends ConsoleModel {
  storeCode: string;
  storeName: string;
  url: string;
  expiresAt: string;
}

/** A connect link, to copy, to share, or to scan from this screen. It is not kept, so it is shown only here. */
export function linkPage(model: LinkModel): Html {
  const texts = linkTexts[model.language];
  return consoleFrame({
    model,
    section: 'stores',
    title: texts.title,
    watches: null,
    body: html`<h1>${texts.title}</h1>
<p>${texts.lead(model.storeName)}</p>
<section class="stack"><label for="connect-link">${texts.label}</label>
<input id="connect-link" type="text" readonly value="${model.url}" autocomplete="off" spellcheck="false">
<div class="row"><button type="button" class="primary" data-copy="connect-link" data-copied-word="${texts.copied}" hidden>${texts.copy}</button>
<button type="button" data-share="connect-link" data-share-text="${texts.message(model.storeName)}" hidden>${texts.share}</button></div>
<p class="quiet">${texts.expires(formatInstant(model.expiresAt))}</p></section>
<section aria-labelledby="qr"><h2 id="qr">${texts.qr}</h2><div class="qr">${qrCode(model.url)}</div></section>
<p><a href="${storeAddress(model.storeCode)}">${texts.back}</a></p>`,
  });
}

/** Nothing in it comes from outside but the address, and that only as dark and light squares. */
const qrCode = (text: string) =>
  raw(renderSVG(text, { border: 2, pixelSize: 6 }).replace('<svg', '<svg aria-hidden="true"'));
