import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inTransaction } from '../../src/db/client.ts';
import { planDay } from '../../src/services/plan-day.ts';
import { resyncStore } from '../../src/services/resync-store.ts';
import { newStoreCode, startTestHarian, type TestHarian } from '../support/harian.ts';
import { createHttpClient, type HttpAnswer, type HttpClient } from '../support/http.ts';
import { openSql, type Sql } from '../support/sql.ts';
import { insertConnectedStore } from '../support/stores.ts';

interface JobBody {
  id: string;
  store_code: string;
  snapshot_date: string;
  trigger: string;
  state: string;
  attempt: number;
  max_attempts: number;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  retry_at: string | null;
  progress: { pages: number; videos: number } | null;
  error: { code: string; http_status: number | null; tiktok_log_id: string | null } | null;
}
type QueueBody = Record<
  'queued' | 'deferred' | 'active' | 'retrying' | 'failed' | 'completed_today' | 'per_minute',
  number
> & { oldest_queued_seconds: number | null; eta_seconds: number | null };

interface House {
  harian: TestHarian;
  http: HttpClient;
  sql: Sql;
  connected(): Promise<{ code: string; openId: string }>;
  resync(code: string): Promise<HttpAnswer>;
  job(id: string): Promise<JobBody>;
  act(id: string, what: 'cancel' | 'retry'): Promise<HttpAnswer>;
}

const openIds = Array.from({ length: 24 }, (_, index) => `jobs-${index}`);

async function openHouse(roles: string): Promise<House> {
  const harian = await startTestHarian({
    environment: { ROLES: roles, SYNC_LOCAL_TIME: '00:00' },
    simulator: {
      accounts: openIds.map((openId) => ({ openId, username: openId, displayName: openId, videoCount: 3 })),
    },
  });
  const http = await createHttpClient(harian.url);
  let used = 0;
  return {
    harian,
    http,
    sql: await openSql(harian.database.url),
    async connected() {
      const code = newStoreCode();
      const openId = openIds[used++];
      if (openId === undefined) throw new Error('too few accounts');
      await insertConnectedStore(harian.harian.deps.db, harian.simulator, { storeCode: code, openId });
      return { code, openId };
    },
    resync: (code) => http.call('POST', `/api/stores/${code}/resync`),
    job: async (id) => (await http.call<JobBody>('GET', `/api/jobs/${id}`)).body,
    act: (id, what) => http.call('POST', `/api/jobs/${id}/${what}`),
  };
}

const idOf = (answer: { headers: Headers }) => {
  const location = answer.headers.get('location') ?? '';
  expect(location).toMatch(/^\/api\/jobs\/[0-9a-f-]{36}$/);
  return location.replace('/api/jobs/', '');
};

