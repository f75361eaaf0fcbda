import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { sha256 } from '../../src/crypto/hash.ts';
import { createTokenCipher, TokenCipherError } from '../../src/crypto/token-cipher.ts';
import { type DatabasePool, inTransaction } from '../../src/db/client.ts';
import { insertStore } from '../../src/db/stores.ts';
import {
  beginRefresh,
  findAccount,
  listPairsNotUnder,
  replaceCiphertexts,
  storeRefreshedPair,
  upsertConnectedAccount,
  wipeTokens,
} from '../../src/db/tiktok-accounts.ts';
import { insertWebhook } from '../../src/db/webhooks.ts';
import { rotateTokenKey } from '../../src/services/rotate-token-key.ts';
import {
  decryptAccessToken,
  decryptRefreshToken,
  encryptPair,
  underCurrentKey,
} from '../../src/services/token-pair.ts';
import { createSecret, readSigningKey } from '../../src/services/webhook-secret.ts';
import { createTokenSpool, type TokenSpool } from '../../src/spool/token-spool.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { openTestPool } from '../support/stores.ts';

const oldKey = { id: '1', key: Buffer.alloc(32, 1) };
const newKey = { id: '2', key: Buffer.alloc(32, 2) };
const before = createTokenCipher([oldKey]);
const rotating = createTokenCipher([newKey, oldKey]);
const after = createTokenCipher([newKey]);

let database: TestDatabase;
let pool: DatabasePool;
let directory: string;
let spool: TokenSpool;
beforeAll(async () => {
  database = await createTestDatabase();
  pool = openTestPool(database.url);
});
beforeEach(async () => {
  await pool.db.execute('truncate stores cascade');
  directory = await mkdtemp(join(tmpdir(), 'harian-spool-'));
  spool = createTokenSpool(directory);
});
afterEach(() => rm(directory, { recursive: true, force: true }));
afterAll(async () => {
  await pool.close();
  await database.drop();
});

const grantOf = (storeCode: string, generation = 1) => ({
  openId: `open-${storeCode}`,
  scopes: ['video.list'],
  accessToken: `access of ${storeCode}, ${generation}`,
  expiresInSeconds: 7_200,
  refreshToken: `refresh of ${storeCode}, ${generation}`,
  refreshExpiresInSeconds: 86_400,
});

async function insertStores(count: number): Promise<string[]> {
  const codes = Array.from({ length: count }, (_, index) => `store-${String(index).padStart(4, '0')}`);
  await inTransaction(pool.db, async (tx) => {
    for (const storeCode of codes) {
      await insertStore(tx, { storeCode, name: storeCode, timezone: 'UTC' });
      const pair = encryptPair(before, storeCode, grantOf(storeCode), new Date());
      const openId = `open-${storeCode}`;
      await upsertConnectedAccount(tx, { ...pair, storeCode, openId, scopes: [], connectedAt: new Date() });
    }
  });
  return codes;
}

const rotate = () => rotateTokenKey({ db: pool.db, cipher: rotating, spool }, () => undefined);

/** The two tokens, as a process sees them that knows the new key alone. */
async function tokensOf(storeCode: string): Promise<string[]> {
  const account = await findAccount(pool.db, storeCode);
  if (!account?.accessTokenEncrypted || !account.refreshTokenEncrypted) return [];
  return [
    decryptAccessToken(after, storeCode, account.accessTokenEncrypted),
    decryptRefreshToken(after, storeCode, account.refreshTokenEncrypted),
  ];
}

const versionOf = async (storeCode: string) => (await findAccount(pool.db, storeCode))?.version;

test('afterwards the old key is needed no more, every token is what it was, and no version has moved', async () => {
  const codes = await insertStores(700);

  const result = await rotate();

  expect(result).toEqual({
    rewritten: 700,
    left: 0,
    broken: [],
    webhooksRewritten: 0,
    webhooksLeft: [],
    spoolRewritten: 0,
    spoolBroken: [],
  });
  for (const storeCode of codes) {
    const { accessToken, refreshToken } = grantOf(storeCode);
    expect(await tokensOf(storeCode)).toEqual([accessToken, refreshToken]);
  }
  expect(await versionOf('store-0000')).toBe(1);
});

