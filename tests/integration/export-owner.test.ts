import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createTokenCipher } from '../../src/crypto/token-cipher.ts';
import { findAccount } from '../../src/db/tiktok-accounts.ts';
import { ownerExport } from '../../src/domain/owner-export.ts';
import { exportOwner } from '../../src/services/export-owner.ts';
import { decryptAccessToken, decryptRefreshToken } from '../../src/services/token-pair.ts';
import { adminKey, newStoreCode, startTestHarian, type TestHarian } from '../support/harian.ts';
import { connectStore } from '../support/owner.ts';
import { runCommand } from '../support/run-command.ts';
import { findSecrets } from '../support/secret-search.ts';
import { listPublicTables } from '../support/sql.ts';
import { createStoreDriver, type StoreDriver, smallAccounts, type TestStore } from '../support/store-driver.ts';

interface Header {
  harian_export: number;
  stores: string[];
  tables: Record<string, { about: string; columns: Record<string, string> }>;
}
interface Row {
  table: string;
  row: Record<string, unknown>;
}
type End = { end: true; rows: Record<string, number> };

let harian: TestHarian;
let driver: StoreDriver;
let directory: string;
beforeAll(async () => {
  harian = await startTestHarian({ simulator: { accounts: smallAccounts(8) } });
  driver = await createStoreDriver(harian);
  await harian.api('POST', '/api/webhooks', { url: 'https://hook.invalid/harian', events: ['snapshot.completed'] });
  directory = await mkdtemp(join(tmpdir(), 'harian-export-'));
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
  await driver.close();
  await harian.close();
});

