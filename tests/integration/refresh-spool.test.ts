import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createTcpProxy, type TcpProxy } from '../../scripts/rig/tcp-proxy.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { createTokenCipher } from '../../src/crypto/token-cipher.ts';
import { beginRefresh, findAccount, replaceCiphertexts, storeRefreshedPair } from '../../src/db/tiktok-accounts.ts';
import { createPairsInHand } from '../../src/services/pairs-in-hand.ts';
import { reapAbandoned } from '../../src/services/reap-abandoned.ts';
import { getUsableToken } from '../../src/services/refresh-token.ts';
import { replaySpool } from '../../src/services/replay-spool.ts';
import { decryptRefreshToken, encryptPair, underCurrentKey } from '../../src/services/token-pair.ts';
import { createTokenSpool, type SpooledPair, type TokenSpool } from '../../src/spool/token-spool.ts';
import { start } from '../../src/start.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createGate } from '../support/gate.ts';
import { freePort, startTestHarian, type TestHarian } from '../support/harian.ts';
import { reconnectStore } from '../support/owner.ts';
import { openSql } from '../support/sql.ts';
import { createStoreDriver, type StoreDriver, smallAccounts, type TestStore } from '../support/store-driver.ts';
import { openTestPool } from '../support/stores.ts';

const gate = createGate();
let harian: TestHarian;
let stores: StoreDriver;
// Without a worker: nothing replays or refreshes but what a test asks for.
beforeAll(async () => {
  harian = await startTestHarian({
    environment: { ROLES: 'api' },
    wrapFetch: gate.wrapFetch,
    simulator: { accounts: smallAccounts(40, 3) },
  });
  stores = await createStoreDriver(harian);
});
afterAll(async () => {
  await stores.close();
  await harian.close();
});

const deps = () => harian.harian.deps;
/** What begins with a dot is not written to its end. */
const filesIn = async (directory: string) => (await readdir(directory)).filter((name) => !name.startsWith('.'));
const spoolFiles = () => filesIn(harian.config.spoolDir);
const logLines = (event: string, store: TestStore) =>
  harian.logs
    .map((line) => JSON.parse(line))
    .filter((line) => line.event === event && line.store_code === store.storeCode);
const refresh = (store: TestStore, more: Partial<ReturnType<typeof deps>> = {}) =>
  getUsableToken({ ...deps(), ...more }, deps().db, store.storeCode, null);
const newExpiredStore = async () => {
  const store = await stores.newStore();
  await stores.expireAccessToken(store);
  return store;
};

/** A process that lives no more: it told its intent, spent the token, and has TikTok's answer in its hands. */
async function spendElsewhere(store: TestStore): Promise<SpooledPair> {
  const { db, cipher, oauth } = deps();
  const { storeCode } = store;
  const account = await findAccount(db, storeCode);
  if (!account?.refreshTokenEncrypted) throw new Error('the store has no token');
  const token = decryptRefreshToken(cipher, storeCode, account.refreshTokenEncrypted);
  const spent = { storeCode, version: account.version, spentTokenHash: sha256(token) };
  const now = new Date();
  await beginRefresh(db, { ...spent, attemptId: randomUUID(), processId: randomUUID(), startedAt: now });
  const grant = await oauth.refresh(token);
  return { ...spent, ...encryptPair(cipher, storeCode, grant, now), scopes: grant.scopes, receivedAt: now };
}

/** What the store would refresh with next is what TikTok takes. */
async function expectGoodPair(store: TestStore): Promise<void> {
  const { refresh_token_encrypted: ciphertext } = await stores.account(store);
  const token = decryptRefreshToken(deps().cipher, store.storeCode, Buffer.from(ciphertext ?? ''));
  const issued = stores.journal(store, 'token').findLast((entry) => entry.issuedHashes !== null);
  expect(sha256(token).toString('hex')).toBe(issued?.issuedHashes?.refresh);
}

const giveUp = (store: TestStore, reason: string) =>
  stores.sql.query(`update stores set status = 'NEED_RECONNECT', status_reason = $2 where store_code = $1`, [
    store.storeCode,
    reason,
  ]);

