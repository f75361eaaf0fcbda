import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listAuditRows } from '../../src/db/audit-log.ts';
import { createDatabasePool } from '../../src/db/client.ts';
import { listLogEntries, listSyncLogs } from '../../src/db/sync-logs.ts';
import { createApp } from '../../src/http/app.ts';
import { policies } from '../../src/http/policies.ts';
import { createAdminKey } from '../../src/services/create-admin-key.ts';
import { endAdminKey } from '../../src/services/manage-admin-keys.ts';
import { getQueueLists } from '../../src/services/read-queue-lists.ts';
import { adminKey, clientSecret, newStoreCode, startTestHarian, type TestHarian } from '../support/harian.ts';
import { createHttpClient, type HttpAnswer, type HttpClient } from '../support/http.ts';
import { openSql, type Sql } from '../support/sql.ts';
import { insertConnectedStore } from '../support/stores.ts';

let harian: TestHarian;
let http: HttpClient;
let sql: Sql;
let origin: string;
const openIds = Array.from({ length: 40 }, (_, index) => `console-${index}`);
let nextAccount = 0;
const cookies: Record<'read' | 'operate' | 'admin', string> = { read: '', operate: '', admin: '' };

beforeAll(async () => {
  harian = await startTestHarian({
    environment: { ROLES: 'api', SYNC_LOCAL_TIME: '00:00' },
    simulator: { accounts: openIds.map((openId) => ({ openId, username: openId, displayName: openId })) },
  });
  http = await createHttpClient(harian.url);
  sql = await openSql(harian.database.url);
  origin = harian.config.publicUrl;
  for (const scope of ['read', 'operate', 'admin'] as const) cookies[scope] = (await newSession(scope)).cookie;
});
afterAll(async () => {
  await sql.close();
  await harian.close();
});

const html = { accept: 'text/html' };
const newKey = (scope: 'read' | 'operate' | 'admin', expiresAt: Date | null = null) =>
  createAdminKey(harian.harian.deps, { name: `${scope}-${randomUUID()}`, scope, expiresAt });
const post = (path: string, fields: Record<string, string> = {}, headers: Record<string, string> = {}) =>
  http.call('POST', path, {
    key: null,
    body: new URLSearchParams(fields).toString(),
    headers: { ...html, 'content-type': 'application/x-www-form-urlencoded', origin, ...headers },
  });
const open = (path: string, cookie: string, headers: Record<string, string> = {}): Promise<HttpAnswer> =>
  http.call('GET', path, { key: null, headers: { ...html, cookie, ...headers } });
const cookieOf = (answer: HttpAnswer) => answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
async function newSession(scope: 'read' | 'operate' | 'admin', expiresAt: Date | null = null) {
  const { secret, key } = await newKey(scope, expiresAt);
  return { cookie: cookieOf(await post('/session', { key: secret })), key };
}

const deps = () => harian.harian.deps;
/** A job of a new store that waits for a worker; nobody here works. */
async function queuedJob(name = 'store') {
  const storeCode = newStoreCode(name);
  await insertConnectedStore(deps().db, harian.simulator, {
    storeCode,
    openId: openIds[nextAccount++] ?? '',
  });
  const { job } = (await harian.api<{ job: { id: string } }>('POST', `/api/stores/${storeCode}/resync`)).body;
  return { id: job.id, storeCode };
}
const setJob = (id: string, changes: string) => sql.query(`update pgboss.job set ${changes} where id = '${id}'`);
const logOf = (job: { id: string; storeCode: string }, more: Record<string, string | number | null> = {}) => {
  const row = {
    id: randomUUID(),
    store_code: job.storeCode,
    snapshot_date: '2026-11-24',
    job_name: 'sync-store',
    job_id: job.id,
    delivery: 0,
    attempt: 1,
    trigger: 'schedule',
    status: 'FAILED',
    error_code: 'TIMEOUT',
    started_at: new Date().toISOString(),
    finished_at: new Date().toISOString(),
    ...more,
  };
  const names = Object.keys(row);
  return sql.query(
    `insert into sync_logs (${names.join(', ')}) values (${names.map((_, index) => `$${index + 1}`).join(', ')})`,
    Object.values(row),
  );
};
/** What is said in one region of a page, without its markup. */
const regionOf = (page: string, id: string) => {
  const from = page.indexOf(`<section id="${id}"`);
  const markup = page.slice(from, page.indexOf('</section>', from));
  return markup.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ');
};
/** The answer to the question that is asked before something is taken away. */
const confirmed = { confirmed: 'yes' };
const formsOn = (page: string) =>
  [...page.matchAll(/<form method="post" action="([^"]*)"/g)].map(([, to]) => to).filter((to) => to !== '/session/end');

