import fc from 'fast-check';
import type { StoreHistory } from '../../src/db/store-history.ts';
import type { DayState } from '../../src/domain/day-state.ts';
import {
  accountCounters,
  daysOfVideo,
  type Growth,
  growthOf,
  noGrowth,
  videoCounters,
} from '../../src/domain/growth.ts';
import { addDays, dueAt, skippedDays } from '../../src/domain/snapshot-day.ts';

// Random lives of stores, what they leave in the tables, and what the growth of each day is by the rules of the domain.

type Counts = readonly (number | null)[];

interface Reading {
  account: Counts;
  /** By the video's place in `videoIds`; null: it was not in the list. */
  videos: readonly (Counts | null)[];
}

export interface History {
  timezone: string;
  from: string;
  /** `reading` null: nobody read the day. `isExpected` false: the ledger does not have it. */
  days: readonly { isExpected: boolean; state: DayState; reading: Reading | null }[];
  /** A second run on one of the days. */
  rerun: { day: number; state: 'complete' | 'partial'; reading: Reading } | null;
}

const videoIds = ['7437123456789012345', '7437123456789012346', '7.4-x_'];
const zones = ['Asia/Jakarta', 'America/New_York', 'Pacific/Apia', 'Pacific/Kiritimati', 'Africa/Casablanca', 'UTC'];
/** Apia had no 30 December 2011; clocks change in March and November; years end, and some have a 29 February. */
const beginnings = ['2011-12-26', '2024-02-25', '2025-03-05', '2025-10-29', '2025-12-28', '2026-03-27', '2026-11-20'];

const anyCount = fc.oneof(
  { weight: 3, arbitrary: fc.constant(null) },
  { weight: 12, arbitrary: fc.nat(30) },
  { weight: 1, arbitrary: fc.nat(Number.MAX_SAFE_INTEGER) },
);
const anyCounts = fc.tuple(anyCount, anyCount, anyCount, anyCount);
const anyReading = fc.record({
  account: anyCounts,
  videos: fc.tuple(
    ...videoIds.map(() => fc.oneof({ weight: 3, arbitrary: anyCounts }, { weight: 2, arbitrary: fc.constant(null) })),
  ),
});
const anyDay: fc.Arbitrary<History['days'][number]> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      isExpected: fc.constant(true),
      state: fc.constantFrom('complete', 'complete', 'complete', 'partial', 'late'),
      reading: anyReading,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      isExpected: fc.constant(true),
      state: fc.constantFrom('missed', 'missed', 'pending', 'running'),
      reading: fc.constant(null),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ isExpected: false, state: 'missed', reading: null }) },
);
export const anyHistory: fc.Arbitrary<History> = fc.record({
  timezone: fc.constantFrom(...zones),
  from: fc.constantFrom(...beginnings),
  days: fc.array(anyDay, { minLength: 1, maxLength: 12 }),
  rerun: fc.oneof(
    { weight: 7, arbitrary: fc.constant(null) },
    {
      weight: 1,
      arbitrary: fc.record({
        day: fc.nat(11),
        state: fc.constantFrom('complete', 'partial'),
        reading: anyReading,
      }),
    },
  ),
});

/** A day of the ledger with what the tables hold of it. */
interface Day {
  snapshotDate: string;
  dayState: DayState;
  capturedAt: Date | null;
  account: Counts | null;
  videos: readonly ({ counts: Counts; capturedAt: Date } | null)[];
}

const dayMs = 86_400_000;
const skipped = memoized((timezone: string, from: string) =>
  skippedDays(new Date(Date.parse(from) + 20 * dayMs), timezone, from),
);
const due = memoized((timezone: string, day: string) => dueAt(day, timezone, '01:00'));

function memoized<T>(make: (timezone: string, day: string) => T): typeof make {
  const known = new Map<string, T>();
  return (timezone, day) => {
    const key = `${timezone} ${day}`;
    const value = known.get(key) ?? make(timezone, day);
    known.set(key, value);
    return value;
  };
}

/** Before its second run, if it has one. */
function ledgerOf({ timezone, from, days }: History): Day[] {
  const dates = days.map((day, index) => ({ ...day, snapshotDate: addDays(from, index) }));
  return dates
    .filter(({ isExpected, snapshotDate }) => isExpected && !skipped(timezone, from).includes(snapshotDate))
    .map(({ snapshotDate, state, reading }) => {
      const readAt = new Date(due(timezone, snapshotDate).getTime() + (state === 'late' ? dayMs : 0));
      return {
        snapshotDate,
        dayState: state,
        capturedAt: reading && readAt,
        account: reading?.account ?? null,
        videos: videoIds.map((_, video) => toVideo(reading?.videos[video] ?? null, readAt)),
      };
    });
}

const toVideo = (counts: Counts | null, capturedAt: Date) => counts && { counts, capturedAt };

/** Which day is run once more, and what that brings; null: none. A day that came to nothing for good is not. */
export function rerunOf(history: History) {
  const { rerun } = history;
  const day = rerun && ledgerOf(history)[rerun.day];
  if (!day || day.dayState === 'missed' || day.dayState === 'late') return null;
  return {
    ...rerun,
    snapshotDate: day.snapshotDate,
    capturedAt: new Date(due(history.timezone, day.snapshotDate).getTime() + 7_200_000),
  };
}