test('a pair that a dead process left on the disk is stored before its store’s next refresh: no second one is needed', async () => {
  const store = await newExpiredStore();
  await deps().spool.write(await spendElsewhere(store));

  const result = await refresh(store);

  expect(result).toMatchObject({ outcome: 'usable', token: { version: 2 } });
  expect(stores.journal(store, 'token')).toHaveLength(1);
  expect(await stores.account(store)).toMatchObject({ version: 2, refresh_state: 'IDLE' });
  await expectGoodPair(store);
  expect(await spoolFiles()).toEqual([]);
});

test('a store that was given up for want of its pair is connected again when the pair turns up, and its day is taken', async () => {
  const store = await newExpiredStore();
  await deps().spool.write(await spendElsewhere(store));
  await giveUp(store, 'REFRESH_OUTCOME_UNKNOWN');

  await replaySpool(deps());

  expect(await stores.store(store)).toMatchObject({
    status: 'CONNECTED',
    status_reason: null,
    job: { state: 'queued' },
  });
  expect(await stores.days(store)).toMatchObject([{ state: 'pending' }]);
  await expectGoodPair(store);
  expect(logLines('connection restored by a late token pair', store)).toHaveLength(1);
});

test('a store given up while another process stood still with its pair is connected again once that process goes on', async () => {
  const store = await newExpiredStore();
  const pair = await spendElsewhere(store);
  expect(await refresh(store)).toMatchObject({ outcome: 'dead', reason: 'REFRESH_OUTCOME_UNKNOWN' });
  await giveUp(store, 'REFRESH_OUTCOME_UNKNOWN');
  await reapAbandoned(deps());
  expect(await stores.store(store)).toMatchObject({ status: 'NEED_RECONNECT' });

  // Its first act, and it knows nothing of the rest.
  expect(await storeRefreshedPair(deps().db, pair)).toBe(true);
  await reapAbandoned(deps());

  const status = { status: 'CONNECTED', status_reason: null, job: { state: 'queued' } };
  expect(await stores.store(store)).toMatchObject(status);
  await expectGoodPair(store);
  expect(logLines('connection restored by a late token pair', store)).toHaveLength(1);
});

test('a pair with fewer scopes says so when it brings its store back', async () => {
  const store = await newExpiredStore();
  await deps().spool.write({ ...(await spendElsewhere(store)), scopes: ['user.info.basic', 'user.info.stats'] });
  await giveUp(store, 'REFRESH_OUTCOME_UNKNOWN');

  await replaySpool(deps());

  const reason = 'SCOPE_MISSING: user.info.profile, video.list';
  expect(await stores.store(store)).toMatchObject({ status: 'CONNECTED', status_reason: reason });
});

test('an owner who came back meanwhile wins: the spooled pair is dropped, nothing is overwritten', async () => {
  const store = await newExpiredStore();
  await deps().spool.write(await spendElsewhere(store));
  await reconnectStore(harian, store.storeCode, { openId: store.openId });
  const reconnected = await stores.account(store);

  await replaySpool(deps());

  expect(await stores.account(store)).toEqual(reconnected);
  expect(await spoolFiles()).toEqual([]);
});

/** A standby that was behind takes over, or a backup is restored: nobody ever told this database of a refresh. */
const forgetIntent = (store: TestStore) =>
  stores.sql.query(
    `update tiktok_accounts set refresh_state = 'IDLE', refresh_attempt_id = null, refresh_started_at = null,
       refresh_process_id = null, spent_token_hash = null where store_code = $1`,
    [store.storeCode],
  );

test('a database that lost the intent takes the pair all the same: the row still holds the token that was spent', async () => {
  const store = await newExpiredStore();
  await deps().spool.write(await spendElsewhere(store));
  await forgetIntent(store);

  expect(await refresh(store)).toMatchObject({ outcome: 'usable', token: { version: 2 } });

  expect(stores.journal(store, 'token')).toHaveLength(1);
  await expectGoodPair(store);
  expect(logLines('spooled token pair stored', store)).toHaveLength(1);
  expect(await spoolFiles()).toEqual([]);
});

