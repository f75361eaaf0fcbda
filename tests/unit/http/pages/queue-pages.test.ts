import { describe, expect, test } from 'vitest';
import { adminScopes } from '../../../../src/domain/admin-scope.ts';
import { auditPage } from '../../../../src/http/pages/console/audit-page.ts';
import { jobPage } from '../../../../src/http/pages/console/job-page.ts';
import { keysPage } from '../../../../src/http/pages/console/keys-page.ts';
import { logPage } from '../../../../src/http/pages/console/log-page.ts';
import { queuePage } from '../../../../src/http/pages/console/queue-page.ts';
import { settingsPage } from '../../../../src/http/pages/console/settings-page.ts';
import { words } from '../../../../src/http/pages/console/words.ts';
import { formatCount } from '../../../../src/http/pages/format.ts';
import type { Html } from '../../../../src/http/pages/layout.ts';
import type { JobHistory } from '../../../../src/services/read-job-history.ts';
import {
  auditRow,
  consoleModel,
  hostile,
  jobHistory,
  languages,
  logEntry,
  queueJob,
  settings,
  today,
} from './samples.ts';

const text = async (markup: Html) => String(await markup);
/** Where forms that change something lead to, signing out left aside. */
const changesOn = (page: string) =>
  [...page.matchAll(/<form method="post" action="([^"]*)"/g)].map(([, to]) => to).filter((to) => to !== '/session/end');

const failed = queueJob({ state: 'failed', errorCode: 'TIMEOUT', mayRetry: true });
const waiting = queueJob({ state: 'deferred', errorCode: 'CIRCUIT_OPEN', goesOnAt: new Date('2026-11-24T04:00:00Z') });
const lists = { running: [queueJob()], waiting: [waiting], queued: [queueJob({ state: 'queued' })], failed: [failed] };
const { queue } = today();

describe('the queue', () => {
  test('says how many there are, though it lists only the first', async () => {
    const page = await text(queuePage({ ...consoleModel(), queue: { ...queue, queued: 99_981, active: 1 }, lists }));
    expect(page).toContain(`and ${formatCount(99_980, 'en')} more`);
  });

  test('tells a wait from a failure in words, with the code for whoever searches for it', async () => {
    const page = await text(queuePage({ ...consoleModel(), queue, lists }));
    expect(page).toContain('TikTok answered nobody at that time');
    expect(page).toContain('<code>CIRCUIT_OPEN</code>');
    expect(page).toContain('pages 3 · videos 57');
  });

  test.each(adminScopes)('offers whoever may %s what that allows, and only where a retry can help', async (scope) => {
    const model = consoleModel({ admin: { name: 'x', scope } });
    const offered = scope === 'read' ? [] : [`/jobs/${failed.id}/retry`];
    expect(changesOn(await text(queuePage({ ...model, queue, lists })))).toEqual(offered);
    const hopeless = { ...lists, failed: [queueJob({ state: 'failed' })] };
    expect(changesOn(await text(queuePage({ ...model, queue, lists: hopeless })))).toEqual([]);
  });
});

