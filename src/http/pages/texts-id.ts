import { html } from 'hono/html';
import type { OwnerTexts } from './owner-texts.ts';

export const indonesianTexts: OwnerTexts = {
  connect: {
    title: 'Hubungkan akun TikTok Anda',
    lead: 'Anda akan menghubungkan akun TikTok toko ini agar angkanya tercatat setiap hari.',
    since: (day) =>
      html`Toko ini perlu dihubungkan ulang sejak ${day}. Gunakan akun TikTok yang sama seperti sebelumnya.`,
    missing: (count) =>
      `${count} hari sudah terlewat, dan TikTok tidak memberikan hari yang lalu: setiap hari berikutnya akan hilang.`,
    readsTitle: 'Dibaca sekali sehari',
    reads: [
      'Akun: nama, foto, serta jumlah pengikut, akun yang diikuti, suka, dan video',
      'Setiap video publik: judul, tayangan, suka, komentar, dan berapa kali dibagikan',
    ],
    neverTitle: 'Tidak pernah',
    never: [
      'Melihat kata sandi Anda',
      'Mengunggah, mengubah, atau menghapus apa pun',
      'Membaca pesan',
      'Membaca apa pun yang tidak publik',
    ],
    button: 'Lanjutkan dengan TikTok',
    afterwards: 'TikTok akan terbuka dan meminta persetujuan Anda. Pastikan Anda masuk dengan akun toko ini.',
  },
  store: 'Toko',
  account: 'Akun TikTok toko ini',
  unnamedAccount: 'Akun TikTok Anda',
  outcomes: {
    CONNECTED: {
      title: 'Berhasil terhubung',
      what: 'Akun TikTok sudah terhubung dengan toko.',
      next: 'Halaman ini boleh ditutup.',
    },
    UNDONE: {
      title: 'Sudah dibatalkan',
      what: 'Akun tidak lagi terhubung, dan yang sudah terbaca darinya telah dihapus.',
      next: 'Silakan minta tautan toko Anda sendiri kepada admin.',
    },
    REFUSED: {
      title: 'Belum terhubung',
      what: 'Anda menolak di TikTok, jadi tidak ada yang dihubungkan.',
      next: 'Jika berubah pikiran, buka lagi tautan yang Anda terima. Tautannya masih berlaku.',
    },
    TIKTOK_ERROR: {
      title: 'Belum terhubung',
      what: 'TikTok tidak menyelesaikan proses masuk, jadi tidak ada yang dihubungkan.',
      next: 'Silakan buka lagi tautan yang Anda terima. Jika terus gagal, beri tahu admin Anda.',
    },
    TIKTOK_UNAVAILABLE: {
      title: 'TikTok tidak merespons',
      what: 'TikTok tidak menjawab, jadi tidak ada yang dihubungkan.',
      next: 'Tunggu beberapa menit, lalu buka lagi tautan yang Anda terima. Tautannya masih berlaku.',
    },
    MISCONFIGURED: {
      title: 'Belum terhubung',
      what: 'TikTok tidak menerima pengaturan sistem ini. Ini bukan kesalahan Anda.',
      next: 'Mohon beri tahu admin Anda. Pengaturannya harus diperbaiki dulu sebelum Anda bisa terhubung.',
    },
    OTHER_ACCOUNT: {
      title: 'Akunnya berbeda',
      what: 'Toko ini milik akun TikTok lain, jadi tidak ada yang diubah.',
      next: 'Masuk ke TikTok dengan akun toko ini, lalu buka lagi tautan yang Anda terima.',
    },
    ACCOUNT_ON_OTHER_STORE: {
      title: 'Akun ini sudah dipakai',
      what: 'Akun TikTok ini sudah terhubung dengan toko lain, jadi tidak ada yang diubah.',
      next: 'Buka lagi tautan yang Anda terima dan gunakan akun toko ini. Jika akunnya sudah benar, tanyakan kepada admin Anda.',
    },
    LINK_USED: {
      title: 'Tautan ini sudah dipakai',
      what: 'Tautan ini sudah lebih dulu dipakai, jadi tidak ada yang diubah.',
      next: 'Jika toko belum terhubung, mintalah tautan baru kepada admin Anda.',
    },
    IN_PROGRESS: {
      title: 'Sedang menghubungkan…',
      what: 'Kami sedang menghubungi TikTok. Ini hanya beberapa detik.',
      next: 'Halaman ini diperbarui otomatis.',
    },
    ENDED: {
      title: 'Tidak lagi terhubung',
      what: 'Akun TikTok sempat terhubung, tetapi penghubungan itu sudah berakhir.',
      next: 'Silakan minta tautan baru kepada admin Anda.',
    },
    INVALID_STATE: {
      title: 'Proses masuk tidak bisa diselesaikan',
      what: 'Waktunya habis, prosesnya sudah selesai, atau dimulai dari browser lain. Tidak ada yang diubah.',
      next: 'Silakan buka lagi tautan yang Anda terima.',
    },
  },
  connected: {
    waiting: 'Angka pertama sedang diambil. Halaman ini diperbarui otomatis.',
    done: 'Angka pertama sudah masuk. Selanjutnya angka dibaca otomatis setiap hari.',
    later: 'Angka pertama akan masuk sendiri pada sinkronisasi berikutnya. Tidak ada yang perlu Anda lakukan.',
    daily: 'Selanjutnya angka dibaca otomatis setiap hari.',
    undoTitle: 'Bukan toko Anda?',
    undo: 'Batalkan penghubungan ini. Yang sudah terbaca dari akun Anda akan dihapus.',
    undoButton: 'Batalkan',
    missingTitle: 'Belum semua izin diberikan',
    missing:
      'Untuk melengkapinya, mintalah tautan baru kepada admin, buka, dan biarkan semua izin aktif. Yang belum ada:',
    scopes: {
      'user.info.basic': 'nama dan foto akun',
      'user.info.profile': 'nama pengguna',
      'user.info.stats': 'jumlah pengikut, suka, dan video',
      'video.list': 'video publik beserta angkanya',
    },
  },
  linkGone: {
    title: 'Tautan ini tidak berlaku lagi',
    what: 'Tautan sudah dipakai, sudah kedaluwarsa, atau tidak tersalin lengkap.',
    next: 'Silakan minta tautan baru kepada admin Anda.',
  },
  error: {
    byStatus: {
      403: { title: 'Tidak diizinkan', what: 'Permintaan ini tidak diizinkan.' },
      404: { title: 'Halaman tidak ditemukan', what: 'Periksa lagi tautan yang Anda buka.' },
      429: { title: 'Terlalu banyak percobaan', what: 'Tunggu sebentar, lalu coba lagi.' },
      500: { title: 'Terjadi kesalahan', what: 'Kesalahan ada pada sistem kami. Silakan coba lagi nanti.' },
      503: { title: 'Sedang tidak tersedia', what: 'Silakan coba lagi beberapa saat lagi.' },
    },
    fallback: {
      title: 'Permintaan tidak berhasil',
      what: 'Silakan coba lagi. Jika terus gagal, beri tahu admin Anda.',
    },
    code: 'Kode',
  },
};
