import { z } from '@hono/zod-openapi';
import { accountCounters } from '../domain/growth.ts';
import { rankGaps } from '../domain/period-growth.ts';
import { curveGaps, curveQualities } from '../domain/video-curve.ts';
import {
  day,
  format,
  freshnessBody,
  growth,
  instant,
  pageBody,
  pageQuery,
  storeCode,
  tally,
  videoId,
} from './schemas.ts';

// Of a periods' reports and of curves; what others have too stands in schemas.ts.

const reportDay = day.refine((text) => text >= '2000-01-01', 'must be in 2000 or later');
const periodQuery = z.object({
  from: reportDay.optional().openapi({
    description: 'first day, included; default: 30 days in all; at most 3,660',
    example: '2026-11-01',
  }),
  to: reportDay.optional().openapi({ description: 'last day, included; default: today', example: '2026-11-30' }),
});
export const storeReportQuery = periodQuery;
export const fleetReportQuery = periodQuery.extend({
  ...pageQuery.shape,
  sort: z.enum(accountCounters).default('followers').openapi({ description: 'by what this one grew' }),
  order: z.enum(['desc', 'asc']).default('desc').openapi({ description: 'desc: who grew most comes first' }),
  format,
});
export const curveQuery = z.object({ format });

/** Where a page of the fleet ends: its change, empty for who is left out, and its code. */
export const rankPosition = z.tuple([z.string().regex(/^(-?\d{1,16})?$/), storeCode]);

const period = z.object({
  from: day.openapi({ example: '2026-11-01' }),
  to: day.openapi({ example: '2026-11-30' }),
  days: tally(30),
});
const previousPeriod = period.openapi({
  description: 'just as long, directly before',
  example: { from: '2026-10-02', to: '2026-10-31', days: 30 },
});

const periodGrowth = growth
  .extend({
    since: day.nullable().openapi({
      description:
        'the day of the reading that change begins with: the last one before the period, or else the first one in it',
      example: '2026-10-31',
    }),
    until: day.nullable().openapi({ description: 'the day of the last reading in the period', example: '2026-11-30' }),
  })
  .openapi('PeriodGrowth', {
    description:
      'From the last reading before the period to the last one in it. quality, the first that fits: first, there is none before, so it begins with the first one in it; partial, either day was read in part; falling; gap, these are not the last day before the period and its last one; late, either was read past midnight; exact',
    example: {
      value: 12_840,
      change: 930,
      span_days: 30,
      per_day: 31,
      quality: 'exact',
      since: '2026-10-31',
      until: '2026-11-30',
    },
  });
const compared = z.object({ current: periodGrowth, previous: periodGrowth }).openapi('ComparedGrowth');

const bestDay = z
  .object({ snapshot_date: day, change: z.int().openapi({ example: 240 }) })
  .nullable()
  .openapi({ description: 'of the whole days of the period whose change is that of one day; null: none' });
const comparedWithDays = compared.extend({ best_day: bestDay, worst_day: bestDay }).openapi('AccountReport');

const total = z
  .object({
    value: z.int().nullable().openapi({ description: 'last totals in the period, added up; null: of none' }),
    read: z.int().openapi({ description: 'how many these are' }),
    change: z.int().nullable().openapi({ description: 'changes in the period, added up; null: of none' }),
    compared: z.int().openapi({ description: 'how many these are' }),
    first: z.int().openapi({
      description: 'how many of them begin with their first reading ever: what they had until then is not in change',
    }),
  })
  .openapi('Total', { example: { value: 482_100, read: 41, change: 31_240, compared: 40, first: 3 } });
const totals = z.object({ current: total, previous: total }).openapi('ComparedTotal');

const reportedVideo = z
  .object({
    video_id: z.string().openapi({ example: videoId }),
    title: z.string().nullable().openapi({ example: 'Batik tulis, satu kain satu bulan' }),
    views: compared,
    likes: compared,
    comments: compared,
    shares: compared,
  })
  .openapi('ReportedVideo');

