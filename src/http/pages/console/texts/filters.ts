import { bothLanguages } from '../both-languages.ts';

export const filterTexts = bothLanguages(
  {
    all: 'all',
    show: 'Show',
    clear: 'Clear',
    download: 'CSV',
    pages: 'Pages',
    newest: 'Newest',
    older: 'Older',
    none: 'Nothing fits these filters.',
    storeCode: 'Store code',
    from: 'From (UTC)',
    to: 'To (UTC)',
  },
  {
    all: 'semua',
    show: 'Tampilkan',
    clear: 'Bersihkan',
    download: 'CSV',
    pages: 'Halaman',
    newest: 'Terbaru',
    older: 'Lebih lama',
    none: 'Tidak ada yang cocok dengan saringan ini.',
    storeCode: 'Kode toko',
    from: 'Dari (UTC)',
    to: 'Sampai (UTC)',
  },
);
