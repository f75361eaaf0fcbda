import { readFile } from 'node:fs/promises';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectGoodPage, launchBrowser, newVisitor, type Visitor } from '../support/browser.ts';
import { adminKey, freePort, newStoreCode, startTestHarian, type TestHarian } from '../support/harian.ts';
import { openSql, type Sql } from '../support/sql.ts';
import { insertConnectedStore, openTestPool } from '../support/stores.ts';

let browser: Browser;
let harian: TestHarian;
let sql: Sql;
let pool: ReturnType<typeof openTestPool>;
let nextAccount = 0;

beforeAll(async () => {
  const port = await freePort();
  const accounts = Array.from({ length: 30 }, (_, index) => {
    const name = `account-${index}`;
    return { openId: name, username: name, displayName: name, videoCount: 3 };
  });
  harian = await startTestHarian({ environment: { PORT: String(port) }, simulator: { accounts } });
  sql = await openSql(harian.database.url);
  pool = openTestPool(harian.database.url);
  await sql.query(
    `insert into stores (store_code, name, timezone) select 'crowd-' || lpad(i::text, 3, '0'), 'Crowd ' || i, 'Asia/Jakarta'
     from generate_series(1, 120) i`,
  );
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await pool?.close();
  await sql?.close();
  await harian?.close();
});

/** On a busy machine a change takes its time. */
const eventually = <T>(ask: () => T) => expect.poll(ask, { timeout: 20_000 });
const address = (path: string) => `${harian.config.publicUrl}${path}`;
const connectedStore = async (name: string) => {
  const storeCode = newStoreCode('toko');
  const openId = `account-${nextAccount++}`;
  await insertConnectedStore(pool.db, harian.simulator, { storeCode, openId });
  await sql.query('update stores set name = $2 where store_code = $1', [storeCode, name]);
  await sql.query(
    `insert into user_daily (store_code, snapshot_date, follower_count, captured_at)
     select $1, current_date - d, 1000 - d, now() from generate_series(1, 20) d where d <> 7`,
    [storeCode],
  );
  return storeCode;
};
const stateOf = async (code: string) =>
  (await harian.api<{ status: string; paused: boolean; last_synced_at: string | null }>('GET', `/api/stores/${code}`))
    .body;

async function signIn(context: BrowserContext, page: Page): Promise<void> {
  const key = { key: adminKey };
  const answer = await context.request.post(address('/session'), {
    form: key,
    headers: { origin: harian.config.publicUrl },
    maxRedirects: 0,
  });
  expect(answer.status()).toBe(303);
  await page.goto(address('/stores'));
}
async function admin(device: Parameters<typeof newVisitor>[1]): Promise<Visitor> {
  const visitor = await newVisitor(browser, device);
  await signIn(visitor.context, visitor.page);
  return visitor;
}
const rowOf = (page: Page, code: string) => page.locator(`tr[data-store="${code}"]`);
const search = async (page: Page, text: string) => {
  await page.locator('#q').fill(text);
  await page.locator('#q').press('Enter');
  await page.waitForURL(/[?&]q=/);
};
const said = (page: Page) => page.locator('#bulk-said').textContent();

