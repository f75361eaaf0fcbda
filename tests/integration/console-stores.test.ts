import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { changeStores } from '../../src/services/change-stores.ts';
import { adminKey, startTestHarian, type TestHarian } from '../support/harian.ts';
import { openSql, type Sql } from '../support/sql.ts';
import { insertConnectedStore, openTestPool } from '../support/stores.ts';

let harian: TestHarian;
let pool: ReturnType<typeof openTestPool>;
let sql: Sql;
let readKey: string;

beforeAll(async () => {
  harian = await startTestHarian({ environment: { ROLES: 'api' } });
  pool = openTestPool(harian.database.url);
  sql = await openSql(harian.database.url);
  const made = await harian.api<{ key: string }>('POST', '/api/admin-keys', { name: 'reader', scope: 'read' });
  readKey = made.body.key;
});
afterAll(async () => {
  await sql?.close();
  await pool?.close();
  await harian?.close();
});

const page = { accept: 'text/html' };
const json = { accept: 'application/json' };

async function open(path: string, options: { key?: string; headers?: Record<string, string>; language?: string } = {}) {
  const { key = adminKey, headers = page, language = 'en' } = options;
  const response = await fetch(`${harian.url}${path}`, {
    headers: { authorization: `Bearer ${key}`, 'accept-language': language, ...headers },
  });
  return { status: response.status, text: await response.text() };
}
async function post(path: string, fields: [string, string][], headers: Record<string, string> = page) {
  const body = new URLSearchParams(fields);
  const response = await fetch(`${harian.url}${path}`, {
    method: 'POST',
    redirect: 'manual',
    body,
    headers: { authorization: `Bearer ${adminKey}`, ...headers },
  });
  return { status: response.status, location: response.headers.get('location'), text: await response.text() };
}
/** What a page that asks sends on. */
const hiddenFields = (text: string): [string, string][] =>
  [...text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)].map(([, name = '', value = '']) => [
    name,
    value.replaceAll('&amp;', '&'),
  ]);
const codesOf = (text: string) => [...text.matchAll(/data-store="([^"]+)"/g)].map(([, code]) => code);
const hrefOf = (text: string, rel: string) =>
  new RegExp(`rel="${rel}"[^>]* href="([^"]+)"`).exec(text)?.[1]?.replaceAll('&amp;', '&');
const addStore = (code: string, name: string, changes = '') =>
  sql.query(
    `insert into stores (store_code, name, timezone) values ($1, $2, 'Asia/Jakarta')
     ${changes && `on conflict (store_code) do update set ${changes}`}`,
    [code, name],
  );
const auditOf = (code: string) =>
  sql.query<{ action: string; outcome: string }>('select action, outcome from audit_log where store_code = $1', [code]);
const connect = (storeCode: string, account: number) =>
  insertConnectedStore(pool.db, harian.simulator, {
    storeCode,
    openId: harian.simulator.control.accounts[account]?.openId ?? '',
  });

