import type { OpenAPIHono } from '@hono/zod-openapi';
import { videoCounters } from '../../domain/growth.ts';
import {
  type AtAge,
  getTypicalCurve,
  getVideoCurve,
  type TypicalPoint,
  type VideoAge,
  type VideoPoint,
} from '../../services/read-curves.ts';
import type { AdminVariables } from '../admin-variables.ts';
import { type CsvColumn, csvAnswer, wantsCsv } from '../csv.ts';
import { adminRoute, jsonOrCsv, refusals } from '../define-route.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { presentTypicalCurve, presentVideoCurve } from '../present-report.ts';
import { curveQuery, typicalCurveBody, videoCurveBody } from '../report-schemas.ts';
import { storeParams, videoParams } from '../schemas.ts';

const typical = adminRoute({
  method: 'get',
  path: '/api/stores/{store_code}/curve',
  operationId: 'readTypicalCurve',
  tags: ['Numbers'],
  summary: "What a store's videos come to with age",
  description:
    'Median and quartiles 1, 3, 7, 14, 30 and 90 days after posting, each over the videos that have a value at that age: of the 1,000 posted last. A video read for the first time at a greater age has none.',
  request: { params: storeParams, query: curveQuery },
  responses: {
    200: jsonOrCsv(
      typicalCurveBody,
      'age_days,views_lower_quartile,views_median,views_upper_quartile,views_videos,likes_lower_quartile,…',
      'A row for each age',
    ),
    ...refusals('INVALID_REQUEST', 'UNAUTHORIZED', 'STORE_NOT_FOUND'),
  },
});
const video = adminRoute({
  method: 'get',
  path: '/api/stores/{store_code}/videos/{video_id}/curve',
  operationId: 'readVideoCurve',
  tags: ['Numbers'],
  summary: 'What a video came to with age, and how it stands',
  description:
    "1, 3, 7, 14, 30 and 90 days after posting, beside the store's typical video. A value is between the reading before that moment and the one after it; where either is missing there is none, and `missing` says why.",
  request: { params: videoParams, query: curveQuery },
  responses: {
    200: jsonOrCsv(
      videoCurveBody,
      'age_days,at,views,views_quality,views_span_days,views_missing,views_place,views_times_median,views_lower_quartile,…',
      'A row for each age',
    ),
    ...refusals('INVALID_REQUEST', 'UNAUTHORIZED', 'STORE_NOT_FOUND', 'VIDEO_NOT_FOUND'),
  },
});

export function curveRoutes(app: OpenAPIHono<{ Variables: AdminVariables }>, deps: HttpDependencies) {
  return app
    .openapi(typical, async (c) => {
      const { store_code: storeCode } = c.req.valid('param');
      const curve = await getTypicalCurve(deps, storeCode);
      if (!wantsCsv(c, c.req.valid('query').format)) return c.json(presentTypicalCurve(curve), 200);
      const name = `harian-curve-${storeCode}.csv`;
      return csvAnswer(c, { name, columns: typicalColumns, read: async () => curve.ages });
    })
    .openapi(video, async (c) => {
      const { store_code: storeCode, video_id: videoId } = c.req.valid('param');
      const curve = await getVideoCurve(deps, storeCode, videoId);
      if (!wantsCsv(c, c.req.valid('query').format)) return c.json(presentVideoCurve(videoId, curve), 200);
      const name = `harian-curve-${storeCode}-${videoId}.csv`;
      return csvAnswer(c, { name, columns: videoColumns, read: async () => curve.ages });
    });
}

/** The names of the API, flat. */
const typicalColumnsOf = <Age>(name: string, of: (age: Age) => TypicalPoint): CsvColumn<Age>[] => [
  { name: `${name}_lower_quartile`, value: (age) => of(age).typical?.lower ?? null },
  { name: `${name}_median`, value: (age) => of(age).typical?.median ?? null },
  { name: `${name}_upper_quartile`, value: (age) => of(age).typical?.upper ?? null },
  { name: `${name}_videos`, value: (age) => of(age).videos },
];
const pointColumnsOf = (name: string, of: (age: VideoAge) => VideoPoint): CsvColumn<VideoAge>[] => [
  { name, value: (age) => of(age).value },
  { name: `${name}_quality`, value: (age) => of(age).quality },
  { name: `${name}_span_days`, value: (age) => of(age).spanDays },
  { name: `${name}_missing`, value: (age) => of(age).missing },
  { name: `${name}_place`, value: (age) => of(age).standing?.place ?? null },
  { name: `${name}_times_median`, value: (age) => of(age).standing?.timesMedian ?? null },
  ...typicalColumnsOf(name, of),
];
const typicalColumns: readonly CsvColumn<AtAge<TypicalPoint>>[] = [
  { name: 'age_days', value: (age) => age.ageDays },
  ...videoCounters.flatMap((counter) => typicalColumnsOf(counter, (age: AtAge<TypicalPoint>) => age[counter])),
];
const videoColumns: readonly CsvColumn<VideoAge>[] = [
  { name: 'age_days', value: (age) => age.ageDays },
  { name: 'at', value: (age) => age.at },
  ...videoCounters.flatMap((counter) => pointColumnsOf(counter, (age) => age[counter])),
];