test('a second run finds nothing to do; stores without tokens are none of its business', async () => {
  await insertStores(3);
  await wipeTokens(pool.db, 'store-0001');
  expect(await rotate()).toMatchObject({ rewritten: 2, left: 0 });
  expect(await rotate()).toMatchObject({ rewritten: 0, left: 0 });
  expect(await tokensOf('store-0001')).toEqual([]);
});

test('a run that was ended goes on where it was', async () => {
  await insertStores(700);
  const ended = rotateTokenKey({ db: pool.db, cipher: rotating, spool }, () => {
    throw new Error('ended');
  });
  await expect(ended).rejects.toThrow('ended');

  const seen: object[] = [];
  const result = await rotateTokenKey({ db: pool.db, cipher: rotating, spool }, (progress) => seen.push(progress));

  expect(result).toMatchObject({ rewritten: 200, left: 0 });
  expect(seen).toEqual([{ rewritten: 200, toDo: 200 }]);
});

test('a refresh in flight during the rotation finds its row and keeps its pair', async () => {
  await insertStores(2);
  const storeCode = 'store-0000';
  const spent = { storeCode, version: 1, spentTokenHash: sha256(grantOf(storeCode).refreshToken) };
  await beginRefresh(pool.db, { ...spent, attemptId: randomUUID(), processId: randomUUID(), startedAt: new Date() });

  expect(await rotate()).toMatchObject({ rewritten: 2, left: 0 });

  const pair = encryptPair(rotating, storeCode, grantOf(storeCode, 2), new Date());
  expect(await storeRefreshedPair(pool.db, { ...spent, ...pair, scopes: [] })).toBe(true);
  expect(await tokensOf(storeCode)).toEqual(['access of store-0000, 2', 'refresh of store-0000, 2']);
});

test('a pair that a refresh stores between the rotation’s read and its write is not overwritten', async () => {
  await insertStores(2);
  const [old, other] = await listPairsNotUnder(pool.db, {
    prefix: Buffer.from(rotating.currentPrefix),
    afterCode: '',
    limit: 10,
  });
  if (!old || !other) throw new Error('two stores were expected');
  const { storeCode } = old;
  const spent = { storeCode, version: 1, spentTokenHash: sha256(grantOf(storeCode).refreshToken) };
  await beginRefresh(pool.db, { ...spent, attemptId: randomUUID(), processId: randomUUID(), startedAt: new Date() });
  const pair = encryptPair(rotating, storeCode, grantOf(storeCode, 2), new Date());
  await storeRefreshedPair(pool.db, { ...spent, ...pair, scopes: [] });

  const changes = [old, other].map((one) => ({ old: one, new: underCurrentKey(rotating, one.storeCode, one) }));

  expect(await replaceCiphertexts(pool.db, changes)).toBe(1);
  expect(await tokensOf(storeCode)).toEqual(['access of store-0000, 2', 'refresh of store-0000, 2']);
  expect(await tokensOf(other.storeCode)).toEqual(['access of store-0001, 1', 'refresh of store-0001, 1']);
});

test('two rotations at once do each store once, and neither waits for ever', async () => {
  await insertStores(700);
  const results = await Promise.all([rotate(), rotate(), rotate()]);
  expect(results.reduce((sum, { rewritten }) => sum + rewritten, 0)).toBe(700);
  expect(results.map(({ left }) => left)).toEqual([0, 0, 0]);
});

test('what no key decrypts is named by its store and left as it is; the rest is done', async () => {
  await insertStores(3);
  const moved = await findAccount(pool.db, 'store-0000');
  await pool.db.execute(`update tiktok_accounts a set refresh_token_encrypted = b.refresh_token_encrypted
    from tiktok_accounts b where a.store_code = 'store-0001' and b.store_code = 'store-0000'`);

  expect(await rotate()).toMatchObject({ rewritten: 2, left: 1, broken: ['store-0001'] });

  const account = await findAccount(pool.db, 'store-0001');
  expect(account?.refreshTokenEncrypted).toEqual(moved?.refreshTokenEncrypted);
});

