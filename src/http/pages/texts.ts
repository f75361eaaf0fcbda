import type { OwnerTexts } from './owner-texts.ts';
import { englishTexts } from './texts-en.ts';
import { indonesianTexts } from './texts-id.ts';
import type { Language } from './view-models.ts';

export const ownerTexts: Readonly<Record<Language, OwnerTexts>> = { en: englishTexts, id: indonesianTexts };
