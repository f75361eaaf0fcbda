import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { createTokenCipher } from '../../src/crypto/token-cipher.ts';
import { knownMigrations } from '../../src/db/migration-state.ts';
import { findAccount } from '../../src/db/tiktok-accounts.ts';
import { tableRules } from '../../src/domain/retention.ts';
import { countReadablePairs, restoreBackup } from '../../src/services/restore-backup.ts';
import { decryptAccessToken, decryptRefreshToken } from '../../src/services/token-pair.ts';
import { writeBackup } from '../../src/services/write-backup.ts';
import { createTokenSpool } from '../../src/spool/token-spool.ts';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createGate } from '../support/gate.ts';
import { adminKey, startTestHarian, type TestHarian } from '../support/harian.ts';
import { connectStore } from '../support/owner.ts';
import { runCommand } from '../support/run-command.ts';
import { findSecrets } from '../support/secret-search.ts';
import { listPublicTables, openSql } from '../support/sql.ts';
import { createStoreDriver, type StoreDriver, smallAccounts, type TestStore } from '../support/store-driver.ts';
import { openTestPool } from '../support/stores.ts';

const key = Buffer.alloc(32, 7);
const cipher = createTokenCipher([{ id: '1', key }]);
const tokenKey = `1:${key.toString('base64')}`;

let directory: string;
const databases: TestDatabase[] = [];
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'harian-backup-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));
afterEach(async () => {
  for (const database of databases.splice(0)) await database.drop();
});
const emptyDatabase = async () => {
  const database = await createEmptyDatabase();
  databases.push(database);
  return database;
};

const backUp = (file: string, url: string) => runCommand('backup-database.ts', ['--to', file], { DATABASE_URL: url });
const restore = (file: string, url: string, environment = { TOKEN_ENC_KEY: tokenKey }) =>
  runCommand('restore-database.ts', ['--from', file], { DATABASE_URL: url, ...environment });

/** Every row of every table in `public`, as JSON, in an order of its own. */
async function readAllRows(url: string): Promise<Record<string, Record<string, unknown>[]>> {
  const sql = await openSql(url);
  await sql.query(`set timezone = 'UTC'`);
  const all: Record<string, Record<string, unknown>[]> = {};
  for (const name of await listPublicTables(sql)) {
    const rows = await sql.query<{ line: string }>(`select row_to_json(t)::text as line from ${name} t order by 1`);
    all[name] = rows.map(({ line }) => JSON.parse(line));
  }
  await sql.close();
  return all;
}

const rules = tableRules({ syncLogsDays: 365, numbersDays: null });

