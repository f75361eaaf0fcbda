import type { DayWait } from '../../domain/day-wait.ts';
import type { Language } from './view-models.ts';

interface DayTexts {
  waits: Readonly<Record<DayWait, string>>;
  missed: ReadonlyMap<string, string>;
  partly: ReadonlyMap<string, string>;
  failed: (code: string | null) => string;
  inPart: (code: string | null) => string;
  late: string;
  read: string;
}

const texts: Readonly<Record<Language, DayTexts>> = {
  en: {
    waits: {
      worker: 'It waits for a free worker.',
      running: 'It is being read.',
      limit: 'TikTok told it to wait: its limit is used up for the moment.',
      retry: 'The last try failed; it is tried again by itself.',
      breaker: 'TikTok does not answer at the moment; it goes on as soon as TikTok does.',
      owner: 'The owner has to connect again: send a connect link.',
      pause: 'The store is paused.',
      admin: 'Its sync was cancelled or cannot succeed as it is: see the log, then resync the store.',
    },
    missed: new Map(
      Object.entries({
        NOT_PLANNED: 'Harian was not running on that day.',
        NOT_READ_IN_TIME: 'The day ended before anybody could read it.',
        NEED_RECONNECT: 'The owner had to connect again and did not on that day.',
        PAUSED: 'The store was paused.',
        CIRCUIT_OPEN: 'TikTok did not answer until the day was over.',
        RATE_LIMIT_EXCEEDED: 'TikTok told it to wait until the day was over.',
        JOB_CANCELLED: 'Its sync was cancelled.',
        STORE_NOT_CONNECTED: 'The store was not connected.',
      }),
    ),
    partly: new Map(
      Object.entries({
        COUNTERS_MISSING: 'TikTok left out some numbers.',
        PAGE_LIMIT: 'The account has more videos than are read.',
        CURSOR_STUCK: 'TikTok’s list of videos did not go on.',
        EMPTY_PAGES: 'TikTok’s list of videos went on without any video.',
        SCOPE_MISSING: 'The owner did not share everything.',
      }),
    ),
    failed: (code) => `Every try failed until the day was over; the last one with ${code}.`,
    inPart: (code) => `Only a part could be read: ${code}.`,
    late: 'It was read after midnight, so it may hold some of the next day.',
    read: 'It has been read.',
  },
  id: {
    waits: {
      worker: 'Menunggu worker yang bebas.',
      running: 'Sedang dibaca.',
      limit: 'TikTok menyuruh menunggu: batasnya sedang habis.',
      retry: 'Percobaan terakhir gagal; akan dicoba lagi dengan sendirinya.',
      breaker: 'TikTok sedang tidak menjawab; dilanjutkan begitu TikTok menjawab.',
      owner: 'Pemilik harus menghubungkan lagi: kirim tautan penghubung.',
      pause: 'Toko sedang dijeda.',
      admin: 'Sinkronisasinya dibatalkan atau tidak mungkin berhasil: lihat log, lalu sinkronkan lagi.',
    },
    missed: new Map(
      Object.entries({
        NOT_PLANNED: 'Harian tidak berjalan pada hari itu.',
        NOT_READ_IN_TIME: 'Hari itu berakhir sebelum sempat dibaca.',
        NEED_RECONNECT: 'Pemilik harus menghubungkan lagi dan tidak melakukannya pada hari itu.',
        PAUSED: 'Toko sedang dijeda.',
        CIRCUIT_OPEN: 'TikTok tidak menjawab sampai hari berakhir.',
        RATE_LIMIT_EXCEEDED: 'TikTok menyuruh menunggu sampai hari berakhir.',
        JOB_CANCELLED: 'Sinkronisasinya dibatalkan.',
        STORE_NOT_CONNECTED: 'Toko tidak terhubung.',
      }),
    ),
    partly: new Map(
      Object.entries({
        COUNTERS_MISSING: 'TikTok tidak memberi sebagian angka.',
        PAGE_LIMIT: 'Akun ini punya lebih banyak video daripada yang dibaca.',
        CURSOR_STUCK: 'Daftar video TikTok berhenti di tengah.',
        EMPTY_PAGES: 'Daftar video TikTok berlanjut tanpa video.',
        SCOPE_MISSING: 'Pemilik tidak membagikan semuanya.',
      }),
    ),
    failed: (code) => `Semua percobaan gagal sampai hari berakhir; yang terakhir dengan ${code}.`,
    inPart: (code) => `Hanya sebagian yang terbaca: ${code}.`,
    late: 'Dibaca setelah tengah malam, jadi mungkin memuat sebagian hari berikutnya.',
    read: 'Sudah dibaca.',
  },
};

/** One sentence for whoever asks why a store does not have its day. Codes are quoted where they say more than we can. */
export function explainDay(
  day: { state: string; reason: string | null; waitsFor: DayWait | null },
  language: Language = 'en',
): string {
  const { state, waitsFor } = day;
  const { waits, missed, partly, ...said } = texts[language];
  const [code = null] = day.reason?.split(': ') ?? [];
  if (waitsFor !== null) return waits[waitsFor];
  if (state === 'missed') return (code && missed.get(code)) ?? said.failed(code);
  if (state === 'late') return said.late;
  if (state === 'partial') return (code && partly.get(code)) ?? said.inPart(code);
  return said.read;
}
