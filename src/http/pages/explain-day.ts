import type { DayWait } from '../../domain/day-wait.ts';
import { explainError } from './explain-error.ts';
import type { Language } from './view-models.ts';

interface DayTexts {
  waits: Readonly<Record<DayWait, string>>;
  missed: ReadonlyMap<string, string>;
  failed: (code: string | null) => string;
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
    failed: (code) => `Every try failed until the day was over; the last one with ${code}.`,
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
    failed: (code) => `Semua percobaan gagal sampai hari berakhir; yang terakhir dengan ${code}.`,
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
  const { waits, missed, ...said } = texts[language];
  const [code = null] = day.reason?.split(': ') ?? [];
  if (waitsFor !== null) return waits[waitsFor];
  if (state === 'missed') return (code && missed.get(code)) ?? said.failed(code);
  if (state === 'late') return said.late;
  if (state === 'partial') return explainError(day.reason ?? 'UNKNOWN', language);
  return said.read;
}
