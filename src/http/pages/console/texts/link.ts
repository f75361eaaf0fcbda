import { bothLanguages } from '../both-languages.ts';

export const linkTexts = bothLanguages(
  {
    title: 'Connect link',
    lead: (store: string) => `Send this to the owner of ${store}. It is shown this once.`,
    label: 'Connect link',
    copy: 'Copy',
    copied: 'Copied',
    share: 'Share',
    qr: 'Or let the owner scan it',
    expires: (when: string) => `Good until ${when}, for one connection.`,
    message: (store: string) => `Please connect the TikTok account of ${store}:`,
    back: 'Back to the store',
  },
  {
    title: 'Tautan penghubung',
    lead: (store) => `Kirim ini kepada pemilik ${store}. Hanya ditampilkan kali ini.`,
    label: 'Tautan penghubung',
    copy: 'Salin',
    copied: 'Tersalin',
    share: 'Bagikan',
    qr: 'Atau biarkan pemilik memindainya',
    expires: (when) => `Berlaku sampai ${when}, untuk satu kali penghubungan.`,
    message: (store) => `Silakan hubungkan akun TikTok ${store}:`,
    back: 'Kembali ke toko',
  },
);
