import { expect, test } from 'vitest';
import type { SyncJobRow } from '../../../src/db/sync-jobs.ts';
import { attemptOf } from '../../../src/services/job-queue.ts';
import { isDeferred, mayRetryJob, stateOf } from '../../../src/services/read-jobs.ts';

const now = new Date('2026-11-24T01:00:00Z');
const job = (change: Partial<SyncJobRow>): SyncJobRow => ({
  id: '0b6f2d0c-0000-4000-8000-000000000000',
  storeCode: 'store',
  snapshotDate: '2026-11-24',
  trigger: 'schedule',
  bossState: 'created',
  retryCount: 0,
  retryLimit: 7,
  deferrals: 0,
  deferredDelivery: null,
  startAfter: now,
  waits: false,
  createdAt: now,
  startedAt: null,
  finishedAt: null,
  failure: null,
  ...change,
});

test.each([
  [{ bossState: 'created' }, 'queued'],
  [{ bossState: 'created', waits: true }, 'deferred'],
  [{ bossState: 'active' }, 'active'],
  [{ bossState: 'retry', waits: true }, 'retrying'],
  [{ bossState: 'retry', waits: true, deferredDelivery: 0, deferrals: 1 }, 'deferred'],
  // The wait is over but no worker was free: still no failure.
  [{ bossState: 'retry', deferredDelivery: 0, deferrals: 1 }, 'deferred'],
  // It waited once, ran again, and failed.
  [{ bossState: 'retry', retryCount: 1, deferredDelivery: 0, deferrals: 1 }, 'retrying'],
  [{ bossState: 'completed' }, 'completed'],
  [{ bossState: 'failed' }, 'failed'],
  [{ bossState: 'cancelled' }, 'cancelled'],
] as const)('%j is shown as %s', (change, state) => {
  expect(stateOf(job(change))).toBe(state);
});

test('only its latest delivery makes a job deferred', () => {
  expect(isDeferred(job({ bossState: 'retry', retryCount: 3, deferredDelivery: 3 }))).toBe(true);
  expect(isDeferred(job({ bossState: 'retry', retryCount: 3, deferredDelivery: 2 }))).toBe(false);
  expect(isDeferred(job({ bossState: 'active', retryCount: 3, deferredDelivery: 3 }))).toBe(false);
});

test.each([
  [0, 0, 1],
  [1, 0, 2],
  [5, 5, 1],
  [7, 0, 8],
  [9, 3, 7],
])('delivery %i with %i waits before it is attempt %i', (retryCount, deferrals, attempt) => {
  expect(attemptOf({ retryCount, deferrals })).toBe(attempt);
});

const failed = { state: 'failed', snapshotDate: '2026-11-24' } as const;
const connected = { status: 'CONNECTED', timezone: 'Asia/Jakarta', hasLiveJob: false } as const;

test('a failed job may be retried while its day lasts, its store is connected and has no other job', () => {
  expect(mayRetryJob(failed, connected, now)).toBe(true);
  expect(mayRetryJob({ ...failed, state: 'completed' }, connected, now)).toBe(false);
  expect(mayRetryJob(failed, null, now)).toBe(false);
  expect(mayRetryJob(failed, { ...connected, status: 'NEED_RECONNECT' }, now)).toBe(false);
  expect(mayRetryJob(failed, { ...connected, hasLiveJob: true }, now)).toBe(false);
  // It is 17:00 UTC where the store's next day begins.
  expect(mayRetryJob(failed, connected, new Date('2026-11-24T17:00:00Z'))).toBe(false);
});