/** A store that its owner has connected and that was read. */
async function connected(openId = driver.newOpenId()): Promise<TestStore> {
  const store = { storeCode: newStoreCode('owner'), openId };
  await connectStore(harian, store.storeCode, { openId });
  const isRead = async () => expect((await driver.store(store)).last_synced_at).not.toBeNull();
  await vi.waitFor(isRead, { timeout: 20_000, interval: 50 });
  await driver.sql.query(
    `insert into notices (store_code, kind, channel, opened_at) values ($1, 'token_ends', 'email', now())`,
    [store.storeCode],
  );
  await driver.sql.query(
    `insert into video_ages (store_code, video_id, age_days) select store_code, video_id, 1 from videos where store_code = $1`,
    [store.storeCode],
  );
  await fetch(`${harian.url}/api/stores/${store.storeCode}/connect-links`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminKey}`, 'idempotency-key': randomUUID() },
  });
  return store;
}

async function exported(subject: Parameters<typeof exportOwner>[1]) {
  const writes: string[] = [];
  await exportOwner(harian.harian.deps, subject, async (text) => void writes.push(text));
  return { writes, ...read(writes.join('')) };
}
function read(text: string): { header: Header; rows: Row[]; end: End } {
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  return { header: lines[0], rows: lines.slice(1, -1), end: lines.at(-1) };
}

const runExport = (...args: string[]) => runCommand('export-owner.ts', args, { DATABASE_URL: harian.database.url });

test('every column of every table that knows stores is described, or left out with a reason', async () => {
  const columns = await driver.sql.query<{ table_name: string; column_name: string }>(
    `select table_name, column_name from information_schema.columns c
     where table_schema = 'public' and table_name = any($1) and exists (
       select from information_schema.columns k
       where k.table_schema = c.table_schema and k.table_name = c.table_name and k.column_name = 'store_code')`,
    [await listPublicTables(driver.sql)],
  );
  const inDatabase = columns.map(({ table_name: table, column_name: column }) => `${table}.${column}`);
  const inExport = Object.entries(ownerExport).flatMap(([table, { columns: shown, withheld }]) =>
    [...Object.keys(shown), ...Object.keys(withheld)].map((column) => `${table}.${column}`),
  );
  expect(inExport.toSorted()).toEqual(inDatabase.toSorted());
});

test('holds every row of the store and no other, each column explained, numbers as they are', async () => {
  const store = await connected();
  const neighbour = await connected();
  const { header, rows, end } = await exported(store);
  expect(header).toMatchObject({ harian_export: 1, stores: [store.storeCode] });
  const tables = [...Object.keys(ownerExport), 'queue_jobs'];
  expect(Object.keys(header.tables).toSorted()).toEqual(tables.toSorted());
  for (const table of tables) {
    const own = rows.filter((row) => row.table === table);
    // Else nobody would see that it is left out.
    expect(own.length, table).toBeGreaterThan(0);
    expect(end.rows[table], table).toBe(own.length);
    for (const { row } of own)
      expect(Object.keys(row), table).toEqual(Object.keys(header.tables[table]?.columns ?? {}));
    if (table === 'queue_jobs') continue;
    const [{ n } = { n: -1 }] = await driver.sql.query<{ n: number }>(
      `select count(*)::int as n from ${table} where store_code = $1`,
      [store.storeCode],
    );
    expect(own.length, table).toBe(n);
  }
  expect(end).toMatchObject({ end: true });
  const text = JSON.stringify(rows);
  expect(text).not.toContain(neighbour.storeCode);
  expect(text).not.toContain('bootstrap');

  const { user } = driver.oracle(store);
  expect(rows.find(({ table }) => table === 'user_daily')?.row).toMatchObject({
    follower_count: user?.follower_count,
    likes_count: user?.likes_count,
  });
});

test('holds no token, no hash and no admin', async () => {
  const store = await connected();
  const account = await findAccount(harian.harian.deps.db, store.storeCode);
  if (!account?.accessTokenEncrypted || !account.refreshTokenEncrypted) throw new Error('no tokens');
  const cipher = createTokenCipher([{ id: '1', key: Buffer.alloc(32, 7) }]);
  const hashes = await driver.sql.query<{ link: Buffer; state: Buffer; browser: Buffer }>(
    `select link_hash as link, state_hash as state, browser_hash as browser from oauth_states where store_code = $1`,
    [store.storeCode],
  );
  const { writes } = await exported(store);
  const secrets = {
    'access token': decryptAccessToken(cipher, store.storeCode, account.accessTokenEncrypted),
    'refresh token': decryptRefreshToken(cipher, store.storeCode, account.refreshTokenEncrypted),
    'access ciphertext': account.accessTokenEncrypted,
    'refresh ciphertext': account.refreshTokenEncrypted,
    ...hashes[0],
  };
  expect(Object.keys(secrets)).toHaveLength(7);
  expect(findSecrets(secrets, { export: writes.join('') })).toEqual([]);
});

test('of an account holds all stores it ever was with', async () => {
  const first = await connected();
  await harian.api('POST', `/api/stores/${first.storeCode}/disconnect`);
  const second = await connected(first.openId);
  const { header, rows } = await exported({ openId: first.openId });
  const both = [first.storeCode, second.storeCode].toSorted();
  expect(header.stores).toEqual(both);
  for (const table of ['stores', 'tiktok_accounts', 'user_daily']) {
    const codes = rows.filter((row) => row.table === table).map(({ row }) => row.store_code);
    expect(codes, table).toEqual(both);
  }
});

test('of nobody is refused before anything is written', async () => {
  for (const subject of [{ storeCode: 'nobody' }, { openId: 'nobody' }]) {
    const write = vi.fn();
    await expect(exportOwner(harian.harian.deps, subject, write)).rejects.toMatchObject({
      code: expect.stringMatching(/_NOT_FOUND$/),
    });
    expect(write).not.toHaveBeenCalled();
  }
});

test('of a large store goes out in pieces, the next read only when the last was taken', async () => {
  const store = await driver.newStore();
  await driver.sql.query(
    `insert into videos (store_code, video_id, first_seen_date) select $1, 'v' || n, current_date from generate_series(1, 100) n`,
    [store.storeCode],
  );
  await driver.sql.query(
    `insert into video_daily (store_code, video_id, snapshot_date, captured_at)
     select $1, 'v' || n, current_date - d, now() from generate_series(1, 100) n, generate_series(0, 299) d`,
    [store.storeCode],
  );
  let underWay = 0;
  let longest = 0;
  const counts = await exportOwner(harian.harian.deps, store, async (text) => {
    underWay += 1;
    expect(underWay).toBe(1);
    longest = Math.max(longest, text.length);
    await new Promise(setImmediate);
    underWay -= 1;
  });
  expect(counts.video_daily).toBe(30_000);
  expect(longest).toBeLessThan(1_000_000);
});

test('npm run export:owner writes a file for its owner alone, never over another, and says so in the audit log', async () => {
  const store = await connected();
  const file = join(directory, 'owner.ndjson');
  const done = await runExport('--store', store.storeCode, '--to', file);
  expect(done).toMatchObject({ exitCode: 0, out: '', error: expect.stringContaining('user_daily 1') });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const text = await readFile(file, 'utf8');
  expect(read(text).header.stores).toEqual([store.storeCode]);
  const audited = await harian.api<{ items: object[] }>(
    'GET',
    `/api/audit?store_code=${store.storeCode}&action=data.export`,
  );
  expect(audited.body.items).toMatchObject([{ actor: { name: 'cli' }, outcome: 'OK' }]);

  const again = await runExport('--store', store.storeCode, '--to', file);
  expect(again).toMatchObject({ exitCode: 2, error: expect.stringContaining('is there already') });
  const nobody = await runExport('--open-id', 'nobody', '--to', join(directory, 'nobody'));
  expect(nobody).toMatchObject({ exitCode: 2, error: expect.stringContaining('open_id') });
  expect((await runExport('--store', store.storeCode)).error).toMatch(/^Usage: /);
  expect(await readdir(directory)).toEqual(['owner.ndjson']);
  expect(await readFile(file, 'utf8')).toBe(text);

  const piped = await runExport('--open-id', store.openId, '--to', '-');
  expect([piped.exitCode, read(piped.out).header.stores]).toEqual([0, [store.storeCode]]);
}, 120_000);
