import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { syncTriggers } from '../../../domain/job-state.ts';
import { getLogEntries, type LogEntry } from '../../../services/read-sync-logs.ts';
import type { AdminVariables } from '../../admin-variables.ts';
import { type CsvColumn, csvAnswer } from '../../csv.ts';
import type { GuardedDependencies } from '../../dependencies.ts';
import { logPage } from '../../pages/console/log-page.ts';
import { logStatuses, storeCode } from '../../schemas.ts';
import { type AdminContext, consoleModel } from './console.ts';
import { addressWith, daySpan, olderAddress, positionOf, readFilters, rowsShown, spanOf } from './filters.ts';

const logFilters = z.object({
  ...daySpan,
  store_code: storeCode.optional(),
  status: z.enum(logStatuses).optional(),
  trigger: z.enum(syncTriggers).optional(),
  error_code: z
    .string()
    .regex(/^\w{1,64}$/, 'must be a code such as TIMEOUT')
    .optional(),
});

/** The names of the API. */
const columns: readonly CsvColumn<LogEntry>[] = [
  { name: 'started_at', value: (log) => log.startedAt },
  { name: 'finished_at', value: (log) => log.finishedAt },
  { name: 'store_code', value: (log) => log.storeCode },
  { name: 'store_name', value: (log) => log.storeName },
  { name: 'snapshot_date', value: (log) => log.snapshotDate },
  { name: 'trigger', value: (log) => log.trigger },
  { name: 'attempt', value: (log) => log.attempt },
  { name: 'status', value: (log) => log.status },
  { name: 'error_code', value: (log) => log.errorCode },
  { name: 'http_status', value: (log) => log.httpStatus },
  { name: 'tiktok_log_id', value: (log) => log.tiktokLogId },
  { name: 'pages', value: (log) => log.pages },
  { name: 'videos', value: (log) => log.videos },
  { name: 'retry_at', value: (log) => log.retryAt },
  { name: 'job_id', value: (log) => log.jobId },
  { name: 'id', value: (log) => log.id },
];

/** Every attempt to read a store, as a page and as a file. */
export function logRoutes(app: OpenAPIHono<{ Variables: AdminVariables }>, deps: GuardedDependencies): void {
  const queryOf = (c: AdminContext) => {
    const given = readFilters(c, logFilters);
    const { days, ...span } = spanOf(given, deps.clock.now());
    const { store_code: code = null, status = null, trigger = null, error_code: errorCode = null, cursor } = given;
    return {
      shown: { storeCode: code, status, trigger, errorCode, ...days },
      filter: { storeCode: code, status, trigger, errorCode, ...span },
      position: positionOf(cursor),
    };
  };

  app.get('/log', async (c) => {
    const { shown, filter, position } = queryOf(c);
    const after = position && { startedAt: position.at, id: position.id };
    const [model, rows] = await Promise.all([
      consoleModel(c, deps),
      getLogEntries(deps.db, { ...filter, after, limit: rowsShown + 1 }),
    ]);
    return c.html(
      logPage({
        ...model,
        filters: shown,
        rows: rows.slice(0, rowsShown),
        older: olderAddress(c, rows, ({ startedAt }) => startedAt),
        newest: position && addressWith(c, { cursor: null }),
        csv: addressWith(c, { cursor: null }, '/log.csv'),
      }),
    );
  });
  app.get('/log.csv', (c) => {
    const { filter } = queryOf(c);
    return csvAnswer<LogEntry>(c, {
      name: `harian-log-${deps.clock.now().toISOString().slice(0, 10)}.csv`,
      columns,
      read: (after, limit) => getLogEntries(deps.db, { ...filter, after, limit }),
    });
  });
}
