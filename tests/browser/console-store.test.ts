import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { localDay } from '../../src/domain/snapshot-day.ts';
import { expectGoodPage, launchBrowser, newVisitor } from '../support/browser.ts';
import { adminKey, freePort, startTestHarian, type TestHarian } from '../support/harian.ts';
import { createStoreDriver, type StoreDriver, smallAccounts, type TestStore } from '../support/store-driver.ts';

let browser: Browser;
let harian: TestHarian;
let driver: StoreDriver;
let readKey: string;

// A page with a year in it takes axe a while on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

beforeAll(async () => {
  const port = await freePort();
  harian = await startTestHarian({
    simulator: { accounts: smallAccounts(30, 70) },
    environment: { PORT: String(port) },
  });
  driver = await createStoreDriver(harian);
  readKey = (await harian.api<{ key: string }>('POST', '/api/admin-keys', { name: 'reader', scope: 'read' })).body.key;
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await driver?.close();
  await harian?.close();
});

const address = (store: TestStore) => `${harian.config.publicUrl}/stores/${store.storeCode}`;
const texts = {
  en: {
    resync: 'Resync',
    link: 'Connect link',
    well: 'All is well',
    back: 'Back to the store',
    save: 'Save',
    gone: 'Delete for good',
  },
  id: {
    resync: 'Sinkronkan',
    link: 'Tautan penghubung',
    well: 'Semua baik',
    back: 'Kembali ke toko',
    save: 'Simpan',
    gone: 'Hapus selamanya',
  },
};

/** A store with a year behind it: read, missed and read in part. */
async function newOldStore(): Promise<TestStore> {
  const store = await driver.newStore();
  await driver.sync(store);
  const today = localDay(new Date(), harian.config.sync.timezone);
  await driver.sql.query(
    `insert into store_days (store_code, snapshot_date, state, reason, captured_at)
     select $1, $2::date - i, case when i % 17 = 3 then 'missed' when i % 29 = 5 then 'partial' else 'complete' end,
       case when i % 17 = 3 then 'NOT_PLANNED' when i % 29 = 5 then 'internal_error' end, now()
     from generate_series(1, 364) i`,
    [store.storeCode, today],
  );
  await driver.sql.query(
    `insert into user_daily (store_code, snapshot_date, follower_count, likes_count, captured_at)
     select $1, snapshot_date, 1000 + snapshot_date - date '2020-01-01', 5000, now() from store_days
     where store_code = $1 and state = 'complete' on conflict do nothing`,
    [store.storeCode],
  );
  await driver.sql.query(
    `insert into video_daily (store_code, video_id, snapshot_date, view_count, captured_at)
     select $1, video_id, $2::date - i, 10000 - i * 20, now() from videos, generate_series(1, 60) i
     where store_code = $1 on conflict do nothing`,
    [store.storeCode, today],
  );
  return store;
}

/** Signed in at the front door: a page that wants a session first would answer 401, of which the browser complains. */
async function signIn(page: Page, to: string, key: string): Promise<void> {
  await page.goto(harian.config.publicUrl);
  await page.locator('#key').fill(key);
  await page.keyboard.press('Enter');
  await page.locator('main.console').waitFor();
  await page.goto(to);
}

