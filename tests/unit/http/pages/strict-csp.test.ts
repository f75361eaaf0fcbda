import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { connectOutcomes } from '../../../../src/domain/connect-outcome.ts';
import { connectPage } from '../../../../src/http/pages/connect-page.ts';
import { connectResultPage } from '../../../../src/http/pages/connect-result-page.ts';
import { auditPage } from '../../../../src/http/pages/console/audit-page.ts';
import { bulkPage } from '../../../../src/http/pages/console/bulk-page.ts';
import { confirmPage } from '../../../../src/http/pages/console/confirm-page.ts';
import { jobPage } from '../../../../src/http/pages/console/job-page.ts';
import { keyMadePage, keysPage } from '../../../../src/http/pages/console/keys-page.ts';
import { linkPage } from '../../../../src/http/pages/console/link-page.ts';
import { logPage } from '../../../../src/http/pages/console/log-page.ts';
import { queuePage } from '../../../../src/http/pages/console/queue-page.ts';
import { refusedPage } from '../../../../src/http/pages/console/refused-page.ts';
import { settingsPage } from '../../../../src/http/pages/console/settings-page.ts';
import { storePage } from '../../../../src/http/pages/console/store-page.ts';
import { storesPage } from '../../../../src/http/pages/console/stores-page.ts';
import { todayPage } from '../../../../src/http/pages/console/today-page.ts';
import { docsPage } from '../../../../src/http/pages/docs-page.ts';
import { errorPage } from '../../../../src/http/pages/error-page.ts';
import { linkGonePage } from '../../../../src/http/pages/link-gone-page.ts';
import { signInPage } from '../../../../src/http/pages/sign-in-page.ts';
import type { Language } from '../../../../src/http/pages/view-models.ts';
import {
  auditRow,
  connectResult,
  consoleModel,
  jobHistory,
  languages,
  logEntry,
  openApi,
  queueJob,
  settings,
  storeModel,
  storesModel,
  today,
} from './samples.ts';

const simulated = true;
const store = { storeName: 'Toko Satu', storeCode: 'toko-1' };
const since = '2026-11-20T00:00:00.000Z';

const queueAndLogPages = (model: ReturnType<typeof consoleModel>, language: Language) => {
  const { queue } = today();
  const failed = queueJob({ state: 'failed', errorCode: 'TIMEOUT', mayRetry: true, finishedAt: new Date(since) });
  const lists = { running: [queueJob()], waiting: [], queued: [], failed: [failed] };
  const paging = { older: '/log?cursor=x', newest: '/log', csv: '/log.csv' };
  const filters = { storeCode: null, from: '2026-11-18', to: null };
  const key = { id: 'k', name: 'analyst', scope: 'read' as const, createdAt: new Date(since) };
  const keys = [
    { ...key, expiresAt: null, lastUsedAt: null, revokedAt: null, isOwn: true, mayRevoke: true },
    { ...key, expiresAt: null, lastUsedAt: null, revokedAt: new Date(since), isOwn: false, mayRevoke: false },
  ];
  const log = { ...filters, status: null, trigger: null, errorCode: null };
  const audit = { ...filters, action: 'job.cancel', actor: null, outcome: 'refused' };
  return [
    { name: `queue ${language}`, markup: queuePage({ ...model, queue: { ...queue, failed: 9 }, lists }) },
    { name: `job ${language}`, markup: jobPage({ ...model, history: jobHistory() }) },
    { name: `log ${language}`, markup: logPage({ ...model, ...paging, filters: log, rows: [logEntry()] }) },
    { name: `audit ${language}`, markup: auditPage({ ...model, ...paging, filters: audit, rows: [auditRow()] }) },
    { name: `keys ${language}`, markup: keysPage({ ...model, keys, more: '/keys?cursor=x' }) },
    { name: `key made ${language}`, markup: keyMadePage({ ...model, name: 'analyst', secret: 'hrn_x' }) },
    { name: `settings ${language}`, markup: settingsPage({ ...model, settings: settings() }) },
  ];
};