describe('while nobody works', () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse('api');
  });
  afterAll(async () => {
    await house.sql.close();
    await house.harian.close();
  });

  test('a resync is accepted once, with its Location; from then on the store is busy with that same job', async () => {
    const { code } = await house.connected();
    const first = await house.resync(code);
    expect(first.status).toBe(202);
    const id = idOf(first);
    expect(first.body).toEqual({ job: { id, state: 'queued' } });
    for (let round = 0; round < 3; round += 1) {
      const again = await house.resync(code);
      expect([again.status, again.body.error.code, idOf(again)]).toEqual([409, 'SYNC_IN_PROGRESS', id]);
    }
    const job = await house.job(id);
    expect(job).toEqual({
      id,
      store_code: code,
      snapshot_date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
      trigger: 'manual',
      state: 'queued',
      attempt: 0,
      max_attempts: 8,
      created_at: expect.any(String),
      started_at: null,
      finished_at: null,
      retry_at: null,
      progress: null,
      error: null,
    });
    const store = await house.http.call<{ job: unknown }>('GET', `/api/stores/${code}`);
    expect(store.body.job).toEqual({ id, state: 'queued' });
  });

  test('of many resyncs at once one is accepted and all others name its job', async () => {
    const { code } = await house.connected();
    const answers = await Promise.all(Array.from({ length: 12 }, () => house.resync(code)));
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([202, ...Array.from({ length: 11 }, () => 409)]);
    expect(new Set(answers.map(idOf)).size).toBe(1);
  });

  test('a resync whose transaction began before another one’s job was made does not take that for a job that waits', async () => {
    const { code } = await house.connected();
    const { deps } = house.harian.harian;
    await inTransaction(deps.db, async (tx) => {
      await tx.execute('select now()');
      expect((await house.resync(code)).status).toBe(202);

      await expect(resyncStore({ ...deps, db: tx }, code)).rejects.toMatchObject({ code: 'SYNC_IN_PROGRESS' });
    });
  });

  test('a resync pulls the waiting nightly job to the front and makes it its own', async () => {
    const { code } = await house.connected();
    await planDay(house.harian.harian.deps, 'schedule');
    const before = await house.http.call<{ job: { id: string } }>('GET', `/api/stores/${code}`);
    const { id } = before.body.job;
    const readPriority = async () =>
      (await house.sql.query<{ priority: number }>('select priority from pgboss.job where id = $1', [id]))[0]?.priority;
    expect(await house.job(id)).toMatchObject({ trigger: 'schedule', state: 'queued' });
    expect(await readPriority()).toBe(0);

    const answer = await house.resync(code);
    expect([answer.status, idOf(answer)]).toEqual([202, id]);
    expect(await house.job(id)).toMatchObject({ trigger: 'manual', state: 'queued' });
    expect(await readPriority()).toBe(100);
    expect((await house.resync(code)).status).toBe(409);
  });

  test('a job of a day that is over makes room for one of today', async () => {
    const { code } = await house.connected();
    const old = idOf(await house.resync(code));
    await house.sql.query(
      `update pgboss.job set data = jsonb_set(data::jsonb, '{snapshot_date}', '"2026-01-01"') where id = $1`,
      [old],
    );
    const answer = await house.resync(code);
    expect(answer.status).toBe(202);
    expect(idOf(answer)).not.toBe(old);
    expect((await house.job(old)).state).toBe('cancelled');
  });

  test('a queued job is cancelled once, never starts, and leaves the store free for a new one', async () => {
    const { code } = await house.connected();
    const id = idOf(await house.resync(code));
    const cancelled = await house.act(id, 'cancel');
    expect(cancelled.status).toBe(200);
    expect(cancelled.body).toMatchObject({ id, state: 'cancelled', finished_at: expect.any(String), started_at: null });
    const reasons = await house.sql.query('select state, reason from store_days where store_code = $1', [code]);
    expect(reasons).toEqual([{ state: 'pending', reason: 'JOB_CANCELLED' }]);
    const again = await house.act(id, 'cancel');
    expect([again.status, again.body.error.code]).toEqual([409, 'JOB_NOT_CANCELLABLE']);
    const retry = await house.act(id, 'retry');
    expect([retry.status, retry.body.error.code]).toEqual([409, 'JOB_NOT_RETRYABLE']);
    const next = await house.resync(code);
    expect(next.status).toBe(202);
    expect(idOf(next)).not.toBe(id);
  });

  test('a waiting job is cancelled by a pause and a disconnect, and goes with a removal', async () => {
    for (const [method, path, json, state] of [
      ['PATCH', '', { paused: true }, 'cancelled'],
      ['POST', '/disconnect', undefined, 'cancelled'],
      ['DELETE', '', undefined, undefined],
    ] as const) {
      const { code } = await house.connected();
      const id = idOf(await house.resync(code));
      await house.http.call(method, `/api/stores/${code}${path}`, json === undefined ? {} : { json });
      const { status, body } = await house.http.call<{ state?: string }>('GET', `/api/jobs/${id}`);
      expect([status, body.state], `${method} ${path}`).toEqual([state === undefined ? 404 : 200, state]);
    }
  });

  test('a waiting job is not for retrying: it is the one to follow', async () => {
    const { code } = await house.connected();
    const id = idOf(await house.resync(code));
    const answer = await house.act(id, 'retry');
    expect([answer.status, answer.body.error.code, idOf(answer)]).toEqual([409, 'SYNC_IN_PROGRESS', id]);
  });

  test("the queue's depth counts what waits, and says since when", async () => {
    const read = async () => (await house.http.call<QueueBody>('GET', '/api/queue')).body;
    const before = await read();
    const { code } = await house.connected();
    const id = idOf(await house.resync(code));
    await house.sql.query(`update pgboss.job set start_after = now() - interval '90 seconds' where id = $1`, [id]);
    const after = await read();
    expect(after).toMatchObject({ queued: before.queued + 1, active: 0, per_minute: 0, eta_seconds: null });
    expect(after.oldest_queued_seconds).toBeGreaterThanOrEqual(89);
    expect(after.oldest_queued_seconds).toBeLessThan(120);
    await house.sql.query(`update pgboss.job set start_after = now() + interval '90 seconds' where id = $1`, [id]);
    expect(await read()).toMatchObject({ queued: before.queued, deferred: before.deferred + 1 });
    expect((await house.job(id)).state).toBe('deferred');
  });
});