describe.each([
  { name: 'English, light, on a phone', width: 360, locale: 'en-US', dark: false },
  { name: 'Indonesian, dark, on a phone', width: 360, locale: 'id-ID', dark: true },
  { name: 'English, dark, at a desk', width: 1280, locale: 'en-US', dark: true },
  { name: 'Indonesian, light, at a desk', width: 1280, locale: 'id-ID', dark: false },
])('the stores, $name', ({ name: _name, ...device }) => {
  test('are found, turned over, and each changed by its own buttons', async () => {
    const code = await connectedStore('Melati');
    const { page, context, complaints } = await admin(device);
    expect(await page.locator('html').getAttribute('lang')).toBe(device.locale.slice(0, 2));
    await expectGoodPage(page);
    expect(await page.locator('tr[data-store]').count()).toBe(50);
    await page.locator('a[rel=next]').click();
    await page.waitForURL(/cursor=/);
    expect(await page.textContent('#store-position')).toContain('51–100');
    await expectGoodPage(page);
    await page.locator('a[rel=prev]').click();
    await eventually(() => page.textContent('#store-position')).toContain('1–50');

    await search(page, code);
    expect(await page.locator('tr[data-store]').count()).toBe(1);
    const row = rowOf(page, code);
    await row.locator('canvas').waitFor();
    await row.locator('summary').click();
    await expectGoodPage(page);

    await row.locator(`form[action$="/pause"] button`).click();
    await page.locator('p.notice', { hasText: code }).waitFor();
    expect((await stateOf(code)).paused).toBe(true);
    await expectGoodPage(page);
    await row.locator(`form[action$="/resume"] button`).click();
    await page.locator('p.notice', { hasText: code }).waitFor();
    await eventually(async () => (await stateOf(code)).paused).toBe(false);

    // It is seen to complete without a reload.
    await row.locator(`form[action$="/resync"] button`).click();
    await page.locator('p.notice', { hasText: code }).waitFor();
    await eventually(async () => (await stateOf(code)).last_synced_at).not.toBeNull();
    await row.locator('td.day time').waitFor();

    await row.locator('summary').click();
    await row.locator(`form[action$="/connect-link"] button`).click();
    expect(await page.locator('#connect-link').inputValue()).toContain('/connect/');
    await page.goBack();

    page.once('dialog', (dialog) => dialog.dismiss());
    await row.locator('summary').click();
    await row.locator(`form[action$="/disconnect"] button`).click();
    expect((await stateOf(code)).status).toBe('CONNECTED');
    page.once('dialog', (dialog) => dialog.accept());
    await row.locator(`form[action$="/disconnect"] button`).click();
    await page.locator('p.notice', { hasText: code }).waitFor();
    expect((await stateOf(code)).status).toBe('DISCONNECTED');

    await page.locator('#store-filters a').nth(4).click();
    await page.waitForURL(/status=DISCONNECTED/);
    await rowOf(page, code).waitFor();
    await search(page, 'nobody at all');
    await page.locator('.empty a').waitFor();
    await expectGoodPage(page);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test('are changed together, with progress and the reason of each refusal', async () => {
    const word = newStoreCode('bersama');
    const codes = [await connectedStore(word), await connectedStore(word)];
    const never = newStoreCode('toko');
    await harian.api('POST', '/api/stores', { store_code: never, name: word });
    const { page, context, complaints } = await admin(device);
    await search(page, word);
    const bar = page.locator('#bulk');
    expect(await bar.isVisible()).toBe(false);
    await page.locator('#pick-all').check();
    await eventually(() => page.textContent('#bulk-count')).toContain('3');
    await expectGoodPage(page);

    await bar.locator('[value=pause]').click();
    await page.locator('#bulk-close').waitFor();
    expect(await said(page)).toMatch(/3.*0/);
    for (const code of [...codes, never]) expect((await stateOf(code)).paused).toBe(true);
    await page.locator('#bulk-close').click();
    await eventually(() => bar.isVisible()).toBe(false);

    await page.locator('#pick-all').check();
    await bar.locator('[value=resume]').click();
    await page.locator('#bulk-close').click();
    await page.locator('#pick-all').check();
    await bar.locator('[value=resync]').click();
    await page.locator('#bulk-close').waitFor();
    expect(await said(page)).toMatch(/2.*1/);
    expect(await page.textContent('#bulk-refused')).toContain(never);
    await expectGoodPage(page);
    await page.locator('#bulk-close').click();

    await page.locator('#pick-all').check();
    await bar.locator('[value=connect-link]').click();
    await page.locator('#bulk-close').waitFor();
    expect(await page.locator('#bulk-list input').count()).toBe(3);
    await expectGoodPage(page);
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('[data-download]').click()]);
    const csv = await readFile(await download.path(), 'utf8');
    expect(csv.split('\r\n')).toEqual([...Array(4).fill(expect.stringMatching(/^[^,]+,.+,.+/)), '']);
    expect(csv).toContain(await page.locator('#bulk-list input').first().inputValue());
    await page.locator('#bulk-close').click();

    await page.locator('#pick-all').check();
    let question = '';
    page.once('dialog', async (dialog) => {
      question = dialog.message();
      await dialog.dismiss();
    });
    await bar.locator('[value=disconnect]').click();
    await eventually(() => question).toContain('3');
    expect((await stateOf(codes[0] ?? '')).status).toBe('CONNECTED');
    page.once('dialog', (dialog) => dialog.accept());
    await bar.locator('[value=disconnect]').click();
    await page.locator('#bulk-close').waitFor();
    for (const code of codes) expect((await stateOf(code)).status).toBe('DISCONNECTED');
    expect(complaints).toEqual([]);
    await context.close();
  });
});

test('all that match are changed in batches, which can be stopped and gone on with', async () => {
  const { page, context, complaints } = await admin({ width: 1280 });
  await search(page, 'crowd-');
  await page.locator('#pick-all').check();
  await page.locator('#bulk-all').click();
  expect(await page.textContent('#bulk-count')).toContain('All 120');
  const gate = Promise.withResolvers<void>();
  const sizes: number[] = [];
  await page.route('**/stores/bulk', async (route) => {
    sizes.push(
      route
        .request()
        .postData()
        ?.match(/name="code"/g)?.length ?? 0,
    );
    if (sizes.length === 2) await gate.promise;
    await route.continue();
  });
  page.once('dialog', (dialog) => dialog.accept());
  await page.locator('#bulk [value=pause]').click();
  await eventually(() => said(page)).toBe('50 of 120');
  await page.keyboard.press('Escape');
  gate.resolve();
  await page.locator('#bulk-close').waitFor();
  expect(await said(page)).toBe('Done for 100, refused for 0. Stopped. 20 stores were not touched.');
  expect(await sql.query(`select count(*)::int as n from stores where paused and name like 'Crowd %'`)).toEqual([
    { n: 100 },
  ]);

  await page.unroute('**/stores/bulk');
  await page.route('**/stores/bulk', (route) => route.abort());
  await page.locator('#bulk-on').click();
  await eventually(() => said(page)).toContain('The server could not be asked. 20 stores are left');
  await page.unroute('**/stores/bulk');
  await page.locator('#bulk-on').click();
  await eventually(() => said(page)).toBe('Done for 120, refused for 0.');
  expect(sizes).toEqual([50, 50]);
  expect(await sql.query(`select count(*)::int as n from stores where paused and name like 'Crowd %'`)).toEqual([
    { n: 120 },
  ]);
  // The request that the test broke off is the one thing a browser reports.
  expect(complaints.filter((text) => !text.includes('ERR_FAILED'))).toEqual([]);
  await context.close();
});