/** Every page of the console, each with something in it. */
const consolePages = (language: Language) => {
  const model = consoleModel({ language, simulated, notice: { tone: 'good', text: 'Done.' } });
  const throughput = [{ at: '2026-11-24T03:00:00.000Z', read: 3, failed: 1 }];
  const url = 'http://localhost:3000/connect/abc';
  const expiresAt = '2026-11-24T03:00:00.000Z';
  return [
    {
      name: `today ${language}`,
      markup: todayPage({ ...model, today: today(), requestsPerMinute: 600, throughput, throughputMinutes: 10 }),
    },
    {
      name: `store ${language}`,
      markup: storePage({ ...storeModel(), ...model }),
    },
    { name: `stores ${language}`, markup: storesPage({ ...storesModel(), ...model, next: '/stores?cursor=x' }) },
    {
      name: `bulk ${language}`,
      markup: bulkPage({
        ...model,
        action: 'connect-link',
        outcomes: [
          { storeCode: 'toko-1', name: 'Toko', outcome: 'OK', link: { url, expiresAt: new Date(expiresAt) } },
          { storeCode: 'toko-2', name: null, outcome: 'STORE_NOT_FOUND', link: null },
        ],
        backTo: '/stores',
      }),
    },
    {
      name: `confirm ${language}`,
      markup: confirmPage({
        ...model,
        section: 'stores',
        title: 'Disconnect',
        question: 'Disconnect 1 store?',
        word: 'Disconnect',
        codes: ['toko-1'],
        fields: [['code', 'toko-1']],
        to: '/stores/bulk',
        backTo: '/stores',
      }),
    },
    { name: `link ${language}`, markup: linkPage({ ...model, ...store, url, expiresAt }) },
    ...queueAndLogPages(model, language),
    {
      name: `refused ${language}`,
      markup: refusedPage({ ...model, section: 'stores', message: 'No.', code: 'STORE_EXISTS', backTo: '/stores' }),
    },
  ];
};

const pages = [
  ...languages.flatMap((language) => [
    {
      name: `connect ${language}`,
      markup: connectPage({ language, simulated, ...store, action: '/connect/abc', since, daysMissing: 3 }),
    },
    { name: `link gone ${language}`, markup: linkGonePage({ language, simulated }) },
    {
      name: `error ${language}`,
      markup: errorPage({ language, simulated, status: 404, message: 'There is nothing here.', code: 'NOT_FOUND' }),
    },
    {
      name: `sign in ${language}`,
      markup: signInPage({ language, simulated, error: 'Wrong.', ended: true, to: '/stores' }),
    },
    ...consolePages(language),
    ...[...connectOutcomes, 'INVALID_STATE' as const].map((outcome) => ({
      name: `${outcome} ${language}`,
      markup: connectResultPage(
        connectResult({ language, simulated, outcome, firstSync: 'waiting', missingScopes: ['video.list'] }),
      ),
    })),
  ]),
  { name: 'docs', markup: docsPage({ document: openApi, publicUrl: 'http://localhost:3000', simulated: false }) },
];

describe.each(pages)('the page $name', ({ name, markup }) => {
  it('works under a CSP that allows nothing inline and nothing from elsewhere', async () => {
    const page = String(await markup);
    expect(page).not.toMatch(/<style|<[^>]*\s(?:style|on\w+)=/i);
    for (const [, attributes, content] of page.matchAll(/<script([^>]*)>([^<]*)/g)) {
      expect(attributes).toMatch(/ src="\/public\/\w+\.js"/);
      expect(content).toBe('');
    }
    // Somebody may go elsewhere, by a link that says nothing of where they were.
    expect(page).not.toMatch(/(?:src|(?<!<a rel="noopener noreferrer" target="_blank" )href|action)="(?!\/(?!\/)|#)/);
  });

  it('has a language, one heading of the first level, and says when all is simulated', async () => {
    const page = String(await markup);
    expect(page).toMatch(/^<!doctype html>\s*<html lang="(en|id)">/);
    expect(page.match(/<h1/g)).toHaveLength(1);
    expect(/SIMULATED|SIMULASI/.test(page)).toBe(name !== 'docs');
  });
});

it.each(['harian.css', 'console.css', 'live.js', 'bulk.js', 'charts.js', 'copy.js', 'waiting.js'])(
  '%s brings nothing from elsewhere',
  (file) => {
    const text = readFileSync(new URL(`../../../../src/http/public/${file}`, import.meta.url), 'utf8');
    expect(text).not.toMatch(/https?:|url\(|@import/);
  },
);
