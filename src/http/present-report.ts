import type { z } from '@hono/zod-openapi';
import { accountCounters, videoCounters } from '../domain/growth.ts';
import { daysIn, type Period, rankGaps } from '../domain/period-growth.ts';
import type { getTypicalCurve, getVideoCurve, TypicalPoint, VideoPoint } from '../services/read-curves.ts';
import type { Compared, FleetReport, ReportedStore, ReportedVideo, StoreReport } from '../services/read-reports.ts';
import { presentFreshness, presentGrowth } from './present.ts';
import type * as schemas from './report-schemas.ts';

// Reports and curves as JSON: see present.ts.

const presentPeriod = (period: Period) => ({ ...period, days: daysIn(period) });

const mapEach = <Name extends string, From, To>(
  names: readonly Name[],
  of: Record<Name, From>,
  present: (from: From, name: Name) => To,
): Record<Name, To> => Object.fromEntries(names.map((name) => [name, present(of[name], name)])) as Record<Name, To>;

const presentCompared = ({ current, previous }: Compared) => ({
  current: { ...presentGrowth(current), since: current.since, until: current.until },
  previous: { ...presentGrowth(previous), since: previous.since, until: previous.until },
});

const presentVideo = ({ videoId, title, counters }: ReportedVideo) => ({
  video_id: videoId,
  title,
  ...mapEach(videoCounters, counters, presentCompared),
});

const presentDay = (day: { day: string; change: number } | undefined) =>
  day ? { snapshot_date: day.day, change: day.change } : null;

export const presentStoreReport = (
  storeCode: string,
  report: StoreReport,
): z.infer<typeof schemas.storeReportBody> => ({
  store_code: storeCode,
  period: presentPeriod(report.periods.current),
  previous_period: presentPeriod(report.periods.previous),
  account: mapEach(accountCounters, report.account, (compared, counter) => ({
    ...presentCompared(compared),
    best_day: presentDay(report.bestDays[counter]?.best),
    worst_day: presentDay(report.bestDays[counter]?.worst),
  })),
  videos: report.videos,
  best_videos: report.bestVideos.map(presentVideo),
  worst_videos: report.worstVideos.map(presentVideo),
  freshness: presentFreshness(report.freshness),
});

export const presentReportedStore = ({ counters, ...store }: ReportedStore) => ({
  rank: store.place,
  store_code: store.storeCode,
  name: store.name,
  left_out: store.leftOut,
  captured_at: store.capturedAt?.toISOString() ?? null,
  missing_days: store.missingDays,
  ...mapEach(accountCounters, counters, presentCompared),
});

export const presentFleetReport = ({ periods, totals, known, nextSyncAt }: FleetReport) => ({
  period: presentPeriod(periods.current),
  previous_period: presentPeriod(periods.previous),
  totals,
  freshness: {
    captured_at: known.capturedAt?.toISOString() ?? null,
    next_sync_at: nextSyncAt?.toISOString() ?? null,
    missing_days: known.missingDays,
    counted: known.counted,
    left_out: Object.fromEntries(rankGaps.map((gap) => [gap, known.leftOut[gap] ?? 0])) as Record<
      (typeof rankGaps)[number],
      number
    >,
  },
});

const presentTypical = ({ typical, videos }: TypicalPoint) => ({
  lower_quartile: typical?.lower ?? null,
  median: typical?.median ?? null,
  upper_quartile: typical?.upper ?? null,
  videos,
});

export const presentTypicalCurve = ({
  ages,
  freshness,
}: Awaited<ReturnType<typeof getTypicalCurve>>): z.infer<typeof schemas.typicalCurveBody> => ({
  items: ages.map((age) => ({ age_days: age.ageDays, ...mapEach(videoCounters, age, presentTypical) })),
  freshness: presentFreshness(freshness),
});

const presentPoint = (point: VideoPoint) => ({
  value: point.value,
  quality: point.quality,
  span_days: point.spanDays,
  missing: point.missing,
  ...presentTypical(point),
  place: point.standing?.place ?? null,
  times_median: point.standing?.timesMedian ?? null,
});

export const presentVideoCurve = (
  videoId: string,
  { postedAt, ages, freshness }: Awaited<ReturnType<typeof getVideoCurve>>,
): z.infer<typeof schemas.videoCurveBody> => ({
  video_id: videoId,
  posted_at: postedAt?.toISOString() ?? null,
  readings: freshness.readDays,
  items: ages.map((age) => ({
    age_days: age.ageDays,
    at: age.at?.toISOString() ?? null,
    ...mapEach(videoCounters, age, presentPoint),
  })),
  freshness: presentFreshness(freshness),
});
