import { randomUUID } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAdminKey } from '../../src/services/create-admin-key.ts';
import { expectGoodPage, launchBrowser, newVisitor } from '../support/browser.ts';
import { adminKey, freePort, newStoreCode, startTestHarian, type TestHarian } from '../support/harian.ts';
import { openSql, type Sql } from '../support/sql.ts';
import { insertConnectedStore } from '../support/stores.ts';

let browser: Browser;
let harian: TestHarian;
let sql: Sql;
const openIds = Array.from({ length: 24 }, (_, index) => `browser-${index}`);
let nextAccount = 0;

beforeAll(async () => {
  harian = await startTestHarian({
    environment: { PORT: String(await freePort()), ROLES: 'api', SYNC_LOCAL_TIME: '00:00' },
    simulator: { accounts: openIds.map((openId) => ({ openId, username: openId, displayName: openId })) },
  });
  sql = await openSql(harian.database.url);
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await sql?.close();
  await harian?.close();
});

const at = (path: string) => `${harian.config.publicUrl}${path}`;

/** A job of a new store in some state, with an attempt in the log; nobody here works. */
async function job(state: 'created' | 'active' | 'retry' | 'failed') {
  const storeCode = newStoreCode('toko');
  const openId = openIds[nextAccount++] ?? '';
  await insertConnectedStore(harian.harian.deps.db, harian.simulator, { storeCode, openId });
  const { body } = await harian.api<{ job: { id: string } }>('POST', `/api/stores/${storeCode}/resync`);
  const { id } = body.job;
  if (state === 'created') return { id, storeCode };
  await sql.query(
    `update pgboss.job set state = $2::pgboss.job_state, started_on = now(), retry_count = ($2 = 'retry')::int,
       start_after = now() + ($2 = 'retry')::int * interval '1 hour', completed_on = case $2 when 'failed' then now() end
     where id = $1`,
    [id, state],
  );
  await sql.query(
    `insert into sync_logs (id, store_code, snapshot_date, job_name, job_id, delivery, attempt, trigger, status,
       error_code, http_status, tiktok_log_id, pages, videos, started_at, finished_at)
     values ($1, $2, '2026-11-24', 'sync-store', $3, 0, 1, 'manual', case $4 when 'active' then 'RUNNING' else 'FAILED' end,
       case $4 when 'active' then null else 'TIMEOUT' end, 504, '20261124020000', 3, 57, now(),
       case $4 when 'active' then null else now() end)`,
    [randomUUID(), storeCode, id, state],
  );
  return { id, storeCode };
}

async function signIn(page: Page, path = '/', key = adminKey): Promise<void> {
  await page.goto(at(path));
  await page.locator('#key').fill(key);
  await page.keyboard.press('Enter');
  await page.locator('form[action="/session/end"]').waitFor();
}
/** By the keyboard alone: it has to be reachable, and Enter has to do it. */
async function press(page: Page, selector: string): Promise<void> {
  const target = page.locator(selector).first();
  await target.focus();
  expect(await target.evaluate((element: unknown) => Reflect.get(element as object, 'tabIndex'))).toBe(0);
  await page.keyboard.press('Enter');
}
const notUnauthorized = (text: string) => !text.includes('401');

describe.each([
  { width: 360, dark: true, locale: 'id-ID' },
  { width: 360, dark: false, locale: 'en-US' },
  { width: 1280, dark: false, locale: 'id-ID' },
  { width: 1280, dark: true, locale: 'en-US' },
])('at $width px, dark: $dark, in $locale', (device) => {
  test('every page of queue, log, audit, keys and settings is good, and lays open what it folds', async () => {
    const failed = await job('failed');
    await Promise.all([job('active'), job('retry'), job('created')]);
    const { page, context, complaints } = await newVisitor(browser, device);
    await signIn(page, '/queue');
    expect(new URL(page.url()).pathname).toBe('/queue');
    for (const path of ['/queue', `/jobs/${failed.id}`, '/log', '/audit', '/keys', '/settings']) {
      await page.goto(at(path));
      expect(await page.locator('html').getAttribute('lang')).toBe(device.locale.slice(0, 2));
      for (const folded of await page.locator('main details > summary').all()) {
        await folded.focus();
        await page.keyboard.press('Enter');
      }
      await expectGoodPage(page);
    }
    // The first sign-in page answers 401, which a browser reports.
    expect(complaints.filter(notUnauthorized)).toEqual([]);
    await context.close();
  });
});

