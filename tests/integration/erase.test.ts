import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTokenSpool, type SpooledPair } from '../../src/spool/token-spool.ts';
import { createGate } from '../support/gate.ts';
import { clientSecret, newStoreCode, startTestHarian, type TestHarian } from '../support/harian.ts';
import { createHttpClient, type HttpClient } from '../support/http.ts';
import { connectStore } from '../support/owner.ts';
import { runCommand } from '../support/run-command.ts';
import { listPublicTables } from '../support/sql.ts';
import { createStoreDriver, type StoreDriver } from '../support/store-driver.ts';

interface ErasureBody {
  id: string;
  stores: string[];
  rows: Record<string, number>;
  audit_rows_stripped: number;
  spool_files: number;
  revoked_at_tiktok: boolean | null;
  search: { columns: number; found: { table: string; column: string; rows: number }[] };
}

/** What no store has part in. A table that is neither here nor filled by `fill` fails the tests below. */
const ofNoStore = [
  'admin_keys',
  'admin_sessions',
  'circuit_breakers',
  'heartbeats',
  'request_budgets',
  'sweeps',
  'webhooks',
];

/** Names that stand for nothing else: whatever holds one of them, in whatever form, speaks of this account. */
const accounts = Array.from({ length: 12 }, () => {
  const canary = randomBytes(6).toString('hex');
  return {
    openId: `-000open${canary}`,
    username: `user.${canary}`,
    displayName: `Shop ${canary}`,
    videoCount: 3,
  };
});
const unused = [...accounts];

const gate = createGate();
let harian: TestHarian;
let http: HttpClient;
let driver: StoreDriver;
beforeAll(async () => {
  harian = await startTestHarian({ simulator: { accounts }, wrapFetch: gate.wrapFetch });
  http = await createHttpClient(harian.url);
  driver = await createStoreDriver(harian);
  // So that there is something to tell of every store.
  const json = { url: 'https://hook.invalid/harian', events: ['snapshot.completed'] };
  expect((await http.call('POST', '/api/webhooks', { json })).status).toBe(201);
});
afterAll(async () => {
  await driver.close();
  await harian.close();
});

interface Filled {
  code: string;
  openId: string;
  /** Everything by which the store or its account could be known again. */
  names: string[];
}

/** A store with a row in every table that has to do with stores, made by the program as far as that is possible. */
async function fill(account = unused.shift(), code = newStoreCode('canary')): Promise<Filled> {
  if (!account) throw new Error('too few accounts for this file');
  const { openId, username, displayName } = account;
  await connectStore(harian, code, { openId });
  await expect
    .poll(async () => (await driver.store({ storeCode: code, openId })).last_synced_at, { timeout: 20_000 })
    .not.toBeNull();
  await harian.api('PATCH', `/api/stores/${code}`, { name: `Name of ${code}` });
  await http.call('POST', `/api/stores/${code}/connect-links`, { headers: { 'idempotency-key': randomUUID() } });
  await driver.sql.query(
    `insert into notices (store_code, kind, channel, opened_at) values ($1, 'needs_reconnect', 'webhook', now())`,
    [code],
  );
  await driver.sql.query(
    `insert into video_ages (store_code, video_id, age_days) select store_code, video_id, 1 from videos where store_code = $1`,
    [code],
  );
  await driver.sql.query(
    `insert into audit_log (id, at, actor_name, action, store_code, target, outcome, client)
     values ($1, now(), 'unknown', 'connect_link.open', $2, null, 'LINK_NOT_FOUND', '203.0.113.7')`,
    [randomUUID(), code],
  );
  // What a job leaves behind that failed for good.
  await driver.sql.query(
    `insert into pgboss.job (name, state, completed_on, data) values ('sync-store-dead', 'completed', now(), jsonb_build_object('store_code', $1::text))`,
    [code],
  );
  const [row] = await driver.sql.query<{ union_id: string }>(
    'select union_id from tiktok_accounts where store_code = $1',
    [code],
  );
  const videos = await driver.sql.query<{ video_id: string }>('select video_id from videos where store_code = $1', [
    code,
  ]);
  return {
    code,
    openId,
    names: [code, openId, String(row?.union_id), username, displayName, ...videos.map((v) => v.video_id)],
  };
}

