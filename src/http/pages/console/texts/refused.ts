import { bothLanguages } from '../both-languages.ts';

export const refusedTexts = bothLanguages(
  { title: 'That was not done', code: 'Code' },
  { title: 'Itu tidak dilakukan', code: 'Kode' },
);