describe.each([
  { name: 'at a desk in the light, English', width: 1280, dark: false, locale: 'en-US' },
  { name: 'at a desk in the dark, Indonesian', width: 1280, dark: true, locale: 'id-ID' },
  { name: 'on a phone in the dark, English', width: 360, dark: true, locale: 'en-US' },
  { name: 'on a phone in the light, Indonesian', width: 360, dark: false, locale: 'id-ID' },
])('an admin $name', ({ name: _name, ...device }) => {
  const say = texts[device.locale === 'id-ID' ? 'id' : 'en'];

  test('sees a store, with everything open that opens', async () => {
    const store = await newOldStore();
    const { page, context, complaints } = await newVisitor(browser, device);
    await signIn(page, address(store), adminKey);
    expect(await page.locator('#why h2').textContent()).toBe(say.well);
    expect(await page.locator('.calendar rect').count()).toBeGreaterThan(363);
    await expect.poll(() => page.locator('.plot canvas').count()).toBe(3);
    await page.locator('#not-complete > summary').click();
    await page.locator('.attempts details > summary').first().click();
    await page.locator('#edit > summary').click();
    await page.locator('#remove > summary').click();
    await expectGoodPage(page);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test('chooses another range, another order, and the next page', async () => {
    const store = await newOldStore();
    const { page, context, complaints } = await newVisitor(browser, device);
    await signIn(page, address(store), adminKey);
    await page.locator('#numbers .filters a').nth(2).click();
    await page.waitForURL('**days=365**');
    await page.locator('#videos .filters a').nth(5).click();
    await page.waitForURL('**sort=growth**');
    await page.locator('#videos .filters [aria-current]').click();
    await page.waitForURL('**dir=asc**');
    await page.locator('#videos a.button').click();
    await page.waitForURL('**cursor=**');
    expect(page.url()).toContain('days=365');
    expect(await page.locator('.videos tbody tr').count()).toBe(20);
    await expectGoodPage(page);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test('makes a connect link, renames the store, and deletes it', async () => {
    const store = await driver.newStore();
    const { page, context, complaints } = await newVisitor(browser, device);
    await signIn(page, address(store), adminKey);
    await page.getByRole('button', { name: say.link, exact: true }).click();
    expect(await page.locator('#connect-link').inputValue()).toContain('/connect/');
    await expectGoodPage(page);
    await page.getByRole('link', { name: say.back }).click();
    await page.locator('#edit > summary').click();
    await page.locator('#edit-name').fill('Toko <b>Baru</b>');
    await page.getByRole('button', { name: say.save, exact: true }).click();
    await page.locator('.notice.good', { hasText: 'Toko <b>Baru</b>' }).waitFor();
    expect(await page.locator('h1').textContent()).toBe('Toko <b>Baru</b>');
    expect(complaints).toEqual([]);

    await page.locator('#remove > summary').click();
    await page.locator('#confirm-code').fill(store.storeCode);
    await page.getByRole('button', { name: say.gone, exact: true }).click();
    // What it leads to is the list, another's page.
    await page.waitForURL('**/stores?**');
    expect((await harian.api('GET', `/api/stores/${store.storeCode}`)).status).toBe(404);
    await context.close();
  });

  test('resyncs a store and watches it complete without a reload', async () => {
    const store = await driver.newStore();
    const { page, context, complaints } = await newVisitor(browser, device);
    await signIn(page, address(store), adminKey);
    await page.locator('#live-state[data-tone="good"]').waitFor();
    driver.fault(store, { endpoint: 'video/list', kind: 'delay', delayMs: 1_500, times: 4 });
    await page.getByRole('button', { name: say.resync, exact: true }).click();
    await page.waitForURL(`**/stores/${store.storeCode}`);
    await page.evaluate('window.sameDocument = true');
    await page.locator('#why h2', { hasText: say.well }).waitFor({ timeout: 90_000 });
    await page.locator('.attempts details').first().waitFor();
    expect(await page.locator('.videos tbody tr').count()).toBe(50);
    expect(await page.evaluate('window.sameDocument')).toBe(true);
    await expectGoodPage(page);
    expect(complaints).toEqual([]);
    await context.close();
  });
});

test('by keyboard alone the calendar is scrolled, an attempt opened, and a resync sent', async () => {
  const store = await newOldStore();
  const { page, context, complaints } = await newVisitor(browser, { width: 360 });
  await signIn(page, address(store), adminKey);
  const focusOn = async (selector: string) => {
    for (let presses = 0; presses < 200; presses++) {
      await page.keyboard.press('Tab');
      if (await page.evaluate(`document.activeElement.matches(${JSON.stringify(selector)})`)) return;
    }
    throw new Error(`${selector} cannot be reached`);
  };
  await focusOn('form[action$="/resync"] button');
  await focusOn('.from-end');
  const scrolled = () => page.evaluate<number>(`document.querySelector('.from-end').scrollLeft`);
  expect(await scrolled()).toBe(0);
  await page.keyboard.press('ArrowLeft');
  await expect.poll(scrolled).toBeLessThan(0);
  await focusOn('.attempt-line');
  await page.keyboard.press('Enter');
  expect(await page.locator('.attempts details[open]').count()).toBe(1);
  await page.locator('form[action$="/resync"] button').focus();
  await page.keyboard.press('Enter');
  await page.locator('.notice.good').waitFor();
  expect(complaints).toEqual([]);
  await context.close();
});

test('somebody who may only read sees no button, and what a store without anything looks like', async () => {
  const { page, context, complaints } = await newVisitor(browser, { width: 360 });
  await harian.api('POST', '/api/stores', { store_code: 'kosong', name: 'Toko Kosong' });
  await signIn(page, `${harian.config.publicUrl}/stores/kosong`, readKey);
  expect(await page.locator('main button').count()).toBe(0);
  expect(await page.locator('#why p').first().textContent()).toContain('never connected');
  await expectGoodPage(page);
  const answer = await page.goto(`${harian.config.publicUrl}/stores/nobody`);
  expect(answer?.status()).toBe(404);
  await expectGoodPage(page);
  // The 404 that was asked for.
  expect(complaints.filter((text) => !text.includes('404'))).toEqual([]);
  await context.close();
});
