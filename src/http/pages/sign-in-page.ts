import { html } from 'hono/html';
import { cardLayout, type Html } from './layout.ts';
import type { SignInPageModel } from './view-models.ts';

/** The console's door: one field, named `key`. */
export function signInPage({ simulated, error, action }: SignInPageModel): Html {
  return cardLayout({
    language: 'en',
    simulated,
    title: 'Sign in',
    card: html`<h1>Sign in</h1>
${error !== null && html`<p class="hint bad" role="alert" id="sign-in-error">${error}</p>`}
<form method="post" action="${action}" class="stack">
<label for="key">Admin key</label>
<input id="key" name="key" type="password" autocomplete="current-password" required autofocus spellcheck="false"
  ${error !== null && html`aria-invalid="true" aria-describedby="sign-in-error"`}>
<button class="primary wide" type="submit">Sign in</button>
</form>
<p class="quiet">The key is the one set as <code>ADMIN_API_KEY</code>, or one made with <code>npm run admin:key</code>.</p>`,
  });
}
