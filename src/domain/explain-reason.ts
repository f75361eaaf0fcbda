import type { Language } from './language.ts';

/** A store's `status_reason` for an admin: what is the case, and what to do about it. */
export interface ReasonText {
  what: string;
  next: string;
}

const askOwner: Readonly<Record<Language, string>> = {
  en: 'Send the owner a connect link.',
  id: 'Kirim tautan penghubung kepada pemilik.',
};

const reasons: Readonly<Record<Language, ReadonlyMap<string, ReasonText>>> = {
  en: new Map(
    Object.entries({
      REVOKED: { what: 'TikTok no longer accepts the connection.', next: askOwner.en },
      REFRESH_TOKEN_EXPIRED: { what: 'The connection expired.', next: askOwner.en },
      REFRESH_OUTCOME_UNKNOWN: {
        what: 'TikTok’s answer to a token refresh was lost, or newer than the backup restored; the old token no longer works.',
        next: `The owner did nothing wrong. ${askOwner.en}`,
      },
      SCOPE_MISSING: { what: 'The owner has not given a permission that is needed.', next: askOwner.en },
      ACCOUNT_DELETED: { what: 'The TikTok account was deleted.', next: 'The numbers read so far are kept.' },
      ACCOUNT_BANNED: {
        what: 'TikTok banned the account.',
        next: 'Ask the owner; once it is lifted, send a connect link.',
      },
      AGE_CHANGED: { what: 'TikTok ended the access because the account’s age changed.', next: 'Ask the owner.' },
      DISCONNECTED_IN_TIKTOK: { what: 'The owner removed the access in TikTok.', next: `Ask why. ${askOwner.en}` },
      REVOKED_BY_DEVELOPER: { what: 'The access was revoked with this app’s own credentials.', next: askOwner.en },
      DISCONNECTED_BY_ADMIN: { what: 'An admin disconnected it.', next: 'To resume, send the owner a connect link.' },
      UNDONE_BY_OWNER: {
        what: 'Who opened the link said that this is not their store.',
        next: 'Check whom it was sent to, and send the owner a new connect link.',
      },
      UNKNOWN: { what: 'TikTok ended the access and gave no reason.', next: askOwner.en },
    }),
  ),
  id: new Map(
    Object.entries({
      REVOKED: { what: 'TikTok tidak lagi menerima sambungan ini.', next: askOwner.id },
      REFRESH_TOKEN_EXPIRED: { what: 'Sambungan sudah kedaluwarsa.', next: askOwner.id },
      REFRESH_OUTCOME_UNKNOWN: {
        what: 'Jawaban TikTok saat token diperbarui hilang, atau lebih baru dari cadangan yang dipulihkan; token lama tidak berlaku lagi.',
        next: `Pemilik tidak berbuat salah. ${askOwner.id}`,
      },
      SCOPE_MISSING: { what: 'Pemilik belum memberi izin yang diperlukan.', next: askOwner.id },
      ACCOUNT_DELETED: { what: 'Akun TikTok-nya sudah dihapus.', next: 'Angka yang sudah terbaca tetap disimpan.' },
      ACCOUNT_BANNED: {
        what: 'TikTok memblokir akun ini.',
        next: 'Tanyakan kepada pemilik; setelah dibuka, kirim tautan penghubung.',
      },
      AGE_CHANGED: { what: 'TikTok mengakhiri akses karena umur akun berubah.', next: 'Tanyakan kepada pemilik.' },
      DISCONNECTED_IN_TIKTOK: { what: 'Pemilik mencabut akses di TikTok.', next: `Tanyakan alasannya. ${askOwner.id}` },
      REVOKED_BY_DEVELOPER: { what: 'Akses dicabut dengan kredensial aplikasi ini sendiri.', next: askOwner.id },
      DISCONNECTED_BY_ADMIN: {
        what: 'Diputus oleh admin.',
        next: 'Untuk melanjutkan, kirim tautan penghubung kepada pemilik.',
      },
      UNDONE_BY_OWNER: {
        what: 'Pembuka tautan mengatakan ini bukan tokonya.',
        next: 'Periksa kepada siapa tautan dikirim, lalu kirim tautan baru kepada pemilik.',
      },
      UNKNOWN: { what: 'TikTok mengakhiri akses tanpa memberi alasan.', next: askOwner.id },
    }),
  ),
};

const missing: Readonly<Record<Language, ReadonlyMap<string, string>>> = {
  en: new Map(
    Object.entries({
      'user.info.basic': 'the account’s name and picture',
      'user.info.profile': 'the username',
      'user.info.stats': 'followers, likes and number of videos',
      'video.list': 'videos and their numbers',
    }),
  ),
  id: new Map(
    Object.entries({
      'user.info.basic': 'nama dan foto akun',
      'user.info.profile': 'nama pengguna',
      'user.info.stats': 'pengikut, suka, dan jumlah video',
      'video.list': 'video dan angkanya',
    }),
  ),
};

const fallbacks: Readonly<
  Record<Language, { notShared: (names: string) => ReasonText; other: (reason: string) => ReasonText }>
> = {
  en: {
    notShared: (names) => ({
      what: `Not shared by the owner: ${names}.`,
      next: 'To add it, send a connect link; the owner leaves every permission on.',
    }),
    other: (reason) => ({ what: `Reason: ${reason}.`, next: 'See the store’s sync log.' }),
  },
  id: {
    notShared: (names) => ({
      what: `Tidak dibagikan pemilik: ${names}.`,
      next: 'Untuk menambahkannya, kirim tautan penghubung; pemilik membiarkan semua izin menyala.',
    }),
    other: (reason) => ({ what: `Alasan: ${reason}.`, next: 'Lihat log sinkronisasi toko.' }),
  },
};

/** Codes as in `stores.status_reason`, `SCOPE_MISSING: a, b` included; an unknown code is quoted as it is. */
export function explainReason(reason: string, language: Language = 'en'): ReasonText {
  const [code = '', detail] = reason.split(': ', 2);
  if (code === 'SCOPE_MISSING' && detail !== undefined) {
    const names = detail.split(', ').map((scope) => missing[language].get(scope) ?? scope);
    return fallbacks[language].notShared(names.join('; '));
  }
  return reasons[language].get(code) ?? fallbacks[language].other(reason);
}
