import type { Standing } from '../../../../domain/diagnose-store.ts';
import type { ShownPresence } from '../../../../domain/video-presence.ts';
import { bothLanguages } from '../both-languages.ts';

/** What a sentence about a store may speak of; what is not there is left out of it. */
export interface Said {
  /** Of its status, of its latest error. */
  reason: string;
  error: string;
  /** When it goes on or is tried again, when it was read, when its connection ends. */
  next: string | null;
  read: string | null;
  ends: string;
  breakerSince: string | null;
  attempt: string;
  attempts: string;
  pages: string;
  videos: string;
  before: string;
}

/** Of a video: `missing` is one that is listed for all that is known, but was not in the latest list. */
type PresenceTexts = Record<
  Exclude<ShownPresence, 'listed'> | 'missing',
  readonly [word: string, known: (since: string, read: string) => string]
>;

export const storeTexts = bothLanguages(
  {
    headings: {
      blocked: 'Why is this store not syncing?',
      under_way: 'What is happening now?',
      incomplete: 'What is missing?',
      well: 'All is well',
    } satisfies Record<Standing, string>,
    never_connected: () => 'It was never connected: its owner has to open a connect link first.',
    need_reconnect: (said: Said) => `${said.reason} No day is read until its owner connects again.`,
    disconnected: (said: Said) => `${said.reason} No day is read until its owner connects again.`,
    paused: () => 'It is paused: no day is read until somebody resumes it.',
    no_worker: () => 'No worker is running, so no store is read: start a process with the role worker.',
    tiktok_silent: (said: Said) =>
      said.breakerSince === null
        ? `TikTok answered nobody when its turn came; it goes on ${said.next ?? 'by itself'}.`
        : `TikTok has not answered since ${said.breakerSince}: it is asked again by itself, and this store goes on then.`,
    reading: (said: Said) => `It is being read right now: ${said.videos} videos on ${said.pages} pages so far.`,
    limit: (said: Said) => `TikTok’s limit was used up, so it waits and goes on ${said.next ?? 'by itself'}.`,
    store_busy: (said: Said) => `An earlier run of it has not ended yet; it goes on ${said.next ?? 'by itself'}.`,
    given_back: (said: Said) => `The process that read it was stopped; it goes on ${said.next ?? 'by itself'}.`,
    retrying: (said: Said) =>
      `Attempt ${said.attempt} of ${said.attempts} failed: ${said.error} It is tried again ${said.next ?? 'by itself'}.`,
    queued: (said: Said) =>
      said.before === '0'
        ? 'It is the next one that a free worker takes.'
        : `It waits for a free worker, with ${said.before} before it in the queue.`,
    later: (said: Said) =>
      `No attempt at its day succeeded: ${said.error} It is tried again ${said.next ?? 'by itself'}.`,
    stuck: (said: Said) => `Its day is not read and nobody will try again by himself: ${said.error}`,
    no_scheduler: () => 'Its day is due, but no scheduler is running: start a process with the role scheduler.',
    unplanned: () => 'Its day is due and takes its place in the queue within minutes.',
    scope_missing: (said: Said) => `It is read, but not all of it. ${said.reason}`,
    ending: (said: Said) => `Its connection ends ${said.ends}: let its owner connect again before that.`,
    partial: (said: Said) =>
      `Its day was read only in part: ${said.error}${said.next === null ? '' : ` It is tried again ${said.next}.`}`,
    well: (said: Said) =>
      said.read === null
        ? `Nothing stands in the way; its next day is read ${said.next ?? 'by itself'}.`
        : `Read ${said.read}${said.next === null ? '.' : `; next ${said.next}.`}`,
    notRead: 'no attempt has told why.',
    wait: 'There is nothing you have to do.',
    actions: {
      resync: 'Resync',
      link: 'Connect link',
      pause: 'Pause',
      resume: 'Resume',
      disconnect: 'Disconnect',
      confirmDisconnect: (store: string) =>
        `Disconnect ${store}? Its tokens are wiped, its numbers stay. Its owner has to connect again.`,
    },
    sections: 'On this page',
    localTime: (time: string) => `now ${time} there`,
    noAccount: 'No account yet',
    facts: {
      title: 'Facts',
      connected: 'Connected since',
      status: 'Since',
      scopes: 'Shared',
      notScopes: 'Not shared',
      token: 'Connection ends',
      lastGood: 'Last good day',
      lastError: 'Last error',
      job: 'Job',
      attempt: (attempt: string, attempts: string) => `attempt ${attempt} of ${attempts}`,
      before: (count: string) => `${count} before it`,
      notStarted: 'not begun',
      goesOn: 'goes on',
      next: 'Next attempt',
      budget: 'TikTok’s limit in use',
      budgetOf: (endpoint: string, used: string, limit: string) => `${endpoint} ${used} of ${limit} a minute`,
      logId: 'TikTok log id',
      none: 'none',
    },
    scopes: new Map([
      ['user.info.basic', 'name'],
      ['user.info.profile', 'username'],
      ['user.info.stats', 'followers and likes'],
      ['video.list', 'videos'],
    ]),
    calendar: {
      title: 'Days',
      label: (from: string, to: string, counts: string) => `Calendar from ${from} to ${to}: ${counts}.`,
      scroll: 'Calendar of its days',
      noRow: 'not expected',
      list: (count: string) => `Days that are not complete (${count})`,
      all: 'Every day that was expected is complete.',
      none: 'No day was expected yet.',
      day: 'Day',
      state: 'State',
      reason: 'Reason',
      weekdays: ['Mon', '', 'Wed', '', 'Fri', '', ''],
    },
    numbers: {
      title: 'Numbers',
      range: 'Days shown',
      days: (count: string) => `${count} days`,
      day: 'Day',
      followers: 'Followers',
      likes: 'Likes',
      views: 'Views per day',
      note: 'Followers and likes are totals. Views are what all videos gained since the day before; a gap is a day nobody can tell.',
      quality: {
        first: 'first reading',
        partial: 'day read in part',
        falling: 'fewer than before',
        gap: (days: string) => `${days} days after the reading before`,
        late: 'read after midnight',
      },
      none: 'There are no numbers yet.',
    },
    videos: {
      title: 'Videos',
      sortBy: 'Sort by',
      posted: 'Posted',
      views: 'Views',
      likes: 'Likes',
      comments: 'Comments',
      shares: 'Shares',
      growth: '7 days',
      growthLong: 'Views gained in 7 days',
      video: 'Video',
      ascending: 'lowest first',
      descending: 'highest first',
      opens: 'opens TikTok',
      /** In a word, and what is known when it is pointed at: since when it is so, and when it was last read. */
      presence: {
        missing: [
          'not in the latest list',
          (_since: string, read: string) =>
            `It is missing from the latest list, and TikTok has not said yet whether it knows its id. Last read on ${read}.`,
        ],
        unlisted: [
          'no longer listed',
          (since: string) =>
            `Since ${since} it is not in the list of public videos, but TikTok still gives its numbers by its id. Why, TikTok does not say.`,
        ],
        absent: [
          'not found',
          (since: string, read: string) =>
            `Since ${since} it is not in the list, and TikTok did not answer for its id. It is asked for again on another day before it is called gone. Last read on ${read}.`,
        ],
        gone: [
          'gone',
          (since: string, read: string) =>
            `Since ${since} it is not in the list, and TikTok did not answer for its id on two days. Why, TikTok does not say. Its last numbers, of ${read}, are kept.`,
        ],
        beyond_cap: [
          'beyond the end of the list',
          (_since: string, read: string) =>
            `The list was cut off after 500 pages, before it came to a video this old: nobody knows whether it is still there. Last read on ${read}.`,
        ],
      } satisfies PresenceTexts,
      untitled: 'Without a title',
      none: 'No video was read yet.',
      next: 'Next page',
      first: 'First page',
    },
    log: {
      title: 'Sync log',
      none: 'There was no attempt yet.',
      all: 'All attempts',
      attempt: 'Attempt',
      day: 'Day',
      trigger: 'Trigger',
      started: 'Began',
      finished: 'Ended',
      took: (span: string) => `took ${span}`,
      pages: 'Pages',
      videos: 'Videos',
      error: 'Error',
      http: (status: string) => `HTTP ${status}`,
      logId: 'TikTok log id',
      retry: 'Tried again',
      job: 'Job',
      openJob: 'See the job',
    },
    manage: {
      title: 'Settings',
      edit: 'Name and time zone',
      name: 'Name',
      timezone: 'Time zone',
      timezoneHint: 'An IANA name such as Asia/Jakarta. It counts from the next day on.',
      save: 'Save',
      remove: 'Delete this store',
      removeLead: 'The store, its tokens and all its numbers are removed for good.',
      confirm: (code: string) => `Type ${code} to confirm`,
      removeNow: 'Delete for good',
    },
  },
  {
    headings: {
      blocked: 'Mengapa toko ini tidak tersinkron?',
      under_way: 'Apa yang sedang terjadi?',
      incomplete: 'Apa yang kurang?',
      well: 'Semua baik',
    },
    never_connected: () => 'Toko ini belum pernah terhubung: pemiliknya harus membuka tautan penghubung dulu.',
    need_reconnect: (said) => `${said.reason} Tidak ada hari yang dibaca sampai pemiliknya menghubungkan lagi.`,
    disconnected: (said) => `${said.reason} Tidak ada hari yang dibaca sampai pemiliknya menghubungkan lagi.`,
    paused: () => 'Toko ini dijeda: tidak ada hari yang dibaca sampai dilanjutkan.',
    no_worker: () =>
      'Tidak ada worker yang berjalan, jadi tidak ada toko yang dibaca: jalankan proses dengan peran worker.',
    tiktok_silent: (said) =>
      said.breakerSince === null
        ? `TikTok tidak menjawab siapa pun saat gilirannya; dilanjutkan ${said.next ?? 'dengan sendirinya'}.`
        : `TikTok tidak menjawab sejak ${said.breakerSince}: akan ditanya lagi dengan sendirinya, lalu toko ini dilanjutkan.`,
    reading: (said) => `Sedang dibaca: sejauh ini ${said.videos} video dari ${said.pages} halaman.`,
    limit: (said) =>
      `Batas TikTok sudah habis, jadi toko ini menunggu dan dilanjutkan ${said.next ?? 'dengan sendirinya'}.`,
    store_busy: (said) => `Proses sebelumnya belum selesai; dilanjutkan ${said.next ?? 'dengan sendirinya'}.`,
    given_back: (said) => `Proses yang membacanya dihentikan; dilanjutkan ${said.next ?? 'dengan sendirinya'}.`,
    retrying: (said) =>
      `Percobaan ${said.attempt} dari ${said.attempts} gagal: ${said.error} Dicoba lagi ${said.next ?? 'dengan sendirinya'}.`,
    queued: (said) =>
      said.before === '0'
        ? 'Berikutnya diambil begitu ada worker yang bebas.'
        : `Menunggu worker yang bebas, dengan ${said.before} toko di depannya dalam antrean.`,
    later: (said) =>
      `Semua percobaan untuk harinya gagal: ${said.error} Dicoba lagi ${said.next ?? 'dengan sendirinya'}.`,
    stuck: (said) => `Harinya belum dibaca dan tidak akan dicoba lagi dengan sendirinya: ${said.error}`,
    no_scheduler: () =>
      'Harinya sudah jatuh tempo, tetapi tidak ada scheduler yang berjalan: jalankan proses dengan peran scheduler.',
    unplanned: () => 'Harinya sudah jatuh tempo dan masuk antrean dalam beberapa menit.',
    scope_missing: (said) => `Toko ini dibaca, tetapi tidak semuanya. ${said.reason}`,
    ending: (said) => `Sambungannya berakhir ${said.ends}: mintalah pemiliknya menghubungkan lagi sebelum itu.`,
    partial: (said) =>
      `Harinya hanya terbaca sebagian: ${said.error}${said.next === null ? '' : ` Dicoba lagi ${said.next}.`}`,
    well: (said) =>
      said.read === null
        ? `Tidak ada yang menghalangi; hari berikutnya dibaca ${said.next ?? 'dengan sendirinya'}.`
        : `Terbaca ${said.read}${said.next === null ? '.' : `; berikutnya ${said.next}.`}`,
    notRead: 'belum ada percobaan yang menjelaskan sebabnya.',
    wait: 'Tidak ada yang perlu Anda lakukan.',
    actions: {
      resync: 'Sinkronkan',
      link: 'Tautan penghubung',
      pause: 'Jeda',
      resume: 'Lanjutkan',
      disconnect: 'Putuskan',
      confirmDisconnect: (store) =>
        `Putuskan ${store}? Tokennya dihapus, angkanya tetap. Pemiliknya harus menghubungkan lagi.`,
    },
    sections: 'Di halaman ini',
    localTime: (time) => `di sana sekarang ${time}`,
    noAccount: 'Belum ada akun',
    facts: {
      title: 'Fakta',
      connected: 'Terhubung sejak',
      status: 'Sejak',
      scopes: 'Dibagikan',
      notScopes: 'Tidak dibagikan',
      token: 'Sambungan berakhir',
      lastGood: 'Hari baik terakhir',
      lastError: 'Galat terakhir',
      job: 'Tugas',
      attempt: (attempt, attempts) => `percobaan ${attempt} dari ${attempts}`,
      before: (count) => `${count} di depannya`,
      notStarted: 'belum dimulai',
      goesOn: 'dilanjutkan',
      next: 'Percobaan berikutnya',
      budget: 'Batas TikTok yang terpakai',
      budgetOf: (endpoint, used, limit) => `${endpoint} ${used} dari ${limit} per menit`,
      logId: 'ID log TikTok',
      none: 'tidak ada',
    },
    scopes: new Map([
      ['user.info.basic', 'nama'],
      ['user.info.profile', 'nama pengguna'],
      ['user.info.stats', 'pengikut dan suka'],
      ['video.list', 'video'],
    ]),
    calendar: {
      title: 'Hari',
      label: (from, to, counts) => `Kalender dari ${from} sampai ${to}: ${counts}.`,
      scroll: 'Kalender hari-harinya',
      noRow: 'tidak diharapkan',
      list: (count) => `Hari yang tidak lengkap (${count})`,
      all: 'Setiap hari yang diharapkan sudah lengkap.',
      none: 'Belum ada hari yang diharapkan.',
      day: 'Hari',
      state: 'Keadaan',
      reason: 'Sebab',
      weekdays: ['Sen', '', 'Rab', '', 'Jum', '', ''],
    },
    numbers: {
      title: 'Angka',
      range: 'Rentang hari',
      days: (count) => `${count} hari`,
      day: 'Hari',
      followers: 'Pengikut',
      likes: 'Suka',
      views: 'Tayangan per hari',
      note: 'Pengikut dan suka adalah jumlah total. Tayangan adalah tambahan semua video sejak hari sebelumnya; celah berarti hari yang tidak bisa diketahui.',
      quality: {
        first: 'pembacaan pertama',
        partial: 'hari terbaca sebagian',
        falling: 'lebih sedikit dari sebelumnya',
        gap: (days) => `${days} hari setelah pembacaan sebelumnya`,
        late: 'dibaca setelah tengah malam',
      },
      none: 'Belum ada angka.',
    },
    videos: {
      title: 'Video',
      sortBy: 'Urutkan menurut',
      posted: 'Diunggah',
      views: 'Tayangan',
      likes: 'Suka',
      comments: 'Komentar',
      shares: 'Dibagikan',
      growth: '7 hari',
      growthLong: 'Tambahan tayangan dalam 7 hari',
      video: 'Video',
      ascending: 'terendah dulu',
      descending: 'tertinggi dulu',
      opens: 'membuka TikTok',
      presence: {
        missing: [
          'tidak ada di daftar terakhir',
          (_since, read) =>
            `Tidak ada di daftar terakhir, dan TikTok belum mengatakan apakah mengenal ID-nya. Terakhir dibaca ${read}.`,
        ],
        unlisted: [
          'tidak lagi di daftar',
          (since) =>
            `Sejak ${since} tidak ada di daftar video publik, tetapi TikTok masih memberi angkanya lewat ID. Alasannya tidak dikatakan TikTok.`,
        ],
        absent: [
          'tidak ditemukan',
          (since, read) =>
            `Sejak ${since} tidak ada di daftar, dan TikTok tidak menjawab untuk ID-nya. Ditanyakan lagi pada hari lain sebelum disebut hilang. Terakhir dibaca ${read}.`,
        ],
        gone: [
          'hilang',
          (since, read) =>
            `Sejak ${since} tidak ada di daftar, dan TikTok tidak menjawab untuk ID-nya pada dua hari. Alasannya tidak dikatakan TikTok. Angka terakhirnya, dari ${read}, tetap disimpan.`,
        ],
        beyond_cap: [
          'di luar akhir daftar',
          (_since, read) =>
            `Daftar terpotong setelah 500 halaman, sebelum sampai ke video setua ini: tidak ada yang tahu apakah masih ada. Terakhir dibaca ${read}.`,
        ],
      },
      untitled: 'Tanpa judul',
      none: 'Belum ada video yang dibaca.',
      next: 'Halaman berikutnya',
      first: 'Halaman pertama',
    },
    log: {
      title: 'Log sinkronisasi',
      none: 'Belum ada percobaan.',
      all: 'Semua percobaan',
      attempt: 'Percobaan',
      day: 'Hari',
      trigger: 'Pemicu',
      started: 'Mulai',
      finished: 'Selesai',
      took: (span) => `selama ${span}`,
      pages: 'Halaman',
      videos: 'Video',
      error: 'Galat',
      http: (status) => `HTTP ${status}`,
      logId: 'ID log TikTok',
      retry: 'Dicoba lagi',
      job: 'Tugas',
      openJob: 'Lihat tugasnya',
    },
    manage: {
      title: 'Setelan',
      edit: 'Nama dan zona waktu',
      name: 'Nama',
      timezone: 'Zona waktu',
      timezoneHint: 'Nama IANA seperti Asia/Jakarta. Berlaku mulai hari berikutnya.',
      save: 'Simpan',
      remove: 'Hapus toko ini',
      removeLead: 'Toko ini, tokennya, dan semua angkanya dihapus untuk selamanya.',
      confirm: (code) => `Ketik ${code} untuk memastikan`,
      removeNow: 'Hapus selamanya',
    },
  },
);
