import { describe, expect, it } from 'vitest';
import type { Diagnosis, StoreMatter } from '../../../../src/domain/diagnose-store.ts';
import type { GrowthQuality } from '../../../../src/domain/growth.ts';
import { initialsOf } from '../../../../src/http/pages/console/avatar.ts';
import { localMoment } from '../../../../src/http/pages/console/local-moment.ts';
import type { StoreModel } from '../../../../src/http/pages/console/store-model.ts';
import { storePage } from '../../../../src/http/pages/console/store-page.ts';
import { storeTexts } from '../../../../src/http/pages/console/texts/store.ts';
import { explainError } from '../../../../src/http/pages/explain-error.ts';
import { consoleModel, hostile, languages, storeModel } from './samples.ts';

const page = async (changes: Partial<StoreModel> = {}) => String(await storePage(storeModel(changes)));
const sample = storeModel();
const withView = (
  changes: Partial<StoreModel['detail']['view']['store']>,
  more: Partial<StoreModel['detail']> = {},
) => ({
  detail: {
    ...sample.detail,
    view: { ...sample.detail.view, store: { ...sample.detail.view.store, ...changes } },
    ...more,
  },
});
const withVideo = (changes: Partial<StoreModel['videos']['rows'][number]>) => ({
  videos: { count: 1, rows: sample.videos.rows.map((row) => ({ ...row, ...changes })) },
});

