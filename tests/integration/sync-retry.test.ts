import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Fault } from '../../src/simulator/fault-plan.ts';
import type { FaultKind } from '../../src/simulator/faults.ts';
import { startTestHarian, type TestHarian } from '../support/harian.ts';
import { createStoreDriver, type JobBody, type StoreDriver, smallAccounts } from '../support/store-driver.ts';

// Every test owns its store, so they wait side by side: for TikTok to be silent, for retries.
vi.setConfig({ maxConcurrency: 10 });

let harian: TestHarian;
let stores: StoreDriver;
beforeAll(async () => {
  harian = await startTestHarian({
    environment: { SYNC_CONCURRENCY: '8' },
    simulator: { accounts: smallAccounts(160, 3) },
  });
  // The longest wait there is: the retry shall not begin while a test still looks at the first attempt.
  harian.harian.deps.random = () => 0.999;
  stores = await createStoreDriver(harian);
});
afterAll(async () => {
  await stores.close();
  await harian.close();
});

/** What one kind of answer leads to; `code` and `status` are on record, in the log and at the job alike. */
interface Consequence {
  fault: Omit<Fault, 'endpoint' | 'openId' | 'kind'>;
  job: JobBody['state'];
  code: string | null;
  status: number | null;
  /** Seconds until it goes on, from–to; none when absent. */
  waits?: [number, number];
  /** The owner has to connect again, for this reason. */
  reconnect?: string;
}

const firstBackoff: [number, number] = [1, 2];
const window: [number, number] = [60, 90];
const retried = (code: string, status: number | null, fault: Consequence['fault'] = {}): Consequence => {
  return { fault, job: 'retrying', code, status, waits: firstBackoff };
};
const failed = (code: string, status: number, answered = code.toLowerCase()): Consequence => {
  return { fault: { code: answered, status }, job: 'failed', code, status };
};
const harmless = (fault: Consequence['fault'] = {}): Consequence => {
  return { fault: { times: 1, ...fault }, job: 'completed', code: null, status: null };
};

/** The faults that any Display endpoint knows. Those of video/list alone are in sync-numbers.test.ts and vanished-videos.test.ts. */
type DisplayFaultKind = Exclude<
  FaultKind,
  'oauth_error' | 'cursor_loop' | 'duplicate_videos' | 'skipped_videos' | 'empty_page_has_more'
>;

const consequences: Record<DisplayFaultKind, Consequence[]> = {
  rate_limited: [
    { fault: {}, job: 'deferred', code: 'RATE_LIMIT_EXCEEDED', status: 429, waits: window },
    { fault: { retryAfterSeconds: 7 }, job: 'deferred', code: 'RATE_LIMIT_EXCEEDED', status: 429, waits: [7, 7] },
    {
      fault: { retryAfterSeconds: 7200 },
      job: 'deferred',
      code: 'RATE_LIMIT_EXCEEDED',
      status: 429,
      waits: [7200, 7200],
    },
  ],
  internal_error: [retried('INTERNAL_ERROR', 500)],
  http_502_html: [502, 503, 504].map((status) => retried('UNEXPECTED_CONTENT_TYPE', status, { status })),
  timeout: [retried('TIMEOUT', null), retried('ECONNRESET', null, { delayMs: 50 })],
  reset: [retried('ECONNRESET', null)],
  reply_lost: [retried('ECONNRESET', null), retried('ECONNRESET', null, { drop: 'hang', delayMs: 50 })],
  truncated_body: [retried('NETWORK_ERROR', null)],
  html_200: [retried('UNEXPECTED_CONTENT_TYPE', 200)],
  wrong_content_type: [retried('UNEXPECTED_CONTENT_TYPE', 200)],
  huge_body: [retried('BODY_TOO_LARGE', 200)],
  redirect: [retried('REDIRECT_REFUSED', 302)],
  error_body_200: [
    retried('INTERNAL_ERROR', 200),
    failed('INVALID_PARAMS', 200),
    failed('UNRECOGNIZED_CODE', 200, 'Some text: <b>not</b> a code'),
    {
      fault: { code: 'rate_limit_exceeded' },
      job: 'deferred',
      code: 'RATE_LIMIT_EXCEEDED',
      status: 200,
      waits: window,
    },
    { ...failed('SCOPE_NOT_AUTHORIZED', 200), reconnect: 'SCOPE_MISSING' },
  ],
  // Section 7, row by row, and what is in no row.
  display_error: [
    retried('ACCESS_TOKEN_INVALID', 401, { code: 'access_token_invalid', status: 401 }),
    { ...failed('SCOPE_NOT_AUTHORIZED', 401), reconnect: 'SCOPE_MISSING' },
    failed('SCOPE_PERMISSION_MISSED', 400),
    failed('INVALID_PARAMS', 400),
    failed('INVALID_FILE_UPLOAD', 400),
    {
      fault: { code: 'rate_limit_exceeded', status: 429 },
      job: 'deferred',
      code: 'RATE_LIMIT_EXCEEDED',
      status: 429,
      waits: window,
    },
    retried('INTERNAL_ERROR', 500, { code: 'internal_error', status: 500 }),
    failed('BRAND_NEW_CODE', 400),
    failed('BRAND_NEW_CODE', 403),
    retried('BRAND_NEW_CODE', 503, { code: 'brand_new_code', status: 503 }),
    // A proxy in trouble proves nothing about a token or a scope, whatever it says.
    retried('ACCESS_TOKEN_INVALID', 502, { code: 'access_token_invalid', status: 502 }),
    retried('SCOPE_NOT_AUTHORIZED', 500, { code: 'scope_not_authorized', status: 500 }),
  ],
  token_invalid: [retried('ACCESS_TOKEN_INVALID', 401), harmless()],
  missing_counters: [{ ...harmless(), code: 'COUNTERS_MISSING' }],
  delay: [harmless({ delayMs: 100 })],
};

