import type { JobState } from '../../domain/job-state.ts';
import type { StoreStatus } from './view-models.ts';

/** Colour of the dot beside a word; the word alone says it all. */
export type Tone = 'good' | 'warn' | 'bad' | 'run' | 'idle';

interface Words {
  word: string;
  tone: Tone;
}

export const statusWords: Readonly<Record<StoreStatus, Words>> = {
  CONNECTED: { word: 'Connected', tone: 'good' },
  NEED_RECONNECT: { word: 'Needs reconnect', tone: 'bad' },
  PENDING: { word: 'Never connected', tone: 'idle' },
  DISCONNECTED: { word: 'Disconnected', tone: 'idle' },
};

export const jobWords: Readonly<Record<JobState, Words>> = {
  queued: { word: 'Queued', tone: 'idle' },
  deferred: { word: 'Waiting', tone: 'idle' },
  active: { word: 'Reading', tone: 'run' },
  retrying: { word: 'Retrying', tone: 'warn' },
  completed: { word: 'Done', tone: 'good' },
  failed: { word: 'Failed', tone: 'bad' },
  cancelled: { word: 'Cancelled', tone: 'idle' },
};
