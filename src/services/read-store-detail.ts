import type { Clock } from '../clock.ts';
import type { Database } from '../db/client.ts';
import { listDaysOfStore, type StoreDay } from '../db/day-views.ts';
import { listAccountGrowth } from '../db/growth.ts';
import { countJobsBefore, type SyncJobRow } from '../db/sync-jobs.ts';
import { listSyncLogs, type SyncLog } from '../db/sync-logs.ts';
import { countVideos, listVideosSorted, type VideoRow, type VideoSort } from '../db/video-trends.ts';
import { eachDay, hasWholeList, viewsPerDay } from '../domain/daily-views.ts';
import { type Diagnosis, diagnoseStore } from '../domain/diagnose-store.ts';
import { type Growth, noGrowth } from '../domain/growth.ts';
import type { JobState } from '../domain/job-state.ts';
import { maxAttempts } from '../domain/retry.ts';
import { addDays, dueAt, localDay } from '../domain/snapshot-day.ts';
import { type ShownPresence, shownPresence } from '../domain/video-presence.ts';
import { missingScopesOf } from '../tiktok/scopes.ts';
import { attemptOf } from './job-queue.ts';
import { stateOf } from './read-jobs.ts';
import { getStore, type StoreView } from './read-stores.ts';
import type { ViewChanges } from './read-view-changes.ts';

export { type VideoSort, videoSorts } from '../db/video-trends.ts';

/** Whole weeks of the calendar, the present one included. */
const calendarDays = 53 * 7;
const attemptsShown = 30;
/** Nobody needs to know more exactly how far behind a store is. */
const mostBefore = 10_000;

export interface LiveJob {
  id: string;
  state: JobState;
  trigger: SyncJobRow['trigger'];
  attempt: number;
  maxAttempts: number;
  /** When it goes on, for one that waits for a time. */
  retryAt: Date | null;
  /** Jobs that are taken before it, for one that waits for its turn; at most 10,000. */
  jobsBefore: number | null;
  /** What it has read so far. */
  progress: { pages: number; videos: number } | null;
}

export interface StoreDetail {
  view: StoreView;
  /** The store's calendar day right now, and the first day of its calendar. */
  today: string;
  calendarFrom: string;
  grantedScopes: string[];
  missingScopes: string[];
  job: LiveJob | null;
  days: StoreDay[];
  lastGoodDay: StoreDay | null;
  logs: SyncLog[];
  /** The latest attempt that did not bring all. */
  lastError: SyncLog | null;
  nextAttemptAt: Date | null;
  diagnosis: Diagnosis;
}

export interface StoreNumbers {
  days: string[];
  followers: Growth[];
  likes: Growth[];
  /** Gained on each day by all videos together. */
  views: (number | null)[];
}

interface DetailDependencies {
  db: Database;
  clock: Clock;
  localTime: string;
}

/** What runs around the store: as services/watch-fleet.ts sees it. */
interface Surroundings {
  breakerOpen: boolean;
  workers: number;
  schedulers: number;
}

