import { html } from 'hono/html';
import type { Language } from './view-models.ts';

/** Markup whose data is escaped already. */
export type Html = ReturnType<typeof html>;

const simulatedBanner: Readonly<Record<Language, Html>> = {
  en: html`<strong>SIMULATED.</strong> This is not the real TikTok, and every number is made up.`,
  id: html`<strong>SIMULASI.</strong> Ini bukan TikTok yang sebenarnya, dan semua angkanya rekaan.`,
};

/** The frame of every page: one stylesheet, nothing inline, nothing from elsewhere. `head` adds metas or scripts. */
export function layout(page: { language: Language; simulated: boolean; title: string; body: Html; head?: Html }): Html {
  return html`<!doctype html>
<html lang="${page.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${page.title} · Harian</title>
<link rel="icon" href="/public/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/public/harian.css">
${page.head}
</head>
<body>
${page.simulated && html`<aside class="simulated" aria-label="${page.language === 'id' ? 'Simulasi' : 'Simulation'}">${simulatedBanner[page.language]}</aside>`}
${page.body}
</body>
</html>`;
}

/** The frame of a page with one thing to say: a single narrow card. */
export function cardLayout(page: {
  language: Language;
  simulated: boolean;
  title: string;
  card: Html;
  head?: Html;
}): Html {
  return layout({
    ...page,
    body: html`<div class="narrow">
<header class="brand">Harian</header>
<main class="card">${page.card}</main>
</div>`,
  });
}
