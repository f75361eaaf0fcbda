import { noGrowth } from '../../../../src/domain/growth.ts';
import type { ConsoleModel } from '../../../../src/http/pages/console/console-model.ts';
import type { StoreModel } from '../../../../src/http/pages/console/store-model.ts';
import type { StoresModel } from '../../../../src/http/pages/console/stores-model.ts';
import type { ConnectResultPageModel, Language, OpenApiDocument } from '../../../../src/http/pages/view-models.ts';
import type { AuditRow } from '../../../../src/services/audit.ts';
import type { JobHistory } from '../../../../src/services/read-job-history.ts';
import type { QueueJob } from '../../../../src/services/read-queue-lists.ts';
import type { Settings } from '../../../../src/services/read-settings.ts';
import type { StoreDetail } from '../../../../src/services/read-store-detail.ts';
import type { LogEntry } from '../../../../src/services/read-sync-logs.ts';
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
    mayUndo: false,
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
    answersForm: false,
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
      unplanned: 0,
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

/** A store read today, with one of everything. */
export function storeModel(changes: Partial<StoreModel> = {}): StoreModel {
  const at = new Date('2026-11-24T01:00:00.000Z');
  const log: StoreDetail['logs'][number] = {
    id: '5f3a1c1e-0000-4000-8000-000000000001',
    storeCode: 'toko-1',
    snapshotDate: '2026-11-24',
    jobName: 'sync-store',
    jobId: '5f3a1c1e-0000-4000-8000-000000000002',
    delivery: 0,
    attempt: 1,
    trigger: 'schedule',
    status: 'FAILED',
    errorCode: 'internal_error',
    httpStatus: 500,
    tiktokLogId: 'log-1',
    pages: 1,
    videos: 20,
    startedAt: at,
    finishedAt: at,
    retryAt: at,
  };
  const day = { jobId: null, retryAfter: null, capturedAt: at };
  return {
    ...consoleModel(),
    detail: {
      view: {
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
          oldestListedAt: null,
          createdAt: new Date('2026-11-20T01:00:00.000Z'),
          updatedAt: at,
        },
        account: {
          openId: 'open-1',
          username: 'satu.id',
          displayName: 'Satu',
          avatarUrl: 'https://cdn.example/avatar.jpg',
          scopes: ['user.info.basic', 'user.info.profile', 'user.info.stats', 'video.list'],
          refreshExpiresAt: new Date('2027-03-01T00:00:00.000Z'),
        },
        job: null,
        nextSyncAt: new Date('2026-11-24T18:00:00.000Z'),
      },
      today: '2026-11-24',
      calendarFrom: '2025-11-19',
      grantedScopes: ['user.info.basic', 'user.info.profile', 'user.info.stats', 'video.list'],
      missingScopes: [],
      job: null,
      days: [
        { ...day, snapshotDate: '2026-11-22', state: 'complete', reason: null },
        { ...day, snapshotDate: '2026-11-23', state: 'missed', reason: 'NOT_PLANNED' },
        { ...day, snapshotDate: '2026-11-24', state: 'complete', reason: null },
      ],
      lastGoodDay: { ...day, snapshotDate: '2026-11-24', state: 'complete', reason: null },
      logs: [log],
      lastError: log,
      nextAttemptAt: new Date('2026-11-24T18:00:00.000Z'),
      diagnosis: { matter: 'well', standing: 'well', next: 'wait' },
    },
    numbers: {
      days: ['2026-11-22', '2026-11-23', '2026-11-24'],
      followers: [
        { ...noGrowth, value: 100, quality: 'first' },
        noGrowth,
        { value: 120, change: 20, spanDays: 2, perDay: 10, quality: 'gap' },
      ],
      likes: [{ ...noGrowth, value: 9_007_199_254_740_991, quality: 'first' }, noGrowth, noGrowth],
      views: [null, null, null],
    },
    videos: {
      count: 1,
      rows: [
        {
          videoId: '7437123456789012345',
          title: 'Kopi susu',
          description: null,
          shareUrl: 'https://www.tiktok.com/@satu/video/7437123456789012345',
          postedAt: at,
          snapshotDate: '2026-11-24',
          viewCount: 9_007_199_254_740_991,
          likeCount: 12,
          commentCount: null,
          shareCount: 0,
          growth: -3,
          position: '1',
          presence: 'listed',
          presenceSince: null,
          isListed: false,
        },
      ],
    },
    nextCursor: 'abc',
    isLaterPage: true,
    choice: { days: 30, sort: 'views', ascending: false },
    requests: [{ endpoint: 'user/info', count: 3 }],
    requestsPerMinute: 600,
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
      oldestListedAt: null,
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
            content: {
              'application/json': { schema: { $ref: '#/components/schemas/Store' }, example: { store_code: 'jkt-01' } },
            },
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
        description: 'Taken as `from` to `to`.',
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

const jobId = '11111111-2222-4333-8444-555555555555';
const instant = new Date('2026-11-24T02:00:00.000Z');

export function queueJob(changes: Partial<QueueJob> = {}): QueueJob {
  return {
    id: jobId,
    storeCode: 'toko-1',
    storeName: 'Toko Satu',
    trigger: 'schedule',
    state: 'active',
    attempt: 1,
    queuedAt: instant,
    startedAt: instant,
    finishedAt: null,
    goesOnAt: instant,
    progress: { pages: 3, videos: 57 },
    errorCode: null,
    mayRetry: false,
    ...changes,
  };
}

export function logEntry(changes: Partial<LogEntry> = {}): LogEntry {
  return {
    id: '99999999-2222-4333-8444-555555555555',
    storeCode: 'toko-1',
    storeName: 'Toko Satu',
    snapshotDate: '2026-11-24',
    jobName: 'sync-store',
    jobId,
    delivery: 0,
    attempt: 1,
    trigger: 'schedule',
    status: 'FAILED',
    errorCode: 'TIMEOUT',
    httpStatus: 500,
    tiktokLogId: '2026112402000000',
    pages: 0,
    videos: 0,
    startedAt: instant,
    finishedAt: new Date('2026-11-24T02:00:15.000Z'),
    retryAt: null,
    ...changes,
  };
}

export function jobHistory(changes: Partial<JobHistory> = {}): JobHistory {
  return {
    id: jobId,
    job: {
      id: jobId,
      storeCode: 'toko-1',
      snapshotDate: '2026-11-24',
      trigger: 'schedule',
      state: 'failed',
      attempt: 8,
      maxAttempts: 8,
      createdAt: instant,
      startedAt: instant,
      finishedAt: instant,
      retryAt: null,
      progress: { pages: 0, videos: 0 },
      error: { code: 'TIMEOUT', httpStatus: null, tiktokLogId: null },
    },
    store: { storeCode: 'toko-1', name: 'Toko Satu', status: 'CONNECTED' },
    mayRetry: false,
    dayRetryAt: null,
    attempts: [logEntry()],
    hasMore: false,
    ...changes,
  };
}

export function auditRow(changes: Partial<AuditRow> = {}): AuditRow {
  return {
    id: '88888888-2222-4333-8444-555555555555',
    at: instant,
    actorKeyId: '77777777-2222-4333-8444-555555555555',
    actorName: 'bootstrap',
    action: 'job.cancel',
    storeCode: 'toko-1',
    target: jobId,
    outcome: 'OK',
    client: '127.0.0.1',
    ...changes,
  };
}

export function settings(changes: Partial<Settings> = {}): Settings {
  return {
    configured: {
      production: false,
      roles: ['api'],
      publicUrl: 'http://localhost:3000',
      tiktok: {
        authUrl: 'http://tiktok.test/v2/auth/authorize/',
        apiUrl: 'http://tiktok.test',
        redirectUri: 'http://localhost:3000/oauth/tiktok/callback',
        simulated: true,
        hasClientKey: true,
        hasClientSecret: true,
        requestsPerMinute: 600,
      },
      tokenKeyIds: ['2', '1'],
      notices: { webhook: { signed: true }, emailRecipients: 2 },
      sync: { cron: '*/5 * * * *', localTime: '01:00', timezone: 'Asia/Jakarta', concurrency: 8 },
      embeddedDatabase: true,
      databaseTimeoutMs: 4000,
      keep: { syncLogsDays: 365, numbersDays: null },
      logLevel: 'info',
      versions: { harian: '0.1.0', node: 'v26.10.0' },
      nextTicks: async () => [instant],
    },
    nextTicks: [instant],
    processes: [
      {
        processId: '66666666-2222-4333-8444-555555555555',
        roles: ['api', 'worker'],
        startedAt: instant,
        seenAt: instant,
        workerSeenAt: instant,
        schedulerSeenAt: null,
        isThis: true,
        isLive: true,
      },
    ],
    tokenKeys: [{ id: '2', accounts: 3, inRing: true }],
    spooled: 0,
    schema: { postgresVersion: '18.4', queueSchemaVersion: 46, migrationsApplied: 3, migrationsKnown: 3 },
    ...changes,
  };
}
