import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findStore } from '../../src/db/stores.ts';
import { countJobsBefore } from '../../src/db/sync-jobs.ts';
import { addDays, localDay } from '../../src/domain/snapshot-day.ts';
import { createViewChanges } from '../../src/services/read-view-changes.ts';
import { adminKey, newStoreCode, startTestHarian, type TestHarian } from '../support/harian.ts';
import { createHttpClient, type HttpClient } from '../support/http.ts';
import { createStoreDriver, type StoreDriver, smallAccounts, type TestStore } from '../support/store-driver.ts';

let harian: TestHarian;
let driver: StoreDriver;
let http: HttpClient;
const cookies: Record<string, string> = {};

const browser = { accept: 'text/html' };
const signIn = async (key: string) => {
  const answer = await fetch(`${harian.url}/session`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: harian.config.publicUrl },
    body: new URLSearchParams({ key }),
  });
  return answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
};

beforeAll(async () => {
  harian = await startTestHarian({ simulator: { accounts: smallAccounts(30, 25) } });
  driver = await createStoreDriver(harian);
  http = await createHttpClient(harian.url);
  cookies.admin = await signIn(adminKey);
  for (const scope of ['read', 'operate']) {
    const made = await harian.api<{ key: string }>('POST', '/api/admin-keys', { name: scope, scope });
    cookies[scope] = await signIn(made.body.key);
  }
});
afterAll(async () => {
  await driver.close();
  await harian.close();
});

const today = () => localDay(new Date(), harian.config.sync.timezone);
const open = async (path: string, who = 'admin', language = 'en') => {
  const headers = { ...browser, cookie: cookies[who] ?? '', 'accept-language': language };
  return http.call('GET', path, { key: null, headers });
};
const send = (path: string, form: Record<string, string>, who = 'admin') =>
  http.call('POST', path, {
    key: null,
    headers: { ...browser, cookie: cookies[who] ?? '', origin: harian.config.publicUrl },
    body: new URLSearchParams(form),
  });
const audited = async (storeCode: string) =>
  driver.sql.query(`select action, outcome from audit_log where store_code = $1 order by at`, [storeCode]);

/** Readings of `views` by day, `daysAgo` first; null: the video was not in that day's list. */
async function writeReadings(store: TestStore, videoId: string, readings: Record<number, number | bigint | null>) {
  await driver.sql.query(
    `insert into videos (store_code, video_id, title, posted_at, share_url, first_seen_date)
     values ($1, $2, $3, now() - interval '100 days', 'https://www.tiktok.com/@a/video/1', current_date)`,
    [store.storeCode, videoId, `Video ${videoId}`],
  );
  for (const [daysAgo, views] of Object.entries(readings)) {
    if (views === null) continue;
    await driver.sql.query(
      `insert into video_daily (store_code, video_id, snapshot_date, view_count, like_count, captured_at)
       values ($1, $2, $3, $4, $5, now())`,
      [store.storeCode, videoId, addDays(today(), -Number(daysAgo)), views, Number(views) % 7],
    );
  }
}
async function writeDays(store: TestStore, states: Record<number, string>) {
  for (const [daysAgo, state] of Object.entries(states)) {
    await driver.sql.query(
      `insert into store_days (store_code, snapshot_date, state, reason) values ($1, $2, $3, $4)`,
      [store.storeCode, addDays(today(), -Number(daysAgo)), state, state === 'missed' ? 'NOT_PLANNED' : null],
    );
  }
  await driver.sql.query(`update stores set last_snapshot_date = $2, last_synced_at = now() where store_code = $1`, [
    store.storeCode,
    today(),
  ]);
}
/** What a chart was told to draw. */
const chartOf = (text: string, name: string): (number | null)[] => {
  const [, data = ''] =
    new RegExp(`<figcaption>${name}</figcaption>\\s*<div class="plot" data-chart="([^"]*)"`).exec(text) ?? [];
  const parsed = JSON.parse(data.replaceAll('&quot;', '"')) as { series: { values: (number | null)[] }[] };
  return parsed.series[0]?.values ?? [];
};
const titlesOf = (text: string) => [...text.matchAll(/<bdi>Video (\w+)<\/bdi>/g)].map(([, id]) => id);