describe('the list of stores', () => {
  /** 120 of them, so that there are three pages; every order is that of the numbers or its reverse. */
  const prefix = 'list-';
  const all = Array.from({ length: 120 }, (_, index) => `${prefix}${String(index).padStart(3, '0')}`);
  beforeAll(async () => {
    await sql.query(
      `insert into stores (store_code, name, timezone, status, last_synced_at, last_snapshot_date)
       select '${prefix}' || lpad(i::text, 3, '0'), case when i % 2 = 0 then 'walk ' else 'WALK ' end || lpad(i::text, 3, '0'),
         'Asia/Jakarta', 'CONNECTED', case when i >= 10 then now() - (120 - i) * interval '1 minute' end, current_date
       from generate_series(0, 119) i`,
    );
    await sql.query(
      `insert into user_daily (store_code, snapshot_date, follower_count, captured_at)
       select store_code, current_date, case when i > 0 then 1000 + i / 3 end, now()
       from (select store_code, right(store_code, 3)::int as i from stores where store_code like '${prefix}%') s`,
    );
  });

  const walk = async (query: string, rel: 'next' | 'prev', from = `/stores?${query}`) => {
    const pages: (string | undefined)[][] = [];
    let last = from;
    for (let path: string | undefined = from; path; ) {
      const { status, text } = await open(path);
      expect(status).toBe(200);
      pages.push(codesOf(text));
      last = path;
      path = hrefOf(text, rel);
    }
    return { pages, last };
  };

  test.each(['code', 'name', 'attention', 'read', '-read', 'followers', '-followers'])(
    'sorted by %s shows each store once, forwards and backwards',
    async (sort) => {
      const query = `q=walk+&sort=${sort}`;
      const forwards = await walk(query, 'next');
      expect(forwards.pages.map((codes) => codes.length)).toEqual([50, 50, 20]);
      const seen = forwards.pages.flat();
      expect(seen.toSorted()).toEqual(all);
      const backwards = await walk(query, 'prev', forwards.last);
      expect(backwards.pages.toReversed().flat()).toEqual(seen);
      const isReverse = sort.startsWith('-');
      // Who was never read was read longest ago.
      if (sort !== 'attention') expect(seen).toEqual(isReverse ? all.toReversed() : all);
    },
  );

  test('says where in the list one is, and leads back to the beginning', async () => {
    const first = await open('/stores?q=walk+');
    expect(first.text).toContain('1–50 of 120');
    expect(hrefOf(first.text, 'prev')).toBeUndefined();
    const second = await open(hrefOf(first.text, 'next') ?? '');
    expect(second.text).toContain('51–100 of 120');
    const back = await open(hrefOf(second.text, 'prev') ?? '');
    expect(back.text).toContain('1–50 of 120');
    expect(codesOf(back.text)).toEqual(codesOf(first.text));
  });

  test('goes on after a store that is gone, and does not follow one that moved', async () => {
    const { text } = await open('/stores?q=walk+&sort=-read');
    const before = codesOf(text);
    const edge = before.at(-1);
    await sql.query('update stores set last_synced_at = now() where store_code = $1', [edge]);
    const next = await open(hrefOf(text, 'next') ?? '');
    expect(codesOf(next.text)).toEqual(all.toReversed().slice(50, 100));
    await sql.query(`update stores set last_synced_at = now() - 50 * interval '1 minute' where store_code = $1`, [
      edge,
    ]);
  });

  test('shows the latest followers, how they changed, and a gap where nobody knows', async () => {
    await addStore('trend-1', 'Trend Satu');
    await sql.query(
      `insert into user_daily (store_code, snapshot_date, follower_count, captured_at)
       select 'trend-1', current_date - d, n, now() from (values (12, 1200), (3, null), (2, 1500), (1, 1450)) as v(d, n)`,
    );
    const { text } = await open('/stores?q=trend-1');
    expect(text).toContain('1,450');
    expect(text).toContain('+250 in 11 d');
    const values = JSON.parse(/data-spark="([^"]+)"/.exec(text)?.[1] ?? '[]') as (number | null)[];
    expect(values).toHaveLength(30);
    expect(values.filter((value) => value !== null)).toEqual([1200, 1500, 1450]);
  });

  test.each([
    ['code of the other list', '/stores?sort=name&cursor=CURSOR', 200],
    ['cursor=nonsense', '/stores?cursor=bm9uc2Vuc2U', 400],
    ['a position of another kind', `/stores?sort=read&cursor=${cursor(['after', 'read', 'x', 'y', '0'])}`, 400],
    [
      'a key beyond all numbers',
      `/stores?sort=read&cursor=${cursor(['after', 'read', '9'.repeat(30), 'y', '0'])}`,
      400,
    ],
    ['an order there is not', '/stores?sort=color', 400],
    ['a state there is not', '/stores?status=GONE', 400],
    ['a control character', '/stores?q=%00', 400],
    ['a search beyond all bounds', `/stores?q=${'x'.repeat(201)}`, 400],
  ])('%s is answered, and never with a failure', async (_what, path, status) => {
    const other = hrefOf((await open('/stores?q=walk+')).text, 'next') ?? '';
    const answer = await open(path.replace('CURSOR', new URL(other, harian.url).searchParams.get('cursor') ?? ''));
    expect(answer.status).toBe(status);
  });
});