describe('the queue', () => {
  test('shows each job in its list, with what it has read, why it waits and until when', async () => {
    const [running, retrying, deferred, failed, queued] = await Promise.all([
      queuedJob('running'),
      queuedJob('retrying'),
      queuedJob('deferred'),
      queuedJob('failed'),
      queuedJob('queued'),
    ]);
    await setJob(running.id, "state = 'active', started_on = now()");
    await logOf(running, { status: 'RUNNING', error_code: null, finished_at: null, pages: 3, videos: 57 });
    await setJob(retrying.id, "state = 'retry', retry_count = 1, start_after = now() + interval '3 hours 1 minute'");
    await logOf(retrying, { error_code: 'ECONNRESET' });
    const data = `data || '{"deferrals":1,"deferred_delivery":1}'`;
    await setJob(
      deferred.id,
      `state = 'retry', retry_count = 1, start_after = now() + interval '1 hour', data = ${data}`,
    );
    await logOf(deferred, { status: 'SKIPPED', error_code: 'RATE_LIMIT_EXCEEDED' });
    await setJob(failed.id, "state = 'failed', completed_on = now(), started_on = now()");
    await logOf(failed);

    const { text } = await open('/queue', cookies.operate);
    expect(regionOf(text, 'running')).toMatch(new RegExp(`${running.storeCode}.*pages 3 · videos 57`));
    const waiting = regionOf(text, 'waiting');
    expect(waiting).toMatch(new RegExp(`${retrying.storeCode}.*Retrying.*connection to TikTok broke.*in 3h`));
    // The next one first.
    expect(waiting.indexOf(deferred.storeCode)).toBeLessThan(waiting.indexOf(retrying.storeCode));
    expect(waiting).toContain('limit of requests was used up');
    expect(regionOf(text, 'queued')).toContain(queued.storeCode);
    expect(regionOf(text, 'failed')).toMatch(new RegExp(`${failed.storeCode}.*did not answer in time.*Retry`));
    expect(formsOn(text)).toContain(`/jobs/${failed.id}/retry`);
    expect(formsOn((await open('/queue', cookies.read)).text)).toEqual([]);
  });

  test('puts first what a person asked for, and cuts each list however much waits', async () => {
    const { storeCode, id } = await queuedJob('person');
    await sql.query(`
      insert into pgboss.job (id, name, singleton_key, policy, data, priority, state, created_on, start_after, retry_limit)
      select gen_random_uuid(), name, 'bulk-' || n, policy,
        jsonb_build_object('store_code', 'bulk-' || n, 'snapshot_date', '2026-11-24', 'trigger', 'schedule'),
        0, case when n <= 100 then 'created' else 'retry' end::pgboss.job_state, now() - interval '1 day',
        now() + case when n <= 100 then interval '-1 day' else interval '1 day' end, 7
      from pgboss.job, generate_series(1, 200) n where id = '${id}'`);
    const lists = await getQueueLists(deps());
    expect(lists.queued).toHaveLength(20);
    expect(lists.queued.some((job) => job.storeCode === storeCode)).toBe(true);
    expect(lists.queued.slice(0, 1)[0]?.trigger).toBe('manual');
    expect(lists.waiting).toHaveLength(50);
    // Their stores do not exist: a job that lost its store is shown by its code.
    expect(lists.queued.at(-1)?.storeName).toMatch(/^bulk-/);
    await sql.query("delete from pgboss.job where singleton_key like 'bulk-%'");
  });

  test('offers another attempt only where one can help', async () => {
    const [failed, replaced, lost, over] = await Promise.all([
      queuedJob('failed'),
      queuedJob('replaced'),
      queuedJob('lost'),
      queuedJob('over'),
    ]);
    for (const { id } of [failed, replaced, lost, over]) await setJob(id, "state = 'failed', completed_on = now()");
    await harian.api('POST', `/api/stores/${replaced.storeCode}/resync`);
    await sql.query(`update stores set status = 'NEED_RECONNECT' where store_code = '${lost.storeCode}'`);
    await setJob(over.id, `data = data || '{"snapshot_date":"2026-01-01"}'`);
    const { failed: list } = await getQueueLists(deps());
    const mayRetry = (job: { id: string }) => list.find(({ id }) => id === job.id)?.mayRetry;
    expect([failed, replaced, lost, over].map(mayRetry)).toEqual([true, false, false, false]);
  });
});

