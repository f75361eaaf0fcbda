import { bothLanguages } from '../both-languages.ts';

export const frameTexts = bothLanguages(
  {
    sections: {
      today: 'Today',
      stores: 'Stores',
      queue: 'Queue',
      log: 'Log',
      audit: 'Audit',
      keys: 'Keys',
      settings: 'Settings',
    },
    navigation: 'Sections',
    docs: 'API',
    signOut: 'Sign out',
    signedInAs: (name: string, scope: string) => `${name} (${scope})`,
    notice: 'Notice',
    skip: 'Skip to the content',
    alarms: {
      label: 'Alarms',
      noWorker: 'No worker is running: nothing is being read. Start a process with the role worker.',
      noScheduler: 'No scheduler is running: no new day is planned. Start a process with the role scheduler.',
      breaker: (since: string) =>
        `TikTok has not answered since ${since}. It is asked again by itself, and nothing is lost meanwhile.`,
    },
    live: {
      live: 'Live',
      paused: 'Paused while you type',
      lost: 'Connection lost, trying again',
      away: 'The database does not answer, trying again',
      ended: 'Signed out',
    },
    signInEnded:
      'Your session has ended. This page stays as it is, and goes on by itself once you are signed in again.',
    signInBeside: 'Sign in in a new tab',
    back: 'Back',
    unknown: 'not known',
    none: 'none',
    showTable: 'Show as a table',
  },
  {
    sections: {
      today: 'Hari ini',
      stores: 'Toko',
      queue: 'Antrean',
      log: 'Log',
      audit: 'Audit',
      keys: 'Kunci',
      settings: 'Setelan',
    },
    navigation: 'Bagian',
    docs: 'API',
    signOut: 'Keluar',
    signedInAs: (name, scope) => `${name} (${scope})`,
    notice: 'Pemberitahuan',
    skip: 'Langsung ke isi',
    alarms: {
      label: 'Peringatan',
      noWorker: 'Tidak ada worker yang berjalan: tidak ada yang dibaca. Jalankan proses dengan peran worker.',
      noScheduler:
        'Tidak ada scheduler yang berjalan: hari baru tidak dijadwalkan. Jalankan proses dengan peran scheduler.',
      breaker: (since) =>
        `TikTok tidak menjawab sejak ${since}. Akan dicoba lagi dengan sendirinya, dan tidak ada yang hilang.`,
    },
    live: {
      live: 'Langsung',
      paused: 'Dijeda selama Anda mengetik',
      lost: 'Koneksi terputus, mencoba lagi',
      away: 'Basis data tidak menjawab, mencoba lagi',
      ended: 'Sudah keluar',
    },
    signInEnded:
      'Sesi Anda sudah berakhir. Halaman ini tetap seperti adanya, dan berlanjut sendiri setelah Anda masuk lagi.',
    signInBeside: 'Masuk di tab baru',
    back: 'Kembali',
    unknown: 'tidak diketahui',
    none: 'tidak ada',
    showTable: 'Tampilkan sebagai tabel',
  },
);