describe('a search', () => {
  beforeAll(async () => {
    await addStore('find-01', 'Batik Melati');
    await addStore('find-02', '100% Katun');
    await addStore('find_03', 'Under_score', `status = 'NEED_RECONNECT'`);
    await addStore('find-04', 'Toko Empat');
    await sql.query(
      `update stores set status = 'NEED_RECONNECT', status_reason = 'REVOKED' where store_code = 'find_03'`,
    );
    await sql.query(`update stores set paused = true where store_code = 'find-04'`);
    await sql.query(
      `insert into tiktok_accounts (store_code, open_id, username, display_name, scopes, connected_at)
       values ('find-04', 'find-open-4', 'ratna.shop', 'Bu Ratna', '{}', now())`,
    );
  });

  test.each([
    ['MELATI', ['find-01']],
    ['FIND-0', ['find-01', 'find-02', 'find-04']],
    ['ratna.SHOP', ['find-04']],
    ['@ratna', ['find-04']],
    ['bu ratna', ['find-04']],
    ['100%', ['find-02']],
    ['r_s', ['find_03']],
    ['find\\', []],
    ['  batik mel ', ['find-01']],
  ])('for %s finds %j', async (text, codes) => {
    const found = await open(`/stores?${new URLSearchParams({ q: text })}`);
    expect(codesOf(found.text)).toEqual(codes);
    const answer = await open(`/stores/bulk/codes?${new URLSearchParams({ q: text })}`, { headers: json });
    expect(JSON.parse(answer.text)).toEqual({ store_codes: codes });
  });

  test('by state finds those, counts all, and keeps the search', async () => {
    const all = await open('/stores?q=find');
    for (const [name, count] of [
      ['All', 4],
      ['Never connected', 3],
      ['Needs reconnect', 1],
      ['Paused', 1],
      ['Disconnected', 0],
    ]) {
      expect(all.text).toMatch(new RegExp(`>${name}\\s*<span class="quiet">${count}</span>`));
    }
    expect(all.text).toContain('href="/stores?q=find&amp;status=NEED_RECONNECT"');
    expect(codesOf((await open('/stores?q=find&status=NEED_RECONNECT')).text)).toEqual(['find_03']);
    expect(codesOf((await open('/stores?q=find&status=paused')).text)).toEqual(['find-04']);
    const codes = await open('/stores/bulk/codes?q=find&status=paused', { headers: json });
    expect(JSON.parse(codes.text)).toEqual({ store_codes: ['find-04'] });
  });

  test('sorted by attention begins with who needs somebody most', async () => {
    const { text } = await open('/stores?q=find&sort=attention');
    expect(codesOf(text)).toEqual(['find_03', 'find-01', 'find-02', 'find-04']);
  });

  test('that finds nothing says so and leads back to all', async () => {
    const { text } = await open('/stores?q=nobody-is-called-this');
    expect(text).toContain('No store matches.');
    expect(codesOf(text)).toEqual([]);
  });
});

describe('who may do what', () => {
  test('a key that may read sees no button, no box and no form but the search', async () => {
    await addStore('look-1', 'Look');
    const { text } = await open('/stores?q=look-1', { key: readKey });
    expect(codesOf(text)).toEqual(['look-1']);
    const main = text.slice(text.indexOf('<main'));
    expect(main).not.toMatch(/<form method="post"|type="checkbox"|name="action"|\/public\/bulk\.js/);
    expect((await open('/stores/bulk/codes', { key: readKey, headers: json })).status).toBe(403);
  });

  test('whoever is not signed in is shown the way in, and comes back here', async () => {
    const answer = await fetch(`${harian.url}/stores?q=a`, { headers: page });
    expect(answer.status).toBe(401);
    expect(await answer.text()).toContain('name="to" value="/stores?q=a"');
  });
});

