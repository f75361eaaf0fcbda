import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectGoodPage, launchBrowser, newVisitor } from '../support/browser.ts';
import { freePort, newStoreCode, startTestHarian, type TestHarian } from '../support/harian.ts';
import { type ServedSimulator, serveSimulator } from '../support/processes.ts';

let browser: Browser;
let tiktok: ServedSimulator;
let harian: TestHarian;

beforeAll(async () => {
  const port = await freePort();
  const publicUrl = `http://localhost:${port}`;
  tiktok = await serveSimulator([`${publicUrl}/oauth/tiktok/callback`]);
  harian = await startTestHarian({
    sharedSimulator: tiktok.simulator,
    environment: { PORT: String(port), TIKTOK_AUTH_URL: `${tiktok.url}/v2/auth/authorize/` },
  });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await harian?.close();
  await tiktok?.close();
});

const invite = async () => {
  const storeCode = newStoreCode('toko');
  await harian.api('POST', '/api/stores', { store_code: storeCode, name: 'Toko Melati' });
  const link = await harian.api<{ url: string }>('POST', `/api/stores/${storeCode}/connect-links`);
  return { storeCode, url: link.body.url };
};
let nextAccount = 0;

describe.each([
  { name: 'an Indonesian owner on a small phone', width: 360, locale: 'id-ID', dark: false, javaScript: true },
  { name: 'an English owner at a desk, in the dark', width: 1280, locale: 'en-US', dark: true, javaScript: true },
  { name: 'an owner without JavaScript', width: 360, locale: 'id-ID', dark: false, javaScript: false },
])('$name', ({ name: _name, ...device }) => {
  test('connects in three taps and sees which account is connected to which store', async () => {
    const { storeCode, url } = await invite();
    const account = tiktok.simulator.control.accounts[nextAccount++];
    const { page, context, complaints } = await newVisitor(browser, device);
    await page.goto(url);
    expect(await page.locator('html').getAttribute('lang')).toBe(device.locale.slice(0, 2));
    expect(await page.textContent('main')).toContain('Toko Melati');
    if (device.javaScript) await expectGoodPage(page);

    await page.getByRole('button', { name: 'TikTok' }).click();
    await page.locator(`input[value="${account?.openId}"]`).check();
    await page.getByRole('button', { name: 'Authorize' }).click();

    await page.waitForURL('**/connect/result');
    const text = (await page.textContent('main')) ?? '';
    expect(text).toContain('Toko Melati');
    expect(text).toContain(account?.displayName);
    if (device.javaScript) await expectGoodPage(page);
    await expect
      .poll(async () => (await harian.api<{ last_synced_at: string | null }>('GET', `/api/stores/${storeCode}`)).body)
      .toMatchObject({ status: 'CONNECTED', last_synced_at: expect.any(String) });
    expect(complaints).toEqual([]);
    await context.close();
  });
});

test('an owner who refuses is told that the link stays good, and can use it again', async () => {
  const { url } = await invite();
  const { page, context, complaints } = await newVisitor(browser, { width: 360 });
  await page.goto(url);
  await page.getByRole('button', { name: 'TikTok' }).click();
  await page.getByRole('button', { name: 'Refuse' }).click();
  await page.waitForURL('**/connect/result');
  await expectGoodPage(page);

  await page.goto(url);
  await page.getByRole('button', { name: 'TikTok' }).click();
  await page.locator(`input[value="${tiktok.simulator.control.accounts[nextAccount++]?.openId}"]`).check();
  await page.getByRole('button', { name: 'Authorize' }).click();
  await page.waitForURL('**/connect/result');
  expect(await page.textContent('h1')).toContain('Connected');
  expect(complaints).toEqual([]);
  await context.close();
});

test('a link that is no longer good says so, on a page of its own', async () => {
  const { page, context } = await newVisitor(browser, { width: 360, locale: 'id-ID' });
  const response = await page.goto(`${harian.config.publicUrl}/connect/no-such-invitation`);
  expect(response?.status()).toBe(404);
  await expectGoodPage(page);
  await context.close();
});

test('the description of the API can be read by anybody', async () => {
  const { page, context, complaints } = await newVisitor(browser, { width: 360 });
  await page.goto(`${harian.config.publicUrl}/docs`);
  expect(await page.textContent('main')).toContain('/api/stores/{store_code}/resync');
  await expectGoodPage(page);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.locator('#post-api-stores button.copy').first().click();
  await page.locator('#post-api-stores button.copy', { hasText: 'Copied' }).waitFor();
  expect(await page.evaluate('navigator.clipboard.readText()')).toContain('curl -X POST "$HARIAN_URL/api/stores"');
  expect(complaints).toEqual([]);
  await context.close();
});