/** A store, what became of its days, and what stands in its way. Throws STORE_NOT_FOUND. */
export async function getStoreDetail(
  deps: DetailDependencies,
  storeCode: string,
  around: Surroundings,
): Promise<StoreDetail> {
  const { db } = deps;
  const view = await getStore(deps, storeCode);
  const { store, account } = view;
  const now = deps.clock.now();
  const today = localDay(now, store.timezone);
  const calendarFrom = addDays(today, 1 - calendarDays);
  const [days, logs, jobsBefore] = await Promise.all([
    listDaysOfStore(db, storeCode, calendarFrom),
    listSyncLogs(db, { storeCode, status: null, after: null, limit: attemptsShown }),
    view.job && stateOf(view.job) === 'queued' ? countJobsBefore(db, view.job.id, mostBefore) : null,
  ]);
  const latestOfJob = view.job && logs.find(({ jobId }) => jobId === view.job?.id);
  const job = view.job && toLiveJob(view.job, latestOfJob ?? null, jobsBefore);
  const due = dueAt(today, store.timezone, deps.localTime);
  const day = days.findLast(({ snapshotDate }) => snapshotDate === today) ?? null;
  const isConnected = store.status === 'CONNECTED' && account !== null;
  const missingScopes = isConnected ? missingScopesOf(account.scopes) : [];
  const diagnosis = diagnoseStore({
    ...around,
    now,
    status: store.status,
    paused: store.paused,
    missingScopes,
    refreshExpiresAt: account?.refreshExpiresAt ?? null,
    job: job && { ...job, errorCode: latestOfJob?.errorCode ?? view.job?.failure ?? null },
    day: day && { state: day.state, hasJob: day.jobId !== null, retryAfter: day.retryAfter },
    isDue: due <= now,
  });
  return {
    view,
    today,
    calendarFrom,
    grantedScopes: isConnected ? account.scopes : [],
    missingScopes,
    job,
    days,
    lastGoodDay: days.findLast(({ state }) => state === 'complete' || state === 'late') ?? null,
    logs,
    lastError: logs.find(({ status, errorCode }) => status !== 'RUNNING' && errorCode !== null) ?? null,
    nextAttemptAt: job === null && day !== null ? (day.retryAfter ?? view.nextSyncAt) : view.nextSyncAt,
    diagnosis,
  };
}

function toLiveJob(job: SyncJobRow, log: SyncLog | null, jobsBefore: number | null): LiveJob {
  const state = stateOf(job);
  const attempt = job.startedAt === null ? 0 : attemptOf(job);
  return {
    id: job.id,
    state,
    trigger: job.trigger,
    attempt,
    maxAttempts: Math.max(maxAttempts, attempt),
    retryAt: state === 'deferred' || state === 'retrying' ? job.startAfter : null,
    jobsBefore,
    progress: log && state === 'active' ? { pages: log.pages, videos: log.videos } : null,
  };
}

/** The store's numbers of the last `count` days, the present one included; a day that was not read is null. */
export async function getStoreNumbers(
  deps: { db: Database; viewChanges: ViewChanges },
  detail: StoreDetail,
  count: number,
): Promise<StoreNumbers> {
  const { store } = detail.view;
  const from = addDays(detail.today, 1 - count);
  const days = eachDay(from, detail.today);
  const range = { from, to: detail.today, afterDay: null, limit: count };
  const [rows, changes] = await Promise.all([
    listAccountGrowth(deps.db, store.storeCode, range),
    deps.viewChanges.read(store, from),
  ]);
  const byDay = new Map(rows.map((row) => [row.snapshotDate, row]));
  return {
    days,
    followers: days.map((day) => byDay.get(day)?.followers ?? noGrowth),
    likes: days.map((day) => byDay.get(day)?.likes ?? noGrowth),
    views: viewsPerDay(days, new Map(detail.days.map((day) => [day.snapshotDate, day])), changes),
  };
}

export interface StoreVideos {
  /** All that were ever seen. */
  count: number;
  rows: (Omit<VideoRow, 'presence'> & { presence: ShownPresence; isListed: boolean })[];
}

/** One page of its videos; `isListed`: it was read on the day of the last whole list, or later. */
export async function getStoreVideos(
  deps: { db: Database },
  detail: StoreDetail,
  page: { sort: VideoSort; ascending: boolean; after: { position: string; videoId: string } | null; limit: number },
): Promise<StoreVideos> {
  const { storeCode, lastSnapshotDate: lastDate, oldestListedAt } = detail.view.store;
  const lastListDate = detail.days.findLast(hasWholeList)?.snapshotDate ?? null;
  const [count, rows] = await Promise.all([
    countVideos(deps.db, storeCode),
    listVideosSorted(deps.db, storeCode, { ...page, lastDate, lastListDate }),
  ]);
  return {
    count,
    rows: rows.map((row) => ({
      ...row,
      presence: shownPresence(row, oldestListedAt),
      isListed: lastListDate === null || row.snapshotDate >= lastListDate,
    })),
  };
}
