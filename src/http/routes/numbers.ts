import type { OpenAPIHono } from '@hono/zod-openapi';
import { getDayStores } from '../../services/read-coverage.ts';
import { getDaily, getVideoDaily, getVideos } from '../../services/read-numbers.ts';
import { getSyncLogs } from '../../services/read-sync-logs.ts';
import type { AdminVariables } from '../admin-variables.ts';
import { dayPageOf, decodeCursor, pageOf } from '../cursor.ts';
import { adminRoute, json, refusals } from '../define-route.ts';
import type { HttpDependencies } from '../dependencies.ts';
import {
  presentCoverage,
  presentDay,
  presentDayStore,
  presentSyncLog,
  presentVideo,
  presentVideoDay,
} from '../present.ts';
import {
  coverageBody,
  coverageQuery,
  dayRangeQuery,
  logPosition,
  logsQuery,
  pageBody,
  storeParams,
  storePosition,
  syncLogBody,
  userDailyBody,
  videoBody,
  videoDailyBody,
  videoParams,
  videoPosition,
  videosQuery,
} from '../schemas.ts';

const logs = adminRoute({
  method: 'get',
  path: '/api/sync-logs',
  operationId: 'listSyncLogs',
  tags: ['Log'],
  summary: 'Every attempt, newest first',
  request: { query: logsQuery },
  responses: {
    200: json(pageBody(syncLogBody), 'A page of attempts'),
    ...refusals('INVALID_REQUEST', 'UNAUTHORIZED', 'STORE_NOT_FOUND'),
  },
});
const coverage = adminRoute({
  method: 'get',
  path: '/api/coverage',
  operationId: 'readCoverage',
  tags: ['Log'],
  summary: 'Who has their day, and who does not',
  description:
    'Counts of all stores, what those without their day wait for, and when they will be through; `items` are the stores whose day is not complete, or those of one state, and why.',
  request: { query: coverageQuery },
  responses: { 200: json(coverageBody, 'The day'), ...refusals('INVALID_REQUEST', 'UNAUTHORIZED') },
});
const daily = adminRoute({
  method: 'get',
  path: '/api/stores/{store_code}/daily',
  operationId: 'listAccountDays',
  tags: ['Numbers'],
  summary: "An account's days, oldest first",
  description: 'Lifetime totals as TikTok gave them. A day that nobody read is absent, never made up.',
  request: { params: storeParams, query: dayRangeQuery },
  responses: {
    200: json(pageBody(userDailyBody), 'A page of days'),
    ...refusals('INVALID_REQUEST', 'UNAUTHORIZED', 'STORE_NOT_FOUND'),
  },
});
const videos = adminRoute({
  method: 'get',
  path: '/api/stores/{store_code}/videos',
  operationId: 'listVideos',
  tags: ['Numbers'],
  summary: "A store's videos with their latest numbers",
  description: 'Newest id first, those that vanished too: `presence` says what became of each.',
  request: { params: storeParams, query: videosQuery },
  responses: {
    200: json(pageBody(videoBody), 'A page of videos'),
    ...refusals('INVALID_REQUEST', 'UNAUTHORIZED', 'STORE_NOT_FOUND'),
  },
});
const videoDaily = adminRoute({
  method: 'get',
  path: '/api/stores/{store_code}/videos/{video_id}/daily',
  operationId: 'listVideoDays',
  tags: ['Numbers'],
  summary: "A video's days, oldest first",
  request: { params: videoParams, query: dayRangeQuery },
  responses: {
    200: json(pageBody(videoDailyBody), 'A page of days'),
    ...refusals('INVALID_REQUEST', 'UNAUTHORIZED', 'STORE_NOT_FOUND', 'VIDEO_NOT_FOUND'),
  },
});

export function numberRoutes(app: OpenAPIHono<{ Variables: AdminVariables }>, deps: HttpDependencies) {
  return app
    .openapi(logs, async (c) => {
      const { limit, cursor, status = null, store_code: storeCode = null } = c.req.valid('query');
      const position = decodeCursor(cursor, logPosition);
      const after = position && { startedAt: new Date(position[0]), id: position[1] };
      const rows = await getSyncLogs(deps.db, { storeCode, status, after, limit: limit + 1 });
      return c.json(
        pageOf(rows, limit, presentSyncLog, (row) => [row.startedAt.toISOString(), row.id]),
        200,
      );
    })
    .openapi(coverage, async (c) => {
      const { limit, cursor, state = null, date = null } = c.req.valid('query');
      const afterCode = decodeCursor(cursor, storePosition)?.[0] ?? null;
      const counts = await deps.readCoverage(date);
      const rows = await getDayStores(deps, {
        date: counts.date,
        state,
        afterCode,
        limit: limit + 1,
        withUnplanned: counts.unplanned > 0,
      });
      const page = pageOf(rows, limit, presentDayStore, (row) => [row.storeCode]);
      return c.json({ ...presentCoverage(counts), ...page }, 200);
    })
    .openapi(daily, async (c) => {
      const query = c.req.valid('query');
      const rows = await getDaily(deps.db, c.req.valid('param').store_code, dayPageOf(query));
      return c.json(
        pageOf(rows, query.limit, presentDay, (row) => [row.snapshotDate]),
        200,
      );
    })
    .openapi(videos, async (c) => {
      const { limit, cursor, presence = null } = c.req.valid('query');
      const beforeVideoId = decodeCursor(cursor, videoPosition)?.[0] ?? null;
      const page = { presence, beforeVideoId, limit: limit + 1 };
      const rows = await getVideos(deps.db, c.req.valid('param').store_code, page);
      return c.json(
        pageOf(rows, limit, presentVideo, (row) => [row.video.videoId]),
        200,
      );
    })
    .openapi(videoDaily, async (c) => {
      const query = c.req.valid('query');
      const { store_code: storeCode, video_id: videoId } = c.req.valid('param');
      const rows = await getVideoDaily(deps.db, storeCode, videoId, dayPageOf(query));
      return c.json(
        pageOf(rows, query.limit, presentVideoDay, (row) => [row.snapshotDate]),
        200,
      );
    });
}