describe('the page of a store', () => {
  test.each(['/stores/nobody-knows-it', '/stores/a%20b', '/stores/%3Cscript%3E', `/stores/${'x'.repeat(65)}`])(
    '%s is the 404 page',
    async (path) => {
      const page = await open(path);
      expect([page.status, page.headers.get('content-type')]).toEqual([404, 'text/html; charset=UTF-8']);
      expect(page.text).not.toContain('<script>');
    },
  );

  test('is for those who are signed in, and leads back to where they wanted to go', async () => {
    const page = await http.call('GET', '/stores/any', { key: null, headers: browser });
    expect(page.status).toBe(401);
    expect(page.text).toContain('value="/stores/any"');
  });

  test('shows no button to whoever may only read', async () => {
    const store = await driver.newStore();
    const page = await open(`/stores/${store.storeCode}`, 'read');
    expect(page.status).toBe(200);
    expect(page.text).not.toContain(`action="/stores/${store.storeCode}`);
    expect((await open(`/stores/${store.storeCode}`, 'operate')).text).toContain('/edit"');
  });

  test.each([
    'cursor=%00',
    'cursor=bm9uc2Vuc2U',
    `cursor=${btoa('["9223372036854775808","1"]')}`,
    `cursor=${btoa('["x","1"]')}`,
    `cursor=${'x'.repeat(501)}`,
    'cursor=',
  ])('refuses %s instead of asking the database', async (query) => {
    const store = await driver.newStore();
    expect((await open(`/stores/${store.storeCode}?${query}`)).status).toBe(400);
  });

  test('takes an unknown range or order as none', async () => {
    const store = await driver.newStore();
    const page = await open(`/stores/${store.storeCode}?days=7&sort=x&dir=up`);
    expect(page.status).toBe(200);
    expect(page.text).toMatch(/days=30&amp;sort=posted&amp;dir=desc#numbers" aria-current/);
  });
});

describe('why a store is silent', () => {
  const why = async (store: TestStore, language = 'en') => {
    const { text } = await open(`/stores/${store.storeCode}`, 'admin', language);
    return /<h2 id="why-title">[^<]+<\/h2>\s*<p>([^<]+)<\/p>/.exec(text)?.[1];
  };

  test('is said from its connection to the end of a sync, with the next step', async () => {
    const store = await driver.newStore();
    await driver.sync(store);
    expect(await why(store)).toMatch(/^Read today at \d\d:\d\d; next (today|tomorrow) at 01:00\.$/);

    await harian.api('PATCH', `/api/stores/${store.storeCode}`, { paused: true });
    expect(await why(store)).toContain('paused');
    await harian.api('PATCH', `/api/stores/${store.storeCode}`, { paused: false });
    await harian.api('POST', `/api/stores/${store.storeCode}/disconnect`);
    expect(await why(store, 'id')).toContain('Diputus oleh admin.');
    const page = await open(`/stores/${store.storeCode}`);
    expect(page.text).toMatch(/connect-link"[^>]*>\s*<button type="submit" class="primary"/);
  });

  test('is a limit in words, with TikTok’s log id and the next try', async () => {
    const store = await driver.newStore();
    driver.fault(store, { endpoint: 'user/info', kind: 'rate_limited', retryAfterSeconds: 600 });
    const job = await driver.sync(store);
    const page = await open(`/stores/${store.storeCode}`);
    expect(await why(store)).toMatch(
      /^TikTok’s limit was used up, so it waits and goes on (today|tomorrow) at \d\d:\d\d\.$/,
    );
    expect(page.text).toContain('TikTok’s limit of requests was used up.');
    expect(page.text).toContain(`<code>${job.error?.tiktok_log_id}</code>`);
    expect(page.text).toMatch(/<details id="attempt-[0-9a-f-]{36}">/);
    expect(page.text).toContain(`href="/jobs/${job.id}"`);
  });

  test('tells a waiting store how many are before it', async () => {
    const [first, second, third] = [await driver.newStore(), await driver.newStore(), await driver.newStore()];
    const at = `now() - interval '1 second'`;
    const put = (store: TestStore, priority: number, age: number) =>
      driver.sql.query(
        `insert into pgboss.job (name, singleton_key, policy, priority, data, created_on, start_after)
         values ('sync-store', $1, 'exclusive', $2, $3, ${at} - make_interval(secs => $4), now() + interval '1 hour') returning id`,
        [
          store.storeCode,
          priority,
          {
            store_code: store.storeCode,
            snapshot_date: today(),
            trigger: 'schedule',
            deferrals: 0,
            deferred_delivery: null,
          },
          age,
        ],
      );
    await put(first, 0, 50);
    await put(second, 100, 10);
    const [own] = await put(third, 0, 20);
    const { db } = harian.harian.deps;
    // Their time has not come, so that no worker takes one: then they are not before it either.
    expect(await countJobsBefore(db, String(own?.id), 10)).toBe(0);
    await db
      .transaction(async (tx) => {
        await tx.execute(`update pgboss.job set start_after = now() - interval '1 minute' where state = 'created'`);
        expect(await countJobsBefore(tx, String(own?.id), 10)).toBe(2);
        expect(await countJobsBefore(tx, String(own?.id), 1)).toBe(1);
        throw new Error('undo');
      })
      .catch((error: Error) => expect(error.message).toBe('undo'));
    await driver.sql.query(`delete from pgboss.job where state = 'created'`);
  });
});

describe('its numbers', () => {
  test('are gaps where nobody can tell, never 0 and never doubled', async () => {
    const store = await driver.newStore();
    await writeDays(store, {
      6: 'complete',
      5: 'complete',
      4: 'missed',
      3: 'complete',
      2: 'complete',
      1: 'partial',
      0: 'complete',
    });
    await writeReadings(store, 'a', { 6: 100, 5: 130, 3: 200, 2: 210, 1: 220, 0: 230 });
    // New on the third day: what it had before nobody knows. Gone on the last.
    await writeReadings(store, 'b', { 3: 1_000, 2: 1_005, 1: 1_006 });
    const { text } = await open(`/stores/${store.storeCode}`);
    expect(chartOf(text, 'Views per day').slice(-7)).toEqual([null, 30, null, null, 15, null, null]);
    expect(text).toContain('Harian was not running on that day.');
  });

  test('say of a total how it came about, where it is not from one day to the next', async () => {
    const store = await driver.newStore();
    await writeDays(store, { 4: 'complete', 3: 'missed', 2: 'complete', 1: 'complete', 0: 'complete' });
    for (const [daysAgo, followers] of [
      [4, 100],
      [2, 130],
      [1, 140],
      [0, 135],
    ] as const) {
      await driver.sql.query(
        `insert into user_daily (store_code, snapshot_date, follower_count, captured_at) values ($1, $2, $3, now())`,
        [store.storeCode, addDays(today(), -daysAgo), followers],
      );
    }
    const { text } = await open(`/stores/${store.storeCode}`);
    expect(chartOf(text, 'Followers').slice(-6)).toEqual([null, 100, null, 130, 140, 135]);
    const table = /<details id="table-Followers">[\s\S]*?<\/details>/.exec(text)?.[0] ?? '';
    const cells = [...table.matchAll(/<td>(.*?)<\/td>/g)].map(([, cell = '']) => cell.replaceAll(/<[^>]+>/g, ''));
    expect(cells.slice(0, 5)).toEqual([
      '135 fewer than before',
      '140',
      '130 2 days after the reading before',
      '–',
      '100 first reading',
    ]);
  });

  test('follow a sync, and forget a store that was removed', async () => {
    const { db } = harian.harian.deps;
    const store = await driver.newStore();
    await writeDays(store, { 3: 'complete', 2: 'complete', 1: 'complete', 0: 'complete' });
    await writeReadings(store, 'a', { 3: 10, 2: 11, 1: 13, 0: 17 });
    const viewChanges = createViewChanges({ db });
    const read = async (daysAgo: number) => {
      const found = await findStore(db, store.storeCode);
      const changes = found && (await viewChanges.read(found.store, addDays(today(), -daysAgo)));
      return [3, 2, 1, 0].map((ago) => changes?.get(addDays(today(), -ago)));
    };
    expect(await read(1)).toEqual([undefined, undefined, 2, 4]);
    expect(await read(3)).toEqual([undefined, 1, 2, 4]);
    await driver.sql.query(`update video_daily set view_count = 20 where store_code = $1 and snapshot_date = $2`, [
      store.storeCode,
      today(),
    ]);
    // Nothing says that a sync has written: it is not read again.
    expect(await read(3)).toEqual([undefined, 1, 2, 4]);
    await driver.sql.query(`update stores set last_synced_at = now() where store_code = $1`, [store.storeCode]);
    expect(await read(3)).toEqual([undefined, 1, 2, 7]);
    expect(await read(2)).toEqual([undefined, 1, 2, 7]);
    await driver.sql.query(`delete from video_daily where store_code = $1`, [store.storeCode]);
    await driver.sql.query(`update stores set created_at = now() where store_code = $1`, [store.storeCode]);
    expect(await read(3)).toEqual([undefined, undefined, undefined, undefined]);
  });
});

describe('its videos', () => {
  test('are sorted by each column, those without a value last, exact to the last digit', async () => {
    const store = await driver.newStore();
    await writeDays(store, { 7: 'complete', 1: 'complete', 0: 'complete' });
    await writeReadings(store, 'a', { 7: 100, 0: 400 });
    await writeReadings(store, 'b', { 7: 9_007_199_254_740_000n, 0: 9_007_199_254_740_991n });
    await writeReadings(store, 'c', { 1: 50 });
    await writeReadings(store, 'd', { 0: 7 });
    await driver.sql.query(`update video_daily set view_count = null where store_code = $1 and video_id = 'd'`, [
      store.storeCode,
    ]);
    const order = async (query: string) => titlesOf((await open(`/stores/${store.storeCode}?${query}`)).text);
    expect(await order('sort=views')).toEqual(['b', 'a', 'c', 'd']);
    expect(await order('sort=views&dir=asc')).toEqual(['c', 'a', 'b', 'd']);
    expect((await order('sort=growth')).slice(0, 2)).toEqual(['b', 'a']);
    expect((await order('sort=growth&dir=asc')).slice(0, 2)).toEqual(['a', 'b']);
    const { text } = await open(`/stores/${store.storeCode}`);
    expect(text).toContain('9,007,199,254,740,991');
    expect(text).toContain('+991');
    // The one that the last whole list did not have is marked, and nobody says that it gained nothing.
    expect(text.match(/not in the latest list/g)).toHaveLength(1);
    expect(/Video c<\/bdi>[\s\S]*?<\/tr>/.exec(text)?.[0]).toMatch(
      /not in the latest list[\s\S]*data-label="7 days"><span><span aria-hidden/,
    );
  });

  test('have no growth any more once they are gone, even where no whole list came after their last reading', async () => {
    const store = await driver.newStore();
    await writeDays(store, { 7: 'complete', 0: 'complete' });
    for (const id of ['a', 'b']) await writeReadings(store, id, { 7: 100, 0: 400 });
    await driver.sql.query(
      `update videos set presence = 'gone', presence_since = $2 where store_code = $1 and video_id = 'b'`,
      [store.storeCode, today()],
    );
    const { text } = await open(`/stores/${store.storeCode}`);
    const growthOf = (id: string) =>
      new RegExp(`Video ${id}</bdi>[\\s\\S]*?data-label="7 days"><span>(<span aria-hidden|[^<]+)`).exec(text)?.[1];
    expect([growthOf('a'), growthOf('b')]).toEqual(['+300', '<span aria-hidden']);
    expect(text.match(/>gone<\/small>/g)).toHaveLength(1);
  });

  test.each(['posted', 'views', 'growth'])('page by %s without leaving one out or showing one twice', async (sort) => {
    const own = { storeCode: newStoreCode('many'), openId: 'x' };
    await driver.sql.query(`insert into stores (store_code, name, timezone) values ($1, 'Many', 'Asia/Jakarta')`, [
      own.storeCode,
    ]);
    await writeDays(own, { 7: 'complete', 0: 'complete' });
    await driver.sql.query(
      `insert into videos (store_code, video_id, title, posted_at, first_seen_date)
       select $1, 'v' || i, 'Video v' || i, case when i % 5 > 0 then now() - make_interval(days => i % 11) end, $2::date
       from generate_series(1, 120) i`,
      [own.storeCode, today()],
    );
    await driver.sql.query(
      `insert into video_daily (store_code, video_id, snapshot_date, view_count, captured_at)
       select $1, 'v' || i, $2::date - ago, case when i % 4 > 0 then i % 13 end, now()
       from generate_series(1, 120) i, unnest(array[0, 7]) as ago`,
      [own.storeCode, today()],
    );
    for (const dir of ['asc', 'desc']) {
      const seen: (string | undefined)[] = [];
      let path: string | undefined = `/stores/${own.storeCode}?sort=${sort}&dir=${dir}`;
      for (let pages = 0; path !== undefined && pages < 5; pages++) {
        const { text }: { text: string } = await open(path);
        seen.push(...titlesOf(text));
        path = /href="([^"]*cursor=[^"#]*)/.exec(text)?.[1]?.replaceAll('&amp;', '&');
      }
      expect(seen).toHaveLength(120);
      expect(new Set(seen).size).toBe(120);
    }
  });
});

describe('a change on its page', () => {
  test('of name and time zone is done, said and on record; a wrong one is refused with the way back', async () => {
    const store = await driver.newStore();
    const base = `/stores/${store.storeCode}`;
    const done = await send(`${base}/edit`, { name: 'Toko <Baru>', timezone: 'Asia/Makassar' }, 'operate');
    expect([done.status, done.headers.get('location')]).toEqual([303, `${base}?said=changed&of=Toko+%3CBaru%3E`]);
    const page = await open(done.headers.get('location') ?? '');
    expect(page.text).toContain('Toko &lt;Baru&gt; was changed.');
    expect(page.text).toContain('Asia/Makassar');

    const refused = await send(`${base}/edit`, { name: '', timezone: 'Asia/Makassar' });
    expect([refused.status, refused.text.includes('That was not done')]).toEqual([400, true]);
    expect((await send(`${base}/edit`, { name: 'X', timezone: 'Mars/Base' })).status).toBe(400);
    expect((await send('/stores/nobody/edit', { name: 'X', timezone: 'UTC' })).status).toBe(404);
    expect((await send(`${base}/edit`, { name: 'X', timezone: 'UTC' }, 'read')).status).toBe(403);
    expect(await audited(store.storeCode)).toEqual([
      { action: 'store.update', outcome: 'OK' },
      { action: 'store.update', outcome: 'INVALID_REQUEST' },
      { action: 'store.update', outcome: 'INVALID_REQUEST' },
      { action: 'store.update', outcome: 'FORBIDDEN' },
    ]);
  });

  test('removes it only by an admin who types its code', async () => {
    const store = await driver.newStore();
    const base = `/stores/${store.storeCode}`;
    expect((await send(`${base}/delete`, { confirm: store.storeCode }, 'operate')).status).toBe(403);
    for (const confirm of ['', store.storeCode.toUpperCase(), 'yes']) {
      expect((await send(`${base}/delete`, { confirm })).status).toBe(400);
    }
    expect((await driver.store(store)).status).toBe('CONNECTED');
    const done = await send(`${base}/delete`, { confirm: store.storeCode });
    expect([done.status, done.headers.get('location')]).toEqual([303, `/stores?said=deleted&of=${store.storeCode}`]);
    expect((await open(base)).status).toBe(404);
    expect((await audited(store.storeCode)).at(-1)).toEqual({ action: 'store.delete', outcome: 'OK' });
  });

  test('is not taken from a foreign page', async () => {
    const store = await driver.newStore();
    for (const verb of ['edit', 'delete']) {
      const answer = await http.call('POST', `/stores/${store.storeCode}/${verb}`, {
        key: null,
        headers: { ...browser, cookie: cookies.admin ?? '', origin: 'https://evil.example' },
        body: new URLSearchParams({ confirm: store.storeCode, name: 'X', timezone: 'UTC' }),
      });
      expect(answer.status).toBe(403);
    }
  });
});