describe('the drill: a living instance, its backup, an empty machine, a new instance', { timeout: 120_000 }, () => {
  const gate = createGate();
  let living: TestHarian;
  let driver: StoreDriver;
  let file: string;
  let atBackup: Awaited<ReturnType<typeof readAllRows>>;
  /** Read before the backup; read, and its pair renewed since; in the middle of being read; disconnected. */
  const stores: Record<'quiet' | 'renewed' | 'running' | 'ended', TestStore> = {} as never;
  let answers: Record<string, unknown>;
  let restored: TestHarian;
  let restoredDriver: StoreDriver;
  let restoredDatabase: TestDatabase;

  const pathsOf = ({ storeCode }: TestStore) => [
    `/api/stores/${storeCode}/daily`,
    `/api/stores/${storeCode}/videos`,
    `/api/sync-logs?store_code=${storeCode}`,
    `/api/audit?store_code=${storeCode}`,
  ];
  const askAll = async (harian: TestHarian) => {
    const all: Record<string, unknown> = {};
    for (const path of [...pathsOf(stores.quiet), ...pathsOf(stores.renewed), ...pathsOf(stores.ended)]) {
      const answer = await harian.api('GET', path);
      expect(answer.status, path).toBe(200);
      all[path] = answer.body;
    }
    return all;
  };

  beforeAll(async () => {
    living = await startTestHarian({ simulator: { accounts: smallAccounts(6) }, wrapFetch: gate.wrapFetch });
    driver = await createStoreDriver(living);
    await living.api('POST', '/api/webhooks', { url: 'https://hook.invalid/harian', events: ['snapshot.completed'] });
    for (const name of ['quiet', 'renewed', 'running'] as const) stores[name] = await driver.newStore();
    for (const name of ['quiet', 'renewed'] as const) expect((await driver.sync(stores[name])).state).toBe('completed');
    const openId = driver.newOpenId();
    await connectStore(living, 'toko.ended', { openId });
    stores.ended = { storeCode: 'toko.ended', openId };
    const isRead = async () => expect((await driver.store(stores.ended)).last_synced_at).not.toBeNull();
    await vi.waitFor(isRead, { timeout: 20_000, interval: 50 });
    expect((await living.api('POST', '/api/stores/toko.ended/disconnect')).status).toBe(200);
    await living.api('POST', '/api/admin-keys', { name: 'analyst', scope: 'read' });
    await fetch(`${living.url}/session`, {
      method: 'POST',
      redirect: 'manual',
      headers: { origin: living.config.publicUrl },
      body: new URLSearchParams({ key: adminKey }),
    });
    await driver.sql.query(
      `insert into notices (store_code, kind, channel, opened_at, message_id, queued_at) values ($1, 'needs_reconnect', 'email', now(), gen_random_uuid(), now())`,
      [stores.quiet.storeCode],
    );
    // A day passes before the first is kept.
    await driver.sql.query(
      `insert into video_ages (store_code, video_id, age_days, view_count) select store_code, video_id, 1, 17 from videos`,
    );
    await driver.sql.query('update event_deliveries set job_id = gen_random_uuid() where store_code = $1', [
      stores.quiet.storeCode,
    ]);
    const list = gate.holdNext('video/list');
    const jobId = await driver.resync(stores.running);
    await list.reached;

    file = join(directory, 'drill.backup');
    expect(await backUp(file, living.database.url)).toMatchObject({ exitCode: 0 });
    atBackup = await readAllRows(living.database.url);
    answers = await askAll(living);

    // Life goes on, until the machine is lost.
    list.release();
    await driver.untilJob(jobId, 'completed');
    await driver.expireAccessToken(stores.renewed);
    expect((await driver.sync(stores.renewed)).state).toBe('completed');
  }, 120_000);

  afterAll(async () => {
    await restoredDriver?.close();
    await restored?.close();
    await restoredDatabase?.drop();
    await driver.close();
    await living.close();
  });

  test('the file is for its owner alone, whole under its name, and holds no secret that is not encrypted', async () => {
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(directory)).toEqual(['drill.backup']);
    const secrets: Record<string, string | Buffer> = { adminKey, tokenKey: key.toString('base64'), rawKey: key };
    for (const { storeCode } of [stores.quiet, stores.running]) {
      const account = await findAccount(living.harian.deps.db, storeCode);
      if (!account?.accessTokenEncrypted || !account.refreshTokenEncrypted) throw new Error('no tokens');
      secrets[`access token of ${storeCode}`] = decryptAccessToken(cipher, storeCode, account.accessTokenEncrypted);
      secrets[`refresh token of ${storeCode}`] = decryptRefreshToken(cipher, storeCode, account.refreshTokenEncrypted);
    }
    const text = gunzipSync(await readFile(file));
    expect(text.toString()).toContain(stores.quiet.storeCode);
    expect(findSecrets(secrets, { backup: text })).toEqual([]);
  });

  test('restored, every row of every table is what it was, but for what time has overtaken', async () => {
    restoredDatabase = await createEmptyDatabase();
    const done = await restore(file, restoredDatabase.url);
    expect(done).toMatchObject({ exitCode: 0, out: expect.stringContaining('reads the tokens of 3 stores') });
    const rows = await readAllRows(restoredDatabase.url);
    expect(Object.keys(rows).toSorted()).toEqual(Object.keys(atBackup).toSorted());
    expect(Object.keys(rows).toSorted()).toEqual(Object.keys(rules).toSorted());

    for (const [table, before] of Object.entries(atBackup)) {
      const after = rows[table] ?? [];
      const leftOut = rules[table]?.notBackedUp !== undefined;
      if (leftOut) {
        expect(after, table).toEqual([]);
        continue;
      }
      expect(before.length, table).toBeGreaterThan(0);
      const expected = before.map((row) => ({ ...row }));
      for (const row of expected) {
        const isRunning = row.store_code === stores.running.storeCode;
        if (table === 'tiktok_accounts' && row.refresh_token_encrypted !== null) row.refresh_state = 'OUTCOME_UNKNOWN';
        if (table === 'store_days' && isRunning) Object.assign(row, { state: 'pending', job_id: null });
        if (table === 'sync_logs' && row.status === 'RUNNING')
          Object.assign(row, { status: 'FAILED', error_code: 'WORKER_DIED', finished_at: row.started_at });
        if (table === 'notices') Object.assign(row, { message_id: null, queued_at: null });
        if (table === 'event_deliveries') row.job_id = null;
      }
      const added = table === 'audit_log' ? after.filter(({ action }) => action === 'data.restore') : [];
      expect(added).toHaveLength(table === 'audit_log' ? 1 : 0);
      const kept = after.filter((row) => !added.includes(row));
      const byText = (row: object) => JSON.stringify(row);
      expect(kept.map(byText).toSorted(), table).toEqual(expected.map(byText).toSorted());
    }
  });

  test('its tokens decrypt with the right key only, and only in their own cells', async () => {
    const pool = openTestPool(restoredDatabase.url);
    const { db } = pool;
    const another = createTokenCipher([{ id: '1', key: Buffer.alloc(32, 8) }]);
    const otherId = createTokenCipher([{ id: '2', key }]);
    expect(await countReadablePairs(db, cipher)).toEqual({ readable: 3, unreadable: 0 });
    expect(await countReadablePairs(db, another)).toEqual({ readable: 0, unreadable: 3 });
    expect(await countReadablePairs(db, otherId)).toEqual({ readable: 0, unreadable: 3 });

    const swap = (a: string, b: string) =>
      db.execute(`update tiktok_accounts x set access_token_encrypted = y.access_token_encrypted, refresh_token_encrypted = y.refresh_token_encrypted
        from tiktok_accounts y where (x.store_code, y.store_code) in (('${a}', '${b}'), ('${b}', '${a}'))`);
    const { quiet, running } = stores;
    await swap(quiet.storeCode, running.storeCode);
    expect(await countReadablePairs(db, cipher)).toEqual({ readable: 1, unreadable: 2 });
    await swap(quiet.storeCode, running.storeCode);
    await db.execute('update tiktok_accounts set access_token_encrypted = refresh_token_encrypted');
    expect(await countReadablePairs(db, cipher)).toEqual({ readable: 0, unreadable: 3 });
    await pool.close();
    // As it was, for what follows.
    await restoredDatabase.drop();
    restoredDatabase = await createEmptyDatabase();
    expect(await restore(file, restoredDatabase.url)).toMatchObject({ exitCode: 0 });
  });

  test('a new instance answers as the old one did, reads what was in the middle of it, and syncs', async () => {
    restored = await startTestHarian({
      database: restoredDatabase,
      sharedSimulator: living.simulator,
      environment: { ROLES: 'api,worker,scheduler' },
    });
    restoredDriver = await createStoreDriver(restored);
    const now = await askAll(restored);
    expect(now).toEqual(answers);
    const page = await fetch(`${restored.url}/stores`, { headers: { authorization: `Bearer ${adminKey}` } });
    expect([page.status, (await page.text()).includes(stores.quiet.storeCode)]).toEqual([200, true]);

    // Its job was not restored: the planner gives the day another one.
    await expect
      .poll(async () => (await restoredDriver.days(stores.running)).at(-1), { timeout: 30_000 })
      .toMatchObject({ state: 'complete' });
    // With a pair that was not spent since, a sync refreshes as ever.
    await restoredDriver.expireAccessToken(stores.quiet);
    expect((await restoredDriver.sync(stores.quiet)).state).toBe('completed');
    expect(
      await restoredDriver.sql.query('select refresh_state from tiktok_accounts where store_code = $1', [
        stores.quiet.storeCode,
      ]),
    ).toEqual([{ refresh_state: 'IDLE' }]);
  });

  test('a token spent since the backup is tried once, and its loss is told: the owner has to connect again', async () => {
    const { renewed } = stores;
    await restoredDriver.expireAccessToken(renewed);
    const before = restoredDriver.journal(renewed, 'token').length;
    await restoredDriver.sync(renewed);
    expect(await restoredDriver.store(renewed)).toMatchObject({
      status: 'NEED_RECONNECT',
      status_reason: 'REFRESH_OUTCOME_UNKNOWN',
    });
    expect(restoredDriver.journal(renewed, 'token')).toHaveLength(before + 1);
    const told = restored.logs.filter((line) => line.includes('token pair lost') && line.includes(renewed.storeCode));
    expect(told).toHaveLength(1);
    const again = await restored.api('POST', `/api/stores/${renewed.storeCode}/resync`);
    expect(again.status).toBe(409);
    expect(restoredDriver.journal(renewed, 'token')).toHaveLength(before + 1);
  });

  test('where its successor is found in a spool, the connection heals by itself', async () => {
    const { renewed } = stores;
    const [lost, kept] = [
      await findAccount(restored.harian.deps.db, renewed.storeCode),
      await findAccount(living.harian.deps.db, renewed.storeCode),
    ];
    if (!lost?.refreshTokenEncrypted || !kept?.accessTokenEncrypted || !kept.refreshTokenEncrypted)
      throw new Error('no pair');
    const spent = decryptRefreshToken(cipher, renewed.storeCode, lost.refreshTokenEncrypted);
    const inAnHour = new Date(Date.now() + 3_600_000);
    await createTokenSpool(restored.config.spoolDir).write({
      storeCode: renewed.storeCode,
      version: lost.version,
      spentTokenHash: sha256(spent),
      accessTokenEncrypted: kept.accessTokenEncrypted,
      refreshTokenEncrypted: kept.refreshTokenEncrypted,
      accessExpiresAt: kept.accessExpiresAt ?? inAnHour,
      refreshExpiresAt: kept.refreshExpiresAt ?? inAnHour,
      scopes: kept.scopes,
      receivedAt: new Date(),
    });
    await expect.poll(async () => (await restoredDriver.store(renewed)).status, { timeout: 20_000 }).toBe('CONNECTED');
    await restoredDriver.expireAccessToken(renewed);
    await expect.poll(async () => (await restoredDriver.sync(renewed)).state, { timeout: 20_000 }).toBe('completed');
  });

  test('a wrong key is noticed at once, and so is one that is no key', async () => {
    const { url } = await emptyDatabase();
    const nonsense = await restore(file, url, { TOKEN_ENC_KEY: 'nonsense' });
    expect(nonsense).toMatchObject({ exitCode: 1, error: expect.stringContaining('Nothing was restored') });
    const wrong = await restore(file, url, { TOKEN_ENC_KEY: `1:${Buffer.alloc(32, 8).toString('base64')}` });
    expect(wrong.exitCode).toBe(1);
    expect(wrong.error).toContain('does not read those of 3');
  });

  test('is refused over rows that are there, and changes none of them', async () => {
    const before = await readAllRows(living.database.url);
    const refused = await restore(file, living.database.url);
    expect(refused).toMatchObject({ exitCode: 1, error: expect.stringContaining('The database is not empty') });
    const after = await readAllRows(living.database.url);
    for (const table of ['stores', 'tiktok_accounts', 'audit_log', 'user_daily'])
      expect(after[table]).toEqual(before[table]);
  });

  test('a file that is damaged, cut off or none of ours leaves the database empty, and the right one then fits', async () => {
    const { url } = await emptyDatabase();
    const whole = await readFile(file);
    const lines = gunzipSync(whole).toString().split('\n');
    const flipped = Buffer.from(whole);
    flipped[Math.floor(whole.length / 2)] = (flipped[Math.floor(whole.length / 2)] ?? 0) ^ 0xff;
    const at = lines.findIndex((line) => line.startsWith('["table","user_daily"')) + 1;
    const bad: Record<string, Buffer> = {
      flipped,
      'cut off': whole.subarray(0, whole.length - 200),
      'cut off before its end, and closed': gzipSync(lines.slice(0, -2).join('\n')),
      'without one row': gzipSync(lines.toSpliced(at, 1).join('\n')),
      'with a number changed': gzipSync(
        lines.with(at, String(lines[at]).replace(/"follower_count":\d+/, '"follower_count":1')).join('\n'),
      ),
      'with a row that does not fit': gzipSync(lines.with(at, '{"store_code":"nobody"}').join('\n')),
      'with a table that is none': gzipSync(lines.with(at - 1, '["table","no_table",["a"]]').join('\n')),
      'no backup': gzipSync('{"hello":"world"}\n'),
      'no gzip': Buffer.from('hello'),
      empty: Buffer.alloc(0),
    };
    const pool = openTestPool(url);
    const text = async function* (content: Buffer) {
      yield* gunzipSync(content).toString().split('\n');
    };
    for (const [what, content] of Object.entries(bad)) {
      const damaged = join(directory, 'damaged');
      await writeFile(damaged, content);
      // A process each only where it is the file that is at fault.
      const byProcess = ['flipped', 'cut off', 'no gzip', 'empty'].includes(what);
      if (byProcess) {
        const answer = await restore(damaged, url);
        expect(answer.exitCode, what).toBe(1);
        expect(answer.error, what).toMatch(/damaged|no backup/);
      } else {
        const deps = { db: pool.db, databaseUrl: url, clock: systemClock };
        await expect(restoreBackup(deps, text(content)), what).rejects.toThrow(/damaged|cut off|no backup/);
      }
      const rows = Object.values(await readAllRows(url)).flat();
      expect(rows, what).toEqual([]);
    }
    await pool.close();
    expect(await restore(file, url)).toMatchObject({ exitCode: 0 });
  });
});

