import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { syncOutcomes } from '../domain/sync-outcome.ts';
import type { DeliveryOutcome, Observer, RefreshOutcome, RequestOutcome, TikTokEndpoint } from '../observe.ts';

/** What is looked at when somebody asks. */
export interface ProcessState {
  versions: { harian: string; node: string };
  pools: Readonly<Record<string, () => { max: number; total: number; idle: number; waiting: number }>>;
  /** Token pairs that neither database nor disk has taken. */
  pairsInHand: () => number;
}

const endpoints: Record<TikTokEndpoint, true> = {
  'user/info': true,
  'video/list': true,
  'video/query': true,
  token: true,
  revoke: true,
};
const requestOutcomes: Record<RequestOutcome, true> = {
  ok: true,
  aborted: true,
  rate_limited: true,
  transient: true,
  token_invalid: true,
  scope_not_authorized: true,
  grant_invalid: true,
  app_credentials: true,
  bad_request: true,
  access_denied: true,
  unknown: true,
};
const refreshOutcomes: Record<RefreshOutcome, true> = {
  stored: true,
  superseded: true,
  unknown: true,
  failed: true,
  refused: true,
  lost: true,
  not_kept: true,
};
const deliveryOutcomes: Record<DeliveryOutcome, true> = { delivered: true, failed: true, given_up: true };

/** Anybody may send any method. */
const methods = new Set(['GET', 'HEAD', 'POST', 'PATCH', 'DELETE', 'OPTIONS', 'PUT']);

const inSeconds = (durationMs: number) => durationMs / 1000;

/** What never happened yet stands at 0: a rate cannot see a counter that begins at 1. */
export function createObserver(registry: Registry): Observer {
  const registers = [registry];
  const runs = new Histogram({
    name: 'harian_sync_duration_seconds',
    help: 'Runs of a sync job in this process, by what came of them; UNWRITTEN could not be written down',
    labelNames: ['outcome'],
    buckets: [0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800],
    registers,
  });
  const rows = new Counter({
    name: 'harian_rows_written_total',
    help: 'Rows of numbers that this process has written',
    labelNames: ['table'],
    registers,
  });
  const refreshes = new Counter({
    name: 'harian_token_refreshes_total',
    help: 'Refreshes of a token pair: stored, superseded by a reconnect, unknown (no readable answer), failed (nothing spent), refused by TikTok, lost (refused after an unknown one), not_kept (on disk or in memory alone)',
    labelNames: ['outcome'],
    registers,
  });
  const requests = new Counter({
    name: 'harian_tiktok_requests_total',
    help: 'Requests of this process to TikTok: ok, aborted, or the kind of failure; rate_limited is a 429, transient no usable answer',
    labelNames: ['endpoint', 'outcome'],
    registers,
  });
  const requestSeconds = new Histogram({
    name: 'harian_tiktok_request_duration_seconds',
    help: 'How long TikTok took, whatever it answered',
    labelNames: ['endpoint'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15],
    registers,
  });
  const waits = new Histogram({
    name: 'harian_tiktok_wait_seconds',
    help: 'How long a request waited for its turn within the limit, or for TikTok to answer at all',
    labelNames: ['endpoint'],
    buckets: [0.01, 0.1, 1, 5, 15, 60, 300],
    registers,
  });
  const deliveries = new Counter({
    name: 'harian_webhook_attempts_total',
    help: 'Attempts of this process to deliver an event of the change feed; given_up was the last one',
    labelNames: ['outcome'],
    registers,
  });
  const served = new Counter({
    name: 'harian_http_requests_total',
    help: 'Requests that this process answered, by the pattern of the route and the class of the status',
    labelNames: ['method', 'route', 'status'],
    registers,
  });
  const servedSeconds = new Histogram({
    name: 'harian_http_request_duration_seconds',
    help: 'Until the answer began',
    labelNames: ['route'],
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers,
  });

  for (const outcome of [...syncOutcomes, 'UNWRITTEN']) runs.zero({ outcome });
  for (const table of ['user_daily', 'video_daily']) rows.inc({ table }, 0);
  for (const outcome of Object.keys(refreshOutcomes)) refreshes.inc({ outcome }, 0);
  for (const outcome of Object.keys(deliveryOutcomes)) deliveries.inc({ outcome }, 0);
  for (const endpoint of Object.keys(endpoints)) {
    for (const outcome of Object.keys(requestOutcomes)) requests.inc({ endpoint, outcome }, 0);
  }

  return {
    syncEnded: (outcome, durationMs) => runs.observe({ outcome: outcome ?? 'UNWRITTEN' }, inSeconds(durationMs)),
    numbersWritten({ accounts, videos }) {
      rows.inc({ table: 'user_daily' }, accounts);
      rows.inc({ table: 'video_daily' }, videos);
    },
    refreshEnded: (outcome) => refreshes.inc({ outcome }),
    requestAnswered(endpoint, outcome, durationMs) {
      requests.inc({ endpoint, outcome });
      requestSeconds.observe({ endpoint }, inSeconds(durationMs));
    },
    turnAwaited: (endpoint, durationMs) => waits.observe({ endpoint }, inSeconds(durationMs)),
    eventAttempted: (outcome) => deliveries.inc({ outcome }),
    requestServed({ method, route, status, durationMs }) {
      served.inc({ method: methods.has(method) ? method : 'other', route, status: `${Math.floor(status / 100)}xx` });
      servedSeconds.observe({ route }, inSeconds(durationMs));
    },
  };
}

/** Looked at when they are read. */
export function addProcessMetrics(registry: Registry, state: ProcessState): void {
  const registers = [registry];
  const pools = Object.entries(state.pools);
  new Gauge({
    name: 'harian_database_connections',
    help: 'Connections of a pool of this process, used and idle',
    labelNames: ['pool', 'state'],
    registers,
    collect() {
      for (const [pool, counts] of pools) {
        const { total, idle } = counts();
        this.set({ pool, state: 'used' }, total - idle);
        this.set({ pool, state: 'idle' }, idle);
      }
    },
  });
  new Gauge({
    name: 'harian_database_connections_max',
    help: 'Connections that a pool may have',
    labelNames: ['pool'],
    registers,
    collect() {
      for (const [pool, counts] of pools) this.set({ pool }, counts().max);
    },
  });
  new Gauge({
    name: 'harian_database_waiting',
    help: 'Statements of this process that wait for a free connection of the pool',
    labelNames: ['pool'],
    registers,
    collect() {
      for (const [pool, counts] of pools) this.set({ pool }, counts().waiting);
    },
  });
  new Gauge({
    name: 'harian_token_pairs_in_hand',
    help: 'New token pairs that are in the memory of this process alone: neither database nor disk has taken them',
    registers,
    collect() {
      this.set(state.pairsInHand());
    },
  });
  new Gauge({
    name: 'harian_build_info',
    help: 'What runs here; always 1',
    labelNames: ['version', 'node'],
    registers,
  }).set({ version: state.versions.harian, node: state.versions.node }, 1);
}