test.each([
  { width: 360, dark: false, locale: 'en-US' },
  { width: 1280, dark: true, locale: 'en-US' },
])('an admin retries and cancels a job with the keyboard, at $width px', async (device) => {
  const failed = await job('failed');
  const { page, context, complaints } = await newVisitor(browser, device);
  await signIn(page, '/queue');
  await press(page, `form[action="/jobs/${failed.id}/retry"] button`);
  await page.getByText(`The job of ${failed.storeCode} gets one more attempt.`).waitFor();
  await expectGoodPage(page);

  const answers = [false, true];
  page.on('dialog', (dialog) => (answers.shift() ? dialog.accept() : dialog.dismiss()));
  const cancel = `form[action="/jobs/${failed.id}/cancel"] button`;
  await press(page, cancel);
  expect(await page.locator(cancel).count()).toBe(1);
  await press(page, cancel);
  await page.getByText(`The job of ${failed.storeCode} was cancelled.`).waitFor();
  expect(await page.locator(cancel).count()).toBe(0);
  await expectGoodPage(page);
  // What was said is not said again.
  await page.reload();
  expect(await page.getByText('was cancelled.').count()).toBe(0);
  expect(complaints.filter(notUnauthorized)).toEqual([]);
  await context.close();
});

test('the log is filtered and taken away with the keyboard', async () => {
  const [wanted, other] = await Promise.all([job('failed'), job('failed')]);
  const { page, context, complaints } = await newVisitor(browser, { width: 1280 });
  await signIn(page, '/log');
  await page.getByLabel('Store code').fill(wanted.storeCode);
  await page.getByLabel('What came of it').selectOption('FAILED');
  await page.keyboard.press('Tab');
  await press(page, '.filter-form button');
  await page.waitForURL(/store_code=/);
  expect(await page.locator('.entries > li').count()).toBe(1);
  expect(await page.locator('.entries').textContent()).not.toContain(other.storeCode);
  await press(page, '.entries summary');
  expect(await page.locator('.entries dl').isVisible()).toBe(true);
  const [download] = await Promise.all([page.waitForEvent('download'), press(page, 'a[download]')]);
  expect(download.suggestedFilename()).toMatch(/^harian-log-\d{4}-\d\d-\d\d\.csv$/);
  await press(page, `.entries a[href="/jobs/${wanted.id}"]`);
  await page.waitForURL(`**/jobs/${wanted.id}`);
  expect(complaints.filter(notUnauthorized)).toEqual([]);
  await context.close();
});

test('a key is made, copied, used and revoked', async () => {
  const { page, context, complaints } = await newVisitor(browser, { width: 360, dark: true });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await signIn(page, '/keys');
  await press(page, '#make-key summary');
  await page.getByLabel('Name').fill('analyst');
  await page.getByLabel('May').selectOption('read');
  await press(page, '#make-key button');
  await page.getByText('shown this once').waitFor();
  expect(page.url()).toBe(at('/keys'));
  await expectGoodPage(page);
  await press(page, '[data-copy]');
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  const secret = await page.evaluate<string>('navigator.clipboard.readText()');

  const reader = await newVisitor(browser, { width: 360 });
  await signIn(reader.page, '/queue', secret);
  expect(await reader.page.locator('main button, main form[method=post]').count()).toBe(0);
  await expectGoodPage(reader.page);

  page.on('dialog', (dialog) => dialog.accept());
  await page.goto(at('/keys'));
  expect(await page.content()).not.toContain(secret);
  await page.getByRole('button', { name: 'Revoke the key analyst' }).press('Enter');
  await page.getByText('The key analyst has ended').waitFor();
  // Who was in with it is told by the page that is open, as soon as it hears of anything.
  await reader.page.evaluate('dispatchEvent(new Event("online"))');
  await reader.page.getByText('Your session has ended.').waitFor();
  await expectGoodPage(reader.page);
  expect([...complaints, ...reader.complaints].filter(notUnauthorized)).toEqual([]);
  await reader.context.close();
  await context.close();
});

test('a session that ends under a form leads back to its page', async () => {
  const stuck = await job('created');
  const { page, context } = await newVisitor(browser, { width: 1280 });
  const options = { name: `ends-${randomUUID()}`, scope: 'operate', expiresAt: null } as const;
  const { secret, key } = await createAdminKey(harian.harian.deps, options);
  // A page that is live would find out by itself before the form is sent.
  await page.route('**/live*', (route) => route.abort());
  await signIn(page, `/jobs/${stuck.id}`, secret);
  await sql.query('delete from admin_sessions where admin_key_id = $1', [key.id]);
  page.on('dialog', (dialog) => dialog.accept());
  await press(page, `form[action="/jobs/${stuck.id}/cancel"] button`);
  await page.getByText('Your session has ended: sign in again.').waitFor();
  await page.locator('#key').fill('wrong');
  await page.keyboard.press('Enter');
  await page.getByText('This key is not known').waitFor();
  await page.locator('#key').fill(secret);
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/jobs/${stuck.id}`);
  expect(await page.locator('#content').count()).toBe(1);
  await context.close();
});

test('the queue works without JavaScript', async () => {
  const failed = await job('failed');
  const { page, context } = await newVisitor(browser, { width: 360, javaScript: false });
  await signIn(page, '/queue');
  await page.locator(`form[action="/jobs/${failed.id}/retry"] button`).click();
  await page.getByText('gets one more attempt').waitFor();
  expect(new URL(page.url()).pathname).toBe(`/jobs/${failed.id}`);
  await context.close();
});