test('a database that loses the intent during the call takes the pair all the same', async () => {
  const store = await newExpiredStore();
  const answer = gate.holdAnswer('token');
  const result = refresh(store);
  await answer.reached;
  await forgetIntent(store);
  answer.release();

  expect(await result).toMatchObject({ outcome: 'usable', token: { version: 2 } });
  await expectGoodPair(store);
});

test.each(['REVOKED', 'REFRESH_TOKEN_EXPIRED'])(
  'a store called %s for a token that was spent is connected again when its pair turns up',
  async (reason) => {
    const store = await newExpiredStore();
    await deps().spool.write(await spendElsewhere(store));
    await forgetIntent(store);
    await giveUp(store, reason);

    await replaySpool(deps());

    await expectGoodPair(store);
    expect(await stores.store(store)).toMatchObject({ status: 'CONNECTED', status_reason: null });
  },
);

test('a refresh of the spent token that is under way meanwhile goes on with the pair that turned up', async () => {
  const store = await newExpiredStore();
  await deps().spool.write(await spendElsewhere(store));
  await forgetIntent(store);
  const call = gate.holdNext('token');
  const elsewhere = refresh(store, { spool: createTokenSpool(join(tmpdir(), randomUUID())) });
  await call.reached;

  await replaySpool(deps());
  call.release();

  expect(await elsewhere).toMatchObject({ outcome: 'usable', token: { version: 2 } });
  await expectGoodPair(store);
});

const ownKey = { id: '1', key: Buffer.alloc(32, 7) };
const otherKey = { id: '2', key: Buffer.alloc(32, 8) };

test('the spent token is known under an older key too', async () => {
  const store = await newExpiredStore();
  await deps().spool.write(await spendElsewhere(store));
  await forgetIntent(store);

  await replaySpool({ ...deps(), cipher: createTokenCipher([otherKey, ownKey]) });

  const { refresh_token_encrypted: ciphertext } = await stores.account(store);
  expect(ciphertext).toMatch(/^v1\.2\./);
  expect(await spoolFiles()).toEqual([]);
});

test('a pair is kept on the disk while nobody can tell what the row holds', async () => {
  const store = await newExpiredStore();
  const name = await deps().spool.write(await spendElsewhere(store));
  await forgetIntent(store);
  const { storeCode } = store;
  const account = await findAccount(deps().db, storeCode);
  if (!account?.accessTokenEncrypted || !account.refreshTokenEncrypted) throw new Error('the store has no token');
  const { accessTokenEncrypted, refreshTokenEncrypted } = account;
  const old = { accessTokenEncrypted, refreshTokenEncrypted };
  const renewed = underCurrentKey(createTokenCipher([otherKey, ownKey]), storeCode, old);
  const row = { storeCode, ...old };
  expect(await replaceCiphertexts(deps().db, [{ old: row, new: renewed }])).toBe(1);

  await expect(replaySpool(deps())).rejects.toMatchObject({ reason: 'unknown_key' });

  expect(await spoolFiles()).toEqual([name]);
  await replaceCiphertexts(deps().db, [{ old: { storeCode, ...renewed }, new: old }]);
  await replaySpool(deps());
  await expectGoodPair(store);
});

test('where TikTok keeps the refresh token, an older pair does not come back over a newer one', async () => {
  const store = await newExpiredStore();
  const older = await spendElsewhere(store);
  const { refreshTokenEncrypted } = (await findAccount(deps().db, store.storeCode)) ?? {};
  const same = { ...older, refreshTokenEncrypted: refreshTokenEncrypted ?? Buffer.alloc(0) };
  await deps().spool.write(same);
  await replaySpool(deps());
  await stores.sql.query('update tiktok_accounts set version = version + 1 where store_code = $1', [store.storeCode]);
  const before = await stores.account(store);
  const cipher = createTokenCipher([otherKey, ownKey]);

  await deps().spool.write(same);
  await replaySpool({ ...deps(), cipher });

  expect(await stores.account(store)).toEqual(before);
  expect(await spoolFiles()).toEqual([]);
});

