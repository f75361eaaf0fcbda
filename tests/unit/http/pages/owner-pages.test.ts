import { describe, expect, it } from 'vitest';
import { connectOutcomes } from '../../../../src/domain/connect-outcome.ts';
import { connectPage } from '../../../../src/http/pages/connect-page.ts';
import { connectResultPage } from '../../../../src/http/pages/connect-result-page.ts';
import { errorPage } from '../../../../src/http/pages/error-page.ts';
import { linkGonePage } from '../../../../src/http/pages/link-gone-page.ts';
import { ownerTexts } from '../../../../src/http/pages/texts.ts';
import type { ConnectPageModel, ConnectResultPageModel } from '../../../../src/http/pages/view-models.ts';
import { connectResult, hostile, languages } from './samples.ts';

const outcomes = [...connectOutcomes, 'ENDED', 'INVALID_STATE'] as const;
const each = outcomes.flatMap((outcome) => languages.map((language) => ({ outcome, language })));
const result = async (changes: Partial<ConnectResultPageModel>) =>
  String(await connectResultPage(connectResult(changes)));

const connect = async (changes: Partial<ConnectPageModel>) =>
  String(
    await connectPage({
      language: 'en',
      simulated: false,
      storeName: 'Toko Satu',
      storeCode: 'toko-1',
      action: '/connect/abc',
      since: null,
      daysMissing: 0,
      ...changes,
    }),
  );

describe('the connect page', () => {
  it.each(languages)('names the store and asks for one click that is posted, in %s', async (language) => {
    const page = await connect({ language });
    expect(page).toContain(`<html lang="${language}">`);
    expect(page).toContain('Toko Satu');
    expect(page).toContain('toko-1');
    expect(page.match(/<form method="post" action="\/connect\/abc">/g)).toHaveLength(1);
    expect(page.match(/<button/g)).toHaveLength(1);
    for (const item of [...ownerTexts[language].connect.reads, ...ownerTexts[language].connect.never]) {
      expect(page).toContain(item);
    }
  });

  it('gives its own address, which is the secret, to nobody', async () => {
    expect(await connect({})).toContain('<meta name="referrer" content="no-referrer">');
  });

  it.each([
    ['en', '20 November 2026'],
    ['id', '20 November 2026'],
  ] as const)('says since when a store needs a new connection, in %s', async (language, day) => {
    const since = '2026-11-20T23:59:59.000Z';
    expect(await connect({ language, since })).toContain(`<time datetime="${since}">${day}</time>`);
    expect(await connect({ language, since: null })).not.toContain('<time');
  });
});

describe('the result page', () => {
  it.each(each)('says what came of $outcome and what to do next, in $language', async ({ outcome, language }) => {
    const texts = ownerTexts[language].outcomes[outcome];
    const page = await result({ language, outcome });
    expect(page).toContain(`<html lang="${language}">`);
    for (const text of [texts.title, texts.what, texts.next]) expect(page).toContain(text);
    const others = outcomes.filter((other) => other !== outcome);
    for (const other of others) expect(page).not.toContain(ownerTexts[language].outcomes[other].what);
  });

  it.each(each)('escapes the names it shows for $outcome in $language', async ({ outcome, language }) => {
    const account = { displayName: hostile, username: hostile };
    const missingScopes = [hostile];
    const page = await result({ language, outcome, storeName: hostile, storeCode: hostile, account, missingScopes });
    expect(page).toContain('&lt;script&gt;alert(1)');
    expect(page).not.toContain('<script>alert');
    expect(page).not.toContain('<img');
  });

  it('names the account only where it is the store’s', async () => {
    const naming = [];
    for (const outcome of outcomes) if ((await result({ outcome })).includes('@satu.id')) naming.push(outcome);
    expect(naming).toEqual(['CONNECTED', 'OTHER_ACCOUNT']);
  });

  it.each([
    [{ displayName: 'Satu', username: null }, '<bdi>Satu</bdi>'],
    [{ displayName: null, username: 'satu.id' }, '<bdi>@satu.id</bdi>'],
    [{ displayName: null, username: null }, 'Your TikTok account'],
    [null, 'Your TikTok account'],
  ])('says of an account what TikTok told: %j', async (account, shown) => {
    expect(await result({ account })).toContain(`<strong>${shown}</strong>`);
  });

  it('looks again by itself exactly while the first numbers are awaited', async () => {
    const looking = [
      '/public/waiting.js',
      '<noscript><meta http-equiv="refresh" content="3"></noscript>',
      'data-waiting',
    ];
    const waiting = await result({ firstSync: 'waiting' });
    for (const sign of looking) expect(waiting).toContain(sign);
    const settled = [
      await result({ firstSync: 'done' }),
      await result({ firstSync: 'later' }),
      await result({}),
      await result({ outcome: 'REFUSED', firstSync: 'waiting' }),
    ];
    for (const page of settled) for (const sign of looking) expect(page).not.toContain(sign);
  });

  it.each(languages)('says in words which permission is missing, in %s', async (language) => {
    const { scopes, missing } = ownerTexts[language].connected;
    const page = await result({ language, missingScopes: ['video.list', 'some.future.scope'] });
    expect(page).toContain(missing);
    expect(page).toContain(scopes['video.list']);
    expect(page).toContain('<code>some.future.scope</code>');
    expect(page).not.toContain(scopes['user.info.stats']);
    expect(await result({ language })).not.toContain(missing);
  });
});

describe('the page of a link that is gone', () => {
  it.each(languages)('sends the owner to the admin, in %s', async (language) => {
    const page = String(await linkGonePage({ language, simulated: false }));
    expect(page).toContain(ownerTexts[language].linkGone.next);
  });
});

describe('the error page', () => {
  it.each([400, 403, 404, 405, 409, 413, 415, 429, 500, 503])('explains %i in both languages', async (status) => {
    for (const language of languages) {
      const page = String(await errorPage({ language, simulated: false, status, message: hostile, code: 'SOME_CODE' }));
      expect(page).toContain('&lt;script&gt;alert(1)');
      expect(page).toContain('<code>SOME_CODE</code>');
      expect(page).toContain(String(status));
    }
  });
});

it('says everything an owner reads in both languages, nothing twice the same', () => {
  const english = leaves(ownerTexts.en);
  const indonesian = leaves(ownerTexts.id);
  expect([...indonesian.keys()].sort()).toEqual([...english.keys()].sort());
  const untranslated = [...english].filter(([path, text]) => text !== null && indonesian.get(path) === text);
  expect(untranslated).toEqual([]);
});

function leaves(node: unknown, path = ''): Map<string, unknown> {
  if (typeof node === 'function') return new Map();
  if (typeof node !== 'object' || node === null) return new Map([[path, node]]);
  return new Map(Object.entries(node).flatMap(([key, child]) => [...leaves(child, `${path}/${key}`)]));
}
