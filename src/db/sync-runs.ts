import { and, eq, sql } from 'drizzle-orm';
import type { Database } from './client.ts';
import { storeDays, stores, syncLogs, tiktokAccounts } from './schema.ts';
import { type DayAfterRun, dayAfterRun } from './store-days.ts';
import type { ClosedLog, NewLog } from './sync-logs.ts';
import { type Profile, profileColumns } from './tiktok-accounts.ts';

// A run touches several tables at its begin and at its end: one statement each, for a round trip is paid per store.

/**
 * Opens a run's log row, and closes what an earlier run of the store left open: the holder of the store's lock knows
 * that nobody else can be running. `reads` false: the run is logged, but will not read its day.
 */
export async function openRun(db: Database, log: NewLog, reads: boolean): Promise<void> {
  const abandoned = db.$with('abandoned').as(
    db
      .update(syncLogs)
      .set({ status: 'FAILED', errorCode: 'WORKER_DIED', finishedAt: log.startedAt })
      .where(and(eq(syncLogs.storeCode, log.storeCode), eq(syncLogs.status, 'RUNNING')))
      .returning({ id: syncLogs.id }),
  );
  // A day already read keeps its state.
  const pending = and(
    sql`${reads}::boolean`,
    eq(storeDays.storeCode, log.storeCode),
    eq(storeDays.snapshotDate, log.snapshotDate),
    eq(storeDays.state, 'pending'),
  );
  const day = db
    .$with('day')
    .as(
      db
        .update(storeDays)
        .set({ state: 'running', updatedAt: sql`now()` })
        .where(pending)
        .returning({ storeCode: storeDays.storeCode }),
    );
  await db
    .with(abandoned, day)
    .insert(syncLogs)
    .values({ ...log, status: 'RUNNING' });
}

/**
 * Closes a run: its log, its day and, if it read the account, profile and store. The store's last day never moves
 * back, and a store that is no longer CONNECTED keeps the reason it has.
 */
export async function closeRun(
  tx: Database,
  run: {
    logId: string;
    log: ClosedLog;
    day: DayAfterRun;
    read: { profile: Profile; statusReason: string | null; at: Date } | null;
  },
): Promise<void> {
  const { day, read } = run;
  const days = tx.$with('days').as(dayAfterRun(tx, day).returning({ storeCode: storeDays.storeCode }));
  if (read === null) {
    await tx.with(days).update(syncLogs).set(run.log).where(eq(syncLogs.id, run.logId));
    return;
  }
  const account = tx
    .$with('account')
    .as(
      tx
        .update(tiktokAccounts)
        .set(profileColumns(read.profile))
        .where(eq(tiktokAccounts.storeCode, day.storeCode))
        .returning({ storeCode: tiktokAccounts.storeCode }),
    );
  const store = tx.$with('store').as(
    tx
      .update(stores)
      .set({
        lastSyncedAt: read.at,
        lastSnapshotDate: sql`greatest(${stores.lastSnapshotDate}, ${day.snapshotDate}::date)`,
        statusReason: sql`case when ${stores.status} = 'CONNECTED' then ${read.statusReason} else ${stores.statusReason} end`,
        updatedAt: sql`now()`,
      })
      .where(eq(stores.storeCode, day.storeCode))
      .returning({ storeCode: stores.storeCode }),
  );
  await tx.with(days, account, store).update(syncLogs).set(run.log).where(eq(syncLogs.id, run.logId));
}