/** A backup of the form of ours, by hand. */
function makeBackup(migration: number, tables: [name: string, columns: string[], rows: object[]][]): string[] {
  const header = { format: 1, migration, harian: '0.1.0', taken_at: '2026-11-01T00:00:00.000Z', token_keys: {} };
  const lines = [JSON.stringify(['harian-backup', header])];
  const rows: Record<string, number> = {};
  for (const [name, columns, list] of tables) {
    lines.push(JSON.stringify(['table', name, columns]), ...list.map((row) => JSON.stringify(row)));
    rows[name] = list.length;
  }
  const hash = createHash('sha256')
    .update(`${lines.join('\n')}\n`)
    .digest('hex');
  return [...lines, JSON.stringify(['end', { rows, sha256: hash }])];
}
async function* each(lines: string[]) {
  yield* lines;
}

describe('a backup', { timeout: 60_000 }, () => {
  const store = { store_code: 'old', name: 'Toko Lama', timezone: 'Asia/Jakarta', status: 'PENDING' };
  const tables: Parameters<typeof makeBackup>[1] = [['stores', Object.keys(store), [store]]];

  test('of a former version is restored at its own schema, and brought to this one', async () => {
    const { url } = await emptyDatabase();
    const pool = openTestPool(url);
    const deps = { db: pool.db, databaseUrl: url, clock: systemClock };
    const [, second = 0] = knownMigrations();
    await restoreBackup(deps, each(makeBackup(second, tables)));
    await pool.close();
    const rows = await readAllRows(url);
    expect(rows.stores).toMatchObject([{ ...store, paused: false }]);
    expect(Object.keys(rows).toSorted()).toEqual(Object.keys(rules).toSorted());
  });

  test('of a newer version is refused by name, and nothing is made', async () => {
    const { url } = await emptyDatabase();
    const pool = openTestPool(url);
    const deps = { db: pool.db, databaseUrl: url, clock: systemClock };
    const newest = knownMigrations().at(-1) ?? 0;
    await expect(restoreBackup(deps, each(makeBackup(newest + 1, tables)))).rejects.toThrow(/newer version.*0\.1\.0/);
    await pool.close();
    expect(await readAllRows(url)).toEqual({});
  });

  test('fits a database that was migrated and never used; one of a former version does not', async () => {
    const database = await createTestDatabase();
    databases.push(database);
    const pool = openTestPool(database.url);
    const deps = { db: pool.db, databaseUrl: database.url, clock: systemClock };
    const [first = 0] = knownMigrations();
    await expect(restoreBackup(deps, each(makeBackup(first, tables)))).rejects.toThrow(/later schema/);
    const newest = knownMigrations().at(-1) ?? 0;
    expect((await restoreBackup(deps, each(makeBackup(newest, tables)))).rows).toEqual({ stores: 1 });
    await pool.close();
  });

  test('is of one instant, whatever is written while it is taken; numbers beyond 2^53 and microseconds are exact', async () => {
    const database = await createTestDatabase();
    databases.push(database);
    const pool = openTestPool(database.url);
    const sql = await openSql(database.url);
    await sql.query(
      `insert into stores (store_code, name, timezone, created_at) values ('a', E'line\\nbreak "quoted" \\\\ é 中', 'UTC', '2026-01-02 03:04:05.678901+00')`,
    );
    await sql.query(
      `insert into user_daily (store_code, snapshot_date, follower_count, likes_count, captured_at) values ('a', '2026-01-02', 9223372036854775807, null, now())`,
    );
    const lines: string[] = [];
    const backup = await writeBackup({ db: pool.db, clock: systemClock, version: '0.1.0' }, async (text) => {
      if (lines.length === 0) {
        await sql.query(`insert into stores (store_code, name, timezone) values ('later', 'Later', 'UTC')`);
        await sql.query(`update user_daily set follower_count = 1`);
      }
      lines.push(...text.split('\n').slice(0, -1));
    });
    expect(backup.rows).toMatchObject({ stores: 1, user_daily: 1, video_daily: 0 });
    const target = await emptyDatabase();
    const other = openTestPool(target.url);
    await restoreBackup({ db: other.db, databaseUrl: target.url, clock: systemClock }, each(lines));
    const look = await openSql(target.url);
    expect(await look.query(`select name, created_at::text from stores`)).toEqual([
      { name: 'line\nbreak "quoted" \\ é 中', created_at: '2026-01-02 03:04:05.678901+00' },
    ]);
    expect(await look.query(`select follower_count::text, likes_count from user_daily`)).toEqual([
      { follower_count: '9223372036854775807', likes_count: null },
    ]);
    await look.close();
    await other.close();
    await sql.close();
    await pool.close();
  });

  test('moves sequences on behind the rows it brought', async () => {
    const [from, to] = [await createTestDatabase(), await createTestDatabase()];
    databases.push(from, to);
    const lines: string[] = [];
    for (const { url } of [from, to]) {
      const sql = await openSql(url);
      await sql.query('alter table stores add column number bigint generated always as identity');
      await sql.query(`alter table stores add column shout text generated always as (upper(name)) stored`);
      if (url === from.url)
        await sql.query(`insert into stores (store_code, name, timezone) values ('a', 'A', 'UTC'), ('b', 'B', 'UTC')`);
      await sql.close();
    }
    const [source, target] = [openTestPool(from.url), openTestPool(to.url)];
    const write = async (text: string) => void lines.push(...text.split('\n').slice(0, -1));
    await writeBackup({ db: source.db, clock: systemClock, version: '0.1.0' }, write);
    await restoreBackup({ db: target.db, databaseUrl: to.url, clock: systemClock }, each(lines));
    await target.db.execute(`insert into stores (store_code, name, timezone) values ('c', 'c', 'UTC')`);
    const rows = await target.db.execute(`select store_code, number::int, shout from stores order by 1`);
    expect(rows.rows).toEqual([
      { store_code: 'a', number: 1, shout: 'A' },
      { store_code: 'b', number: 2, shout: 'B' },
      { store_code: 'c', number: 3, shout: 'C' },
    ]);
    await Promise.all([source.close(), target.close()]);
  });

  test('is not taken of a database of another schema, nor over a file that is there, and then leaves none', async () => {
    const { url } = await emptyDatabase();
    const own = await mkdtemp(join(directory, 'refused-'));
    const unmigrated = await backUp(join(own, 'a'), url);
    expect(unmigrated).toMatchObject({ exitCode: 1, error: expect.stringContaining('db:migrate') });
    await writeFile(join(own, 'taken'), 'precious');
    expect(await backUp(join(own, 'taken'), url)).toMatchObject({
      exitCode: 1,
      error: expect.stringContaining('is there already'),
    });
    expect(await readFile(join(own, 'taken'), 'utf8')).toBe('precious');
    expect(await readdir(own)).toEqual(['taken']);
    expect((await runCommand('backup-database.ts', ['--into', 'x'], { DATABASE_URL: url })).exitCode).toBe(2);
    expect((await runCommand('restore-database.ts', [], { DATABASE_URL: url })).exitCode).toBe(2);
  });
});
