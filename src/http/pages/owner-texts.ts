import type { Html } from './layout.ts';
import type { ConnectResultPageModel } from './view-models.ts';

/** Everything a store owner reads. Sentences that hold data take it as markup, so that it is escaped once. */
export interface OwnerTexts {
  connect: {
    title: string;
    lead: string;
    since: (day: Html) => Html;
    /** Said after `since`; `count` is at least 1. */
    missing: (count: number) => string;
    readsTitle: string;
    reads: readonly string[];
    neverTitle: string;
    never: readonly string[];
    button: string;
    afterwards: string;
  };
  store: string;
  account: string;
  /** In place of an account whose names TikTok did not give. */
  unnamedAccount: string;
  outcomes: Readonly<Record<ConnectResultPageModel['outcome'], OutcomeText>>;
  connected: {
    waiting: string;
    done: string;
    later: string;
    daily: string;
    undoTitle: string;
    undo: string;
    undoButton: string;
    missingTitle: string;
    missing: string;
    scopes: Readonly<Record<string, string>>;
  };
  linkGone: OutcomeText;
  error: {
    /** By HTTP status; `fallback` for all others. */
    byStatus: Readonly<Record<number, ErrorText>>;
    fallback: ErrorText;
    code: string;
  };
}

export interface OutcomeText {
  title: string;
  what: string;
  next: string;
}

export interface ErrorText {
  title: string;
  /** Said before the error's own message, which is English; null where that is enough. */
  what: string | null;
}
