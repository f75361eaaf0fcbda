import type { DayState } from '../../../domain/day-state.ts';
import type { JobState } from '../../../domain/job-state.ts';
import type { StoreStatus } from '../view-models.ts';
import { bothLanguages } from './both-languages.ts';

/** Colour of the dot beside a word; the word alone says it all. */
export type Tone = 'good' | 'late' | 'warn' | 'bad' | 'run' | 'idle';

interface Words {
  word: string;
  tone: Tone;
}
type LogStatus = 'RUNNING' | 'SUCCESS' | 'PARTIAL' | 'FAILED' | 'SKIPPED' | 'NEED_RECONNECT';
type Trigger = 'schedule' | 'catch_up' | 'connect' | 'manual';

/** What codes are called in the console. */
interface Vocabulary {
  status: Readonly<Record<StoreStatus, Words>>;
  paused: Words;
  job: Readonly<Record<JobState, Words>>;
  day: Readonly<Record<DayState, Words>>;
  log: Readonly<Record<LogStatus, Words>>;
  trigger: Readonly<Record<Trigger, string>>;
}

export const words = bothLanguages<Vocabulary>(
  {
    status: {
      CONNECTED: { word: 'Connected', tone: 'good' },
      NEED_RECONNECT: { word: 'Needs reconnect', tone: 'bad' },
      PENDING: { word: 'Never connected', tone: 'idle' },
      DISCONNECTED: { word: 'Disconnected', tone: 'idle' },
    },
    paused: { word: 'Paused', tone: 'idle' },
    job: {
      queued: { word: 'Queued', tone: 'idle' },
      deferred: { word: 'Waiting', tone: 'idle' },
      active: { word: 'Reading', tone: 'run' },
      retrying: { word: 'Retrying', tone: 'warn' },
      completed: { word: 'Done', tone: 'good' },
      failed: { word: 'Failed', tone: 'bad' },
      cancelled: { word: 'Cancelled', tone: 'idle' },
    },
    day: {
      complete: { word: 'complete', tone: 'good' },
      late: { word: 'read late', tone: 'late' },
      partial: { word: 'partial', tone: 'warn' },
      running: { word: 'reading now', tone: 'run' },
      pending: { word: 'still to read', tone: 'idle' },
      missed: { word: 'missed', tone: 'bad' },
    },
    log: {
      RUNNING: { word: 'Reading', tone: 'run' },
      SUCCESS: { word: 'Read', tone: 'good' },
      PARTIAL: { word: 'Read in part', tone: 'warn' },
      FAILED: { word: 'Failed', tone: 'bad' },
      SKIPPED: { word: 'Put off', tone: 'idle' },
      NEED_RECONNECT: { word: 'Needs reconnect', tone: 'bad' },
    },
    trigger: { schedule: 'nightly', catch_up: 'catching up', connect: 'after connecting', manual: 'by hand' },
  },
  {
    status: {
      CONNECTED: { word: 'Terhubung', tone: 'good' },
      NEED_RECONNECT: { word: 'Perlu dihubungkan lagi', tone: 'bad' },
      PENDING: { word: 'Belum pernah terhubung', tone: 'idle' },
      DISCONNECTED: { word: 'Diputus', tone: 'idle' },
    },
    paused: { word: 'Dijeda', tone: 'idle' },
    job: {
      queued: { word: 'Dalam antrean', tone: 'idle' },
      deferred: { word: 'Menunggu', tone: 'idle' },
      active: { word: 'Sedang dibaca', tone: 'run' },
      retrying: { word: 'Dicoba lagi', tone: 'warn' },
      completed: { word: 'Selesai', tone: 'good' },
      failed: { word: 'Gagal', tone: 'bad' },
      cancelled: { word: 'Dibatalkan', tone: 'idle' },
    },
    day: {
      complete: { word: 'lengkap', tone: 'good' },
      late: { word: 'terlambat dibaca', tone: 'late' },
      partial: { word: 'sebagian', tone: 'warn' },
      running: { word: 'sedang dibaca', tone: 'run' },
      pending: { word: 'belum dibaca', tone: 'idle' },
      missed: { word: 'terlewat', tone: 'bad' },
    },
    log: {
      RUNNING: { word: 'Sedang dibaca', tone: 'run' },
      SUCCESS: { word: 'Terbaca', tone: 'good' },
      PARTIAL: { word: 'Terbaca sebagian', tone: 'warn' },
      FAILED: { word: 'Gagal', tone: 'bad' },
      SKIPPED: { word: 'Ditunda', tone: 'idle' },
      NEED_RECONNECT: { word: 'Perlu dihubungkan lagi', tone: 'bad' },
    },
    trigger: {
      schedule: 'terjadwal',
      catch_up: 'mengejar',
      connect: 'setelah terhubung',
      manual: 'dengan tangan',
    },
  },
);