describe('a change to one store', () => {
  test('pauses and resumes it, and leads back to the list it was asked for on', async () => {
    await addStore('one-1', 'One');
    const referer = `${harian.config.publicUrl}/stores?q=one-1&said=resumed&of=x`;
    const paused = await post('/stores/one-1/pause', [], { ...page, referer });
    expect([paused.status, paused.location]).toEqual([303, '/stores?q=one-1&said=paused&of=one-1']);
    expect(await sql.query(`select paused from stores where store_code = 'one-1'`)).toEqual([{ paused: true }]);
    const resumed = await post('/stores/one-1/resume', []);
    expect([resumed.status, resumed.location]).toEqual([303, '/stores/one-1?said=resumed&of=one-1']);
    expect(await sql.query(`select paused from stores where store_code = 'one-1'`)).toEqual([{ paused: false }]);
    expect(await auditOf('one-1')).toEqual([
      { action: 'store.update', outcome: 'OK' },
      { action: 'store.update', outcome: 'OK' },
    ]);
  });

  test('never leads to a page that is not ours', async () => {
    await addStore('one-2', 'Two');
    const answer = await post('/stores/one-2/pause', [], { ...page, referer: 'https://evil.example/stores' });
    expect(answer.location).toBe('/stores/one-2?said=paused&of=one-2');
  });

  test('disconnects it: tokens gone, the grant revoked, the change on record', async () => {
    await connect('one-3', 0);
    const answer = await post('/stores/one-3/disconnect', [['confirmed', 'yes']]);
    expect([answer.status, answer.location]).toEqual([303, '/stores/one-3?said=disconnected&of=one-3']);
    const [row] = await sql.query(
      `select s.status, a.refresh_token_encrypted from stores s join tiktok_accounts a using (store_code)
       where store_code = 'one-3'`,
    );
    expect(row).toEqual({ status: 'DISCONNECTED', refresh_token_encrypted: null });
    expect(await auditOf('one-3')).toEqual([{ action: 'store.disconnect', outcome: 'OK' }]);
    const again = await post('/stores/one-3/disconnect', [['confirmed', 'yes']]);
    expect(again.status).toBe(409);
    expect(again.text).toContain('STORE_NOT_CONNECTED');
  });

  test.each([
    ['en', 'Disconnect Store one-4?'],
    ['id', 'Putuskan Store one-4?'],
  ])('asks whoever has no script on a page of its own before it disconnects (%s)', async (language, question) => {
    if (language === 'en') await connect('one-4', 4);
    const list = `${harian.config.publicUrl}/stores?q=one-4`;
    const asked = await post('/stores/one-4/disconnect', [], { ...page, 'accept-language': language, referer: list });
    expect(asked.status).toBe(200);
    expect(asked.text).toContain(question);
    expect(asked.text).toContain('action="/stores/one-4/disconnect"');
    expect(asked.text).toContain('href="/stores?q=one-4"');
    expect((await post('/stores/one-4/disconnect', [], json)).status).toBe(400);
    expect(await sql.query(`select status from stores where store_code = 'one-4'`)).toEqual([{ status: 'CONNECTED' }]);
    expect(await sql.query(`select from audit_log where store_code = 'one-4' and outcome = 'OK'`)).toEqual([]);

    if (language === 'en') return;
    const referer = `${harian.config.publicUrl}/stores/one-4/disconnect`;
    const done = await post('/stores/one-4/disconnect', hiddenFields(asked.text), { ...page, referer });
    expect([done.status, done.location]).toEqual([303, '/stores?q=one-4&said=disconnected&of=one-4']);
    const again = await post('/stores/one-4/disconnect', hiddenFields(asked.text), { ...page, referer });
    expect([again.status, again.text.includes('href="/stores?q=one-4"')]).toEqual([409, true]);
  });
});

