import { afterAll, beforeAll, expect, test } from 'vitest';
import { sha256 } from '../../src/crypto/hash.ts';
import { decryptAccessToken, decryptRefreshToken } from '../../src/services/token-pair.ts';
import { newStoreCode, startTestHarian, type TestHarian } from '../support/harian.ts';
import { connectStore, createOwner, type Owner, reconnectStore } from '../support/owner.ts';
import { createStoreDriver, expectRowsEqualOracle, type StoreDriver, smallAccounts } from '../support/store-driver.ts';

let harian: TestHarian;
let stores: StoreDriver;
/** Every token TikTok has handed out, as it passed. */
const tokens: string[] = [];
beforeAll(async () => {
  harian = await startTestHarian({
    simulator: { accounts: smallAccounts(40, 25) },
    wrapFetch: (fetch) => async (input, init) => {
      const response = await fetch(input, init);
      const body = await response
        .clone()
        .text()
        .catch(() => '');
      for (const [, token] of body.matchAll(/"(?:access|refresh)_token":"([^"]+)"/g)) if (token) tokens.push(token);
      return response;
    },
  });
  stores = await createStoreDriver(harian);
});
afterAll(async () => {
  await stores.close();
  await harian.close();
});

const addStore = async () => {
  const storeCode = newStoreCode();
  await harian.api('POST', '/api/stores', { store_code: storeCode, name: `Toko <${storeCode}>` });
  return storeCode;
};
const makeLink = async (storeCode: string) =>
  (await harian.api<{ url: string }>('POST', `/api/stores/${storeCode}/connect-links`)).body.url;
/** From the link to TikTok and back, up to the address the browser is sent back to. */
const travel = async (owner: Owner, link: string, choice: Parameters<typeof connectStore>[2]) =>
  harian.simulator.control.consent(await owner.start(link), choice);
const exchanges = (openId: string) =>
  harian.simulator.control.journal.entries().filter((e) => e.openId === openId && e.endpoint === 'token');

test('the callback stores encrypted tokens, the store is CONNECTED, and its first numbers arrive by themselves', async () => {
  const store = { storeCode: newStoreCode(), openId: stores.newOpenId() };

  const page = await connectStore(harian, store.storeCode, { openId: store.openId });

  expect(page).toContain('Connected');
  expect(page).toContain(store.storeCode);
  expect(page).toContain('Small Shop 1');
  const body = await stores.store(store);
  expect(body).toMatchObject({ status: 'CONNECTED', status_reason: null, account: { open_id: store.openId } });
  const account = await stores.account(store);
  for (const ciphertext of [account.access_token_encrypted, account.refresh_token_encrypted]) {
    expect(ciphertext).toMatch(/^v1\.1\./);
  }
  const { cipher } = harian.harian.deps;
  const [issued] = exchanges(store.openId);
  const access = decryptAccessToken(cipher, store.storeCode, Buffer.from(account.access_token_encrypted ?? ''));
  const refresh = decryptRefreshToken(cipher, store.storeCode, Buffer.from(account.refresh_token_encrypted ?? ''));
  expect(issued?.issuedHashes).toEqual({
    access: sha256(access).toString('hex'),
    refresh: sha256(refresh).toString('hex'),
  });
  await expect.poll(() => stores.logs(store)).toMatchObject([{ status: 'SUCCESS', trigger: 'connect' }]);
  await expectRowsEqualOracle(stores, store);
});

test('the tokens in the database and in the logs are nowhere readable: not raw, not in base64, not in hex', async () => {
  const store = { storeCode: await addStore(), openId: stores.newOpenId() };
  const link = await makeLink(store.storeCode);
  const owner = createOwner(harian);
  const back = new URL(await travel(owner, link, { openId: store.openId }));
  await owner.finish(back.href);
  await stores.untilJob(
    (await stores.store(store)).job?.id ?? (await stores.logs(store))[0]?.job_id ?? '',
    'completed',
  );
  await stores.expireAccessToken(store);
  await stores.sync(store);

  const secrets = [
    ...tokens,
    back.searchParams.get('state') ?? '',
    back.searchParams.get('code') ?? '',
    new URL(link).pathname.split('/').at(-1) ?? '',
    harian.config.tiktok.clientSecret,
    harian.config.adminApiKey ?? '',
  ];
  expect(tokens.length).toBeGreaterThanOrEqual(4);
  const haystack = `${await dump()}\n${harian.logs.join('')}`;
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(15);
    const bytes = Buffer.from(secret);
    for (const form of [
      secret,
      bytes.toString('base64').replace(/=+$/, ''),
      bytes.toString('base64url'),
      bytes.toString('hex'),
    ]) {
      expect(haystack.includes(form)).toBe(false);
    }
  }
});

