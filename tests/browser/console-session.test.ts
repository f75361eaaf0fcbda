import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { expectGoodPage, launchBrowser, newVisitor, signIn } from '../support/browser.ts';
import { adminKey, freePort, startTestHarian, type TestHarian } from '../support/harian.ts';
import { openSql, type Sql } from '../support/sql.ts';

// Nobody works here. A session ends as it does when its key is revoked: its row is gone.

let browser: Browser;
let harian: TestHarian;
let sql: Sql;
beforeAll(async () => {
  harian = await startTestHarian({ environment: { PORT: String(await freePort()), ROLES: 'api' } });
  sql = await openSql(harian.database.url);
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await sql?.close();
  await harian?.close();
});
beforeEach(() => sql.query('truncate stores cascade'));

const addStores = (count: number) =>
  sql.query(
    `insert into stores (store_code, name, timezone)
     select 'toko-' || lpad(n::text, 3, '0'), 'Toko ' || n, 'Asia/Jakarta' from generate_series(1, $1::int) n`,
    [count],
  );
const endSessions = () => sql.query('delete from admin_sessions');
/** A stream ends within some 15 s; a busy machine needs its time. */
const patient = { timeout: 40_000 };
const visit = async (path: string, width: number) => {
  const visitor = await newVisitor(browser, { width });
  await signIn(visitor.page, harian);
  await visitor.page.goto(`${harian.config.publicUrl}${path}`);
  return visitor;
};
/** By the link on the page, in the tab that it opens. */
async function signInBeside(context: BrowserContext, page: Page): Promise<void> {
  const [tab] = await Promise.all([
    context.waitForEvent('page'),
    page.getByRole('link', { name: 'Sign in in a new tab' }).click(),
  ]);
  await tab.locator('#key').fill(adminKey);
  await tab.keyboard.press('Enter');
  await tab.locator('#content').waitFor();
  await page.bringToFront();
}

test('when a session ends a half-filled form stays, and the page goes on by itself once signed in beside it', async () => {
  const { page, context } = await visit('/keys', 360);
  await page.locator('#make-key summary').click();
  await page.getByLabel('Name').fill('half a name');
  await endSessions();

  await page.getByText('Your session has ended.').waitFor(patient);
  await expectGoodPage(page);
  expect(await page.getByLabel('Name').inputValue()).toBe('half a name');

  await signInBeside(context, page);
  await page.getByText('Your session has ended.').waitFor({ state: 'hidden', ...patient });
  await page.locator('#live-state', { hasText: 'Live' }).waitFor(patient);
  expect(await page.getByLabel('Name').inputValue()).toBe('half a name');
  await page.locator('#make-key button').click();
  await page.getByText('This is the key half a name.').waitFor();
  await context.close();
});

test('a page that answered a form notices the end of its session, and keeps the link it shows', async () => {
  await addStores(1);
  const { page, context } = await visit('/stores/toko-001', 1280);
  await page.getByRole('button', { name: 'Connect link' }).first().click();
  const link = await page.locator('#connect-link').inputValue();
  await page.locator('#live-state', { hasText: 'Live' }).waitFor(patient);
  await endSessions();

  await page.getByText('Your session has ended.').waitFor(patient);
  expect(await page.locator('#connect-link').inputValue()).toBe(link);
  await signInBeside(context, page);
  await page.locator('#live-state', { hasText: 'Live' }).waitFor(patient);
  expect(await page.locator('#connect-link').inputValue()).toBe(link);
  await context.close();
});

test('a run over many stores waits for the next sign-in with what it has made, and then ends by itself', async () => {
  await addStores(60);
  const { page, context } = await visit('/stores', 1280);
  let batches = 0;
  await page.route('**/stores/bulk', async (route) => {
    batches += 1;
    if (batches === 2) await endSessions();
    await route.continue();
  });
  page.once('dialog', (dialog) => dialog.accept());
  await page.locator('#pick-all').check();
  await page.locator('#bulk-all').click();
  await page.locator('#bulk [value=connect-link]').click();

  await page.locator('dialog').getByText('Your session has ended.').waitFor(patient);
  await expectGoodPage(page);
  expect(await page.locator('#bulk-list li').count()).toBe(50);
  await signInBeside(context, page);
  await page.getByText('Done for 60, refused for 0.').waitFor(patient);
  expect(await page.locator('#bulk-list li').count()).toBe(60);
  expect(batches).toBe(3);
  await context.close();
});
