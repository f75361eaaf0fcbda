import type { AuditAction } from '../../../../domain/audit-action.ts';
import { bothLanguages } from '../both-languages.ts';

interface AuditTexts {
  title: string;
  lead: string;
  action: string;
  actor: string;
  outcome: string;
  done: string;
  refused: string;
  refusedWith: (code: string) => string;
  when: string;
  of: string;
  client: string;
  actions: Readonly<Record<AuditAction, string>>;
  /** Those who have no key. */
  actors: Readonly<Record<'owner' | 'tiktok' | 'cli' | 'environment' | 'unknown', string>>;
}

export const auditTexts = bothLanguages<AuditTexts>(
  {
    title: 'Audit',
    lead: 'Who changed what, and who was turned away, newest first. Times are UTC.',
    action: 'What',
    actor: 'Who',
    outcome: 'Outcome',
    done: 'done',
    refused: 'refused',
    refusedWith: (code) => `refused: ${code}`,
    when: 'When',
    of: 'Of what',
    client: 'From',
    actions: {
      'store.create': 'added a store',
      'store.update': 'changed a store',
      'store.delete': 'deleted a store',
      'store.connect_link': 'made a connect link',
      'store.connect': 'connected a store',
      'store.undo_connect': 'took a connection back',
      'store.bulk': 'changed many stores at once',
      'store.disconnect': 'disconnected a store',
      'store.authorization_removed': 'ended the access to a store',
      'store.resync': 'resynced a store',
      'data.erase': 'erased all data of a store or account',
      'data.export': 'took out all data of a store or account',
      'data.restore': 'restored a backup',
      'job.cancel': 'cancelled a job',
      'job.retry': 'retried a job',
      'admin_key.create': 'made a key',
      'admin_key.revoke': 'revoked a key',
      'admin_key.use': 'used a key',
      'webhook.create': 'made a webhook',
      'webhook.update': 'changed a webhook',
      'webhook.delete': 'deleted a webhook',
      'webhook.replay': 'had events sent once more',
      'session.begin': 'signed in',
      'session.end': 'signed out',
      'token_keys.rotate': 'changed the key of the tokens',
      'connect_link.open': 'opened a connect link',
      'webhook.receive': 'sent a webhook',
    },
    actors: {
      owner: 'the owner',
      tiktok: 'TikTok',
      cli: 'the command line',
      environment: 'the environment',
      unknown: 'somebody unknown',
    },
  },
  {
    title: 'Audit',
    lead: 'Siapa mengubah apa, dan siapa yang ditolak, yang terbaru dahulu. Waktu dalam UTC.',
    action: 'Apa',
    actor: 'Siapa',
    outcome: 'Hasil',
    done: 'berhasil',
    refused: 'ditolak',
    refusedWith: (code) => `ditolak: ${code}`,
    when: 'Kapan',
    of: 'Terhadap',
    client: 'Dari',
    actions: {
      'store.create': 'menambah toko',
      'store.update': 'mengubah toko',
      'store.delete': 'menghapus toko',
      'store.connect_link': 'membuat tautan penghubung',
      'store.connect': 'menghubungkan toko',
      'store.undo_connect': 'membatalkan penghubungan',
      'store.bulk': 'mengubah banyak toko sekaligus',
      'store.disconnect': 'memutus toko',
      'store.authorization_removed': 'mengakhiri akses ke toko',
      'store.resync': 'menyinkronkan toko',
      'data.erase': 'menghapus semua data toko atau akun',
      'data.export': 'mengekspor semua data toko atau akun',
      'data.restore': 'memulihkan cadangan',
      'job.cancel': 'membatalkan tugas',
      'job.retry': 'mencoba lagi tugas',
      'admin_key.create': 'membuat kunci',
      'admin_key.revoke': 'mencabut kunci',
      'admin_key.use': 'memakai kunci',
      'webhook.create': 'membuat webhook',
      'webhook.update': 'mengubah webhook',
      'webhook.delete': 'menghapus webhook',
      'webhook.replay': 'meminta peristiwa dikirim ulang',
      'session.begin': 'masuk',
      'session.end': 'keluar',
      'token_keys.rotate': 'mengganti kunci token',
      'connect_link.open': 'membuka tautan penghubung',
      'webhook.receive': 'mengirim webhook',
    },
    actors: {
      owner: 'pemilik toko',
      tiktok: 'TikTok',
      cli: 'baris perintah',
      environment: 'lingkungan',
      unknown: 'orang tak dikenal',
    },
  },
);
