import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTokenCipher } from '../../src/crypto/token-cipher.ts';
import { demoAccounts } from '../../src/demo/demo-stores.ts';
import { seedDemo } from '../../src/demo/seed.ts';
import { localDay } from '../../src/domain/snapshot-day.ts';
import { createSimulator, type Simulator } from '../../src/simulator/app.ts';
import { createWorld } from '../../src/simulator/world.ts';
import { launchBrowser, newVisitor, signIn } from '../support/browser.ts';
import { noonZone } from '../support/clock.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createGate } from '../support/gate.ts';
import { clientSecret, freePort, startTestHarian, type TestHarian } from '../support/harian.ts';
import { openSql } from '../support/sql.ts';
import { openTestPool } from '../support/stores.ts';

const seed = 17;
const silent = 'Batik Melati (simulated)';
const gate = createGate();
let browser: Browser;
let database: TestDatabase;
let simulator: Simulator;
let harian: TestHarian;

beforeAll(async () => {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  database = await createTestDatabase();
  simulator = createSimulator({
    clientKey: 'test-client-key',
    clientSecret,
    redirectUris: [`${url}/oauth/tiktok/callback`],
    seed,
    clock: { now: () => new Date() },
    requestsPerMinute: 1_000_000,
    accounts: [...demoAccounts],
  });
  await fillDatabase();
  // TikTok does not understand one request: its job ends there, and its day is left for later.
  simulator.control.faults.add({
    openId: 'sim-jkt-01',
    endpoint: 'user/info',
    kind: 'display_error',
    code: 'invalid_params',
    status: 400,
  });
  harian = await startTestHarian({
    database,
    sharedSimulator: simulator,
    wrapFetch: gate.wrapFetch,
    environment: { PORT: String(port), ROLES: 'api,worker,scheduler', SYNC_LOCAL_TIME: '00:00' },
  });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await harian?.close();
  await simulator?.close();
  await database?.drop();
});

/** The demo's stores and their history, all where it is noon: their day is due, and not over soon. */
async function fillDatabase(): Promise<void> {
  const pool = openTestPool(database.url);
  const sql = await openSql(database.url);
  const now = new Date();
  await seedDemo({
    db: pool.db,
    cipher: createTokenCipher([{ id: '1', key: Buffer.alloc(32, 7) }]),
    control: simulator.control,
    seed,
    world: createWorld(seed),
    now,
    localTime: '00:00',
  });
  await sql.query('update stores set timezone = $1', [noonZone()]);
  await sql.query('delete from store_days where snapshot_date >= $1', [localDay(now, noonZone())]);
  await sql.close();
  await pool.close();
}

test('an admin who has never seen it finds why a store is silent, resyncs it and sees its day complete, by words and buttons alone', async () => {
  const queue = async () =>
    (await harian.api<{ queued: number; active: number; retrying: number; failed: number }>('GET', '/api/queue')).body;
  await expect.poll(queue, { timeout: 50_000 }).toMatchObject({ queued: 0, active: 0, retrying: 0, failed: 1 });
  const { page, context } = await newVisitor(browser, { width: 1280 });
  await signIn(page, harian);
  const began = performance.now();

  await page.getByRole('link', { name: 'Stores', exact: true }).click();
  await page.getByRole('searchbox').fill('batik');
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: silent }).click();
  await page.getByRole('heading', { name: 'Why is this store not syncing?' }).waitFor();
  await page.getByText('No attempt at its day succeeded: TikTok did not understand the request').waitFor();

  const answer = gate.holdNext('user/info');
  await page.getByRole('button', { name: 'Resync', exact: true }).click();
  await page.getByRole('heading', { name: 'What is happening now?' }).waitFor();
  await answer.reached;
  await page.evaluate('window.isStillThisPage = true');
  answer.release();
  await page.getByRole('heading', { name: 'All is well' }).waitFor();
  await page.getByText(/^Read today at \d/).waitFor();
  expect(await page.evaluate('window.isStillThisPage')).toBe(true);
  console.log(`found, resynced and seen complete in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  await context.close();
});