test('a store is picked, changed and its outcome read by keyboard alone', async () => {
  const code = await connectedStore('Papan Ketik');
  const { page, context, complaints } = await admin({ width: 1280 });
  await search(page, code);
  const focus = async (selector: string) => {
    for (let presses = 0; presses < 60; presses++) {
      if ((await page.locator(`${selector}:focus`).count()) === 1) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`no Tab leads to ${selector}`);
  };
  await focus(`input[name=code][value="${code}"]`);
  await page.keyboard.press('Space');
  await focus('#bulk [value=pause]');
  await page.keyboard.press('Enter');
  await page.locator('#bulk-close:focus').waitFor();
  expect((await stateOf(code)).paused).toBe(true);
  await page.keyboard.press('Enter');
  await page.locator('#pick-all:focus').waitFor();
  await focus(`#more-${code} summary`);
  await page.keyboard.press('Enter');
  await focus(`form[action$="/resync"] button`);
  await page.keyboard.press('Enter');
  await page.locator('p.notice', { hasText: code }).waitFor();
  expect(complaints).toEqual([]);
  await context.close();
});

test('without JavaScript the ticked stores of a page are changed by the form, which asks before it disconnects', async () => {
  const code = await connectedStore('Tanpa Skrip');
  const { page, context } = await admin({ width: 360, javaScript: false, locale: 'id-ID' });
  await search(page, code);
  await page.locator(`input[name=code][value="${code}"]`).check();
  await page.locator('#bulk [value=connect-link]').click();
  expect(await page.locator('#bulk-list input').inputValue()).toContain('/connect/');
  await page.locator('main a.button').click();
  await page.locator(`input[name=code][value="${code}"]`).check();
  await page.locator('#bulk [value=disconnect]').click();
  expect((await stateOf(code)).status).toBe('CONNECTED');
  await page.locator('main button.danger').click();
  expect(await page.textContent('main')).toContain('Selesai untuk 1, ditolak untuk 0.');
  expect((await stateOf(code)).status).toBe('DISCONNECTED');
  await context.close();
});

test.each([360, 1280])('the pages that answer a form at %i px are good ones', async (width) => {
  const code = await connectedStore('Jawaban');
  const { page, context, complaints } = await admin({ width });
  const send = async (action: string) => {
    await page.goto(address(`/stores?q=${code}`));
    const fields = [
      ['action', action],
      ['code', code],
      ['code', 'gone'],
    ];
    await page.evaluate(`{
      const form = Object.assign(document.createElement('form'), { method: 'post', action: '/stores/bulk' });
      for (const [name, value] of ${JSON.stringify(fields)})
        form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }));
      document.body.append(form);
      form.submit();
    }`);
    await page.waitForURL('**/stores/bulk');
  };
  for (const action of ['connect-link', 'resync', 'disconnect']) {
    await send(action);
    await expectGoodPage(page);
  }
  expect(complaints).toEqual([]);
  await context.close();
});

test('an admin adds a store, and one who may only read sees no button', async () => {
  const { page, context } = await admin({ width: 360 });
  const code = newStoreCode('baru');
  await page.getByText('Add a store').click();
  await expectGoodPage(page);
  await page.getByLabel('Store code').fill(code);
  await page.getByLabel('Name', { exact: true }).fill('Toko Baru');
  await page.getByRole('button', { name: 'Add store' }).click();
  await page.waitForURL(`**/stores/${code}*`);
  expect(await stateOf(code)).toMatchObject({ status: 'PENDING' });
  await context.close();

  const made = await harian.api<{ key: string }>('POST', '/api/admin-keys', { name: 'reader', scope: 'read' });
  const reader = await newVisitor(browser, { width: 360 });
  await reader.page.goto(address('/stores'));
  await reader.page.getByLabel('Admin key').fill(made.body.key);
  await reader.page.getByRole('button', { name: 'Sign in' }).click();
  await reader.page.waitForURL('**/stores');
  await rowOf(reader.page, 'crowd-001').waitFor();
  expect(await reader.page.locator('main button').count()).toBe(1);
  await expectGoodPage(reader.page);
  await reader.context.close();
});
