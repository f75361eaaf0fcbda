import type { OpenAPIHono } from '@hono/zod-openapi';
import type { ConnectOutcome } from '../../domain/connect-outcome.ts';
import type { Language } from '../../domain/language.ts';

// What each page is told. Times are ISO 8601 UTC, days YYYY-MM-DD; null means not known or none, never 0.

export type { Language };

export type StoreStatus = 'PENDING' | 'CONNECTED' | 'NEED_RECONNECT' | 'DISCONNECTED';

export interface AccountNames {
  displayName: string | null;
  username: string | null;
}

export interface ConnectPageModel {
  language: Language;
  simulated: boolean;
  storeName: string;
  storeCode: string;
  /** Where the form is posted to: the page's own path. */
  action: string;
  /** Since when the store needs a new connection; null when it was never connected or still is. */
  since: string | null;
  /** Days that could not be read since then. */
  daysMissing: number;
}

export interface ConnectResultPageModel {
  language: Language;
  simulated: boolean;
  outcome: ConnectOutcome | 'IN_PROGRESS' | 'ENDED' | 'INVALID_STATE';
  storeName: string | null;
  storeCode: string | null;
  /** The account the store belongs to, whatever the outcome. */
  account: AccountNames | null;
  /** Scopes the owner did not grant. */
  missingScopes: string[];
  firstSync: 'waiting' | 'done' | 'later' | null;
  /** Offers to say that it is not their store. */
  mayUndo: boolean;
}

export interface LinkGonePageModel {
  language: Language;
  simulated: boolean;
}

export interface ErrorPageModel {
  language: Language;
  simulated: boolean;
  status: number;
  /** English, for people. */
  message: string;
  code: string;
}

export interface SignInPageModel {
  language: Language;
  simulated: boolean;
  /** English, for people. */
  error: string | null;
  /** They were signed in, and no longer are. */
  ended: boolean;
  /** The path that is shown once they are in. */
  to: string;
}

/** OpenAPI 3.1, as @hono/zod-openapi makes it. */
export type OpenApiDocument = ReturnType<OpenAPIHono['getOpenAPI31Document']>;

export interface DocsPageModel {
  simulated: boolean;
  document: OpenApiDocument;
  publicUrl: string;
}
