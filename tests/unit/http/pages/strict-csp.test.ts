import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { connectOutcomes } from '../../../../src/domain/connect-outcome.ts';
import { connectPage } from '../../../../src/http/pages/connect-page.ts';
import { connectResultPage } from '../../../../src/http/pages/connect-result-page.ts';
import { consolePage } from '../../../../src/http/pages/console-page.ts';
import { docsPage } from '../../../../src/http/pages/docs-page.ts';
import { errorPage } from '../../../../src/http/pages/error-page.ts';
import { linkGonePage } from '../../../../src/http/pages/link-gone-page.ts';
import { signInPage } from '../../../../src/http/pages/sign-in-page.ts';
import { connectResult, consoleModel, languages, openApi } from './samples.ts';

const simulated = true;
const today = { date: '2026-11-24', expected: 3, complete: 1, partial: 1, late: 0, pending: 1, running: 0, missed: 0 };
const notice = { kind: 'ok', text: 'Made.', link: 'http://localhost:3000/connect/abc' } as const;
const store = { storeName: 'Toko Satu', storeCode: 'toko-1' };
const since = '2026-11-20T00:00:00.000Z';

const pages = [
  ...languages.flatMap((language) => [
    {
      name: `connect ${language}`,
      markup: connectPage({ language, simulated, ...store, action: '/connect/abc', since }),
    },
    { name: `link gone ${language}`, markup: linkGonePage({ language, simulated }) },
    {
      name: `error ${language}`,
      markup: errorPage({ language, simulated, status: 404, message: 'There is nothing here.', code: 'NOT_FOUND' }),
    },
    ...[...connectOutcomes, 'INVALID_STATE' as const].map((outcome) => ({
      name: `${outcome} ${language}`,
      markup: connectResultPage(
        connectResult({ language, simulated, outcome, firstSync: 'waiting', missingScopes: ['video.list'] }),
      ),
    })),
  ]),
  { name: 'sign in', markup: signInPage({ simulated, error: 'Wrong.', action: '/session' }) },
  { name: 'console', markup: consolePage(consoleModel({ simulated, today, notice })) },
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
    expect(page).not.toMatch(/(?:src|href|action)="(?!\/(?!\/)|#)/);
  });

  it('has a language, one heading of the first level, and says when all is simulated', async () => {
    const page = String(await markup);
    expect(page).toMatch(/^<!doctype html>\s*<html lang="(en|id)">/);
    expect(page.match(/<h1/g)).toHaveLength(1);
    expect(/SIMULATED|SIMULASI/.test(page)).toBe(name !== 'docs');
  });
});

it.each(['harian.css', 'console.js', 'waiting.js'])('%s brings nothing from elsewhere', (file) => {
  const text = readFileSync(new URL(`../../../../src/http/public/${file}`, import.meta.url), 'utf8');
  expect(text).not.toMatch(/https?:|url\(|@import/);
});