describe('the page of a store', () => {
  it('shows what TikTok and people say as text, wherever it stands', async () => {
    const [log] = sample.detail.logs;
    const { view } = sample.detail;
    const account = view.account && { ...view.account, displayName: hostile, username: hostile };
    const text = await page({
      ...withView(
        { name: hostile, statusReason: hostile },
        {
          view: { ...view, account, store: { ...view.store, name: hostile, statusReason: hostile } },
          logs: log ? [{ ...log, errorCode: hostile, tiktokLogId: hostile }] : [],
          days: [{ ...sample.detail.days[0], state: 'missed', reason: hostile } as never],
        },
      ),
      ...withVideo({ title: hostile, videoId: hostile }),
    });
    expect(text).not.toContain('<script>alert');
    expect(text).not.toContain('<img');
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', '//evil.example', 'not an address'])(
    'makes no link of %s',
    async (shareUrl) => {
      const text = await page(withVideo({ shareUrl }));
      expect(text).toContain('Kopi susu');
      expect(text).not.toMatch(/<a rel="noopener/);
    },
  );

  it('never loads the account’s picture from elsewhere', async () => {
    expect(await page()).not.toContain('cdn.example');
  });

  it('says exact numbers, and a dash where TikTok said none', async () => {
    const text = await page();
    expect(text).toContain('9,007,199,254,740,991');
    expect(text).toMatch(/data-label="Comments"><span><span aria-hidden="true">–/);
    expect(text).toMatch(/data-label="Shares"><span>0</);
    expect(text).toMatch(/data-label="7 days"><span>-3</);
  });

  it('says in the table of a number how it came about, where it is not from one day to the next', async () => {
    const text = await page();
    expect(text).toContain('<td>120 <small class="quiet">2 days after the reading before</small></td>');
    expect(text).toContain('<td>100 <small class="quiet">first reading</small></td>');
    const exact = { value: 120, change: 20, spanDays: 1, perDay: 20, quality: 'exact' as const };
    const words = async (quality: GrowthQuality) =>
      page({ numbers: { ...sample.numbers, followers: [exact, exact, { ...exact, quality }] } });
    expect(await words('exact')).toContain('<td>120</td>');
    expect(await words('falling')).toContain('<td>120 <small class="quiet">fewer than before</small></td>');
    expect(await words('partial')).toContain('<td>120 <small class="quiet">day read in part</small></td>');
    expect(await words('late')).toContain('<td>120 <small class="quiet">read after midnight</small></td>');
  });

  it('says of a missed day why, and of one before the store existed nothing', async () => {
    const text = await page();
    expect(text).toContain('<title>23 November 2026: missed. Harian was not running on that day.</title>');
    expect(text).toContain('<title>21 November 2026: not expected</title>');
    expect(text).not.toContain('<title>19 November 2026');
    expect(text).toMatch(/aria-label="Calendar from 20 November 2026 to 24 November 2026: 2 complete, 1 missed\."/);
  });

  it.each(languages)('has one sentence for every matter (%s)', async (language) => {
    const matters: StoreMatter[] = [
      ...(['never_connected', 'need_reconnect', 'disconnected', 'paused', 'no_worker', 'tiktok_silent'] as const),
      ...(['reading', 'limit', 'store_busy', 'given_back', 'retrying', 'queued', 'later', 'stuck'] as const),
      ...(['no_scheduler', 'unplanned', 'scope_missing', 'ending', 'partial', 'well'] as const),
    ];
    for (const matter of matters) {
      const diagnosis: Diagnosis = { matter, standing: 'blocked', next: 'wait' };
      const text = await page({ ...consoleModel({ language }), detail: { ...sample.detail, diagnosis } });
      const sentence = /<h2 id="why-title">[^<]+<\/h2>\s*<p>([^<]+)<\/p>/.exec(text)?.[1];
      expect(sentence, matter).toMatch(/[.]$/);
      expect(sentence, matter).not.toMatch(/undefined|null|NaN/);
    }
  });

  it('says on the store’s own clock when it was read and when it is next', async () => {
    expect(await page()).toContain('<p>Read today at 08:00; next tomorrow at 01:00.</p>');
    const indonesian = await page(consoleModel({ language: 'id' }));
    expect(indonesian).toContain('<p>Terbaca hari ini pukul 08:00; berikutnya besok pukul 01:00.</p>');
  });

  it.each([
    { scope: 'read', has: [], hasNot: ['resync', 'connect-link', 'pause', 'disconnect', 'edit', 'delete'] },
    { scope: 'operate', has: ['resync', 'connect-link', 'pause', 'disconnect', 'edit'], hasNot: ['delete'] },
    { scope: 'admin', has: ['resync', 'connect-link', 'pause', 'disconnect', 'edit', 'delete'], hasNot: [] },
  ] as const)('offers $scope what it may do', async ({ scope, has, hasNot }) => {
    const text = await page({ admin: { name: 'a', scope } });
    for (const verb of has) expect(text).toContain(`action="/stores/toko-1/${verb}"`);
    for (const verb of hasNot) expect(text).not.toContain(`action="/stores/toko-1/${verb}"`);
  });

  it('offers each change once: the next step stands beside the sentence', async () => {
    const diagnosis: Diagnosis = { matter: 'paused', standing: 'blocked', next: 'resume' };
    const text = await page(withView({ paused: true }, { diagnosis }));
    expect(text.match(/action="\/stores\/toko-1\/resume"/g)).toHaveLength(1);
    expect(text).not.toContain('action="/stores/toko-1/pause"');
  });

  it('lets nobody disconnect or resync what is not connected', async () => {
    const text = await page(withView({ status: 'PENDING' }));
    expect(text).not.toMatch(/\/(disconnect|resync)"/);
  });

  it('turns the order round by the link that is in use, and keeps what was chosen', async () => {
    const text = await page();
    expect(text).toContain('href="/stores/toko-1?days=30&amp;sort=views&amp;dir=asc#videos" aria-current="true"');
    expect(text).toContain('href="/stores/toko-1?days=30&amp;sort=likes&amp;dir=desc#videos"');
    expect(text).toContain('href="/stores/toko-1?days=90&amp;sort=views&amp;dir=desc#numbers"');
    expect(text).toContain('sort=views&amp;dir=desc&amp;cursor=abc#videos');
  });
});

describe('initials', () => {
  it.each([
    ['Batik Melati Jaya', 'BM'],
    ['kopi', 'K'],
    ['  @satu.id ', 'SI'],
    ['👩‍🍳 Dapur', '👩‍🍳D'],
    ['***', '?'],
    ['', '?'],
  ])('of %j are %s', (name, initials) => {
    expect(initialsOf(name)).toBe(initials);
  });
});

it('a moment is named by the store’s calendar', () => {
  const place = { timezone: 'Asia/Jakarta', today: '2026-11-24', language: 'en' } as const;
  expect(localMoment(new Date('2026-11-23T17:30:00Z'), place)).toBe('today at 00:30');
  expect(localMoment(new Date('2026-11-23T16:30:00Z'), place)).toBe('yesterday at 23:30');
  expect(localMoment(new Date('2026-11-10T16:30:00Z'), place)).toBe('10 Nov at 23:30');
});

it.each([
  ['rate_limit_exceeded', 'TikTok’s limit of requests was used up.'],
  ['INTERNAL_ERROR', 'TikTok had an error of its own.'],
  ['HTTP_502', 'TikTok answered with status 502.'],
  ['SCOPE_MISSING: video.list', 'Not shared by the owner: videos and their numbers.'],
  ['constructor', 'It ended with constructor.'],
])('the error %s is put into words', (code, words) => {
  expect(explainError(code, 'en')).toBe(words);
});

it('every text of the page exists in both languages', () => {
  const shape = (value: unknown): unknown =>
    typeof value === 'object' && value !== null && !(value instanceof Map)
      ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]))
      : typeof value;
  expect(shape(storeTexts.id)).toEqual(shape(storeTexts.en));
});
