import { describe, expect, it } from 'vitest';
import { jobStates } from '../../../../src/domain/job-state.ts';
import { consolePage } from '../../../../src/http/pages/console-page.ts';
import type { ConsolePageModel, StoreRowModel, StoreStatus } from '../../../../src/http/pages/view-models.ts';
import { consoleModel, hostile, storeRow } from './samples.ts';

const render = async (changes: Partial<ConsolePageModel> = {}) => String(await consolePage(consoleModel(changes)));
const renderStore = (changes: Partial<StoreRowModel>) =>
  render({ stores: { items: [storeRow(changes)], nextHref: null, statusFilter: null } });

describe('the console', () => {
  it('escapes all data', async () => {
    const account = { displayName: hostile, username: hostile };
    const row = storeRow({ storeCode: hostile, name: hostile, timezone: hostile, statusReason: hostile, account });
    const page = await render({
      publicUrl: hostile,
      stores: { items: [row], nextHref: `/?cursor=${hostile}`, statusFilter: hostile },
      notice: { kind: 'error', text: hostile, link: hostile },
    });
    expect(page).not.toContain('<script>alert');
    expect(page).not.toContain('<img');
    expect(page).not.toContain(`"'>`);
  });

  it.each([
    ['CONNECTED', 'Connected'],
    ['NEED_RECONNECT', 'Needs reconnect'],
    ['PENDING', 'Never connected'],
    ['DISCONNECTED', 'Disconnected'],
  ] satisfies [StoreStatus, string][])('says %s in words, as a status and as a filter', async (status, word) => {
    expect(await renderStore({ status })).toContain(`aria-hidden="true"></span>${word}</span>`);
    const filtered = await render({ stores: { items: [], nextHref: null, statusFilter: status } });
    expect(filtered).toContain(`<a href="/?status=${status}" aria-current="page">${word}</a>`);
    expect(filtered.match(/aria-current/g)).toHaveLength(1);
  });

  it('offers a resync only for a connected store, and a connect link for every one', async () => {
    for (const status of ['CONNECTED', 'NEED_RECONNECT', 'PENDING', 'DISCONNECTED'] as const) {
      const page = await renderStore({ status });
      expect(page.includes('action="/stores/toko-1/resync"')).toBe(status === 'CONNECTED');
      expect(page).toContain('action="/stores/toko-1/connect-link"');
    }
  });

  it('does not offer a resync of a store that is being read', async () => {
    for (const state of jobStates) {
      const page = await renderStore({ job: { id: 'a', state } });
      expect(page.includes('<button type="submit" disabled>Resync')).toBe(state === 'active');
    }
  });

  it('says what the job of a store does and, where it waits, until when', async () => {
    const nextSyncAt = '2026-11-24T03:05:30.000Z';
    const deferred = await renderStore({ job: { id: 'a', state: 'deferred' }, nextSyncAt });
    expect(deferred).toMatch(/Waiting<\/span>, <time datetime="2026-11-24T03:05:30.000Z"[^>]*>in 5m/);
    expect(await renderStore({ job: { id: 'a', state: 'queued' }, nextSyncAt })).not.toContain('in 5m');
  });

  it('shows what is not known as such, never as 0', async () => {
    const page = await render();
    expect(page.match(/not known/g)).toHaveLength(1);
    const never = await renderStore({ lastSnapshotDate: null, lastSyncedAt: null, nextSyncAt: null });
    expect(never.match(/<span class="unseen">none<\/span>/g)).toHaveLength(3);
  });

  it('draws each state of the day as wide as it is', async () => {
    const page = await render({
      today: { date: '2026-11-24', expected: 10, complete: 4, late: 1, partial: 0, running: 2, pending: 2, missed: 1 },
    });
    const widths = [...page.matchAll(/<rect class="(\w+)" x="(\d+)" y="0" width="(\d+)"/g)].map((m) => m.slice(1));
    expect(widths).toEqual([
      ['complete', '0', '4'],
      ['late', '4', '1'],
      ['running', '5', '2'],
      ['pending', '7', '2'],
      ['missed', '9', '1'],
    ]);
    expect(page).toContain('5 of 10 stores read');
  });

  it('says so when no store is due, and when there is none', async () => {
    const page = await render({ stores: { items: [], nextHref: null, statusFilter: null } });
    expect(page).toContain('No store is due on this day yet.');
    expect(page).toContain('No stores yet.');
    expect(page).not.toContain('<table');
  });

  it('keeps the notice and the form of a new store out of the part that is refreshed', async () => {
    const page = await render({ notice: { kind: 'ok', text: 'Made.', link: 'http://localhost:3000/connect/abc' } });
    const [before = '', live = ''] = page.split('<main id="live">');
    expect(before).toMatch(/<input id="connect-link"[^>]* readonly value="http:\/\/localhost:3000\/connect\/abc"/);
    for (const name of ['store_code', 'name', 'timezone']) expect(before).toContain(`name="${name}"`);
    expect(live).not.toContain('<input');
  });
});
