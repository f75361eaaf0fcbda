import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Fault } from '../../src/simulator/fault-plan.ts';
import { startTestHarian, type TestHarian } from '../support/harian.ts';
import { createStoreDriver, type StoreDriver, smallAccounts } from '../support/store-driver.ts';

vi.setConfig({ maxConcurrency: 10 });

let harian: TestHarian;
let stores: StoreDriver;
beforeAll(async () => {
  harian = await startTestHarian({
    environment: { SYNC_CONCURRENCY: '8' },
    simulator: { accounts: smallAccounts(60, 3) },
  });
  // A retry far away: it shall not begin while a test still looks at what came of the first attempt.
  harian.harian.deps.random = () => 8;
  stores = await createStoreDriver(harian);
});
afterAll(async () => {
  await stores.close();
  await harian.close();
});

type TokenFault = Omit<Fault, 'endpoint' | 'openId'>;
interface Row {
  fault: TokenFault;
  job: 'deferred' | 'retrying' | 'failed';
  code: string;
  status: number | null;
  /** Whether the refresh token may have been spent. */
  after: 'IDLE' | 'OUTCOME_UNKNOWN';
  store: 'CONNECTED' | 'NEED_RECONNECT';
}

const answer = (code: string, status: number): TokenFault => ({ kind: 'oauth_error', code, status });

/** Nobody knows what became of the token: it is kept, and tried again. */
const unknown = (fault: TokenFault, code: string, status: number | null): Row => {
  return { fault, job: 'retrying', code, status, after: 'OUTCOME_UNKNOWN', store: 'CONNECTED' };
};
/** TikTok refused, and the store is not to blame: tokens and store stay as they are. */
const refused = (code: string, status = 400): Row => {
  return {
    fault: answer(code, status),
    job: 'failed',
    code: code.toUpperCase(),
    status,
    after: 'IDLE',
    store: 'CONNECTED',
  };
};
const dead = (fault: TokenFault, status: number): Row => {
  return { fault, job: 'failed', code: 'INVALID_GRANT', status, after: 'IDLE', store: 'NEED_RECONNECT' };
};

/** tiktok-api.md, section 3: every error TikTok documents, every way in which no answer comes, and what is in no table. */
const rows: Row[] = [
  unknown({ kind: 'timeout' }, 'TIMEOUT', null),
  unknown({ kind: 'reset' }, 'ECONNRESET', null),
  unknown({ kind: 'reply_lost' }, 'ECONNRESET', null),
  unknown({ kind: 'truncated_body' }, 'NETWORK_ERROR', null),
  unknown({ kind: 'html_200' }, 'UNEXPECTED_CONTENT_TYPE', 200),
  unknown({ kind: 'wrong_content_type' }, 'UNEXPECTED_CONTENT_TYPE', 200),
  unknown({ kind: 'huge_body' }, 'BODY_TOO_LARGE', 200),
  unknown({ kind: 'redirect' }, 'REDIRECT_REFUSED', 302),
  ...[502, 503, 504].map((status) => unknown({ kind: 'http_502_html', status }, 'UNEXPECTED_CONTENT_TYPE', status)),
  unknown({ kind: 'internal_error' }, 'SERVER_ERROR', 500),
  unknown({ kind: 'error_body_200' }, 'SERVER_ERROR', 200),
  unknown(answer('server_error', 400), 'SERVER_ERROR', 400),
  unknown(answer('temporarily_unavailable', 400), 'TEMPORARILY_UNAVAILABLE', 400),
  // A failing proxy does not revoke anything.
  unknown(answer('invalid_grant', 500), 'INVALID_GRANT', 500),
  unknown(answer('invalid_client', 503), 'INVALID_CLIENT', 503),
  dead(answer('invalid_grant', 400), 400),
  dead(answer('invalid_grant', 401), 401),
  dead({ kind: 'error_body_200', code: 'invalid_grant' }, 200),
  refused('invalid_client'),
  refused('invalid_client', 401),
  refused('invalid_client', 200),
  refused('unauthorized_client'),
  refused('invalid_request'),
  refused('invalid_scope'),
  refused('unsupported_grant_type'),
  refused('unsupported_response_type'),
  refused('access_denied'),
  { ...refused('brand_new_error'), after: 'OUTCOME_UNKNOWN' },
  ...[undefined, 30].map((retryAfterSeconds): Row => {
    const fault: TokenFault = { kind: 'rate_limited', ...(retryAfterSeconds && { retryAfterSeconds }) };
    const code = 'TEMPORARILY_UNAVAILABLE';
    return { fault, job: 'deferred', code, status: 429, after: 'IDLE', store: 'CONNECTED' };
  }),
];

test.concurrent.for(rows.map((row) => ({ ...row, what: JSON.stringify(row.fault) })))(
  'a refresh answered by $what: $job, $store, $after',
  async (row) => {
    const store = await stores.newStore();
    await stores.expireAccessToken(store);
    const before = await stores.account(store);
    stores.fault(store, { ...row.fault, endpoint: 'token' });

    const job = await stores.sync(store);
    if (job.retry_at !== null) await stores.cancel(job.id);
    const day = await stores.days(store);

    const error = { code: row.code, http_status: row.status };
    expect(job).toMatchObject({ state: row.job, attempt: row.job === 'deferred' ? 0 : 1, error });
    const [log] = await stores.logs(store);
    expect(log).toMatchObject({
      status: row.store === 'NEED_RECONNECT' ? 'NEED_RECONNECT' : row.job === 'deferred' ? 'SKIPPED' : 'FAILED',
      error_code: row.code,
      http_status: row.status,
    });
    expect(log?.retry_at === null).toBe(row.job === 'failed');
    // The pair is kept, byte for byte, whatever TikTok said.
    expect(await stores.account(store)).toEqual({ ...before, refresh_state: row.after });
    const connected = row.store === 'CONNECTED';
    expect(await stores.store(store)).toMatchObject({
      status: row.store,
      status_reason: connected ? null : 'REVOKED',
    });
    expect(day).toMatchObject([{ state: 'pending', reason: connected ? row.code : 'NEED_RECONNECT' }]);
    if (row.job === 'failed') expect(day[0]?.retry_after === null).toBe(!connected);
    // One request for one refresh, and none to the Display API without a token.
    expect(stores.journal(store).map((entry) => entry.endpoint)).toEqual(['token']);
  },
);