describe('a change to many stores', () => {
  test('is done to each that can take it; the others say why, and each has its row in the audit log', async () => {
    await connect('many-1', 1);
    await addStore('many-2', 'Never');
    const answer = await post('/stores/bulk', [
      ['action', 'resync'],
      ...['many-1', 'many-2', 'many-gone'].map((code): [string, string] => ['code', code]),
    ]);
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('Done for 1, refused for 2.');
    expect(answer.text).toMatch(/many-2"[\s\S]*?Not connected/);
    expect(answer.text).toMatch(/many-gone<\/code>: There is no such store/);
    expect(await auditOf('many-1')).toEqual([{ action: 'store.resync', outcome: 'OK' }]);
    expect(await auditOf('many-2')).toEqual([{ action: 'store.resync', outcome: 'STORE_NOT_CONNECTED' }]);
    expect(await auditOf('many-gone')).toEqual([{ action: 'store.resync', outcome: 'STORE_NOT_FOUND' }]);
    const jobs = await sql.query(`select state from pgboss.job where singleton_key like 'many-%'`);
    expect(jobs).toEqual([{ state: 'created' }]);
    expect(await sql.query(`select from audit_log where action = 'store.bulk'`)).toEqual([]);
  });

  test('tells a script the same in JSON, in its language, a store named twice once', async () => {
    await addStore('many-3', 'Tiga');
    const answer = await post(
      '/stores/bulk',
      [
        ['action', 'pause'],
        ['code', 'many-3'],
        ['code', 'many-3'],
        ['code', 'many-lost'],
      ],
      { ...json, 'accept-language': 'id' },
    );
    expect(JSON.parse(answer.text)).toEqual({
      results: [
        { store_code: 'many-3', name: 'Tiga', outcome: 'OK', reason: null, link: null },
        {
          store_code: 'many-lost',
          name: null,
          outcome: 'STORE_NOT_FOUND',
          reason: 'Toko ini sudah tidak ada.',
          link: null,
        },
      ],
    });
  });

  test('makes connect links that work, shown once and kept nowhere else', async () => {
    await addStore('many-4', '=HYPERLINK("evil"), "Empat"');
    const answer = await post(
      '/stores/bulk',
      [
        ['action', 'connect-link'],
        ['code', 'many-4'],
      ],
      json,
    );
    const [made] = (JSON.parse(answer.text) as { results: { link: { url: string; csv: string } }[] }).results;
    expect(made?.link.csv).toContain(`many-4,"'=HYPERLINK(""evil""), ""Empat""",${made?.link.url}`);
    const path = new URL(made?.link.url ?? '').pathname;
    expect((await fetch(`${harian.url}${path}`, { headers: page })).status).toBe(200);
    const invitation = path.split('/').at(-1) ?? '';
    expect(harian.logs.join('\n')).not.toContain(invitation);
    const kept = await sql.query<{ text: string }>(`select (select json_agg(a) from audit_log a)::text as text`);
    expect(kept[0]?.text).not.toContain(invitation);
    const asked = await post('/stores/bulk', [
      ['action', 'connect-link'],
      ['code', 'many-4'],
    ]);
    expect(asked.text).toMatch(/<input type="text" readonly value="http:\/\/localhost:\d+\/connect\/[\w-]{43}"/);
  });

  test('asks before it disconnects, with the number, and records nothing until it is answered', async () => {
    await connect('many-5', 2);
    await connect('many-6', 3);
    const codes: [string, string][] = [
      ['code', 'many-5'],
      ['code', 'many-6'],
    ];
    const asked = await post('/stores/bulk', [['action', 'disconnect'], ...codes]);
    expect(asked.text).toContain('Disconnect 2 stores?');
    expect(await auditOf('many-5')).toEqual([]);
    expect((await post('/stores/bulk', [['action', 'disconnect'], ...codes], json)).status).toBe(400);
    const referer = `${harian.config.publicUrl}/stores/bulk`;
    const done = await post('/stores/bulk', hiddenFields(asked.text), { ...page, referer });
    expect(done.text).toContain('Done for 2, refused for 0.');
    expect(done.text).toContain('<a class="button" href="/stores">');
    for (const code of ['many-5', 'many-6'])
      expect(await auditOf(code)).toEqual([{ action: 'store.disconnect', outcome: 'OK' }]);
  });

  test('stops trying once the database is away, and says so of each store that was left', async () => {
    const codes = Array.from({ length: 12 }, (_, index) => `away-${index}`);
    for (const code of codes) await addStore(code, code);
    await sql.query(`update stores set status = 'CONNECTED' where store_code like 'away-%'`);
    const { deps } = harian.harian;
    let tried = 0;
    const insert = async () => {
      tried += 1;
      throw Object.assign(new Error('gone'), { code: '57P01' });
    };
    const actor = { keyId: crypto.randomUUID(), name: 'tester' };
    const outcomes = await changeStores(
      { ...deps, queue: { ...deps.queue, insert } },
      { action: 'resync', storeCodes: codes, actor },
    );
    expect(outcomes.map(({ storeCode, outcome }) => [storeCode, outcome])).toEqual(
      codes.map((code) => [code, 'UNAVAILABLE']),
    );
    expect(tried).toBeLessThan(codes.length);
    expect(await auditOf('away-0')).toEqual([]);
  });

  test.each([
    ['no store', [['action', 'resync']]],
    ['no action', [['code', 'x']]],
    [
      'an action there is not',
      [
        ['action', 'delete'],
        ['code', 'x'],
      ],
    ],
    [
      'a code that is none',
      [
        ['action', 'resync'],
        ['code', '../x'],
      ],
    ],
    ['too many at once', [['action', 'resync'], ...Array.from({ length: 201 }, (_, index) => ['code', `x${index}`])]],
  ] as [string, [string, string][]][])('with %s is refused as a whole, and named no store', async (_what, fields) => {
    const answer = await post('/stores/bulk', fields, json);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 'INVALID_REQUEST' } });
    const [row] = await sql.query('select action, store_code, outcome from audit_log order by at desc limit 1');
    expect(row).toEqual({ action: 'store.bulk', store_code: null, outcome: 'INVALID_REQUEST' });
  });

  test('is refused to a key that may only read, and to other pages', async () => {
    const refused = async (headers: Record<string, string>) =>
      (
        await fetch(`${harian.url}/stores/bulk`, {
          method: 'POST',
          body: new URLSearchParams({ action: 'pause', code: 'many-2' }),
          headers: { ...json, ...headers },
        })
      ).status;
    expect(await refused({ authorization: `Bearer ${readKey}` })).toBe(403);
    expect(await refused({})).toBe(401);
    expect(await sql.query(`select paused from stores where store_code = 'many-2'`)).toEqual([{ paused: false }]);
  });
});

function cursor(position: string[]): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}
