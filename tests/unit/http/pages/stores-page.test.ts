import { describe, expect, it } from 'vitest';
import type { SyncJobRow } from '../../../../src/db/sync-jobs.ts';
import { linkLine } from '../../../../src/http/pages/console/bulk-links.ts';
import { bulkPage } from '../../../../src/http/pages/console/bulk-page.ts';
import { addressOf, storesPage } from '../../../../src/http/pages/console/stores-page.ts';
import { consoleModel, hostile, storeRow, storesModel } from './samples.ts';

const list = (row: ReturnType<typeof storeRow>) => ({ ...storesModel().list, rows: [row] });
const shown = async (row: ReturnType<typeof storeRow>, changes = {}) => {
  const page = String(await storesPage(storesModel({ list: list(row), ...changes })));
  return page.slice(page.indexOf('<tbody'), page.indexOf('</tbody'));
};
const job = (changes: Partial<SyncJobRow>): SyncJobRow => ({
  id: '00000000-0000-4000-8000-000000000000',
  storeCode: 'toko-1',
  snapshotDate: '2026-11-24',
  trigger: 'schedule',
  bossState: 'created',
  retryCount: 0,
  retryLimit: 5,
  deferrals: 0,
  deferredDelivery: null,
  startAfter: new Date('2026-11-24T03:00:00.000Z'),
  waits: false,
  createdAt: new Date('2026-11-24T03:00:00.000Z'),
  startedAt: null,
  finishedAt: null,
  failure: null,
  ...changes,
});

describe('the list of stores', () => {
  it('shows what others wrote as text, never as markup', async () => {
    const account = {
      openId: 'o',
      username: hostile,
      displayName: hostile,
      avatarUrl: null,
      scopes: [],
      refreshExpiresAt: null,
    };
    const row = storeRow({ name: hostile, statusReason: hostile }, { account });
    const page = String(
      await storesPage(storesModel({ list: list(row), view: { text: hostile, filter: null, sort: 'code' } })),
    );
    expect(page).not.toContain('<script>alert');
    expect(page).not.toContain('<img src=x');
    const result = bulkPage({
      ...consoleModel(),
      action: 'connect-link',
      outcomes: [
        { storeCode: 'a', name: hostile, outcome: 'OK', link: { url: hostile, expiresAt: new Date(0) } },
        { storeCode: 'b', name: hostile, outcome: hostile, link: null },
      ],
      backTo: '/stores',
    });
    expect(String(await result)).not.toContain('<script>alert');
  });

  it.each(['read', 'operate', 'admin'] as const)('offers to a key with %s what it may do', async (scope) => {
    const page = String(await storesPage(storesModel({ admin: { name: 'a', scope } })));
    const main = page.slice(page.indexOf('<main'));
    expect(main.includes('/stores/toko-1/resync')).toBe(scope !== 'read');
    expect(main.includes('type="checkbox"')).toBe(scope !== 'read');
    expect(main.includes('id="bulk"')).toBe(scope !== 'read');
    expect(main.includes('name="store_code"')).toBe(scope === 'admin');
  });

  it.each([
    [storeRow(), 'resync', ['connect-link', 'pause', 'disconnect']],
    [storeRow({ paused: true }), 'resume', ['connect-link', 'resync', 'disconnect']],
    [storeRow({ status: 'NEED_RECONNECT' }), 'connect-link', ['pause', 'disconnect']],
    [storeRow({ status: 'PENDING' }), 'connect-link', ['pause']],
    [storeRow({ status: 'DISCONNECTED', paused: true }), 'connect-link', ['resume']],
  ])('puts what is most likely wanted first, case %#', async (row, first, others) => {
    const verbs = [...(await shown(row)).matchAll(/action="\/stores\/toko-1\/([\w-]+)"/g)].map(([, verb]) => verb);
    expect(verbs).toEqual([first, ...others]);
  });

  it('asks before it disconnects', async () => {
    expect(await shown(storeRow())).toMatch(
      /action="\/stores\/toko-1\/disconnect" data-confirm="Disconnect Toko Satu\?/,
    );
  });

  it.each([
    ['a reason', storeRow({ status: 'NEED_RECONNECT', statusReason: 'REVOKED' }), 'TikTok no longer accepts'],
    ['a pause', storeRow({ paused: true }), 'Paused'],
    ['a job that waits', storeRow({}, { job: job({}) }), 'Queued'],
    ['a job that runs', storeRow({}, { job: job({ bossState: 'active' }) }), 'Reading'],
    [
      'a retry and its time',
      storeRow({}, { job: job({ bossState: 'retry', startAfter: new Date('2026-11-24T03:10:00.000Z') }) }),
      'in 10m',
    ],
    ['the next read', storeRow(), 'in 15h'],
    ['a read that is due', storeRow({}, { nextSyncAt: new Date('2026-11-24T02:59:00.000Z') }), 'Due now'],
    ['a sync that needs a decision', storeRow({}, { wait: { for: 'admin', until: null } }), 'Needs a decision'],
    [
      'a retry that has no job yet',
      storeRow({}, { wait: { for: 'retry', until: new Date('2026-11-24T03:30:00.000Z') } }),
      'in 30m',
    ],
  ])('says %s in words', async (_what, row, text) => {
    expect(await shown(row)).toContain(text);
  });

  it('offers no second sync while one runs', async () => {
    expect(await shown(storeRow({}, { job: job({ bossState: 'active' }) }))).toMatch(/class="" disabled>Resync/);
  });

  it('tells the change of followers over the days that are known, and draws nothing for one figure', async () => {
    const followers = Array.from({ length: 30 }, (_, day): number | null =>
      day === 20 ? 1_000 : day === 29 ? 950 : null,
    );
    const page = await shown(storeRow({}, { followers }));
    expect(page).toContain('950');
    expect(page).toContain('-50 in 9 d');
    const one = await shown(storeRow({}, { followers: followers.map((count, day) => (day === 29 ? count : null)) }));
    expect(one).toContain('950');
    expect(one).not.toContain('data-spark');
    expect(await shown(storeRow())).not.toContain('>0<');
  });

  it('names a view in its address, and nothing that is as usual', () => {
    expect(addressOf({ text: '', filter: null, sort: 'code' })).toBe('/stores');
    expect(addressOf({ text: 'a&b', filter: 'paused', sort: '-read' }, 'c')).toBe(
      '/stores?q=a%26b&status=paused&sort=-read&cursor=c',
    );
  });
});

describe('a line of the download', () => {
  const link = { storeCode: 'toko-1', url: 'https://harian.example/connect/x', expiresAt: '2026-11-27T03:00:00.000Z' };
  it.each([
    ['Toko "Satu", Jakarta', '"Toko ""Satu"", Jakarta"'],
    ['=1+1', `'=1+1`],
    ['@sum', `'@sum`],
    ['-1', `'-1`],
  ])('holds %s as text', (name, cell) => {
    expect(linkLine({ ...link, name })).toBe(`toko-1,${cell},${link.url},${link.expiresAt}\r\n`);
  });
});
