import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AdminScope } from '../../domain/admin-scope.ts';
import type { ConnectOutcome } from '../../domain/connect-outcome.ts';
import type { JobState } from '../../domain/job-state.ts';

// What each page is told. Times are ISO 8601 UTC, days YYYY-MM-DD; null means not known or none, never 0.

export type Language = 'id' | 'en';

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
}

export interface ConnectResultPageModel {
  language: Language;
  simulated: boolean;
  outcome: ConnectOutcome | 'IN_PROGRESS' | 'INVALID_STATE';
  storeName: string | null;
  storeCode: string | null;
  /** The account the store belongs to, whatever the outcome. */
  account: AccountNames | null;
  /** Scopes the owner did not grant. */
  missingScopes: string[];
  firstSync: 'waiting' | 'done' | null;
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
  simulated: boolean;
  error: string | null;
  action: '/session';
}

export interface QueueModel {
  queued: number;
  deferred: number;
  active: number;
  retrying: number;
  failed: number;
  completedToday: number;
  oldestQueuedSeconds: number | null;
  perMinute: number | null;
  etaSeconds: number | null;
}

/** The six states add up to `expected`. */
export interface CoverageModel {
  date: string;
  expected: number;
  complete: number;
  partial: number;
  late: number;
  pending: number;
  running: number;
  missed: number;
}

export interface StoreRowModel {
  storeCode: string;
  name: string;
  timezone: string;
  status: StoreStatus;
  statusReason: string | null;
  paused: boolean;
  account: AccountNames | null;
  lastSnapshotDate: string | null;
  lastSyncedAt: string | null;
  nextSyncAt: string | null;
  job: { id: string; state: JobState } | null;
}

export interface StoreListModel {
  items: StoreRowModel[];
  nextHref: string | null;
  statusFilter: string | null;
}

export interface NoticeModel {
  kind: 'ok' | 'error';
  text: string;
  /** A connect link to hand on. */
  link: string | null;
}

export interface ConsolePageModel {
  simulated: boolean;
  publicUrl: string;
  /** Who is signed in: only what this scope allows is offered. */
  admin: { name: string; scope: AdminScope };
  now: string;
  queue: QueueModel;
  today: CoverageModel;
  stores: StoreListModel;
  notice: NoticeModel | null;
}

/** OpenAPI 3.1, as @hono/zod-openapi makes it. */
export type OpenApiDocument = ReturnType<OpenAPIHono['getOpenAPI31Document']>;

export interface DocsPageModel {
  simulated: boolean;
  document: OpenApiDocument;
  publicUrl: string;
}