const rows = Object.entries(consequences).flatMap(([kind, list]) =>
  list.flatMap((consequence) =>
    (['user/info', 'video/list'] as const).map((endpoint) => ({
      endpoint,
      kind: kind as DisplayFaultKind,
      ...consequence,
      parameters: JSON.stringify(consequence.fault),
    })),
  ),
);

test.concurrent('TikTok’s own log id of a failed call is kept, at the job and in the log', async () => {
  const store = await stores.newStore();
  stores.fault(store, { endpoint: 'user/info', kind: 'display_error', code: 'invalid_params', status: 400 });

  const job = await stores.sync(store);

  const [entry] = stores.journal(store, 'user/info');
  expect(entry?.logId).toMatch(/^\w{40,}$/);
  expect(job.error?.tiktok_log_id).toBe(entry?.logId);
  expect((await stores.logs(store))[0]?.tiktok_log_id).toBe(entry?.logId);
});

test.concurrent('429 after 429 uses up no attempt: after twelve of them the job still has all eight', async () => {
  const store = await stores.newStore();
  stores.fault(store, { endpoint: 'user/info', kind: 'rate_limited', retryAfterSeconds: 0, times: 12 });

  const job = await stores.untilJob(await stores.resync(store), 'completed', 'failed');

  expect(job).toMatchObject({ state: 'completed', attempt: 1, max_attempts: 8 });
  const logs = await stores.logs(store);
  expect(logs.map((log) => [log.status, log.attempt])).toEqual([
    ...Array.from({ length: 12 }, () => ['SKIPPED', 1]),
    ['SUCCESS', 1],
  ]);
  expect(new Set(logs.map((log) => log.job_id)).size).toBe(1);
});

test.concurrent('waits and failures are counted apart: a 429 between two failures changes no attempt', async () => {
  const store = await stores.newStore();
  stores.fault(store, { endpoint: 'user/info', kind: 'internal_error' });
  stores.fault(store, { endpoint: 'user/info', kind: 'rate_limited', retryAfterSeconds: 0 });
  stores.fault(store, { endpoint: 'user/info', kind: 'internal_error' });

  const job = await stores.untilJob(await stores.resync(store), 'completed', 'failed');

  expect(job).toMatchObject({ state: 'completed', attempt: 3 });
  expect((await stores.logs(store)).map((log) => [log.status, log.attempt])).toEqual([
    ['FAILED', 1],
    ['SKIPPED', 2],
    ['FAILED', 2],
    ['SUCCESS', 3],
  ]);
});

test.concurrent('a wait TikTok asked for is kept: a resync in it is told where the waiting job is', async () => {
  const store = await stores.newStore();
  stores.fault(store, { endpoint: 'user/info', kind: 'rate_limited', retryAfterSeconds: 600 });
  const job = await stores.sync(store);

  const answer = await harian.api('POST', `/api/stores/${store.storeCode}/resync`);

  expect(answer).toMatchObject({ status: 409, body: { error: { code: 'SYNC_IN_PROGRESS' } } });
  expect(answer.headers.get('location')).toBe(`/api/jobs/${job.id}`);
  expect(await stores.job(job.id)).toMatchObject({ state: 'deferred', retry_at: job.retry_at });
  await stores.cancel(job.id);
});