/** How many rows of which table hold one of these, as the rows print. Tables of every schema but PostgreSQL's own. */
async function tablesNaming(names: readonly string[]): Promise<Record<string, number>> {
  const tables = await driver.sql.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and not c.relispartition and n.nspname !~ '^(pg_|information_schema)'`,
  );
  const counts: Record<string, number> = {};
  for (const { name } of tables) {
    const rows = await driver.sql.query(
      `select from ${name} t where exists (
         select from unnest($1::text[]) as needle
         where strpos(t::text, needle) > 0 or strpos(t::text, encode(convert_to(needle, 'UTF8'), 'hex')) > 0)`,
      [names],
    );
    if (rows.length > 0) counts[name.replace(/^public\./, '')] = rows.length;
  }
  return counts;
}

const publicTables = () => listPublicTables(driver.sql);

const pairOf = (storeCode: string): SpooledPair => ({
  storeCode,
  version: 1,
  spentTokenHash: Buffer.alloc(32),
  accessTokenEncrypted: Buffer.from('a'),
  refreshTokenEncrypted: Buffer.from('r'),
  accessExpiresAt: new Date(),
  refreshExpiresAt: new Date(),
  scopes: [],
  receivedAt: new Date(),
});

const erase = (subject: { store_code: string } | { open_id: string }) =>
  http.call<ErasureBody>('POST', '/api/erasures', { json: { ...subject, confirm: Object.values(subject)[0] } });
const auditOf = async (id: string) =>
  driver.sql.query<{ actor_name: string; store_code: string | null; target: string; client: string | null }>(
    'select actor_name, store_code, target, client from audit_log where target like $1',
    [`${id}%`],
  );
const revocations = (openId: string) =>
  harian.simulator.control.journal.entries().filter((entry) => entry.openId === openId && entry.endpoint === 'revoke');

describe('a store', () => {
  test('is erased from every table there is: no name of it is left in any, and its neighbour keeps every row', async () => {
    const own = await fill();
    const neighbour = await fill();
    const neighbourBefore = await tablesNaming(neighbour.names);
    const before = await tablesNaming(own.names);
    // Else the test would not see a table that was forgotten.
    expect(Object.keys(before)).toEqual(expect.arrayContaining(['pgboss.job']));
    expect([...Object.keys(before), ...ofNoStore].filter((name) => !name.includes('.')).toSorted()).toEqual(
      (await publicTables()).toSorted(),
    );

    const answer = await erase({ store_code: own.code });

    expect(answer.status).toBe(200);
    expect(await tablesNaming(own.names)).toEqual({});
    expect(await tablesNaming(neighbour.names)).toEqual(neighbourBefore);

    const { 'pgboss.job': jobs, audit_log: audited, ...rows } = before;
    expect(answer.body).toMatchObject({
      stores: [own.code],
      rows: { ...rows, queue_jobs: jobs },
      audit_rows_stripped: audited,
      revoked_at_tiktok: true,
      search: { found: [] },
    });
    expect(answer.body.search.columns).toBeGreaterThan(50);
    expect(revocations(own.openId)).toHaveLength(1);
    expect((await harian.api('GET', `/api/stores/${own.code}`)).status).toBe(404);
  });

  test('leaves one row in the audit log, with who, when and how much, and no name; admins’ deeds stay without theirs', async () => {
    const own = await fill();
    const [{ n: before } = { n: 0 }] = await driver.sql.query<{ n: number }>(
      'select count(*)::int as n from audit_log',
    );
    const { body } = await erase({ store_code: own.code });
    const rows = await auditOf(body.id);
    expect(rows).toEqual([
      {
        actor_name: 'bootstrap',
        store_code: null,
        target: expect.stringContaining('user_daily 1'),
        client: '127.0.0.1',
      },
    ]);
    for (const [table, count] of Object.entries(body.rows)) expect(rows[0]?.target).toContain(`${table} ${count}`);
    const [{ n: after } = { n: 0 }] = await driver.sql.query<{ n: number }>('select count(*)::int as n from audit_log');
    expect(after).toBe(before + 1);
    expect(
      await driver.sql.query(
        `select from audit_log where actor_name <> 'bootstrap' and client = '203.0.113.7' and store_code is null`,
      ),
    ).toEqual([]);
    const listed = await harian.api<{ items: { action: string }[] }>('GET', '/api/audit?action=data.erase&limit=1');
    expect(listed.body.items).toHaveLength(1);
  });

  test('is erased too when it was deleted before: then it is only the audit log that still names it', async () => {
    const own = await fill();
    const spool = createTokenSpool(harian.config.spoolDir);
    expect((await harian.api('DELETE', `/api/stores/${own.code}`)).status).toBe(204);
    expect(Object.keys(await tablesNaming(own.names))).toEqual(['audit_log']);
    expect(await spool.list(own.code)).toEqual([]);
    const { body } = await erase({ store_code: own.code });
    expect(body).toMatchObject({ rows: {}, revoked_at_tiktok: null, search: { found: [] } });
    expect(await tablesNaming(own.names)).toEqual({});
  });

  test('takes its token pairs out of the spool, whether it is deleted or erased', async () => {
    // A spool of its own: the worker of the other one would be faster.
    const other = await startTestHarian({
      environment: { ROLES: 'api' },
      database: harian.database,
      sharedSimulator: harian.simulator,
    });
    const spool = createTokenSpool(other.config.spoolDir);
    for (const end of ['delete', 'erase'] as const) {
      const code = newStoreCode();
      await other.api('POST', '/api/stores', { store_code: code, name: code });
      await spool.write(pairOf(code));
      const kept = await spool.write(pairOf(`${code}-other`));
      if (end === 'delete') await other.api('DELETE', `/api/stores/${code}`);
      else {
        const answer = await other.api<ErasureBody>('POST', '/api/erasures', { store_code: code, confirm: code });
        expect(answer.body.spool_files).toBe(1);
      }
      expect(await spool.list(code)).toEqual([]);
      expect(await spool.list(`${code}-other`)).toEqual([kept]);
      await spool.remove(kept);
    }
    await other.close();
  });
});

describe('a TikTok account', () => {
  test('is erased from every store it ever was with; the stores stay, as if they had never been connected', async () => {
    const account = unused.shift();
    const first = await fill(account);
    await harian.api('POST', `/api/stores/${first.code}/disconnect`);
    const second = await fill(account);
    const ofAccount = second.names.filter((name) => name !== second.code);

    const answer = await erase({ open_id: first.openId });

    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      stores: [first.code, second.code].toSorted(),
      rows: { tiktok_accounts: 2, user_daily: 2 },
      revoked_at_tiktok: true,
      search: { found: [] },
    });
    expect(await tablesNaming(ofAccount)).toEqual({});
    expect((await auditOf(answer.body.id)).length).toBe(1);
    for (const { code } of [first, second]) {
      const store = await harian.api('GET', `/api/stores/${code}`);
      expect(store.body).toMatchObject({
        name: `Name of ${code}`,
        status: 'PENDING',
        status_reason: null,
        account: null,
        connected_at: null,
        last_synced_at: null,
        last_snapshot_date: null,
      });
      // Of the account’s time there is nothing but the store and what admins did to it.
      expect(Object.keys(await tablesNaming([code])).toSorted()).toEqual(['audit_log', 'stores']);
      const actors = await driver.sql.query('select distinct actor_name from audit_log where store_code = $1', [code]);
      expect(actors).toEqual([{ actor_name: 'bootstrap' }]);
    }
    // Another account is welcome now.
    const other = unused.shift();
    const page = await connectStore(harian, first.code, { openId: other?.openId ?? '' });
    expect(page).toContain(other?.displayName);
  });
});

describe('a sync under way', () => {
  test.each(['store', 'account'] as const)('writes nothing of its %s once that is erased', async (kind) => {
    const own = await fill();
    const list = gate.holdNext('video/list');
    const jobId = await driver.resync({ storeCode: own.code, openId: own.openId });
    await list.reached;
    expect((await erase(kind === 'store' ? { store_code: own.code } : { open_id: own.openId })).status).toBe(200);
    list.release();
    await driver.untilRunEnded(jobId);
    expect(harian.logs.filter((line) => line.includes('queue error'))).toEqual([]);
    const left = await tablesNaming(kind === 'store' ? own.names : own.names.slice(1));
    expect(left).toEqual({});
    const rows = await driver.sql.query(
      'select from sync_logs where store_code = $1 union all select from user_daily where store_code = $1',
      [own.code],
    );
    expect(rows).toEqual([]);
  });
});

describe('an erasure', () => {
  test.each([
    ['without its name once more', (code: string) => ({ store_code: code, confirm: code.toUpperCase() }), 400],
    ['without any confirmation', (code: string) => ({ store_code: code }), 400],
    ['of a store and an account at once', (code: string) => ({ store_code: code, open_id: 'x', confirm: code }), 400],
    ['of nothing', () => ({ confirm: '' }), 400],
    ['of an account nobody knows', () => ({ open_id: 'nobody', confirm: 'nobody' }), 404],
    ['of a store nobody knows', () => ({ store_code: 'no-such-store', confirm: 'no-such-store' }), 404],
  ])('is refused %s, and nothing happens', async (_, json, status) => {
    const code = newStoreCode();
    await harian.api('POST', '/api/stores', { store_code: code, name: code });
    const answer = await http.call('POST', '/api/erasures', { json: json(code) });
    expect(answer.status).toBe(status);
    expect((await harian.api('GET', `/api/stores/${code}`)).status).toBe(200);
    const [last] = await driver.sql.query(
      `select outcome, store_code, target from audit_log where action = 'data.erase' order by at desc limit 1`,
    );
    expect(last).toEqual({ outcome: answer.body.error.code, store_code: null, target: null });
  });

  test('says where something is left: in a table that nobody thought of, also inside JSON', async () => {
    const own = await fill();
    await driver.sql.query('create table forgotten (note text, data jsonb, secret bytea)');
    const [code, openId] = own.names;
    await driver.sql.query(
      `insert into forgotten values ($1, jsonb_build_object('deep', jsonb_build_array($2::text)), null)`,
      [`told ${openId} twice`, code],
    );
    // What only begins like it is somebody else's.
    await driver.sql.query(`insert into forgotten values ($1, jsonb_build_object('deep', $2::text), $3)`, [
      `${openId}x`,
      `${code}-2`,
      Buffer.from(String(openId)),
    ]);
    const { body } = await erase({ store_code: own.code });
    await driver.sql.query('drop table forgotten');
    expect(body.search.found).toEqual([
      { table: 'public.forgotten', column: 'data', rows: 1 },
      { table: 'public.forgotten', column: 'note', rows: 1 },
      { table: 'public.forgotten', column: 'secret', rows: 1 },
    ]);
  });
});

describe('npm run erase', () => {
  const run = (...args: string[]) =>
    runCommand('erase.ts', args, {
      DATABASE_URL: harian.database.url,
      TIKTOK_CLIENT_KEY: 'test-client-key',
      TIKTOK_CLIENT_SECRET: clientSecret,
      // Nobody is there: the erasure does not wait for TikTok.
      TIKTOK_API_URL: 'http://127.0.0.1:9',
      TIKTOK_AUTH_URL: 'http://127.0.0.1:9',
      TOKEN_ENC_KEY: `1:${Buffer.alloc(32, 7).toString('base64')}`,
      SPOOL_DIR: harian.config.spoolDir,
    });

  test('asks first, and erases nothing where nobody can answer', async () => {
    const own = await fill();
    const before = await tablesNaming(own.names);
    const answer = await run('--store', own.code);
    expect([answer.exitCode, answer.out]).toEqual([2, '']);
    expect(answer.error).toContain('Nothing was erased');
    expect((await run('--store', own.code, '--open-id', own.openId, '--yes')).error).toMatch(/^Usage: /);
    expect(await run('--open-id', 'nobody', '--yes')).toMatchObject({ exitCode: 2, out: '' });
    expect(await tablesNaming(own.names)).toEqual(before);

    const done = await run('--store', own.code, '--yes');
    expect([done.exitCode, done.error]).toEqual([0, '']);
    const proof: ErasureBody = JSON.parse(done.out);
    expect(proof).toMatchObject({ stores: [own.code], revoked_at_tiktok: false, search: { found: [] } });
    expect(await tablesNaming(own.names)).toEqual({});
    expect(await auditOf(proof.id)).toMatchObject([{ actor_name: 'cli' }]);
  }, 120_000);
});
