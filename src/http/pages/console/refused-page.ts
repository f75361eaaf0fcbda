import { html } from 'hono/html';
import type { Html } from '../layout.ts';
import type { ConsoleModel, Section } from './console-model.ts';
import { consoleFrame } from './frame.ts';
import { frameTexts } from './texts/frame.ts';
import { refusedTexts } from './texts/refused.ts';

/** A change that was refused: why, what to do, and the way back. */
export function refusedPage(
  model: ConsoleModel & { section: Section; message: string; code: string; backTo: string },
): Html {
  const texts = refusedTexts[model.language];
  return consoleFrame({
    model,
    section: model.section,
    title: texts.title,
    watches: null,
    body: html`<h1>${texts.title}</h1>
<p class="hint bad" role="alert" lang="en">${model.message}</p>
<p class="quiet">${texts.code} <code>${model.code}</code></p>
<p><a class="button" href="${model.backTo}">${frameTexts[model.language].back}</a></p>`,
  });
}