describe('a job', () => {
  test('is cancelled and retried on its page, which says so, and the audit log knows by whom', async () => {
    const job = await queuedJob();
    const page = await open(`/jobs/${job.id}`, cookies.operate);
    expect(page.text).toContain('as soon as a worker is free');
    expect(formsOn(page.text)).toEqual([`/jobs/${job.id}/cancel`]);

    const asked = await post(`/jobs/${job.id}/cancel`, {}, { cookie: cookies.operate });
    expect([asked.status, asked.text.includes(`Cancel the job of ${job.storeCode}?`)]).toEqual([200, true]);
    const cancelled = await post(`/jobs/${job.id}/cancel`, confirmed, { cookie: cookies.operate });
    expect([cancelled.status, cancelled.headers.get('location')]).toEqual([
      303,
      `/jobs/${job.id}?said=cancelled&of=${job.storeCode}`,
    ]);
    const after = await open(cancelled.headers.get('location') ?? '', cookies.operate);
    expect(after.text).toContain(`The job of ${job.storeCode} was cancelled.`);
    expect(formsOn(after.text)).toEqual([]);

    await setJob(job.id, "state = 'failed', completed_on = now()");
    expect(formsOn((await open(`/jobs/${job.id}`, cookies.operate)).text)).toEqual([`/jobs/${job.id}/retry`]);
    expect((await post(`/jobs/${job.id}/retry`, {}, { cookie: cookies.operate })).status).toBe(303);
    expect((await harian.api<{ state: string }>('GET', `/api/jobs/${job.id}`)).body.state).toBe('retrying');
    const rows = await sql.query('select action, outcome, actor_name from audit_log where target = $1 order by at', [
      job.id,
    ]);
    expect(rows).toEqual([
      { action: 'job.cancel', outcome: 'OK', actor_name: expect.stringMatching(/^operate-/) },
      { action: 'job.retry', outcome: 'OK', actor_name: expect.stringMatching(/^operate-/) },
    ]);
  });

  test('that can no longer be cancelled says why, leads back, and is recorded as refused', async () => {
    const job = await queuedJob();
    await setJob(job.id, "state = 'completed', completed_on = now()");
    const referer = `${origin}/jobs/${job.id}`;
    const refused = await post(`/jobs/${job.id}/cancel`, confirmed, { cookie: cookies.operate, referer });
    expect(refused.status).toBe(409);
    expect(refused.text).toContain('has ended already');
    expect(refused.text).toContain(`href="/jobs/${job.id}"`);
    const [row] = await sql.query('select outcome, store_code from audit_log where target = $1', [job.id]);
    expect(row).toEqual({ outcome: 'JOB_NOT_CANCELLABLE', store_code: job.storeCode });
  });

  test('shows every attempt, and those also when it is no longer kept itself', async () => {
    const job = await queuedJob();
    await logOf(job, { attempt: 1, error_code: 'ECONNRESET', started_at: '2026-11-24T01:00:00Z' });
    await logOf(job, { attempt: 2, error_code: null, status: 'SUCCESS', pages: 2, videos: 31 });
    for (const kept of [true, false]) {
      if (!kept) await sql.query('delete from pgboss.job where id = $1', [job.id]);
      const { status, text } = await open(`/jobs/${job.id}`, cookies.read);
      expect(status).toBe(200);
      const attempts = regionOf(text, 'job-attempts');
      expect(attempts).toMatch(/Read 2 .*pages 2 · videos 31.*Failed.*TikTok broke.* 1 /);
      expect(text.includes('no longer kept')).toBe(!kept);
    }
  });

  test('that never was is not found, and what is no id is refused', async () => {
    expect((await open(`/jobs/${randomUUID()}`, cookies.read)).status).toBe(404);
    expect((await open('/jobs/nonsense', cookies.read)).status).toBe(400);
  });
});