describe('a job', () => {
  const inState = (state: NonNullable<JobHistory['job']>['state'], retryAt: Date | null = null) => {
    const history = jobHistory();
    return { ...history, mayRetry: state === 'failed', job: history.job && { ...history.job, state, retryAt } };
  };
  const page = (history: JobHistory, scope: (typeof adminScopes)[number] = 'operate') =>
    text(jobPage({ ...consoleModel({ admin: { name: 'x', scope } }), history }));
  const { id } = jobHistory();

  test.each([
    ['queued', ['cancel']],
    ['deferred', ['cancel']],
    ['active', ['cancel']],
    ['retrying', ['cancel']],
    ['completed', []],
    ['failed', ['retry']],
    ['cancelled', []],
  ] as const)('that is %s can be: %s', async (state, verbs) => {
    expect(changesOn(await page(inState(state)))).toEqual(verbs.map((verb) => `/jobs/${id}/${verb}`));
    expect(changesOn(await page(inState(state), 'read'))).toEqual([]);
    expect(await page(inState(state))).toContain(words.en.job[state].word);
  });

  test('that waits says until when, and once that has come, for whom', async () => {
    const later = inState('retrying', new Date('2026-11-24T04:00:00Z'));
    expect(await page(later)).toContain('tried again by itself at 2026-11-24 04:00 UTC');
    expect(await page(inState('deferred', new Date('2026-11-24T02:59:00Z')))).toContain('as soon as a worker is free');
  });

  test('whose owner has to act is not offered another attempt', async () => {
    const store = { storeCode: 'toko-1', name: 'Toko Satu', status: 'NEED_RECONNECT' as const };
    const answer = await page({ ...inState('failed'), store, mayRetry: false });
    expect(changesOn(answer)).toEqual([]);
    expect(answer).toContain('The owner has to connect again');
  });

  test('whose day gets another one by itself says when', async () => {
    const again = { ...inState('failed'), dayRetryAt: new Date('2026-11-24T04:00:00Z') };
    expect(await page(again)).toContain('another job by itself at about 2026-11-24 04:00 UTC');
    expect(await page(inState('failed'))).toContain('not tried again by itself');
  });

  test('that is no longer kept is told by its attempts', async () => {
    const answer = await page({ ...jobHistory(), job: null });
    expect(answer).toContain('no longer kept');
    expect(answer).toContain('TikTok did not answer in time');
    expect(changesOn(answer)).toEqual([]);
  });
});

test('nothing that people or TikTok wrote becomes markup, in whatever language', async () => {
  for (const language of languages) {
    const model = consoleModel({ language, admin: { name: hostile, scope: 'admin' } });
    const job = queueJob({
      storeName: hostile,
      storeCode: hostile,
      errorCode: hostile,
      state: 'failed',
      mayRetry: true,
    });
    const row = logEntry({ storeName: hostile, storeCode: hostile, errorCode: hostile, tiktokLogId: hostile });
    const filters = {
      storeCode: hostile,
      status: hostile,
      trigger: null,
      errorCode: hostile,
      from: hostile,
      to: hostile,
    };
    const paging = { older: null, newest: null, csv: '/log.csv' };
    const key = { id: 'k', name: hostile, scope: 'read' as const, createdAt: new Date() };
    const keys = [{ ...key, expiresAt: null, lastUsedAt: null, revokedAt: null, isOwn: true, mayRevoke: true }];
    const history = jobHistory({
      attempts: [row],
      store: { storeCode: hostile, name: hostile, status: 'CONNECTED' },
    });
    const audit = auditRow({
      actorName: hostile,
      target: hostile,
      storeCode: hostile,
      outcome: hostile,
      client: hostile,
    });
    const pages = [
      queuePage({ ...model, queue, lists: { running: [job], waiting: [job], queued: [job], failed: [job] } }),
      jobPage({ ...model, history }),
      logPage({ ...model, ...paging, filters, rows: [row] }),
      auditPage({
        ...model,
        ...paging,
        filters: { ...filters, action: null, actor: hostile, outcome: null },
        rows: [audit],
      }),
      keysPage({ ...model, keys, more: null }),
      settingsPage({ ...model, settings: settings({ tokenKeys: [{ id: hostile, accounts: 1, inRing: false }] }) }),
    ];
    for (const page of pages) {
      expect(await text(page)).not.toContain('<script>alert');
      expect(await text(page)).not.toContain('<img');
    }
  }
});

test('a key that is not in the ring, but has accounts, is an alarm', async () => {
  const tokenKeys = [
    { id: '2', accounts: 3, inRing: true },
    { id: 'old', accounts: 5, inRing: false },
  ];
  const page = await text(settingsPage({ ...consoleModel(), settings: settings({ tokenKeys }) }));
  expect(page.match(/not in TOKEN_ENC_KEY/g)).toHaveLength(1);
});