/** After everything: a second run replaces what it has, erases nothing, and a complete day stays one. */
function finalLedgerOf(history: History): Day[] {
  const rerun = rerunOf(history);
  return ledgerOf(history).map((day) => {
    if (day.snapshotDate !== rerun?.snapshotDate) return day;
    const { capturedAt, reading } = rerun;
    return {
      snapshotDate: day.snapshotDate,
      dayState: day.dayState === 'complete' ? 'complete' : rerun.state,
      capturedAt,
      account: merged(day.account, reading.account),
      videos: videoIds.map((_, video) => {
        const before = day.videos[video] ?? null;
        const counts = reading.videos[video] ?? null;
        return counts === null ? before : toVideo(merged(before?.counts ?? null, counts), capturedAt);
      }),
    };
  });
}

const merged = (before: Counts | null, after: Counts): Counts =>
  after.map((count, at) => count ?? before?.[at] ?? null);

const accountColumns = ([followerCount, followingCount, likesCount, videoCount]: Counts) => ({
  followerCount: followerCount ?? null,
  followingCount: followingCount ?? null,
  likesCount: likesCount ?? null,
  videoCount: videoCount ?? null,
});
const videoColumns = ([viewCount, likeCount, commentCount, shareCount]: Counts) => ({
  viewCount: viewCount ?? null,
  likeCount: likeCount ?? null,
  commentCount: commentCount ?? null,
  shareCount: shareCount ?? null,
});

/** What a second run hands to the database's own functions. */
export const rerunRows = ({ reading }: { reading: Reading }) => ({
  account: accountColumns(reading.account),
  videos: videoIds.flatMap((id, video) => {
    const counts = reading.videos[video];
    return counts ? [{ ...undescribed, id, ...videoColumns(counts) }] : [];
  }),
});
const undescribed = {
  title: null,
  description: null,
  createdAt: null,
  durationSeconds: null,
  width: null,
  height: null,
  shareUrl: null,
  embedLink: null,
};

/** As it stands in the tables before a second run. */
export function toStoreHistory(storeCode: string, history: History): StoreHistory {
  const days = ledgerOf(history);
  const read = days.flatMap(({ snapshotDate, capturedAt, account, videos }) =>
    capturedAt && account ? [{ key: { storeCode, snapshotDate, capturedAt }, account, videos }] : [],
  );
  const readings = read.flatMap(({ key, videos }) =>
    videos.flatMap((video, at) =>
      video ? [{ ...key, videoId: videoIds[at] ?? '', ...videoColumns(video.counts) }] : [],
    ),
  );
  return {
    store: { storeCode, name: storeCode, timezone: history.timezone },
    account: null,
    days: days.map(({ snapshotDate, dayState, capturedAt }) => ({
      storeCode,
      snapshotDate,
      state: dayState,
      capturedAt,
    })),
    userDaily: read.map(({ key, account }) => ({ ...key, ...accountColumns(account) })),
    videos: [...new Set(readings.map(({ videoId }) => videoId))].map((videoId) => ({
      storeCode,
      videoId,
      firstSeenDate: history.from,
    })),
    videoDaily: readings,
    syncLogs: [],
  };
}

/** One counter of a day, and the day itself, as the API has them. */
export interface ExpectedGrowth {
  value: number | null;
  change: number | null;
  span_days: number | null;
  per_day: number | null;
  quality: string | null;
}
export interface ExpectedDay {
  snapshot_date: string;
  day_state: DayState;
  captured_at: string | null;
  growth: Record<string, ExpectedGrowth>;
}

export interface Expected {
  account: ExpectedDay[];
  /** By id, those that were ever read. */
  videos: Map<string, ExpectedDay[]>;
}

/** By the rules of the domain alone. */
export function expectedOf(history: History): Expected {
  const days = finalLedgerOf(history);
  const account = days.map((day) => ({ ...day, counts: day.account }));
  const videos = videoIds.map((videoId, at): [string, ExpectedDay[]] => {
    const own = days.map(({ snapshotDate, dayState, videos: all }) => {
      const { counts = null, capturedAt = null } = all[at] ?? {};
      return { snapshotDate, dayState, counts, capturedAt, isRead: counts !== null };
    });
    return [videoId, expectedDays(daysOfVideo(own), videoCounters)];
  });
  return {
    account: expectedDays(account, accountCounters),
    videos: new Map(videos.filter(([, own]) => own.length > 0)),
  };
}

type CountedDay = Pick<Day, 'snapshotDate' | 'dayState' | 'capturedAt'> & { counts: Counts | null };

function expectedDays(days: readonly CountedDay[], counters: readonly string[]): ExpectedDay[] {
  const series = counters.map((_, at) => growthOf(days.map((day) => ({ ...day, value: day.counts?.[at] ?? null }))));
  return days.map((day, index) => ({
    snapshot_date: day.snapshotDate,
    day_state: day.dayState,
    captured_at: day.capturedAt?.toISOString() ?? null,
    growth: Object.fromEntries(
      counters.map((counter, at) => [counter, expectedGrowth(series[at]?.[index] ?? noGrowth)]),
    ),
  }));
}

const expectedGrowth = ({ value, change, spanDays, perDay, quality }: Growth): ExpectedGrowth => ({
  value,
  change,
  span_days: spanDays,
  per_day: perDay,
  quality,
});
