import type {
  ConnectResultPageModel,
  ConsolePageModel,
  Language,
  OpenApiDocument,
  StoreRowModel,
} from '../../../../src/http/pages/view-models.ts';

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

export function storeRow(changes: Partial<StoreRowModel> = {}): StoreRowModel {
  return {
    storeCode: 'toko-1',
    name: 'Toko Satu',
    timezone: 'Asia/Jakarta',
    status: 'CONNECTED',
    statusReason: null,
    paused: false,
    account: { displayName: 'Satu', username: 'satu.id' },
    lastSnapshotDate: '2026-11-24',
    lastSyncedAt: '2026-11-24T01:00:00.000Z',
    nextSyncAt: '2026-11-24T18:00:00.000Z',
    job: null,
    ...changes,
  };
}

export function consoleModel(changes: Partial<ConsolePageModel> = {}): ConsolePageModel {
  return {
    simulated: false,
    publicUrl: 'http://localhost:3000',
    admin: { name: 'bootstrap', scope: 'admin' },
    now: '2026-11-24T03:00:00.000Z',
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
    },
    today: { date: '2026-11-24', expected: 0, complete: 0, partial: 0, late: 0, pending: 0, running: 0, missed: 0 },
    stores: { items: [storeRow()], nextHref: null, statusFilter: null },
    notice: null,
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
