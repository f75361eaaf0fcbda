import type { AccountSpec } from '../simulator/world.ts';

/** How far the owner of a demo store went, and what became of it. */
export type DemoState =
  | { status: 'CONNECTED'; missingScope?: 'video.list' | 'user.info.stats'; pausedDaysAgo?: number }
  | { status: 'NEED_RECONNECT'; reason: string; daysAgo: number }
  | { status: 'DISCONNECTED'; daysAgo: number }
  | { status: 'PENDING' };

export interface DemoStore {
  storeCode: string;
  name: string;
  timezone: string;
  account: AccountSpec;
  state: DemoState;
}

const jakarta = 'Asia/Jakarta';
const makassar = 'Asia/Makassar';
const jayapura = 'Asia/Jayapura';
const connected: DemoState = { status: 'CONNECTED' };

const rows: [storeCode: string, name: string, timezone: string, state: DemoState][] = [
  ['jkt-01', 'Batik Melati', jakarta, connected],
  ['jkt-02', 'Kopi Senja', jakarta, connected],
  ['jkt-03', 'Rumah Lilin', jakarta, connected],
  ['jkt-04', 'Sepatu Andalas', jakarta, connected],
  ['jkt-05', 'Hijab Kirana', jakarta, { status: 'CONNECTED', missingScope: 'video.list' }],
  ['jkt-06', 'Mainan Ceria', jakarta, connected],
  ['bdg-01', 'Kulit Parahyangan', jakarta, connected],
  ['bdg-02', 'Keripik Cihampelas', jakarta, { status: 'NEED_RECONNECT', reason: 'REFRESH_TOKEN_EXPIRED', daysAgo: 4 }],
  ['bdg-03', 'Tanaman Lembang', jakarta, { status: 'PENDING' }],
  ['jog-01', 'Perak Kotagede', jakarta, connected],
  ['jog-02', 'Bakpia Malioboro', jakarta, connected],
  ['sby-01', 'Sambal Bu Ratna', jakarta, connected],
  ['sby-02', 'Elektronik Tunjungan', jakarta, { status: 'CONNECTED', missingScope: 'user.info.stats' }],
  ['sby-03', 'Sepeda Kenjeran', jakarta, { status: 'CONNECTED', pausedDaysAgo: 9 }],
  ['mdn-01', 'Bolu Deli', jakarta, connected],
  ['plb-01', 'Songket Musi', jakarta, { status: 'DISCONNECTED', daysAgo: 12 }],
  ['dps-01', 'Kayu Ubud', makassar, connected],
  ['dps-02', 'Selancar Kuta', makassar, connected],
  ['mks-01', 'Sutra Bugis', makassar, { status: 'NEED_RECONNECT', reason: 'DISCONNECTED_IN_TIKTOK', daysAgo: 7 }],
  ['mks-02', 'Kacang Losari', makassar, connected],
  ['jap-01', 'Noken Sentani', jayapura, connected],
  ['amb-01', 'Minyak Pala Ambon', jayapura, { status: 'PENDING' }],
  ['ber-01', 'Nusantara Berlin', 'Europe/Berlin', connected],
  ['nyc-01', 'Nusantara New York', 'America/New_York', connected],
  ['bks-01', 'Popok Bekasi', jakarta, connected],
];

export const demoStores: readonly DemoStore[] = rows.map(([storeCode, name, timezone, state]) => ({
  storeCode,
  name: `${name} (simulated)`,
  timezone,
  account: accountNamed(storeCode, name),
  state,
}));

const freeAccounts = [
  accountNamed('free-1', 'Warung Baru'),
  accountNamed('free-2', 'Galeri Pasar'),
  accountNamed('free-3', 'Studio Rempah'),
  accountNamed('free-4', 'Toko Pelangi'),
];

/** All people the simulated TikTok knows: those no store has yet come first, so that a visitor meets them first. */
export const demoAccounts: readonly AccountSpec[] = [
  ...freeAccounts,
  ...demoStores.filter(({ state }) => state.status === 'PENDING').map(({ account }) => account),
  ...demoStores.filter(({ state }) => state.status !== 'PENDING').map(({ account }) => account),
];

function accountNamed(id: string, name: string): AccountSpec {
  const username = `simulated.${name.toLowerCase().replaceAll(' ', '.')}`;
  return { openId: `sim-${id}`, username, displayName: name };
}
