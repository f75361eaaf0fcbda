import type { OpenAPIHono } from '@hono/zod-openapi';
import { accountCounters } from '../../domain/growth.ts';
import type { PeriodGrowth } from '../../domain/period-growth.ts';
import { type FleetQuery, getFleetReport, getStoreReport, type ReportedStore } from '../../services/read-reports.ts';
import type { AdminVariables } from '../admin-variables.ts';
import { type CsvColumn, csvAnswer, wantsCsv } from '../csv.ts';
import { decodeCursor, pageOf } from '../cursor.ts';
import { adminRoute, json, jsonOrCsv, refusals } from '../define-route.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { growthColumns } from '../growth-columns.ts';
import { presentFleetReport, presentReportedStore, presentStoreReport } from '../present-report.ts';
import {
  fleetReportBody,
  fleetReportQuery,
  rankPosition,
  storeReportBody,
  storeReportQuery,
} from '../report-schemas.ts';
import { storeParams } from '../schemas.ts';

const store = adminRoute({
  method: 'get',
  path: '/api/stores/{store_code}/report',
  operationId: 'readStoreReport',
  tags: ['Numbers'],
  summary: 'How a store grew in a period, beside the one before',
  description:
    'Totals and growth of the account and of all its videos together, the best and the worst days and videos. Growth is the last reading in the period minus the last one before it, so that periods add up; what it rests on stands beside it.',
  request: { params: storeParams, query: storeReportQuery },
  responses: {
    200: json(storeReportBody, 'The period'),
    ...refusals('INVALID_REQUEST', 'UNAUTHORIZED', 'STORE_NOT_FOUND'),
  },
});
const fleet = adminRoute({
  method: 'get',
  path: '/api/report',
  operationId: 'readFleetReport',
  tags: ['Numbers'],
  summary: 'How all stores grew in a period, and who grew most',
  description:
    'Sums over all stores, and the stores in the order of their growth, those that cannot be compared last. Days that were read in part are left out: the readings before or after them stand in.',
  request: { query: fleetReportQuery },
  responses: {
    200: jsonOrCsv(
      fleetReportBody,
      'rank,store_code,name,left_out,captured_at,missing_days,followers,followers_change,followers_span_days,followers_per_day,followers_quality,followers_since,followers_until,followers_previous,…',
      'A page of stores; as CSV all of them, a column for each number',
    ),
    ...refusals('INVALID_REQUEST', 'UNAUTHORIZED'),
  },
});

export function reportRoutes(app: OpenAPIHono<{ Variables: AdminVariables }>, deps: HttpDependencies) {
  return app
    .openapi(store, async (c) => {
      const { store_code: storeCode } = c.req.valid('param');
      return c.json(presentStoreReport(storeCode, await getStoreReport(deps, storeCode, c.req.valid('query'))), 200);
    })
    .openapi(fleet, async (c) => {
      const { limit, cursor, order, format, ...period } = c.req.valid('query');
      const [change, storeCode] = decodeCursor(cursor, rankPosition) ?? [];
      const query: FleetQuery = {
        ...period,
        ascending: order === 'asc',
        after: storeCode === undefined ? null : { change: change ? Number(change) : null, storeCode },
        limit: limit + 1,
      };
      if (wantsCsv(c, format)) {
        return csvAnswer(c, {
          name: 'harian-report.csv',
          columns,
          read: async (after, most) =>
            (await getFleetReport(deps, { ...query, after: after ?? query.after, limit: most })).stores,
        });
      }
      const report = await getFleetReport(deps, query);
      const page = pageOf(report.stores, limit, presentReportedStore, (one) => [
        String(one.change ?? ''),
        one.storeCode,
      ]);
      return c.json({ ...page, ...presentFleetReport(report) }, 200);
    });
}

/** The names of the API, flat. */
const periodColumns = (name: string, of: (one: ReportedStore) => PeriodGrowth): CsvColumn<ReportedStore>[] => [
  ...growthColumns(name, of),
  { name: `${name}_since`, value: (one) => of(one).since },
  { name: `${name}_until`, value: (one) => of(one).until },
];
const columns: readonly CsvColumn<ReportedStore>[] = [
  { name: 'rank', value: (one) => one.place },
  { name: 'store_code', value: (one) => one.storeCode },
  { name: 'name', value: (one) => one.name },
  { name: 'left_out', value: (one) => one.leftOut },
  { name: 'captured_at', value: (one) => one.capturedAt },
  { name: 'missing_days', value: (one) => one.missingDays },
  ...accountCounters.flatMap((counter) => [
    ...periodColumns(counter, (one) => one.counters[counter].current),
    ...periodColumns(`${counter}_previous`, (one) => one.counters[counter].previous),
  ]),
];