/** Every row of every table, ours and the queue's. */
const dump = async () => {
  const tables = await stores.sql.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_schema in ('public', 'pgboss') and table_type = 'BASE TABLE'`,
  );
  const rows = await Promise.all(tables.map(({ name }) => stores.sql.query(`select t::text as row from ${name} t`)));
  expect(tables.length).toBeGreaterThan(10);
  return JSON.stringify(rows);
};

test('states, browser cookies and links are kept as hashes', async () => {
  const storeCode = await addStore();
  const link = await makeLink(storeCode);
  const authorizeUrl = new URL(await createOwner(harian).start(link));
  const state = authorizeUrl.searchParams.get('state') ?? '';
  const linkToken = new URL(link).pathname.split('/').at(-1) ?? '';

  const [row] = await stores.sql.query<{ state_hash: Buffer; link_hash: Buffer; browser_hash: Buffer }>(
    'select state_hash, link_hash, browser_hash from oauth_states where store_code = $1',
    [storeCode],
  );
  expect(row?.state_hash).toEqual(sha256(state));
  expect(row?.link_hash).toEqual(sha256(linkToken));
  expect(row?.browser_hash).toHaveLength(32);
});

test('the browser is sent to TikTok with what TikTok asks for, and nothing else', async () => {
  const authorizeUrl = new URL(await createOwner(harian).start(await makeLink(await addStore())));

  expect(`${authorizeUrl.origin}${authorizeUrl.pathname}`).toBe('http://tiktok.test/v2/auth/authorize/');
  expect(Object.fromEntries(authorizeUrl.searchParams)).toEqual({
    client_key: 'test-client-key',
    response_type: 'code',
    scope: 'user.info.basic,user.info.profile,user.info.stats,video.list',
    redirect_uri: harian.config.tiktok.redirectUri,
    state: expect.stringMatching(/^[\w-]{40,}$/),
    disable_auto_auth: '1',
  });
});

test('the callback answers with a fixed address: no code and no state remain in the browser’s', async () => {
  const owner = createOwner(harian);
  const back = await travel(owner, await makeLink(await addStore()), { openId: stores.newOpenId() });

  const answer = await owner.finish(back);

  expect(answer.status).toBe(303);
  expect(answer.headers.get('location')).toBe('/connect/result');
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
});

test.each([
  [
    'without video.list',
    ['user.info.basic', 'user.info.profile', 'user.info.stats'],
    'SCOPE_MISSING: video.list',
    'public videos and their numbers',
  ],
  [
    'without stats',
    ['user.info.basic', 'user.info.profile', 'video.list'],
    'SCOPE_MISSING: user.info.stats',
    'number of followers, likes and videos',
  ],
  ['with the least', ['user.info.basic'], 'SCOPE_MISSING: user.info.profile, user.info.stats, video.list', 'username'],
] as const)(
  'consent %s: connected, what is missing is said to the owner and the admin, the day is PARTIAL',
  async (_, scopes, reason, words) => {
    const store = { storeCode: newStoreCode(), openId: stores.newOpenId() };

    const page = await connectStore(harian, store.storeCode, { openId: store.openId, scopes: [...scopes] });

    expect(page).toContain('Not everything was allowed');
    expect(page).toContain(words);
    expect(await stores.store(store)).toMatchObject({ status: 'CONNECTED', status_reason: reason });
    await expect.poll(() => stores.days(store)).toMatchObject([{ state: 'partial', reason, retry_after: null }]);
    expect(await stores.store(store)).toMatchObject({ status: 'CONNECTED', status_reason: reason });
  },
);

test('a reconnect with all scopes cures a partial consent, and the history stays', async () => {
  const store = { storeCode: newStoreCode(), openId: stores.newOpenId() };
  await connectStore(harian, store.storeCode, { openId: store.openId, scopes: ['user.info.basic'] });
  await expect.poll(() => stores.days(store)).toMatchObject([{ state: 'partial' }]);
  await stores.sql.query(
    `insert into user_daily (store_code, snapshot_date, follower_count, captured_at) values ($1, '2020-02-02', 22, now())`,
    [store.storeCode],
  );

  const page = await reconnectStore(harian, store.storeCode, { openId: store.openId });

  expect(page).not.toContain('Not everything was allowed');
  expect(await stores.store(store)).toMatchObject({ status: 'CONNECTED', status_reason: null });
  await expect.poll(() => stores.days(store)).toMatchObject([{ state: 'complete', reason: null }]);
  const days = await stores.sql.query(
    'select follower_count::int as followers from user_daily where store_code = $1 order by snapshot_date',
    [store.storeCode],
  );
  expect(days).toEqual([{ followers: 22 }, { followers: expect.any(Number) }]);
});

test.each([
  ['en', 'That is a different account', 'nothing was changed', 'Small Shop'],
  ['id', 'Akunnya berbeda', 'tidak ada yang diubah', 'Small Shop'],
])(
  'a reconnect with another TikTok account changes nothing and says so (%s)',
  async (language, title, sentence, shop) => {
    const store = await stores.newStore();
    const [before, stranger] = [await stores.account(store), stores.newOpenId()];
    await stores.sync(store);
    const link = await makeLink(store.storeCode);
    const owner = createOwner(harian, language);
    await owner.finish(await travel(owner, link, { openId: stranger }));

    const page = await owner.result();

    expect(page).toContain(title);
    expect(page).toContain(sentence);
    // It names the account the store expects, so that the owner knows with which one to sign in.
    expect(page).toContain(shop);
    expect(await stores.account(store)).toEqual(before);
    expect(await stores.store(store)).toMatchObject({ status: 'CONNECTED', account: { open_id: store.openId } });
    // What nobody will use is given back to TikTok, and the link is still good for the right account.
    expect(
      harian.simulator.control.journal.entries().filter((e) => e.openId === stranger && e.endpoint === 'revoke'),
    ).toMatchObject([{ status: 200 }]);
    await owner.finish(await travel(owner, link, { openId: store.openId }));
    expect((await stores.account(store)).version).toBe(before.version + 1);
  },
);

test.each([
  ['en', 'That account is already in use', 'nothing was changed'],
  ['id', 'Akun ini sudah dipakai', 'tidak ada yang diubah'],
])(
  'a TikTok account on one store is refused to every other, and its own connection goes on (%s)',
  async (language, title, sentence) => {
    const taken = await stores.newStore();
    const [before, storeCode] = [await stores.account(taken), await addStore()];
    const owner = createOwner(harian, language);
    await owner.finish(await travel(owner, await makeLink(storeCode), { openId: taken.openId }));

    const page = await owner.result();

    expect(page).toContain(title);
    expect(page).toContain(sentence);
    expect(page).not.toContain(taken.storeCode);
    expect((await harian.api('GET', `/api/stores/${storeCode}`)).body).toMatchObject({
      status: 'PENDING',
      account: null,
    });
    expect(await stores.account(taken)).toEqual(before);
    expect(stores.journal(taken, 'revoke')).toEqual([]);
    expect(await stores.sync(taken)).toMatchObject({ state: 'completed' });
  },
);

test('of two callbacks at once with one state one wins, and the code is spent once', async () => {
  const store = { storeCode: await addStore(), openId: stores.newOpenId() };
  const owner = createOwner(harian);
  const back = await travel(owner, await makeLink(store.storeCode), { openId: store.openId });

  await Promise.all(Array.from({ length: 6 }, () => owner.finish(back)));

  expect(exchanges(store.openId)).toHaveLength(1);
  expect(await stores.account(store)).toMatchObject({ version: 1 });
  expect(await owner.result()).toContain('Connected');
});

test('of two browsers at once with one link one wins; the other is told that the link was used', async () => {
  const store = { storeCode: await addStore(), openId: stores.newOpenId() };
  const link = await makeLink(store.storeCode);
  const owners = [createOwner(harian), createOwner(harian)];
  const ways = await Promise.all(owners.map((owner) => travel(owner, link, { openId: store.openId })));

  await Promise.all(owners.map((owner, index) => owner.finish(ways[index] ?? '')));

  const titles = (await Promise.all(owners.map((owner) => owner.result()))).map(
    (page) => /<h1>.*?<\/span>(.*?)<\/h1>/s.exec(page)?.[1],
  );
  expect(titles.sort()).toEqual(['Connected', 'This link was already used']);
  expect(await stores.account(store)).toMatchObject({ version: 1 });
});

test('of two stores at once with one TikTok account one wins; the other stays as it was', async () => {
  const openId = stores.newOpenId();
  const codes = [await addStore(), await addStore()];
  const owners = codes.map(() => createOwner(harian));
  const ways = await Promise.all(
    owners.map(async (owner, index) => travel(owner, await makeLink(codes[index] ?? ''), { openId })),
  );

  await Promise.all(owners.map((owner, index) => owner.finish(ways[index] ?? '')));

  const statuses = await Promise.all(
    codes.map(async (code) => (await harian.api<{ status: string }>('GET', `/api/stores/${code}`)).body.status),
  );
  expect(statuses.sort()).toEqual(['CONNECTED', 'PENDING']);
});

test('the callback needs no user/info: the store is CONNECTED, and the page names the store without the account', async () => {
  const store = { storeCode: newStoreCode(), openId: stores.newOpenId() };
  stores.fault(store, { endpoint: 'user/info', kind: 'reset', times: 2 });

  const page = await connectStore(harian, store.storeCode, { openId: store.openId });

  expect(page).toContain('Your TikTok account');
  expect(page).toContain(store.storeCode);
  expect(await stores.store(store)).toMatchObject({ status: 'CONNECTED' });
  await expect.poll(async () => (await stores.logs(store)).map((log) => log.status)).toEqual(['FAILED', 'SUCCESS']);
  expect((await stores.store(store)).account?.display_name).toMatch(/^Small Shop/);
});

test.each([
  ['en', 'The first numbers come with the next sync', 'No longer connected'],
  ['id', 'Angka pertama akan masuk sendiri pada sinkronisasi berikutnya', 'Tidak lagi terhubung'],
])(
  'an owner whose first sync failed for good is told that the next one brings the numbers, and waits no longer; nor for a connection that ended (%s)',
  async (language, later, ended) => {
    const store = { storeCode: await addStore(), openId: stores.newOpenId() };
    const invalid = { kind: 'display_error', code: 'invalid_params', status: 400 } as const;
    stores.fault(store, { endpoint: 'user/info', times: 2, ...invalid });
    const owner = createOwner(harian, language);

    await owner.finish(await travel(owner, await makeLink(store.storeCode), { openId: store.openId }));

    await expect.poll(() => owner.result(), { timeout: 20_000 }).toContain(later);
    expect(await owner.result()).not.toContain('data-waiting');
    expect(await stores.store(store)).toMatchObject({ status: 'CONNECTED', last_synced_at: null });
    await harian.api('POST', `/api/stores/${store.storeCode}/disconnect`);
    const page = await owner.result();
    expect(page).toContain(ended);
    expect(page).not.toContain('data-waiting');
  },
);

test('connection and first sync are one: when the job cannot be enqueued, nothing is connected and the link stays good', async () => {
  const store = { storeCode: await addStore(), openId: stores.newOpenId() };
  const link = await makeLink(store.storeCode);
  const owner = createOwner(harian);
  const back = await travel(owner, link, { openId: store.openId });
  await stores.sql.query(
    `create function refuse_job() returns trigger language plpgsql as 'begin raise exception ''no''; end'`,
  );
  await stores.sql
    .query('create trigger refuse_job before insert on pgboss.job_common for each row execute function refuse_job()')
    .catch(() =>
      stores.sql.query(
        'create trigger refuse_job before insert on pgboss.job for each row execute function refuse_job()',
      ),
    );

  const answer = await owner.finish(back);

  await stores.sql.query('drop function refuse_job() cascade');
  expect(answer.status).toBe(500);
  expect(await stores.store(store)).toMatchObject({ status: 'PENDING', account: null });
  await owner.finish(await travel(owner, link, { openId: store.openId }));
  expect(await stores.store(store)).toMatchObject({ status: 'CONNECTED' });
});

test('the owner sees every page in the browser’s language', async () => {
  const storeCode = await addStore();
  const link = await makeLink(storeCode);
  const [english, indonesian] = [createOwner(harian, 'en-GB,en;q=0.9'), createOwner(harian, 'id-ID,id;q=0.9,en;q=0.5')];

  const pages = await Promise.all([english, indonesian].map(async (owner) => (await owner.open(link)).text()));

  expect(pages[0]).toContain('Continue with TikTok');
  expect(pages[1]).toContain('Lanjutkan dengan TikTok');
  // The store is named, and its name is shown as text.
  for (const page of pages) expect(page).toContain(`Toko &lt;${storeCode}&gt;`);
  await indonesian.finish(await travel(indonesian, link, { openId: stores.newOpenId() }));
  expect(await indonesian.result()).toContain('Berhasil terhubung');
});

test('a connection that cannot be recorded in the audit log is not made', async () => {
  const store = { storeCode: await addStore(), openId: stores.newOpenId() };
  await stores.sql.query(`
    create function refuse_audit() returns trigger language plpgsql as
      'begin if new.action = ''store.connect'' and new.outcome = ''OK'' then raise ''no''; end if; return new; end';
    create trigger refuse_audit before insert on audit_log for each row execute function refuse_audit()`);
  const owner = createOwner(harian);
  const answer = await owner.finish(await travel(owner, await makeLink(store.storeCode), { openId: store.openId }));
  await stores.sql.query('drop trigger refuse_audit on audit_log');

  expect(answer.status).toBe(500);
  expect(await stores.store(store)).toMatchObject({ status: 'PENDING', account: null });
});
