/** What came of a run. `SKIPPED` did not get to read: it waits for a better time, or its job has lost its purpose. */
export const syncOutcomes = ['SUCCESS', 'PARTIAL', 'FAILED', 'SKIPPED', 'NEED_RECONNECT'] as const;
export type SyncOutcome = (typeof syncOutcomes)[number];