describe('while a worker works', () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse('api,worker');
  });
  afterAll(async () => {
    await house.sql.close();
    await house.harian.close();
  });

  const reaches = (id: string, expected: Partial<Record<keyof JobBody, unknown>>) =>
    expect.poll(() => house.job(id), { interval: 20 }).toMatchObject(expected);

  test('a job ends completed, with its progress and times in order, and cannot be cancelled or retried', async () => {
    const { code } = await house.connected();
    const id = idOf(await house.resync(code));
    await reaches(id, {
      state: 'completed',
      attempt: 1,
      retry_at: null,
      error: null,
      progress: { pages: 1, videos: 3 },
    });
    const job = await house.job(id);
    const times = [job.created_at, job.started_at ?? '', job.finished_at ?? ''];
    expect(times).toEqual(times.toSorted());
    for (const what of ['cancel', 'retry'] as const) {
      const answer = await house.act(id, what);
      expect([answer.status, answer.body.error.code]).toEqual([
        409,
        what === 'cancel' ? 'JOB_NOT_CANCELLABLE' : 'JOB_NOT_RETRYABLE',
      ]);
    }
    const logs = await house.http.call<{ items: { job_id: string; status: string }[] }>(
      'GET',
      `/api/sync-logs?store_code=${code}`,
    );
    expect(logs.body.items).toMatchObject([{ job_id: id, status: 'SUCCESS', trigger: 'manual', pages: 1, videos: 3 }]);
  });

  test('a temporary failure is shown as retrying, with its error and time; a resync pulls it forward', async () => {
    const { code, openId } = await house.connected();
    const { faults } = house.harian.simulator.control;
    const fault = faults.add({ endpoint: 'user/info', kind: 'internal_error', openId, times: null });
    const id = idOf(await house.resync(code));
    await reaches(id, { state: 'retrying', error: { code: 'INTERNAL_ERROR', http_status: 500 } });
    const job = await house.job(id);
    expect(job.attempt).toBeGreaterThanOrEqual(1);
    expect(Date.parse(job.retry_at ?? '') - Date.now()).toBeLessThanOrEqual(10_000);
    expect(job.error?.tiktok_log_id).toEqual(expect.any(String));
    // Far away, so that only the pull can bring it back within the test.
    await expect
      .poll(async () => {
        await house.sql.query(
          `update pgboss.job set start_after = now() + interval '1 hour' where id = $1 and state = 'retry'`,
          [id],
        );
        return Date.parse((await house.job(id)).retry_at ?? '') - Date.now();
      })
      .toBeGreaterThan(3_000_000);
    faults.clear(fault);
    const pulled = await house.resync(code);
    expect([pulled.status, idOf(pulled)]).toEqual([202, id]);
    await reaches(id, { state: 'completed', error: null, retry_at: null });
  });

  test('a wait that TikTok asked for is shown as deferred, costs no attempt, and no resync cuts it short', async () => {
    const { code, openId } = await house.connected();
    house.harian.simulator.control.faults.add({
      endpoint: 'user/info',
      kind: 'rate_limited',
      openId,
      retryAfterSeconds: 120,
    });
    const before = Date.now();
    const id = idOf(await house.resync(code));
    await reaches(id, { state: 'deferred', attempt: 0, error: { code: 'RATE_LIMIT_EXCEEDED', http_status: 429 } });
    const waitMs = Date.parse((await house.job(id)).retry_at ?? '') - before;
    expect(waitMs).toBeGreaterThanOrEqual(119_000);
    expect(waitMs).toBeLessThan(135_000);
    const answer = await house.resync(code);
    expect([answer.status, idOf(answer)]).toEqual([409, id]);
    expect((await house.act(id, 'cancel')).body).toMatchObject({ state: 'cancelled' });
  });

  test('a running job is reported as busy, and cancelled it writes nothing more', async () => {
    const { code, openId } = await house.connected();
    house.harian.simulator.control.faults.add({ endpoint: 'video/list', kind: 'delay', openId, delayMs: 1_500 });
    const logs = () =>
      house.http
        .call<{ items: unknown[] }>('GET', `/api/sync-logs?store_code=${code}`)
        .then((answer) => answer.body.items);
    const id = idOf(await house.resync(code));
    await reaches(id, { state: 'active', attempt: 1, finished_at: null, error: null });
    await expect.poll(logs).toMatchObject([{ job_id: id, status: 'RUNNING' }]);
    const busy = await house.resync(code);
    expect([busy.status, busy.body.error.code, idOf(busy)]).toEqual([409, 'SYNC_IN_PROGRESS', id]);
    expect((await house.act(id, 'retry')).status).toBe(409);
    expect((await house.act(id, 'cancel')).body).toMatchObject({ state: 'cancelled' });
    await expect.poll(logs).toMatchObject([{ job_id: id, status: 'SKIPPED', error_code: 'JOB_CANCELLED' }]);
    expect((await house.job(id)).state).toBe('cancelled');
    expect(await house.sql.query('select from user_daily where store_code = $1', [code])).toHaveLength(0);
    expect(await house.sql.query('select from videos where store_code = $1', [code])).toHaveLength(0);
  });

  const failed = async () => {
    const store = await house.connected();
    house.harian.simulator.control.faults.add({
      endpoint: 'user/info',
      kind: 'display_error',
      code: 'invalid_params',
      openId: store.openId,
    });
    const id = idOf(await house.resync(store.code));
    await reaches(id, { state: 'failed', error: { code: 'INVALID_PARAMS', http_status: 400 }, retry_at: null });
    return { ...store, id };
  };

  test('a failed job is given one more attempt', async () => {
    const { code, id } = await failed();
    const retried = await house.act(id, 'retry');
    expect([retried.status, retried.body]).toMatchObject([202, { id, store_code: code }]);
    await reaches(id, { state: 'completed', attempt: 2, error: null, trigger: 'manual' });
    const store = await house.http.call<{ last_synced_at: string | null }>('GET', `/api/stores/${code}`);
    expect(store.body.last_synced_at).not.toBeNull();
  });

  test('a failed job whose store has a newer one, lost its connection, or is of another day is not retried', async () => {
    const { code, openId, id } = await failed();
    house.harian.simulator.control.faults.add({ endpoint: 'user/info', kind: 'delay', openId, delayMs: 800 });
    const newer = idOf(await house.resync(code));
    const busy = await house.act(id, 'retry');
    expect([busy.status, busy.body.error.code, idOf(busy)]).toEqual([409, 'SYNC_IN_PROGRESS', newer]);
    await reaches(newer, { state: 'completed' });

    await house.sql.query(
      `update pgboss.job set data = jsonb_set(data::jsonb, '{snapshot_date}', '"2026-01-01"') where id = $1`,
      [id],
    );
    const past = await house.act(id, 'retry');
    expect([past.status, past.body.error.code]).toEqual([409, 'JOB_NOT_RETRYABLE']);

    const other = await failed();
    await house.http.call('POST', `/api/stores/${other.code}/disconnect`);
    const lost = await house.act(other.id, 'retry');
    expect([lost.status, lost.body.error.code]).toEqual([409, 'JOB_NOT_RETRYABLE']);
  });

  test("the queue counts today's completed and failed jobs and forecasts from the rate", async () => {
    const queue = (await house.http.call<QueueBody>('GET', '/api/queue')).body;
    expect(queue.completed_today).toBeGreaterThanOrEqual(1);
    expect(queue.failed).toBeGreaterThanOrEqual(1);
    expect(queue.per_minute).toBeGreaterThan(0);
    expect(queue.eta_seconds).toEqual(expect.any(Number));
  });
});
