import type { ConsoleModel } from '../../../../src/http/pages/console/console-model.ts';
import type { StoresModel } from '../../../../src/http/pages/console/stores-page.ts';
import type { ConnectResultPageModel, Language, OpenApiDocument } from '../../../../src/http/pages/view-models.ts';
import type { StoreListRow } from '../../../../src/services/search-stores.ts';
import type { Today } from '../../../../src/services/watch-fleet.ts';

/** Breaks out of text and of attributes wherever it is not escaped. */
export const hostile = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>`;

export const languages: readonly Language[] = ['en', 'id'];

export function connectResult(changes: Partial<ConnectResultPageModel> = {}): ConnectResultPageModel {
  return {
    language: 'en',
    simulated: false,
    outcome: 'CONNECTED',
    storeName: 'Toko Satu',
    storeCode: 'toko-1',
    account: { displayName: 'Satu', username: 'satu.id' },
    missingScopes: [],
    firstSync: null,
    ...changes,
  };
}

/** What every page of the console is told. */
export function consoleModel(changes: Partial<ConsoleModel> = {}): ConsoleModel {
  return {
    language: 'en',
    simulated: false,
    publicUrl: 'http://localhost:3000',
    admin: { name: 'bootstrap', scope: 'admin' },
    now: '2026-11-24T03:00:00.000Z',
    notice: null,
    health: { workers: 1, schedulers: 1, breakerSince: null },
    ...changes,
  };
}

export function today(changes: Partial<Today> = {}): Today {
  const waiting = {
    worker: 0,
    running: 0,
    limit: 0,
    retry: 0,
    breaker: 0,
    owner: 0,
    pause: 0,
    admin: 0,
    localTime: 0,
  };
  return {
    at: new Date('2026-11-24T03:00:00.000Z'),
    queue: {
      queued: 0,
      deferred: 0,
      active: 0,
      retrying: 0,
      failed: 0,
      completedToday: 0,
      oldestQueuedSeconds: null,
      perMinute: 0,
      etaSeconds: null,
      breaker: null,
    },
    coverage: {
      date: '2026-11-24',
      expected: 0,
      complete: 0,
      partial: 0,
      late: 0,
      running: 0,
      pending: 0,
      missed: 0,
      waiting,
      forecast: { storesLeft: 0, etaAt: null },
    },
    fleet: { workers: 1, schedulers: 1 },
    requests: [{ endpoint: 'user/info', count: 0 }],
    throughput: [],
    attention: [],
    ...changes,
  };
}

export function storeRow(changes: Partial<StoreListRow['store']> = {}, more: Partial<StoreListRow> = {}): StoreListRow {
  const at = new Date('2026-11-24T02:00:00.000Z');
  return {
    store: {
      storeCode: 'toko-1',
      name: 'Toko Satu',
      timezone: 'Asia/Jakarta',
      status: 'CONNECTED',
      statusReason: null,
      paused: false,
      connectedAt: at,
      lastSyncedAt: at,
      lastSnapshotDate: '2026-11-24',
      createdAt: at,
      updatedAt: at,
      ...changes,
    },
    account: null,
    job: null,
    nextSyncAt: new Date('2026-11-24T18:00:00.000Z'),
    followers: Array.from({ length: 30 }, () => null),
    wait: null,
    ...more,
  };
}

export function storesModel(changes: Partial<StoresModel> = {}): StoresModel {
  const rows = [storeRow()];
  const counts = { all: 1, paused: 0, PENDING: 0, CONNECTED: 1, NEED_RECONNECT: 0, DISCONNECTED: 0 };
  return {
    ...consoleModel(),
    view: { text: '', filter: null, sort: 'code' },
    list: { rows, counts, total: 1, ahead: 0 },
    previous: null,
    next: null,
    ...changes,
  };
}

export const openApi: OpenApiDocument = {
  openapi: '3.1.0',
  info: { title: 'Harian', version: '1', description: hostile },
  security: [{ bearer: [] }],
  components: {
    schemas: {
      Store: {
        type: 'object',
        required: ['store_code', 'name'],
        properties: {
          store_code: { type: 'string', maxLength: 64 },
          name: { type: 'string', example: "Ibu's shop" },
          account: {
            anyOf: [{ type: 'object', properties: { username: { type: ['string', 'null'] } } }, { type: 'null' }],
          },
        },
      },
      Taken: {
        type: 'object',
        properties: { error: { type: 'object', properties: { code: { enum: ['STORE_EXISTS'] } } } },
      },
    },
  },
  paths: {
    '/api/stores': {
      post: {
        summary: 'Create a store',
        requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Store' } } } },
        responses: {
          201: {
            description: 'Made.',
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Store' } } },
          },
          409: {
            description: 'Taken.',
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Taken' } } },
          },
        },
      },
    },
    '/api/stores/{store_code}/daily': {
      get: {
        summary: 'Daily numbers',
        parameters: [
          { name: 'store_code', in: 'path', required: true, schema: { type: 'string' } },
          { name: 'from', in: 'query', required: true, schema: { type: 'string', format: 'date' } },
          { name: 'to', in: 'query', schema: { type: 'string', format: 'date' } },
        ],
        responses: { 200: { description: 'Days.' } },
      },
    },
    '/healthz': { get: { summary: 'Alive', security: [], responses: { 200: { description: 'Serves.' } } } },
  },
};
