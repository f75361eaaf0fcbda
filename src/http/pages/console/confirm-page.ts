import { html } from 'hono/html';
import type { Html } from '../layout.ts';
import type { ConsoleModel, Section } from './console-model.ts';
import { consoleFrame } from './frame.ts';
import { frameTexts } from './texts/frame.ts';

/** What is asked before a change that takes something away. */
export interface Question {
  section: Section;
  title: string;
  question: string;
  /** On the button that does it. */
  word: string;
  /** Stores that the question only counts. */
  codes?: readonly string[];
  /** What the form sent, to be sent again. */
  fields?: readonly (readonly [name: string, value: string])[];
}

/** For whoever has no JavaScript that could ask. `to`: where the form was sent, and is sent again with `confirmed`. */
export function confirmPage(model: ConsoleModel & Question & { to: string; backTo: string }): Html {
  const { codes = [], fields = [], backTo } = model;
  const sent = [...fields, ['confirmed', 'yes'], ['back', backTo]];
  return consoleFrame({
    model,
    section: model.section,
    title: model.title,
    watches: null,
    body: html`<h1>${model.title}</h1>
<p class="hint warn">${model.question}</p>
<p>${codes.map((code) => html`<code>${code}</code> `)}</p>
<form method="post" action="${model.to}" class="row">
${sent.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
<button type="submit" class="danger">${model.word}</button>
<a class="button" href="${backTo}">${frameTexts[model.language].back}</a></form>`,
  });
}
