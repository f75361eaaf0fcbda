import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { updateStore } from '../../src/db/stores.ts';
import { expectGoodPage, launchBrowser, newVisitor, signIn } from '../support/browser.ts';
import { freePort, newStoreCode, startTestHarian, type TestHarian } from '../support/harian.ts';
import { connectStore } from '../support/owner.ts';
import { smallAccounts } from '../support/store-driver.ts';

let browser: Browser;
let harian: TestHarian;
/** In a "process" of its own, so that it can go while the console stays. */
let worker: TestHarian;
const startWorker = () =>
  startTestHarian({
    database: harian.database,
    sharedSimulator: harian.simulator,
    environment: { ROLES: 'worker,scheduler', SYNC_LOCAL_TIME: '00:00' },
  });

beforeAll(async () => {
  const port = await freePort();
  harian = await startTestHarian({
    environment: { PORT: String(port), ROLES: 'api' },
    simulator: { accounts: smallAccounts(20, 3) },
  });
  worker = await startWorker();
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await worker?.close();
  await harian?.close();
});

let used = 0;
const connect = async (prefix: string) => {
  const storeCode = newStoreCode(prefix);
  await connectStore(harian, storeCode, { openId: harian.simulator.control.accounts[used++]?.openId ?? '' });
  return storeCode;
};
const state = (page: Page) => page.locator('#live-state').getAttribute('data-tone');

describe.each([
  { width: 360, dark: false, locale: 'en-US', word: 'Needs a person' },
  { width: 360, dark: true, locale: 'id-ID', word: 'Perlu orang' },
  { width: 1280, dark: true, locale: 'en-US', word: 'Needs a person' },
  { width: 1280, dark: false, locale: 'id-ID', word: 'Perlu orang' },
])('today at $width px, dark: $dark, $locale', ({ word, ...device }) => {
  test('shows the day, the queue and what needs a person, and keeps itself fresh', async () => {
    const { page, context, complaints } = await newVisitor(browser, device);
    await signIn(page, harian);
    await page.getByRole('heading', { name: word }).waitFor();
    await page.locator('.uplot').first().waitFor();
    await expectGoodPage(page);
    await expect.poll(() => state(page)).toBe('good');

    const number = page.locator('#coverage .legend .number').first();
    // A day without a store has no picture.
    const complete = async () => ((await number.count()) === 0 ? 0 : Number(await number.textContent()));
    const before = await complete();
    // What is swapped under the keyboard keeps its place.
    const inQueue = page.locator('#queue a').first();
    await inQueue.focus();
    await connect('live');
    await expect.poll(complete).toBe(before + 1);
    expect(await inQueue.evaluate((link: unknown) => link === Reflect.get(globalThis, 'document').activeElement)).toBe(
      true,
    );

    expect(complaints).toEqual([]);
    await context.close();
  });
});

test('an owner to be asked again stands there with the one thing to do, which makes a link to show or scan', async () => {
  const storeCode = await connect('silent');
  await updateStore(harian.harian.deps.db, storeCode, { status: 'NEED_RECONNECT', statusReason: 'REVOKED' });
  const { page, context, complaints } = await newVisitor(browser, { width: 360 });
  await signIn(page, harian);

  await page.getByRole('button', { name: `Connect link Store ${storeCode}` }).click();

  await page.getByRole('heading', { name: 'Connect link', exact: true }).waitFor();
  expect(await page.getByLabel('Connect link').inputValue()).toContain('/connect/');
  expect(await page.locator('.qr svg').count()).toBe(1);
  await expectGoodPage(page);
  expect(complaints).toEqual([]);
  await context.close();
});

test('by keyboard alone: past the navigation into the content, and to every section', async () => {
  const { page, context } = await newVisitor(browser, { width: 1280 });
  await signIn(page, harian);
  await page.keyboard.press('Tab');
  expect(await page.evaluate('document.activeElement.className')).toBe('skip');
  await page.keyboard.press('Enter');
  expect(await page.evaluate('location.hash')).toBe('#content');
  for (const link of await page.locator('nav a').all()) {
    await link.focus();
    expect(await link.evaluate((element) => element.matches(':focus-visible'))).toBe(true);
  }
  await context.close();
});

test('with the worker stopped the page says so within 15 s, and takes it back when one is there again', async () => {
  const { page, context } = await newVisitor(browser, { width: 1280 });
  await signIn(page, harian);
  expect(await page.locator('#alarms').textContent()).toBe('');
  // A page that watches nothing of the fleet says so too.
  const log = await context.newPage();
  await log.goto(`${harian.config.publicUrl}/log`);
  const alarms = [page, log].map((each) => each.getByText('No worker is running'));
  await worker.close();
  await Promise.all(alarms.map((alarm) => alarm.waitFor({ timeout: 15_000 })));
  await expectGoodPage(page);
  worker = await startWorker();
  await Promise.all(alarms.map((alarm) => alarm.waitFor({ state: 'detached', timeout: 15_000 })));
  await context.close();
});

test('with the network cut the page says so, and recovers by itself', async () => {
  const { page, context } = await newVisitor(browser, { width: 360 });
  await signIn(page, harian);
  await expect.poll(() => state(page)).toBe('good');
  await context.setOffline(true);
  await expect.poll(() => page.locator('#live-state').textContent()).toContain('Connection lost');
  await context.setOffline(false);
  await expect.poll(() => state(page)).toBe('good');
  await context.close();
});

test('whoever may only read is offered nothing to press', async () => {
  const made = await harian.api<{ key: string }>('POST', '/api/admin-keys', { name: newStoreCode('r'), scope: 'read' });
  await connect('seen');
  const { page, context } = await newVisitor(browser, { width: 1280 });
  await signIn(page, harian, made.body.key);
  await page.getByRole('heading', { name: 'Needs a person' }).waitFor();
  expect(await page.locator('main button').count()).toBe(0);
  expect(await page.locator('nav a', { hasText: 'Keys' }).count()).toBe(0);
  await context.close();
});
