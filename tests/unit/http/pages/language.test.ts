import { describe, expect, it } from 'vitest';
import { pickLanguage } from '../../../../src/http/pages/language.ts';

describe('the language of an owner’s page', () => {
  it.each([
    ['id-ID,id;q=0.9,en-US;q=0.8,en;q=0.7', 'id'],
    ['in-ID', 'id'],
    ['ID', 'id'],
    ['id, en', 'id'],
    ['en;q=0.3, id;q=0.4', 'id'],
    ['fr, id;q=0.5', 'id'],
    ['id;q=0.8, *;q=0.1', 'id'],
    ['en-US,en;q=0.9,id;q=0.8', 'en'],
    ['en, id', 'en'],
    ['id;q=0, en;q=0.1', 'en'],
    ['id;q=0', 'en'],
    ['id;q=much', 'en'],
    ['*;q=0.9, id;q=0.5', 'en'],
    ['ms-MY, zh;q=0.8', 'en'],
    ['idx', 'en'],
    [',;;q=,', 'en'],
    ['', 'en'],
    [undefined, 'en'],
  ])('for Accept-Language %j is %s', (header, language) => {
    expect(pickLanguage(header)).toBe(language);
  });
});