test('a pair of a store’s former life does not get into a new one of the same name, whatever its version', async () => {
  const store = await newExpiredStore();
  const pair = await spendElsewhere(store);
  await deps().spool.write(pair);
  const grant = harian.simulator.control.grant(store.openId);
  const { refreshTokenEncrypted } = encryptPair(deps().cipher, store.storeCode, grant, new Date());
  await forgetIntent(store);
  await stores.sql.query('update tiktok_accounts set refresh_token_encrypted = $2 where store_code = $1', [
    store.storeCode,
    refreshTokenEncrypted,
  ]);
  const before = await stores.account(store);

  await replaySpool(deps());

  expect(await stores.account(store)).toEqual(before);
  expect(await spoolFiles()).toEqual([]);
});

test('a disconnected store gets no token back from the disk', async () => {
  const store = await newExpiredStore();
  await deps().spool.write(await spendElsewhere(store));
  expect((await harian.api('POST', `/api/stores/${store.storeCode}/disconnect`)).status).toBe(200);

  await replaySpool(deps());

  expect(await stores.account(store)).toMatchObject({ access_token_encrypted: null, refresh_token_encrypted: null });
  expect(await stores.store(store)).toMatchObject({ status: 'DISCONNECTED' });
  expect(await spoolFiles()).toEqual([]);
});

/** The name of a spool file that comes before every other. */
const firstName = () => `${'0'.repeat(32)}-${randomUUID()}.json`;

test('what is no pair of ours, or of another store, is logged once and left; the others are stored all the same', async () => {
  const [store, other] = [await newExpiredStore(), await newExpiredStore()];
  const pair = await spendElsewhere(store);
  const torn = firstName();
  await deps().spool.write(pair);
  await writeFile(join(harian.config.spoolDir, torn), 'hello');
  const moved = await deps().spool.write({ ...(await spendElsewhere(other)), ...pair, storeCode: other.storeCode });
  const before = await stores.account(other);

  await replaySpool(deps());
  await replaySpool(deps());

  await expectGoodPair(store);
  expect(await stores.account(other)).toEqual(before);
  expect((await spoolFiles()).toSorted()).toEqual([torn, moved].toSorted());
  const codes = harian.logs.map((line) => JSON.parse(line)).filter(({ event }) => event === 'spool file left alone');
  expect(codes.map((line) => line.error_code).toSorted()).toEqual(['SPOOL_FILE_UNREADABLE', 'TOKEN_TAMPERED']);
  for (const name of await spoolFiles()) await deps().spool.remove(name);
});

test('a file that cannot be read, and whatever else lives in the directory, holds up no other pair', async () => {
  const store = await newExpiredStore();
  const folders = ['lost+found', firstName()].map((name) => join(harian.config.spoolDir, name));
  for (const folder of folders) await mkdir(folder);
  await deps().spool.write(await spendElsewhere(store));

  await expect(replaySpool(deps())).rejects.toMatchObject({ code: 'EISDIR' });

  await expectGoodPair(store);
  for (const folder of folders) await rm(folder, { recursive: true });
  expect(await spoolFiles()).toEqual([]);
});

test('a token is not spent again while the file with its successor cannot be read', async () => {
  const store = await newExpiredStore();
  await deps().spool.write(await spendElsewhere(store));
  const denied = Object.assign(new Error('permission denied'), { code: 'EACCES' });

  const spool = { ...deps().spool, read: () => Promise.reject(denied) };
  await expect(refresh(store, { spool })).rejects.toMatchObject({ code: 'EACCES' });

  expect(stores.journal(store, 'token')).toHaveLength(1);
  expect(await refresh(store)).toMatchObject({ outcome: 'usable', token: { version: 2 } });
  expect(stores.journal(store, 'token')).toHaveLength(1);
});

test('a database that is away is not asked anew for every file', async () => {
  const store = await newExpiredStore();
  const pair = await spendElsewhere(store);
  for (let files = 1; files <= 3; files++) await deps().spool.write(pair);
  const nowhere = openTestPool('postgresql://nobody@127.0.0.1:1/nothing');
  const read = vi.fn(deps().spool.read);

  await expect(replaySpool({ ...deps(), db: nowhere.db, spool: { ...deps().spool, read } })).rejects.toThrow(/connect/);

  expect(read).toHaveBeenCalledOnce();
  await nowhere.close();
  await replaySpool(deps());
  expect(await spoolFiles()).toEqual([]);
});