export const storeReportBody = z
  .object({
    store_code: storeCode,
    period,
    previous_period: previousPeriod,
    account: z.object({
      followers: comparedWithDays,
      following: comparedWithDays,
      likes: comparedWithDays,
      videos: comparedWithDays,
    }),
    videos: z
      .object({ views: totals, likes: totals, comments: totals, shares: totals })
      .openapi({ description: 'of all its videos together' }),
    best_videos: z.array(reportedVideo).openapi({ description: 'the five that gained most views' }),
    worst_videos: z.array(reportedVideo).openapi({ description: 'the five that gained fewest' }),
    freshness: freshnessBody,
  })
  .openapi('StoreReport');

const rankGap = z.enum(rankGaps).openapi({
  description:
    'not_expected: the period has no day of it; unread: nobody read one; partial: none was read whole; not_said: TikTok did not say this number; one_reading: there is nothing to compare with',
});
const reportedStore = z
  .object({
    rank: z
      .int()
      .nullable()
      .openapi({ description: '1: none grew more, whatever the order; null: left out', example: 7 }),
    store_code: storeCode,
    name: z.string().openapi({ example: 'Toko Melati Jakarta' }),
    left_out: rankGap.nullable().openapi({ example: null }),
    captured_at: freshnessBody.shape.captured_at,
    missing_days: freshnessBody.shape.missing_days,
    followers: compared,
    following: compared,
    likes: compared,
    videos: compared,
  })
  .openapi('ReportedStore');
const fleetFreshness = freshnessBody
  .extend({
    next_sync_at: instant.nullable().openapi({ description: 'when the next day of a store falls due' }),
    counted: tally(973).openapi({ description: 'stores that are ranked' }),
    left_out: z
      .object({
        not_expected: tally(12),
        unread: tally(4),
        partial: tally(6),
        not_said: tally(0),
        one_reading: tally(5),
      })
      .openapi({ description: 'and those that are not, by why' }),
  })
  .openapi('FleetFreshness');
export const fleetReportBody = pageBody(reportedStore)
  .extend({
    period,
    previous_period: previousPeriod,
    totals: z.object({ followers: totals, following: totals, likes: totals, videos: totals }),
    freshness: fleetFreshness,
  })
  .openapi('FleetReport');

const typical = z.object({
  lower_quartile: z
    .number()
    .nullable()
    .openapi({ description: 'a quarter of the videos have at most this', example: 820.5 }),
  median: z.number().nullable().openapi({ description: 'null: no video has a value at this age', example: 1_640 }),
  upper_quartile: z.number().nullable().openapi({ example: 4_211.25 }),
  videos: z.int().openapi({ description: 'how many these are of', example: 38 }),
});
const ageDays = z.int().openapi({ description: 'since it was posted', example: 7 });
export const typicalCurveBody = z
  .object({
    items: z.array(z.object({ age_days: ageDays, views: typical, likes: typical, comments: typical, shares: typical })),
    freshness: freshnessBody,
  })
  .openapi('TypicalCurve');

const point = typical
  .extend({
    value: z.int().nullable().openapi({ example: 3_310 }),
    quality: z.enum(curveQualities).nullable().openapi({
      description: 'read at that very moment, or in proportion between the reading before it and the one after it',
      example: 'interpolated',
    }),
    span_days: z.number().nullable().openapi({ description: 'days between these two; 0: read', example: 1 }),
    missing: z.enum(curveGaps).nullable().openapi({
      description:
        'why there is no value: posting_time_unknown; not_that_old, yet; never_read; before_first_reading, it was posted before anybody could read it; after_last_reading, its readings end before',
      example: null,
    }),
    place: z.int().nullable().openapi({ description: '1: none of the videos has more', example: 12 }),
    times_median: z.number().nullable().openapi({ description: 'value / median, to 2 places', example: 2.02 }),
  })
  .openapi('CurvePoint');
export const videoCurveBody = z
  .object({
    video_id: z.string().openapi({ example: videoId }),
    posted_at: instant.nullable().openapi({ example: '2026-11-15T09:30:00.000Z' }),
    readings: tally(42).openapi({ description: 'of the video, at any age' }),
    items: z.array(
      z.object({
        age_days: ageDays,
        at: instant.nullable().openapi({ description: 'posted_at and that age', example: '2026-11-22T09:30:00.000Z' }),
        views: point,
        likes: point,
        comments: point,
        shares: point,
      }),
    ),
    freshness: freshnessBody,
  })
  .openapi('VideoCurve');
