import { html } from 'hono/html';
import type { Scope } from './scopes.ts';
import type { AccountSpec } from './world.ts';

const ACCOUNTS_SHOWN = 100;

const scopeWords: Record<Scope, string> = {
  'user.info.basic': 'Profile picture and display name',
  'user.info.profile': 'Username, bio and profile link',
  'user.info.stats': 'Counts of followers, likes and videos',
  'video.list': 'Public videos and their counts',
};

const style = html`<style>
  body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 32rem; padding: 1rem; color: #1a1a1a; background: #fff; overflow-wrap: anywhere; }
  h1 { font-size: 1.375rem; line-height: 1.25; }
  .notice { border: 2px solid #7a4b00; background: #fff4de; padding: .5rem .75rem; border-radius: .5rem; }
  fieldset { border: 1px solid #bbb; border-radius: .5rem; margin: 1rem 0; padding: .25rem .75rem; min-width: 0; }
  .accounts { max-height: 15rem; overflow-y: auto; }
  label { display: flex; gap: .75rem; align-items: center; min-height: 2.75rem; }
  input { width: 1.25rem; height: 1.25rem; flex: none; margin: 0; }
  small { color: #555; }
  .buttons { display: flex; flex-wrap: wrap; gap: .75rem; }
  button { font: inherit; flex: 1 1 8rem; min-height: 3rem; border: 2px solid #1a1a1a; border-radius: .5rem; background: #fff; color: #1a1a1a; }
  button.main { background: #1a1a1a; color: #fff; }
</style>`;

function page(title: string, body: unknown) {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<link rel="icon" href="data:,">
${style}
</head>
<body>
<main>
<p class="notice"><strong>This is a SIMULATED TikTok.</strong> Nothing here is real.</p>
${body}
</main>
</body>
</html>`;
}

/** The page on which a person picks an account and scopes. A plain form: it works without JavaScript. */
export function consentPage(options: {
  accounts: readonly AccountSpec[];
  scopes: readonly Scope[];
  hidden: Record<'client_key' | 'redirect_uri' | 'state' | 'scope' | 'response_type', string>;
}) {
  const accounts = options.accounts.slice(0, ACCOUNTS_SHOWN).map(
    (account, index) => html`<label>
<input type="radio" name="account" value="${account.openId}" required ${index === 0 ? 'checked' : ''}>
<span>${account.displayName}<br><small>@${account.username}</small></span></label>`,
  );
  const scopes = options.scopes.map((scope) => {
    const fixed = scope === 'user.info.basic';
    // A disabled box is not sent; the server adds the basic scope itself.
    return html`<label>
<input type="checkbox" name="granted" value="${scope}" checked ${fixed ? 'disabled' : ''}>
<span>${scopeWords[scope]}<br><small>${scope}${fixed ? ' (required)' : ''}</small></span></label>`;
  });
  const hidden = Object.entries(options.hidden).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
  return page(
    'Simulated TikTok: authorize',
    html`<h1>An app asks for access to a simulated account</h1>
<form method="post" action="/v2/auth/authorize/">
${hidden}
<fieldset class="accounts"><legend>Account</legend>${accounts}</fieldset>
<fieldset><legend>The app may read</legend>${scopes}</fieldset>
<div class="buttons">
<button class="main" name="decision" value="authorize">Authorize</button>
<button name="decision" value="refuse" formnovalidate>Refuse</button>
</div>
</form>`,
  );
}

/** What a person sees when the app asked wrongly; nobody is redirected then. */
export function consentErrorPage(problem: string, logId: string) {
  return page(
    'Simulated TikTok: error',
    html`<h1>The app sent a wrong request</h1><p>${problem}</p><p><small>log_id ${logId}</small></p>`,
  );
}