test('a database that is silent does not keep a new pair in memory alone: it is on the disk, encrypted, until stored', async () => {
  const store = await newExpiredStore();
  const answer = gate.holdAnswer('token');
  const result = refresh(store);
  await answer.reached;
  const release = await blockRow(store);

  answer.release();
  await expect.poll(spoolFiles, { interval: 20 }).toHaveLength(1);
  const text = await readFile(join(harian.config.spoolDir, (await spoolFiles())[0] ?? ''), 'utf8');
  await release();

  expect(await result).toMatchObject({ outcome: 'usable', token: { version: 2 } });
  expect(JSON.parse(text)).toMatchObject({ store_code: store.storeCode, version: 1 });
  expect(text).not.toMatch(/sim_(act|rft)/);
  await expectGoodPair(store);
  expect(await spoolFiles()).toEqual([]);
});

/** The store's row is taken until the returned function is called: whoever writes to it waits. */
async function blockRow(store: TestStore): Promise<() => Promise<void>> {
  const blocker = await openSql(harian.database.url);
  await blocker.query('begin');
  await blocker.query('select from tiktok_accounts where store_code = $1 for update', [store.storeCode]);
  return () => blocker.close();
}

test('when the disk fails too, memory has to do: the pair is stored as soon as the database answers', async () => {
  const store = await newExpiredStore();
  const answer = gate.holdAnswer('token');
  const write = vi.fn<() => Promise<string>>().mockRejectedValue(new Error('no space left'));
  const result = refresh(store, { spool: { ...deps().spool, write } });
  await answer.reached;
  const release = await blockRow(store);

  answer.release();
  await vi.waitFor(() => expect(write).toHaveBeenCalledOnce(), { timeout: 10_000, interval: 20 });
  await release();

  expect(await result).toMatchObject({ outcome: 'usable', token: { version: 2 } });
  await expectGoodPair(store);
});

/** A pair that the row is too busy for, the pool cannot reach a database with, and the disk refuses. */
async function refuseEverywhere(store: TestStore) {
  const nowhere = openTestPool('postgresql://nobody@127.0.0.1:1/nothing');
  const lastCall = new AbortController();
  const pairsInHand = createPairsInHand();
  const write = vi.fn<TokenSpool['write']>().mockRejectedValue(new Error('no space left'));
  const spool = { ...deps().spool, write };
  const refreshHere = () => refresh(store, { db: nowhere.db, spool, pairsInHand, lastCall: lastCall.signal });
  const answer = gate.holdAnswer('token');
  const result = refreshHere();
  await answer.reached;
  const release = await blockRow(store);
  answer.release();
  await expect(result).rejects.toMatchObject({ code: 'PAIR_NOT_KEPT' });
  const end = async () => {
    await release();
    await nowhere.close();
  };
  return { refreshHere, write, pairsInHand, lastCall, end };
}

test('a pair that neither database nor disk takes ends its run, not the keeping: nobody spends its predecessor, and the first to take it gets it', async () => {
  const store = await newExpiredStore();
  const { refreshHere, write, pairsInHand, end } = await refuseEverywhere(store);
  expect(logLines('new token pair is in memory alone', store)).toHaveLength(1);
  await expect(refreshHere()).rejects.toMatchObject({ code: 'PAIR_NOT_KEPT' });
  expect(stores.journal(store, 'token')).toHaveLength(1);

  write.mockImplementation(deps().spool.write);
  await pairsInHand.settled();

  expect(await spoolFiles()).toHaveLength(1);
  expect(pairsInHand.has(store.storeCode)).toBe(false);
  await end();
  await replaySpool(deps());
  await expectGoodPair(store);
  expect(logLines('new token pair lost', store)).toEqual([]);
});

test('a process that ends with a pair in memory alone tries both once more, and says what was lost', async () => {
  const store = await newExpiredStore();
  const { write, pairsInHand, lastCall, end } = await refuseEverywhere(store);
  write.mockClear();

  lastCall.abort();
  await pairsInHand.settled();

  expect(write).toHaveBeenCalled();
  expect(logLines('new token pair lost', store)).toMatchObject([{ level: 'error', error_code: 'ECONNREFUSED' }]);
  await end();
});

