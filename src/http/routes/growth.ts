import type { OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { accountCounters, videoCounters } from '../../domain/growth.ts';
import {
  type AccountGrowthDay,
  accountGrowthOf,
  type GrowthSeries,
  type VideoGrowthDay,
  videoGrowthOf,
} from '../../services/read-growth.ts';
import type { AdminVariables } from '../admin-variables.ts';
import { type CsvColumn, csvAnswer, wantsCsv } from '../csv.ts';
import { dayPageOf, pageOf } from '../cursor.ts';
import { adminRoute, jsonOrCsv, refusals } from '../define-route.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { growthColumns } from '../growth-columns.ts';
import { presentAccountGrowth, presentFreshness, presentVideoGrowth } from '../present.ts';
import {
  accountGrowthBody,
  growthPageBody,
  growthQuery,
  storeParams,
  videoGrowthBody,
  videoParams,
} from '../schemas.ts';

const pageOrFile = 'A page of days; as CSV all of them, a column for each number';
const firstColumns = 'snapshot_date,day_state,captured_at';

const account = adminRoute({
  method: 'get',
  path: '/api/stores/{store_code}/growth',
  operationId: 'listGrowth',
  tags: ['Numbers'],
  summary: 'How an account grew by day, oldest first',
  description:
    'Every expected day, read or not. A change is since the reading before: a day that nobody read has none, and the next one has that of all days since, once. Changes add up: last reading minus first.',
  request: { params: storeParams, query: growthQuery },
  responses: {
    200: jsonOrCsv(
      growthPageBody(accountGrowthBody),
      `${firstColumns},followers,followers_change,followers_span_days,followers_per_day,followers_quality,following,…`,
      pageOrFile,
    ),
    ...refusals('INVALID_REQUEST', 'UNAUTHORIZED', 'STORE_NOT_FOUND'),
  },
});
const video = adminRoute({
  method: 'get',
  path: '/api/stores/{store_code}/videos/{video_id}/growth',
  operationId: 'listVideoGrowth',
  tags: ['Numbers'],
  summary: 'How a video grew by day, oldest first',
  description: 'From its first reading to its last, the days between on which it was not read included.',
  request: { params: videoParams, query: growthQuery },
  responses: {
    200: jsonOrCsv(
      growthPageBody(videoGrowthBody),
      `${firstColumns},views,views_change,views_span_days,views_per_day,views_quality,likes,…`,
      pageOrFile,
    ),
    ...refusals('INVALID_REQUEST', 'UNAUTHORIZED', 'STORE_NOT_FOUND', 'VIDEO_NOT_FOUND'),
  },
});

type Query = z.output<typeof growthQuery>;

export function growthRoutes(app: OpenAPIHono<{ Variables: AdminVariables }>, deps: HttpDependencies) {
  return app
    .openapi(account, async (c) => {
      const query = c.req.valid('query');
      const { store_code: storeCode } = c.req.valid('param');
      const series = accountGrowthOf(deps, storeCode);
      if (wantsCsv(c, query.format)) return answerFile(c, query, series, accountColumns, storeCode);
      return c.json(await answerPage(query, series, presentAccountGrowth), 200);
    })
    .openapi(video, async (c) => {
      const query = c.req.valid('query');
      const { store_code: storeCode, video_id: videoId } = c.req.valid('param');
      const series = videoGrowthOf(deps, storeCode, videoId);
      if (wantsCsv(c, query.format)) return answerFile(c, query, series, videoColumns, `${storeCode}-${videoId}`);
      return c.json(await answerPage(query, series, presentVideoGrowth), 200);
    });
}

async function answerPage<Day extends { snapshotDate: string }, Item>(
  query: Query,
  series: GrowthSeries<Day>,
  present: (day: Day) => Item,
) {
  const [rows, freshness] = await Promise.all([series.read(dayPageOf(query)), series.readFreshness(query)]);
  const page = pageOf(rows, query.limit, present, (row) => [row.snapshotDate]);
  return { ...page, freshness: presentFreshness(freshness) };
}

async function answerFile<Day extends { snapshotDate: string }>(
  c: Context,
  query: Query,
  series: GrowthSeries<Day>,
  columns: readonly CsvColumn<Day>[],
  name: string,
): Promise<Response> {
  await series.requireSubject();
  const page = dayPageOf(query);
  return csvAnswer(c, {
    name: `harian-growth-${name}.csv`,
    columns,
    read: (after, limit) => series.read({ ...page, afterDay: after?.snapshotDate ?? page.afterDay, limit }),
  });
}

const dayColumns: readonly CsvColumn<Pick<AccountGrowthDay, 'snapshotDate' | 'dayState' | 'capturedAt'>>[] = [
  { name: 'snapshot_date', value: (day) => day.snapshotDate },
  { name: 'day_state', value: (day) => day.dayState },
  { name: 'captured_at', value: (day) => day.capturedAt },
];
const accountColumns: readonly CsvColumn<AccountGrowthDay>[] = [
  ...dayColumns,
  ...accountCounters.flatMap((counter) => growthColumns(counter, (day: AccountGrowthDay) => day[counter])),
];
const videoColumns: readonly CsvColumn<VideoGrowthDay>[] = [
  ...dayColumns,
  ...videoCounters.flatMap((counter) => growthColumns(counter, (day: VideoGrowthDay) => day[counter])),
];
