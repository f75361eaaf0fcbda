import { bothLanguages } from '../both-languages.ts';

/** What is said on the page that follows a change; `of` is the store or job it was done to. */
export const noticeTexts = bothLanguages(
  {
    added: (of: string) => `${of} was added. Make a connect link and send it to its owner.`,
    resync: (of: string) => `The sync of ${of} is under way.`,
    paused: (of: string) => `${of} is paused: it is not read until it is resumed.`,
    resumed: (of: string) => `${of} is read again.`,
    disconnected: (of: string) => `${of} is disconnected, and its tokens are gone.`,
    changed: (of: string) => `${of} was changed.`,
    deleted: (of: string) => `${of} and all its numbers are gone.`,
    cancelled: (of: string) => `The job of ${of} was cancelled.`,
    retried: (of: string) => `The job of ${of} gets one more attempt.`,
    revoked: (of: string) => `The key ${of} has ended, and its sessions with it.`,
    done: (of: string) => `Done for ${of} stores.`,
  },
  {
    added: (of) => `${of} ditambahkan. Buat tautan penghubung dan kirim kepada pemiliknya.`,
    resync: (of) => `Sinkronisasi ${of} sedang berjalan.`,
    paused: (of) => `${of} dijeda: tidak dibaca sampai dilanjutkan.`,
    resumed: (of) => `${of} dibaca lagi.`,
    disconnected: (of) => `${of} diputus, dan tokennya sudah dihapus.`,
    changed: (of) => `${of} sudah diubah.`,
    deleted: (of) => `${of} dan semua angkanya sudah dihapus.`,
    cancelled: (of) => `Tugas ${of} dibatalkan.`,
    retried: (of) => `Tugas ${of} mendapat satu percobaan lagi.`,
    revoked: (of) => `Kunci ${of} sudah berakhir, beserta sesinya.`,
    done: (of) => `Selesai untuk ${of} toko.`,
  },
);

export type Said = keyof (typeof noticeTexts)['en'];
export const isSaid = (text: string): text is Said => Object.hasOwn(noticeTexts.en, text);