test('a stop waits for a pair that is in memory alone, and leaves it the database', async () => {
  const other = await startTestHarian({ environment: { ROLES: 'api' }, sharedSimulator: harian.simulator });
  const { db, pairsInHand, lastCall, stopping } = other.harian.deps;
  const kept = Promise.withResolvers<void>();
  pairsInHand.hold('toko', kept.promise);

  const closed = other.close();
  await expect.poll(() => other.api('GET', '/healthz').catch(() => 'closed')).toBe('closed');

  expect(stopping.aborted).toBe(true);
  expect(lastCall.aborted).toBe(false);
  expect(await findAccount(db, 'toko')).toBeUndefined();
  kept.resolve();
  await closed;
  expect(lastCall.aborted).toBe(true);
});

test('a refresh that another process began long ago is given a moment too: it may hold the pair still', async () => {
  const store = await newExpiredStore();
  const pair = await spendElsewhere(store);
  await stores.sql.query(
    `update tiktok_accounts set refresh_started_at = now() - interval '1 hour' where store_code = $1`,
    [store.storeCode],
  );
  const spool = createTokenSpool(join(tmpdir(), randomUUID()));

  const result = refresh(store);
  await spool.write(pair);
  await replaySpool({ ...deps(), spool });

  expect(await result).toMatchObject({ outcome: 'usable', token: { version: 2 } });
  expect(stores.journal(store, 'token')).toHaveLength(1);
});

test('a process that is told to stop does not wait for a database that is away: the pair is on the disk', async () => {
  const store = await newExpiredStore();
  const stopping = new AbortController();
  const nowhere = openTestPool('postgresql://nobody@127.0.0.1:1/nothing');
  const answer = gate.holdAnswer('token');
  const result = refresh(store, { db: nowhere.db, stopping: stopping.signal });
  await answer.reached;
  const release = await blockRow(store);
  stopping.abort();
  answer.release();

  await expect(result).rejects.toThrow(/connect/);
  expect(await spoolFiles()).toHaveLength(1);

  await release();
  await nowhere.close();
  await replaySpool(deps());
  await expectGoodPair(store);
  expect(await spoolFiles()).toEqual([]);
});

test('no refresh begins in a process that was told to stop: not even the intent', async () => {
  const store = await newExpiredStore();

  await expect(refresh(store, { stopping: AbortSignal.abort() })).rejects.toMatchObject({ code: 'STOPPING' });

  expect(await stores.account(store)).toMatchObject({ version: 1, refresh_state: 'IDLE' });
  expect(stores.journal(store, 'token')).toEqual([]);
});

test('a refresh that never left, for want of a name server, leaves no doubt about the token', async () => {
  const store = await newExpiredStore();
  const lookUp = Object.assign(new Error('getaddrinfo'), { code: 'EAI_AGAIN', syscall: 'getaddrinfo' });
  gate.failNext('token', new TypeError('fetch failed', { cause: lookUp }));

  await expect(refresh(store)).rejects.toMatchObject({ code: 'EAI_AGAIN', outcomeUnknown: false });

  expect(await stores.account(store)).toMatchObject({ version: 1, refresh_state: 'IDLE' });
  expect(await refresh(store)).toMatchObject({ outcome: 'usable', token: { version: 2 } });
});

test('a refresh in flight when the process is told to stop is finished and stored', async () => {
  const store = await newExpiredStore();
  const stopping = new AbortController();
  const call = gate.holdNext('token');
  const result = refresh(store, { stopping: stopping.signal });
  await call.reached;

  stopping.abort();
  call.release();

  expect(await result).toMatchObject({ outcome: 'usable', token: { version: 2 } });
  await expectGoodPair(store);
});

test('a refresh in flight in another process is given a moment: its pair is used when it comes', async () => {
  const store = await newExpiredStore();
  const pair = await spendElsewhere(store);
  const other = await startTestHarian({
    environment: { ROLES: 'api' },
    database: harian.database,
    sharedSimulator: harian.simulator,
  });
  const reads = harian.simulator.control.journal.lastSeq();

  const result = refresh(store);
  await other.harian.deps.spool.write(pair);
  await replaySpool(other.harian.deps);

  expect(await result).toMatchObject({ outcome: 'usable', token: { version: 2 } });
  expect(harian.simulator.control.journal.lastSeq()).toBe(reads);
  await other.close();
});

