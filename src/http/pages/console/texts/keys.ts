import type { AdminScope } from '../../../../domain/admin-scope.ts';
import { bothLanguages } from '../both-languages.ts';

interface KeysTexts {
  title: string;
  lead: string;
  make: string;
  name: string;
  nameHint: string;
  scope: string;
  scopes: Readonly<Record<AdminScope, string>>;
  expiry: string;
  expiries: Readonly<Record<'never' | 'month' | 'quarter' | 'year', string>>;
  list: string;
  status: string;
  valid: string;
  expired: string;
  revoked: string;
  yours: string;
  created: string;
  expires: string;
  never: string;
  used: string;
  neverUsed: string;
  actions: string;
  revoke: string;
  revokeOf: (name: string) => string;
  confirm: (name: string) => string;
  confirmOwn: (name: string) => string;
  bootstrap: string;
  more: string;
  madeTitle: string;
  made: (name: string) => string;
  madeLabel: string;
  copy: string;
  copied: string;
  once: string;
  back: string;
}

export const keysTexts = bothLanguages<KeysTexts>(
  {
    title: 'Keys',
    lead: 'Who may come in, and how far. Only hashes of the keys are kept.',
    make: 'Make a key',
    name: 'Name',
    nameHint: 'A name is never given twice, so that the audit log stays clear.',
    scope: 'May',
    scopes: { read: 'read', operate: 'read and operate stores', admin: 'everything' },
    expiry: 'Ends',
    expiries: { never: 'never', month: 'in 30 days', quarter: 'in 90 days', year: 'in a year' },
    list: 'All keys',
    status: 'State',
    valid: 'valid',
    expired: 'expired',
    revoked: 'revoked',
    yours: 'yours',
    created: 'Made',
    expires: 'Ends',
    never: 'never',
    used: 'Last used',
    neverUsed: 'never',
    actions: 'Actions',
    revoke: 'Revoke',
    revokeOf: (name) => `the key ${name}`,
    confirm: (name) => `Revoke the key ${name}? It and its sessions end at once, and its name is not given again.`,
    confirmOwn: (name) => `Revoke your own key ${name}? You are signed out at once.`,
    bootstrap: 'follows ADMIN_API_KEY',
    more: 'More keys',
    madeTitle: 'The new key',
    made: (name) => `This is the key ${name}. Copy it now: it is shown this once and cannot be shown again.`,
    madeLabel: 'Key',
    copy: 'Copy',
    copied: 'Copied',
    once: 'Whoever has it can do all that its scope allows. Send it on a way that only its owner reads.',
    back: 'All keys',
  },
  {
    title: 'Kunci',
    lead: 'Siapa yang boleh masuk, dan sejauh mana. Yang disimpan hanya hash kuncinya.',
    make: 'Buat kunci',
    name: 'Nama',
    nameHint: 'Satu nama tidak diberikan dua kali, supaya log audit tetap jelas.',
    scope: 'Boleh',
    scopes: { read: 'membaca', operate: 'membaca dan mengurus toko', admin: 'semuanya' },
    expiry: 'Berakhir',
    expiries: { never: 'tidak pernah', month: 'dalam 30 hari', quarter: 'dalam 90 hari', year: 'dalam setahun' },
    list: 'Semua kunci',
    status: 'Keadaan',
    valid: 'berlaku',
    expired: 'kedaluwarsa',
    revoked: 'dicabut',
    yours: 'milik Anda',
    created: 'Dibuat',
    expires: 'Berakhir',
    never: 'tidak pernah',
    used: 'Terakhir dipakai',
    neverUsed: 'belum pernah',
    actions: 'Tindakan',
    revoke: 'Cabut',
    revokeOf: (name) => `kunci ${name}`,
    confirm: (name) => `Cabut kunci ${name}? Kunci dan sesinya langsung berakhir, dan namanya tidak diberikan lagi.`,
    confirmOwn: (name) => `Cabut kunci Anda sendiri, ${name}? Anda langsung dikeluarkan.`,
    bootstrap: 'mengikuti ADMIN_API_KEY',
    more: 'Kunci lainnya',
    madeTitle: 'Kunci baru',
    made: (name) => `Ini kunci ${name}. Salin sekarang: hanya ditampilkan kali ini dan tidak bisa ditampilkan lagi.`,
    madeLabel: 'Kunci',
    copy: 'Salin',
    copied: 'Tersalin',
    once: 'Siapa pun yang memegangnya bisa melakukan semua yang diizinkan. Kirim lewat jalan yang hanya dibaca pemiliknya.',
    back: 'Semua kunci',
  },
);