describe('the log', () => {
  const entriesOn = (page: string) => [...page.matchAll(/<details id="log-([^"]+)"/g)].map(([, id]) => id);

  test('is filtered by store, status, trigger, error code and days, newest first', async () => {
    const [one, two] = await Promise.all([queuedJob('one'), queuedJob('two')]);
    await logOf(one, { error_code: 'SCOPE_MISSING: video.list', status: 'PARTIAL' });
    await logOf(one, { error_code: 'TypeError', trigger: 'manual' });
    await logOf(one, { started_at: '2026-01-05T23:59:59Z', finished_at: '2026-01-06T00:00:10Z' });
    await logOf(two);
    const count = async (query: string) => entriesOn((await open(`/log?${query}`, cookies.read)).text).length;
    const store = `store_code=${one.storeCode}`;
    // Of one store also what is months old.
    expect(await count(`${store}`)).toBe(3);
    expect(await count(`${store}&status=PARTIAL`)).toBe(1);
    expect(await count(`${store}&status=&trigger=manual&error_code=`)).toBe(1);
    expect(await count(`${store}&error_code=SCOPE_MISSING`)).toBe(1);
    expect(await count(`${store}&error_code=typeerror`)).toBe(1);
    expect(await count(`${store}&from=2026-01-05&to=2026-01-05`)).toBe(1);
    expect(await count(`${store}&from=2026-01-06&to=2026-01-06`)).toBe(0);
    expect(await count(`${store}&to=2026-01-05`)).toBe(1);
    expect(await count(`store_code=${two.storeCode}`)).toBe(1);
    for (const bad of [
      'from=yesterday',
      'status=NOPE',
      'store_code=a%20b',
      'from=2026-02-02&to=2026-02-01',
      'to=9999-12-31',
      'cursor=x',
    ]) {
      expect((await open(`/log?${bad}`, cookies.read)).status, bad).toBe(400);
    }
  });

  test('pages to older rows without losing or repeating one, and back to the newest', async () => {
    const job = await queuedJob();
    await sql.query(
      `insert into sync_logs (id, store_code, snapshot_date, job_name, job_id, delivery, attempt, trigger, status, started_at, finished_at)
       select gen_random_uuid(), $1, '2026-11-24', 'sync-store', $2, n, 1, 'schedule', 'SUCCESS',
         date_trunc('second', now()) - (n / 3) * interval '1 second', now() from generate_series(1, 120) n`,
      [job.storeCode, job.id],
    );
    const seen: (string | undefined)[] = [];
    let next: string | undefined = `/log?store_code=${job.storeCode}`;
    for (let pages = 0; next !== undefined && pages < 5; pages++) {
      const { text }: HttpAnswer = await open(next, cookies.read);
      seen.push(...entriesOn(text));
      expect(text.includes('>Newest<')).toBe(pages > 0);
      next = /href="(\/log\?[^"]*cursor=[^"]*)" rel="next"/.exec(text)?.[1]?.replaceAll('&amp;', '&');
    }
    expect(seen).toHaveLength(120);
    expect(new Set(seen).size).toBe(120);
  });

  test('is taken away as a file with the same filters, harmless to a spreadsheet', async () => {
    const job = await queuedJob();
    await sql.query('update stores set name = $2 where store_code = $1', [job.storeCode, '=cmd|"x",y']);
    await logOf(job, { error_code: 'ECONNRESET', started_at: '2026-01-08T10:00:00.123Z' });
    await logOf(job);
    const query = `store_code=${job.storeCode}&error_code=ECONNRESET&from=2026-01-01`;
    const file = await open(`/log.csv?${query}`, cookies.read);
    expect(file.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    expect(file.headers.get('content-disposition')).toMatch(/^attachment; filename="harian-log-\d{4}-\d\d-\d\d\.csv"$/);
    const lines = file.text.split('\r\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^started_at,finished_at,store_code,store_name,snapshot_date,/);
    expect(lines[1]).toContain(`2026-01-08T10:00:00.123Z,`);
    expect(lines[1]).toContain(`,${job.storeCode},"'=cmd|""x"",y",2026-11-24,schedule,1,FAILED,ECONNRESET,`);
    const page = await open(`/log?${query}`, cookies.read);
    expect(page.text).toContain(`href="/log.csv?${query.replaceAll('&', '&amp;')}"`);
  });
});

describe('the audit log', () => {
  test('is filtered by who, what, store and outcome, in words, and taken away as a file; for admins only', async () => {
    const job = await queuedJob();
    await post(`/jobs/${job.id}/cancel`, confirmed, { cookie: cookies.operate });
    await post(`/jobs/${job.id}/cancel`, {}, { cookie: cookies.read });
    const store = `store_code=${job.storeCode}`;
    const rows = async (query: string) => {
      const { text } = await open(`/audit.csv?${store}&${query}`, cookies.admin);
      return text.trimEnd().split('\r\n').slice(1);
    };
    expect(await rows('')).toHaveLength(2);
    expect(await rows('outcome=done&action=job.cancel')).toEqual([
      expect.stringContaining(`,job.cancel,${job.storeCode},`),
    ]);
    const [operator] = await sql.query<{ name: string }>("select name from admin_keys where name like 'operate-%'");
    expect(await rows(`actor=${encodeURIComponent(operator?.name ?? '')}`)).toHaveLength(1);
    expect(await rows('actor=nobody')).toEqual([]);
    expect((await open(`/audit?${store}`, cookies.admin)).text).toContain('cancelled a job');
    expect((await open('/audit', cookies.admin, { 'accept-language': 'id' })).text).toContain('masuk');
    for (const path of ['/audit', '/audit.csv']) {
      expect((await open(path, cookies.operate)).status).toBe(403);
    }
  });
});

describe('newest first', () => {
  const at = new Date('2026-11-24T00:00:00Z');
  const after = { startedAt: at, at, id: randomUUID() };
  const store = { storeCode: 'toko', status: null, action: null, limit: 50 };
  const all = { ...store, storeCode: null };
  const { db } = createDatabasePool({ url: 'postgresql://nobody', maxConnections: 1, onError: () => undefined });

  test.each([
    ['the log', listSyncLogs(db, { ...all, after: null })],
    ['the log of a store', listSyncLogs(db, { ...store, after })],
    ['the log with names', listLogEntries(db, { ...all, from: at, before: at, after })],
    ['the audit log', listAuditRows(db, { ...all, after: null })],
    ['the audit log of a store', listAuditRows(db, { ...store, from: at, after })],
  ])('%s is read from an index, however long it is', async (_what, query) => {
    // The builder that a query is until it is awaited.
    const { sql: text, params } = (query as unknown as { toSQL(): { sql: string; params: unknown[] } }).toSQL();
    await sql.query('set enable_seqscan = off');
    await sql.query('set enable_bitmapscan = off');
    const plan = await sql.query(`explain ${text}`, params);
    await sql.query('reset all');
    const lines = plan.map((row) => String(row['QUERY PLAN'])).join('\n');
    expect(lines).toMatch(/Index Scan using (sync_logs|audit_log)_(newest_first|by_store)/);
    expect(lines).not.toContain('Sort');
  });
});

describe('keys', () => {
  test('are made with a scope and an end, shown once, never in an address, and open what they should', async () => {
    const name = `analyst ${randomUUID()}`;
    const made = await post('/keys', { name, scope: 'read', expires_in_days: '30' }, { cookie: cookies.admin });
    expect([made.status, made.headers.get('location')]).toEqual([200, null]);
    const secret = /value="(hrn_[\w-]{43})"/.exec(made.text)?.[1] ?? '';
    expect((await http.call('GET', '/api/queue', { key: secret })).status).toBe(200);
    expect((await http.call('GET', '/api/admin-keys', { key: secret })).status).toBe(403);
    const list = (await open('/keys', cookies.admin)).text;
    expect(list).toContain(name);
    expect(list).not.toContain(secret);
    expect(harian.logs.join('')).not.toContain(secret);
    const [audit] = await sql.query('select action, outcome from audit_log where target = $1', [name]);
    expect(audit).toEqual({ action: 'admin_key.create', outcome: 'OK' });
    expect((await post('/keys', { name, scope: 'read' }, { cookie: cookies.admin })).status).toBe(409);
    for (const fields of [{ name: '' }, { scope: 'root' }, { expires_in_days: '0' }, { expires_in_days: 'x' }]) {
      const answer = await post('/keys', { name: 'other', scope: 'read', ...fields }, { cookie: cookies.admin });
      expect(answer.status, JSON.stringify(fields)).toBe(400);
    }
  });

  test('are revoked, the own one too, and their sessions end and are told so', async () => {
    const own = await newSession('admin');
    const revoked = await post(`/keys/${own.key.id}/revoke`, confirmed, { cookie: own.cookie });
    expect(revoked.status).toBe(303);
    const after = await open(revoked.headers.get('location') ?? '', own.cookie);
    expect([after.status, after.text.includes('Your session has ended')]).toEqual([401, true]);
    const [row] = await sql.query("select outcome from audit_log where action = 'admin_key.revoke' and target = $1", [
      own.key.name,
    ]);
    expect(row).toEqual({ outcome: 'OK' });
  });

  test.each([
    ['another', 'Revoke the key'],
    ['the own', 'Revoke your own key'],
  ])('are asked for by name before %s one is revoked without a script', async (which, question) => {
    const [own, other] = [await newSession('admin'), await newSession('read')];
    const { id, name } = (which === 'the own' ? own : other).key;
    const asked = await post(`/keys/${id}/revoke`, {}, { cookie: own.cookie });
    expect(asked.status).toBe(200);
    expect(asked.text).toContain(`${question} ${name}?`);
    expect(formsOn(asked.text)).toEqual([`/keys/${id}/revoke`]);
    expect(asked.text).toContain('<input type="hidden" name="confirmed" value="yes">');
    for (const { cookie } of [own, other]) expect((await open('/queue', cookie)).status).toBe(200);
    expect(await sql.query('select from audit_log where target in ($1, $2)', [id, name])).toEqual([]);
    expect((await post(`/keys/${randomUUID()}/revoke`, {}, { cookie: own.cookie })).status).toBe(404);
  });

  test('of ADMIN_API_KEY is not offered to be revoked, and refuses', async () => {
    const [bootstrap] = await sql.query<{ id: string }>("select id from admin_keys where name = 'bootstrap'");
    expect(formsOn((await open('/keys', cookies.admin)).text)).not.toContain(`/keys/${bootstrap?.id}/revoke`);
    expect((await post(`/keys/${bootstrap?.id}/revoke`, confirmed, { cookie: cookies.admin })).status).toBe(409);
  });
});

describe('the settings', () => {
  test('tell what is configured and what runs, and not one secret', async () => {
    const token = Buffer.alloc(32, 7).toString('base64');
    const job = await queuedJob();
    const { text } = await open('/settings', cookies.admin);
    for (const shown of [
      origin,
      '/oauth/tiktok/callback',
      'http://tiktok.test',
      harian.config.sync.timezone,
      process.version,
      '*/5 * * * *',
    ]) {
      expect(text).toContain(shown);
    }
    expect(text).toContain(deps().processId.slice(0, 8));
    expect(text).toMatch(/<code>1<\/code> \d+ accounts/);
    const [tokens] = await sql.query<{ hex: string }>(
      "select encode(refresh_token_encrypted, 'escape') as hex from tiktok_accounts where store_code = $1",
      [job.storeCode],
    );
    const url = new URL(harian.database.url);
    const secrets = [adminKey, clientSecret, 'test-client-key', token, harian.database.url, tokens?.hex, url.password];
    for (const secret of secrets.filter((each) => each)) expect(text).not.toContain(secret);
    expect(JSON.stringify(deps().configured)).not.toMatch(/secret-canary|test-client-key|test-admin-key|BwcHBwc/);
  });
});

describe('a session', () => {
  const pages = ['/queue', '/log?status=FAILED', '/audit', '/keys', '/settings'];

  test.each(pages)('that nobody has: %s asks for a key without a reproach, and leads there then', async (path) => {
    const answer = await open(path, '');
    expect(answer.status).toBe(401);
    expect(answer.text).not.toContain('role="alert"');
    expect(answer.text).not.toContain('has ended');
    const to = /name="to" value="([^"]*)"/.exec(answer.text)?.[1] ?? '';
    const signedIn = await post('/session', { key: adminKey, to });
    expect(signedIn.headers.get('location')).toBe(path);
  });

  test('leads only to paths of ours', async () => {
    for (const to of ['//evil.example', 'https://evil.example', '/\\evil.example', 'javascript:alert(1)']) {
      expect((await post('/session', { key: adminKey, to })).headers.get('location'), to).toBe('/');
    }
  });

  test('that was begun with a wrong key forgets not where one wanted to go', async () => {
    const wrong = await post('/session', { key: 'wrong', to: '/log?status=FAILED' });
    expect(wrong.status).toBe(401);
    expect(wrong.text).toContain('This key is not known');
    expect(wrong.text).toContain('name="to" value="/log?status=FAILED"');
  });

  test('that is over is told so, on every page and after a form, which leads back to its page', async () => {
    const { cookie } = await newSession('admin');
    const later = await createApp({ ...deps(), clock: { now: () => new Date(Date.now() + 12.1 * 3_600_000) } });
    for (const path of ['/', ...pages]) {
      const text = await (await later.request(path, { headers: { ...html, cookie } })).text();
      expect(text, path).toContain('Your session has ended: sign in again.');
    }
    const referer = `${origin}/queue?said=retried&of=x`;
    const form = await later.request('/keys', {
      method: 'POST',
      headers: { ...html, cookie, origin, referer, 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(form.status).toBe(401);
    expect(await form.text()).toMatch(/Your session has ended[\s\S]*name="to" value="\/queue"/);
  });

  test('ends with its key, by its end as by its revocation', async () => {
    const ending = await newSession('read', new Date(Date.now() + 3_600_000));
    expect((await open('/queue', ending.cookie)).status).toBe(200);
    const later = await createApp({ ...deps(), clock: { now: () => new Date(Date.now() + 3_601_000) } });
    expect((await later.request('/queue', { headers: { ...html, cookie: ending.cookie } })).status).toBe(401);

    const revoked = await newSession('admin');
    await endAdminKey(deps(), revoked.key.id);
    expect((await open('/queue', revoked.cookie)).status).toBe(401);
  });

  test('is forgotten by signing out: the way in then says nothing of it', async () => {
    const { cookie } = await newSession('read');
    const out = await post('/session/end', {}, { cookie });
    expect(cookieOf(out)).toBe('harian_session=');
    expect((await open('/', '')).text).not.toContain('has ended');
  });

  test('changes nothing for a page that is not ours', async () => {
    const job = await queuedJob();
    const id = job.id;
    const changes = Object.keys(policies)
      .filter((route) => /^POST \/(?!api|webhooks|connect|session)/.test(route))
      .map((route) => route.replace('POST ', '').replace(':store_code', job.storeCode).replace(':id', id));
    expect(changes.length).toBeGreaterThan(5);
    for (const path of changes) {
      for (const foreign of [
        { origin: 'https://evil.example' },
        { origin: 'null' },
        { 'sec-fetch-site': 'same-site' },
      ]) {
        const answer = await post(path, {}, { cookie: cookies.admin, ...foreign });
        expect(answer.status, `${path} ${JSON.stringify(foreign)}`).toBe(403);
      }
    }
    expect((await harian.api<{ state: string }>('GET', `/api/jobs/${id}`)).body.state).toBe('queued');
  });

  test('of a key that may only read sees no button on any page', async () => {
    const job = await queuedJob();
    const failed = await queuedJob();
    await setJob(failed.id, "state = 'failed', completed_on = now()");
    const reading = Object.entries(policies)
      .filter(
        ([route, policy]) => /^GET \/(?!api|live|.*\.csv)/.test(route) && ['read', 'console'].includes(policy.for),
      )
      .map(([route]) => route.replace('GET ', '').replace(':store_code', job.storeCode));
    for (const path of [...reading.map((each) => each.replace(':id', job.id)), `/jobs/${failed.id}`]) {
      const page = await open(path, cookies.read);
      expect(page.status, path).toBe(200);
      expect(formsOn(page.text), path).toEqual([]);
    }
    for (const path of ['/audit', '/keys', '/settings']) expect((await open(path, cookies.read)).status).toBe(403);
    for (const verb of ['cancel', 'retry']) {
      expect((await post(`/jobs/${job.id}/${verb}`, {}, { cookie: cookies.read })).status).toBe(403);
    }
  });
});
