import type { Language } from '../view-models.ts';

/** The texts of one page. What the English ones say, the Indonesian ones have to say too. */
export const bothLanguages = <Texts>(en: Texts, id: NoInfer<Texts>): Readonly<Record<Language, Texts>> => ({ en, id });
