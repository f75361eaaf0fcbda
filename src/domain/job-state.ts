export type JobState = 'queued' | 'deferred' | 'active' | 'retrying' | 'completed' | 'failed' | 'cancelled';
export const jobStates = ['queued', 'deferred', 'active', 'retrying', 'completed', 'failed', 'cancelled'] as const;

export type SyncTrigger = 'schedule' | 'catch_up' | 'connect' | 'manual';
export const syncTriggers = ['schedule', 'catch_up', 'connect', 'manual'] as const;

/** The one kind of job, as queue, log and tables name it. */
export const syncJobName = 'sync-store';

/** A person waits for these. */
export const isUrgent = (trigger: SyncTrigger): boolean => trigger === 'manual' || trigger === 'connect';

/** Higher goes first: a person waits for `manual` and `connect`, nobody for the nightly ones. */
export const priorityOf: Readonly<Record<SyncTrigger, number>> = { manual: 100, connect: 50, catch_up: 0, schedule: 0 };
