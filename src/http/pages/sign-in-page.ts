import { html } from 'hono/html';
import { bothLanguages } from './console/both-languages.ts';
import { cardLayout, type Html } from './layout.ts';
import type { SignInPageModel } from './view-models.ts';

const signInTexts = bothLanguages(
  {
    title: 'Sign in',
    ended: 'Your session has ended: sign in again.',
    key: 'Admin key',
    hint: (set: Html, made: Html) => html`The key is the one set as ${set}, or one made with ${made}.`,
  },
  {
    title: 'Masuk',
    ended: 'Sesi Anda sudah berakhir: masuk lagi.',
    key: 'Kunci admin',
    hint: (set, made) => html`Kuncinya adalah yang diatur sebagai ${set}, atau yang dibuat dengan ${made}.`,
  },
);

/** The console's door: one field, named `key`, and where to go then. */
export function signInPage({ language, simulated, error, ended, to }: SignInPageModel): Html {
  const texts = signInTexts[language];
  return cardLayout({
    language,
    simulated,
    title: texts.title,
    card: html`<h1>${texts.title}</h1>
${ended && html`<p class="hint warn" role="status">${texts.ended}</p>`}
${error !== null && html`<p class="hint bad" role="alert" id="sign-in-error" lang="en">${error}</p>`}
<form method="post" action="/session" class="stack">
<input type="hidden" name="to" value="${to}">
<label for="key">${texts.key}</label>
<input id="key" name="key" type="password" autocomplete="current-password" required autofocus spellcheck="false"
  ${error !== null && html`aria-invalid="true" aria-describedby="sign-in-error"`}>
<button class="primary wide" type="submit">${texts.title}</button>
</form>
<p class="quiet">${texts.hint(html`<code>ADMIN_API_KEY</code>`, html`<code>npm run admin:key</code>`)}</p>`,
  });
}