test.concurrent('a temporary failure is retried by itself within ten seconds, and the day is then complete', async () => {
  const store = await stores.newStore();
  stores.fault(store, { endpoint: 'user/info', kind: 'reset' });

  const job = await stores.untilJob(await stores.resync(store), 'completed');

  expect(job.attempt).toBe(2);
  const [first, second] = await stores.logs(store);
  expect([first?.status, second?.status]).toEqual(['FAILED', 'SUCCESS']);
  const pauseMs = Date.parse(second?.started_at ?? '') - Date.parse(first?.finished_at ?? '');
  expect(pauseMs).toBeGreaterThanOrEqual(1_000);
  expect(pauseMs).toBeLessThan(10_000);
  expect(await stores.days(store)).toMatchObject([{ state: 'complete', reason: null }]);
});

test.concurrent('a failed job can be given one more attempt by hand', async () => {
  const store = await stores.newStore();
  stores.fault(store, { endpoint: 'user/info', kind: 'display_error', code: 'invalid_params', status: 400 });
  const failedJob = await stores.sync(store);
  expect(failedJob.state).toBe('failed');

  const answer = await harian.api('POST', `/api/jobs/${failedJob.id}/retry`);

  expect(answer.status).toBe(202);
  expect(await stores.untilJob(failedJob.id, 'completed')).toMatchObject({ attempt: 2, error: null });
  expect(await stores.days(store)).toMatchObject([{ state: 'complete', retry_after: null }]);
});

test.concurrent.for(rows)('$endpoint $kind $parameters → $job, $code', async (row) => {
  const { endpoint, kind, fault, code, status } = row;
  const store = await stores.newStore();
  // Missing counters of either endpoint, so that both rows mean the same.
  const fields = kind === 'missing_counters' ? { fields: ['follower_count', 'share_count'] } : {};
  stores.fault(store, { endpoint, kind, times: null, ...fault, ...fields });
  const saw = endpoint === 'video/list';

  const job = await stores.sync(store);
  if (job.retry_at !== null) await stores.cancel(job.id);

  const error = code === null ? null : { code, http_status: status };
  expect(job).toMatchObject({ state: row.job, attempt: row.job === 'deferred' ? 0 : 1, error });
  const [log] = await stores.logs(store);
  const unread = row.job === 'deferred' ? 'SKIPPED' : 'FAILED';
  const stopped = row.reconnect === undefined ? (saw ? 'PARTIAL' : unread) : 'NEED_RECONNECT';
  const whole = code === null ? 'SUCCESS' : 'PARTIAL';
  expect(log).toMatchObject({
    status: row.job === 'completed' ? whole : stopped,
    error_code: code,
    http_status: status,
    attempt: 1,
  });
  expect(log?.finished_at).not.toBeNull();
  expectWait(row.waits, log?.finished_at ?? '', log?.retry_at);
  expect(job.retry_at).toBe(log?.retry_at);

  const days = await stores.days(store);
  if (row.job === 'completed') expect(days).toMatchObject([{ state: code === null ? 'complete' : 'partial' }]);
  // Where the machine is slow the next attempt is under way already.
  else if (saw) expect(days).toMatchObject([{ state: 'partial' }]);
  else expect(['pending', ...(job.state === 'retrying' ? ['running'] : [])]).toContain(days[0]?.state);
  // A failed job leaves its day to the planner, unless only the owner can help.
  const [day] = days;
  if (row.job === 'failed') expect(day?.retry_after === null).toBe(row.reconnect !== undefined);
  expect(await stores.store(store)).toMatchObject(
    row.reconnect === undefined
      ? { status: 'CONNECTED', status_reason: null }
      : { status: 'NEED_RECONNECT', status_reason: row.reconnect },
  );
});

function expectWait(waits: [number, number] | undefined, from = '', to: string | null = null): void {
  if (waits === undefined) {
    expect(to).toBeNull();
    return;
  }
  const seconds = (Date.parse(to ?? '') - Date.parse(from)) / 1000;
  expect(seconds).toBeGreaterThanOrEqual(waits[0]);
  // The log is closed right after the answer, so a second of grace is plenty.
  expect(seconds).toBeLessThanOrEqual(waits[1] + 1);
}
