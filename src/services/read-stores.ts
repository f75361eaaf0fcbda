import type { Clock } from '../clock.ts';
import type { Database } from '../db/client.ts';
import { findStore, listStores, type StoreStatus, type StoreWithAccount } from '../db/stores.ts';
import { listLiveSyncJobs, type SyncJobRow } from '../db/sync-jobs.ts';
import { nextDueAt } from '../domain/snapshot-day.ts';
import { AppError } from '../errors.ts';

export interface StoreView extends StoreWithAccount {
  /** Null while nothing is planned: not connected, or paused. */
  nextSyncAt: Date | null;
  /** The job that waits or runs, if there is one. */
  job: SyncJobRow | null;
}

export interface ReadDependencies {
  db: Database;
  clock: Clock;
  localTime: string;
}

export const storeNotFound = () =>
  new AppError('STORE_NOT_FOUND', 'There is no store with this store_code: check the code, or create the store first.');

/** Throws STORE_NOT_FOUND. */
export async function getStore(deps: ReadDependencies, storeCode: string): Promise<StoreView> {
  const [found, [job]] = await Promise.all([findStore(deps.db, storeCode), listLiveSyncJobs(deps.db, [storeCode])]);
  if (!found) throw storeNotFound();
  return viewOf(deps, found, job ?? null);
}

/** One page by store code, after `afterCode`. */
export async function getStores(
  deps: ReadDependencies,
  page: { status: StoreStatus | null; afterCode: string | null; limit: number },
): Promise<StoreView[]> {
  return withJobs(deps, await listStores(deps.db, page));
}

/** The same stores, each with its job and its next time: one statement for all of them. */
export async function withJobs(deps: ReadDependencies, found: readonly StoreWithAccount[]): Promise<StoreView[]> {
  const jobs = await listLiveSyncJobs(
    deps.db,
    found.map(({ store }) => store.storeCode),
  );
  const jobByStore = new Map(jobs.map((job) => [job.storeCode, job]));
  return found.map((row) => viewOf(deps, row, jobByStore.get(row.store.storeCode) ?? null));
}

function viewOf(deps: ReadDependencies, row: StoreWithAccount, job: SyncJobRow | null): StoreView {
  const { timezone, lastSnapshotDate, status, paused } = row.store;
  const planned = status === 'CONNECTED' && !paused;
  const due = planned
    ? nextDueAt({ now: deps.clock.now(), timezone, localTime: deps.localTime, lastDay: lastSnapshotDate })
    : null;
  return { ...row, job, nextSyncAt: job && job.bossState !== 'active' ? job.startAfter : due };
}
