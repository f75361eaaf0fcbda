import { html } from 'hono/html';
import type { Html } from './layout.ts';
import type { AccountNames } from './view-models.ts';

/** An account's names, or `null` when TikTok gave none. `bdi` keeps a right-to-left name from turning the line round. */
export function accountName(account: AccountNames | null): Html | null {
  if (account === null) return null;
  const { displayName, username } = account;
  if (displayName !== null && username !== null) return html`<bdi>${displayName}</bdi> (<bdi>@${username}</bdi>)`;
  if (username !== null) return html`<bdi>@${username}</bdi>`;
  return displayName === null ? null : html`<bdi>${displayName}</bdi>`;
}