test('a refresh whose process is dead does not hold a store up for long', async () => {
  const store = await newExpiredStore();
  await stores.sql.query(
    `update tiktok_accounts set refresh_state = 'IN_FLIGHT', refresh_started_at = now(), refresh_process_id = $2
     where store_code = $1`,
    [store.storeCode, randomUUID()],
  );
  const startedMs = performance.now();

  expect(await refresh(store)).toMatchObject({ outcome: 'usable', token: { version: 2 } });

  // Ours would be waited for 20 s, an unknown outcome 60 s.
  expect(performance.now() - startedMs).toBeLessThan(15_000);
});

test('the intent names the process, and is gone with the pair’s arrival', async () => {
  const store = await newExpiredStore();
  const call = gate.holdNext('token');
  const result = refresh(store);
  await call.reached;
  const intent = () =>
    stores.sql.query('select refresh_state, refresh_process_id from tiktok_accounts where store_code = $1', [
      store.storeCode,
    ]);

  expect(await intent()).toEqual([{ refresh_state: 'IN_FLIGHT', refresh_process_id: deps().processId }]);
  call.release();
  await result;
  expect(await intent()).toEqual([{ refresh_state: 'IDLE', refresh_process_id: null }]);
});

test('how long a new pair was at risk is on record; so is every pair that was lost', async () => {
  const store = await newExpiredStore();
  await refresh(store);
  expect(logLines('token refreshed', store)).toMatchObject([{ level: 'info', duration_ms: expect.any(Number) }]);

  await stores.expireAccessToken(store);
  stores.fault(store, { endpoint: 'token', kind: 'reply_lost' });
  await expect(refresh(store)).rejects.toMatchObject({ outcomeUnknown: true });
  expect(await refresh(store)).toMatchObject({ outcome: 'dead', reason: 'REFRESH_OUTCOME_UNKNOWN' });
  expect(logLines('token pair lost', store)).toMatchObject([{ level: 'error', status: 'REFRESH_OUTCOME_UNKNOWN' }]);
});

test('a worker without a directory to spool to does not start, and says which variable is to blame', async () => {
  const file = join(tmpdir(), `harian-no-directory-${randomUUID()}`);
  await writeFile(file, '');
  const problem = await start({
    environment: {
      DATABASE_URL: harian.database.url,
      PORT: String(await freePort()),
      ROLES: 'worker',
      TIKTOK_CLIENT_KEY: 'k',
      TIKTOK_CLIENT_SECRET: 's',
      TOKEN_ENC_KEY: Buffer.alloc(32, 7).toString('base64'),
      LOG_LEVEL: 'silent',
      SPOOL_DIR: file,
    },
    stopping: new AbortController().signal,
    write: () => undefined,
  });
  await rm(file);
  expect(problem).toMatch(/^SPOOL_DIR cannot be written/);
});

test('a pair that arrives while the database is away is stored once it is back: one request, nothing lost', async () => {
  const database: TestDatabase = await createTestDatabase();
  const proxy: TcpProxy = await createTcpProxy(database.url);
  const away = await startTestHarian({
    database: { ...database, url: proxy.url },
    environment: { DATABASE_TIMEOUT_MS: '4000' },
    wrapFetch: gate.wrapFetch,
    simulator: { accounts: smallAccounts(2, 3) },
  });
  const driver = await createStoreDriver(away);
  const store = await driver.newStore();
  await driver.expireAccessToken(store);
  const answer = gate.holdAnswer('token');
  const jobId = await driver.resync(store);
  await answer.reached;

  await proxy.cut();
  answer.release();
  const waiting = () => filesIn(away.config.spoolDir);
  await expect.poll(waiting, { interval: 20 }).toHaveLength(1);
  await proxy.restore();
  await expect.poll(waiting, { interval: 20 }).toEqual([]);

  await driver.untilJob(jobId, 'completed');
  expect(await driver.account(store)).toMatchObject({ version: 2, refresh_state: 'IDLE' });
  expect(driver.journal(store, 'token')).toHaveLength(1);
  await driver.close();
  await away.close();
  await proxy.cut();
  await database.drop();
});
