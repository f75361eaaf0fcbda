import type { Language } from './view-models.ts';

/** Indonesian when the browser prefers it to English (at equal weight the one named first); else English. */
export function pickLanguage(acceptLanguage: string | undefined): Language {
  const choices = (acceptLanguage ?? '')
    .split(',')
    .map(parseChoice)
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight);
  return choices.find(({ language }) => language !== null)?.language ?? 'en';
}

function parseChoice(choice: string): { language: Language | null; weight: number } {
  const [tag = '', ...parameters] = choice.split(';').map((part) => part.trim().toLowerCase());
  const q = parameters.find((parameter) => parameter.startsWith('q='));
  // An unreadable weight is NaN, which no comparison lets through.
  return { language: languageOf(tag), weight: q === undefined ? 1 : Number(q.slice(2)) };
}

/** `in` is what old Android sends for Indonesian; `*` takes the default. */
function languageOf(tag: string): Language | null {
  const [primary] = tag.split('-');
  if (primary === 'id' || primary === 'in') return 'id';
  return primary === 'en' || primary === '*' ? 'en' : null;
}
