import { describe, expect, it } from 'vitest';
import { diagnoseStore, type StoreFacts } from '../../../src/domain/diagnose-store.ts';

const now = new Date('2026-11-24T03:00:00.000Z');
const inDays = (days: number) => new Date(now.getTime() + days * 86_400_000);

/** A store that was read today, in a fleet that works. */
const healthy: StoreFacts = {
  now,
  status: 'CONNECTED',
  paused: false,
  missingScopes: [],
  refreshExpiresAt: inDays(100),
  job: null,
  day: { state: 'complete', hasJob: true, retryAfter: null },
  isDue: true,
  breakerOpen: false,
  workers: 1,
  schedulers: 1,
};
const unread: Partial<StoreFacts> = { day: { state: 'pending', hasJob: false, retryAfter: null } };
const job = (state: NonNullable<StoreFacts['job']>['state'], errorCode: string | null = null): Partial<StoreFacts> => ({
  day: { state: 'pending', hasJob: true, retryAfter: null },
  job: { state, trigger: 'schedule', errorCode },
});

describe('the one thing that stands in the way of a store', () => {
  it.each<[string, Partial<StoreFacts>, string, string]>([
    ['nothing', {}, 'well', 'wait'],
    ['nothing, before its time has come', { day: null, isDue: false }, 'well', 'wait'],
    ['nothing, when it was read late', { day: { state: 'late', hasJob: true, retryAfter: null } }, 'well', 'wait'],
    ['its owner, before the first connection', { status: 'PENDING' }, 'never_connected', 'connect_link'],
    ['its owner, after a lost one', { status: 'NEED_RECONNECT', paused: true }, 'need_reconnect', 'connect_link'],
    ['an admin who disconnected it', { status: 'DISCONNECTED' }, 'disconnected', 'connect_link'],
    ['a pause, whatever else is the case', { paused: true, workers: 0, ...unread }, 'paused', 'resume'],
    ['no worker, before all that a worker would do', { workers: 0, ...job('queued') }, 'no_worker', 'start_process'],
    ['no worker, though the job was begun', { workers: 0, ...job('active') }, 'no_worker', 'start_process'],
    ['nothing, when no worker has anything to do', { workers: 0 }, 'well', 'wait'],
    ['TikTok', { breakerOpen: true, ...job('retrying', 'timeout') }, 'tiktok_silent', 'wait'],
    ['nothing, though TikTok does not answer: it was read', { breakerOpen: true }, 'well', 'wait'],
    ['nothing: it is being read', job('active'), 'reading', 'wait'],
    ['its place in the queue', job('queued'), 'queued', 'resync'],
    ['its last attempt', job('retrying', 'internal_error'), 'retrying', 'resync'],
    ['TikTok’s limit', job('deferred', 'rate_limit_exceeded'), 'limit', 'wait'],
    ['TikTok’s limit, by whatever name', job('deferred', 'HTTP_429'), 'limit', 'wait'],
    ['a breaker that has closed again', job('deferred', 'CIRCUIT_OPEN'), 'tiktok_silent', 'wait'],
    ['another run of it', job('deferred', 'STORE_BUSY'), 'store_busy', 'wait'],
    ['a process that ended', job('deferred', 'STOPPING'), 'given_back', 'wait'],
    ['the planner, who has not come by', { day: null }, 'unplanned', 'wait'],
    ['the planner, who has no job for it yet', unread, 'unplanned', 'wait'],
    ['no planner', { day: null, schedulers: 0 }, 'no_scheduler', 'start_process'],
    [
      'its failed attempts, until the planner tries again',
      { day: { state: 'pending', hasJob: true, retryAfter: inDays(0.01) } },
      'later',
      'resync',
    ],
    ['a hand that cancelled it', { day: { state: 'pending', hasJob: true, retryAfter: null } }, 'stuck', 'resync'],
    ['what its owner did not share', { missingScopes: ['video.list'] }, 'scope_missing', 'connect_link'],
    ['the end of its connection', { refreshExpiresAt: inDays(13) }, 'ending', 'connect_link'],
    ['an end that has passed', { refreshExpiresAt: inDays(-1) }, 'ending', 'connect_link'],
    ['nothing, when the end is far', { refreshExpiresAt: inDays(15) }, 'well', 'wait'],
    ['a part', { day: { state: 'partial', hasJob: true, retryAfter: null } }, 'partial', 'resync'],
    ['nothing of the past: a missed yesterday', { day: null, isDue: false, schedulers: 0 }, 'well', 'wait'],
  ])('is %s', (_what, changes, matter, next) => {
    expect(diagnoseStore({ ...healthy, ...changes })).toMatchObject({ matter, next });
  });

  it('lets nobody overtake with a job that a person waits for already', () => {
    const queued = { ...healthy, ...job('queued') };
    expect(diagnoseStore({ ...queued, job: { state: 'queued', trigger: 'manual', errorCode: null } }).next).toBe(
      'wait',
    );
  });

  it('is called blocked only where the store does not sync', () => {
    const standing = (changes: Partial<StoreFacts>) => diagnoseStore({ ...healthy, ...changes }).standing;
    expect(standing({})).toBe('well');
    expect(standing(job('active'))).toBe('under_way');
    expect(standing({ missingScopes: ['video.list'] })).toBe('incomplete');
    expect(standing({ status: 'NEED_RECONNECT' })).toBe('blocked');
  });
});
