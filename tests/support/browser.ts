import { createRequire } from 'node:module';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { adminKey, type TestHarian } from './harian.ts';

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** Chromium from the system; the flags keep it from calling anybody but us. */
export function launchBrowser(): Promise<Browser> {
  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'];
  return chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', ...quiet],
  });
}

export interface Visitor {
  page: Page;
  context: BrowserContext;
  /** What the console of the browser complained about, CSP reports among it. */
  complaints: string[];
}

export async function newVisitor(
  browser: Browser,
  options: { width: number; locale?: string; dark?: boolean; javaScript?: boolean },
): Promise<Visitor> {
  const context = await browser.newContext({
    viewport: { width: options.width, height: 800 },
    locale: options.locale ?? 'en-US',
    colorScheme: options.dark ? 'dark' : 'light',
    javaScriptEnabled: options.javaScript ?? true,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return { page, context, complaints };
}

/** Into the console by its own door, with the admin's key unless another one is given. */
export async function signIn(page: Page, harian: TestHarian, key = adminKey): Promise<void> {
  await page.goto(`${harian.config.publicUrl}/`);
  await page.locator('#key').fill(key);
  await page.locator('form[action="/session"] button').click();
  await page.locator('#content').waitFor();
}

/** Nobody has to scroll sideways, and axe finds nothing. */
export async function expectGoodPage(page: Page): Promise<void> {
  const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
  expect(overflow, `${page.url()} scrolls sideways`).toBe(0);
  // Through the debugger, past our CSP, which takes no foreign script.
  const { readFile } = await import('node:fs/promises');
  await page.evaluate(await readFile(axePath, 'utf8'));
  const result = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>('axe.run()');
  expect(result.violations.map((violation) => [violation.id, violation.nodes[0]?.html])).toEqual([]);
}
