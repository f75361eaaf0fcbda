import { bothLanguages } from '../both-languages.ts';

export const refusedTexts = bothLanguages(
  { title: 'That was not done', back: 'Back', code: 'Code' },
  { title: 'Itu tidak dilakukan', back: 'Kembali', code: 'Kode' },
);
