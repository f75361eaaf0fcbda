import { describe, expect, test } from 'vitest';
import { connectOutcomes } from '../../../src/domain/connect-outcome.ts';
import { ownerTexts } from '../../../src/http/pages/texts.ts';

describe.each(['en', 'id'] as const)('in %s', (language) => {
  const texts = ownerTexts[language].outcomes;

  test.each([...connectOutcomes, 'INVALID_STATE' as const])(
    '%s tells the owner what happened and what to do',
    (outcome) => {
      for (const sentence of Object.values(texts[outcome])) expect(sentence.length).toBeGreaterThan(5);
    },
  );

  test('no two outcomes read the same', () => {
    const said = connectOutcomes.map((outcome) => texts[outcome].what);
    expect(new Set(said).size).toBe(connectOutcomes.length);
  });
});

test('the languages say different things: none was left untranslated', () => {
  for (const outcome of connectOutcomes) {
    expect(ownerTexts.id.outcomes[outcome].what).not.toBe(ownerTexts.en.outcomes[outcome].what);
  }
});
