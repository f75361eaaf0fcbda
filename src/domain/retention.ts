/** What becomes of a table's rows. */
export interface TableRule {
  /** After so many days they are deleted, within the hour while a scheduler runs. Null: they stay with what they belong to. */
  days: number | null;
  why: string;
  /** Where a backup leaves the table out: why. */
  notBackedUp?: string;
}

/** What an operator may choose. */
export interface KeepChoice {
  syncLogsDays: number;
  /** Null: the numbers are kept for good. */
  numbersDays: number | null;
}

export const defaultSyncLogsDays = 365;
/** As long as pg-boss keeps a job that has ended: it deletes them by itself. */
export const endedJobsDays = 14;

/** How long what happened can be replayed. */
export const eventsDays = 30;

/** The one place that says how long what is kept, for every table; tests hold it against the database. */
export function tableRules({ syncLogsDays, numbersDays }: KeepChoice): Readonly<Record<string, TableRule>> {
  const numbers = { days: numbersDays, why: 'TikTok tells of today alone: a day deleted here cannot be had again' };
  const moment = 'tells of processes that run at this moment';
  return {
    stores: { days: null, why: 'all else belongs to it; goes when it is removed or erased' },
    tiktok_accounts: { days: null, why: 'goes with its store; a disconnect takes the tokens out' },
    user_daily: numbers,
    video_daily: numbers,
    videos: { days: numbersDays, why: 'gives its numbers a name: goes with the last of them' },
    video_ages: { days: null, why: 'what a curve is made of, once nothing can change it: goes with its video' },
    store_days: { days: numbersDays, why: 'tells which numbers are whole, and why some are missing' },
    sync_logs: { days: syncLogsDays, why: 'explains the days of the last year; no page looks further back' },
    notices: { days: null, why: 'a row per store, kind and channel, used again' },
    webhooks: { days: null, why: 'somebody wants to be told until an admin says otherwise' },
    events: {
      days: eventsDays,
      why: 'whoever missed one asks for it within a month; the numbers tell more, for longer',
    },
    event_deliveries: { days: null, why: 'a row per event and webhook: goes with either' },
    connect_links: {
      days: 1,
      why: 'whoever set out before it expired has arrived by then',
      notBackedUp: 'one used since the backup would open again',
    },
    oauth_states: { days: 1, why: 'lives 15 minutes; its result is shown for an hour', notBackedUp: 'over by then' },
    admin_keys: { days: null, why: 'the audit log names keys by it, and a name is never given twice' },
    idempotency_keys: {
      days: 1,
      why: 'who has not repeated a request by then does not',
      notBackedUp: 'what it answered may not be so any more',
    },
    admin_sessions: { days: 0, why: 'over', notBackedUp: 'who has signed out since would be in again' },
    audit_log: { days: 90, why: 'strangers who were turned away must not fill the disk; all other rows stay for good' },
    heartbeats: { days: 1, why: 'no process is silent for so long', notBackedUp: moment },
    request_budgets: { days: null, why: 'a row per endpoint', notBackedUp: moment },
    circuit_breakers: { days: null, why: 'a row per endpoint', notBackedUp: moment },
    sweeps: { days: null, why: 'a row per kind of sweep', notBackedUp: moment },
  };
}