test('secrets of webhooks are re-encrypted too, each in its own row, and one that cannot be is reported', async () => {
  const ids = [randomUUID(), randomUUID(), randomUUID()] as const;
  const [good, done, swapped] = ids;
  const secrets = ids.map((id, index) => createSecret(index === 1 ? rotating : before, id));
  for (const [index, id] of ids.entries()) {
    const secretEncrypted = secrets[id === swapped ? 0 : index]?.secretEncrypted ?? Buffer.alloc(0);
    const now = new Date();
    const webhook = {
      id,
      url: 'https://example.com/',
      events: ['day.closed' as const],
      enabled: true,
      secretEncrypted,
    };
    await inTransaction(pool.db, (tx) => insertWebhook(tx, { ...webhook, createdAt: now, since: now }, 20));
  }
  expect(await rotate()).toMatchObject({ webhooksRewritten: 1, webhooksLeft: [swapped] });
  const stored = new Map(
    (
      await pool.db.execute<{ id: string; secret: Buffer }>('select id, secret_encrypted as secret from webhooks')
    ).rows.map((row) => [row.id, row.secret]),
  );
  const keyOf = (index: number) => Buffer.from(secrets[index]?.secret.slice('whsec_'.length) ?? '', 'base64');
  expect(readSigningKey(after, good, stored.get(good) ?? Buffer.alloc(0))).toEqual(keyOf(0));
  expect(readSigningKey(after, done, stored.get(done) ?? Buffer.alloc(0))).toEqual(keyOf(1));
  expect(() => readSigningKey(after, swapped, stored.get(good) ?? Buffer.alloc(0))).toThrow(TokenCipherError);
  await pool.db.execute('delete from webhooks');
});

test('spool files are re-encrypted too, and one that cannot be is reported', async () => {
  await insertStores(1);
  const storeCode = 'store-0000';
  const pair = {
    ...encryptPair(before, storeCode, grantOf(storeCode, 2), new Date()),
    storeCode,
    version: 1,
    spentTokenHash: sha256(grantOf(storeCode).refreshToken),
    scopes: [],
    receivedAt: new Date(),
  };
  const name = await spool.write(pair);
  // Both before it in any order of names.
  const [torn, folder] = [1, 2].map((n) => `${String(n).repeat(32)}-${randomUUID()}.json`);
  await writeFile(join(directory, `${torn}`), '{}');
  await mkdir(join(directory, `${folder}`));
  await mkdir(join(directory, 'lost+found'));

  const { spoolRewritten, spoolBroken } = await rotate();
  expect(spoolRewritten).toBe(1);
  expect(spoolBroken.toSorted()).toEqual([torn, folder]);

  const renewed = await spool.read(name);
  if (renewed === null) throw new Error('the file is gone');
  expect(decryptRefreshToken(after, storeCode, renewed.refreshTokenEncrypted)).toBe('refresh of store-0000, 2');
  expect(renewed).toMatchObject({ version: 1, spentTokenHash: pair.spentTokenHash, receivedAt: pair.receivedAt });
  expect(await rotate()).toMatchObject({ spoolRewritten: 0 });
});

const run = (keys: string) =>
  new Promise<{ code: number; output: string }>((done) => {
    const env = { PATH: process.env.PATH, DATABASE_URL: database.url, SPOOL_DIR: directory, TOKEN_ENC_KEY: keys };
    execFile(process.execPath, ['scripts/rotate-token-key.ts'], { env }, (error, stdout, stderr) =>
      done({ code: error ? Number(error.code) : 0, output: stdout + stderr }),
    );
  });
const ringOf = (...keys: { id: string; key: Buffer }[]) =>
  keys.map(({ id, key }) => `${id}:${key.toString('base64')}`).join(',');

test('the command says what it did, what is left, and by its exit whether the old key can go', async () => {
  await insertStores(4);
  await pool.db.execute(
    `update tiktok_accounts set access_token_encrypted = 'v1.1.broken' where store_code = 'store-0002'`,
  );

  const first = await run(ringOf(newKey, oldKey));
  expect(first.code).toBe(1);
  expect(first.output).toMatch(/No key of TOKEN_ENC_KEY decrypts: store-0002\n/);
  expect(first.output).toMatch(/Still under another key: 1 stores/);
  await wipeTokens(pool.db, 'store-0002');
  const second = await run(ringOf(newKey, oldKey));
  expect(second).toMatchObject({ code: 0, output: expect.stringContaining('Still under another key: 0 stores') });

  expect(first.output + second.output).not.toMatch(/access of|refresh of|v1\.|AgIC|AQEB/);
}, 120_000);

test('the command refuses a key ring that is none, without quoting it', async () => {
  const { code, output } = await run('1:too-short-to-be-a-key');
  expect(code).toBe(2);
  expect(output).toMatch(/^TOKEN_ENC_KEY must be/);
  expect(output).not.toContain('too-short');
});
