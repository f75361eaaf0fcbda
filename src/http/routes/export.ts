import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { type ExportSeries, exportKeys } from '../../domain/export-series.ts';
import { AppError } from '../../errors.ts';
import { createExporter } from '../../services/export-rows.ts';
import type { AdminVariables } from '../admin-variables.ts';
import { withCrlf } from '../crlf.ts';
import { adminRoute, refusals } from '../define-route.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { exportKeyParts, exportParams, exportQuery } from '../schemas.ts';

const contentTypes = { csv: 'text/csv; charset=utf-8; header=present', ndjson: 'application/x-ndjson' } as const;
const lines = (example: string) => ({ schema: z.string().openapi({ example }) });
const asFile = {
  'text/csv': lines(
    'snapshot_date,store_code,follower_count,following_count,likes_count,video_count,captured_at,captured_at_local\r\n2026-11-24,jkt-01,1200,35,8123,64,2026-11-24T01:00:07.412Z,2026-11-24T08:00:07\r\n',
  ),
  'application/x-ndjson': lines(
    '{"snapshot_date":"2026-11-24","store_code":"jkt-01","follower_count":1200,"following_count":35,"likes_count":8123,"video_count":64,"captured_at":"2026-11-24T01:00:07.412Z","captured_at_local":"2026-11-24T08:00:07"}\n',
  ),
};

const takeAway = adminRoute({
  method: 'get',
  path: '/api/export/{series}',
  operationId: 'exportSeries',
  tags: ['Numbers'],
  summary: 'A whole series as a file',
  description: `Every row of a table, of one store or of all, streamed in the order of its key: ${Object.entries(
    exportKeys,
  )
    .map(([series, key]) => `\`${series}\` by ${key.join(', ')}`)
    .join('; ')}. Broken off? Ask again with \`after\`. Each day is one snapshot of the database.`,
  request: { params: exportParams, query: exportQuery },
  responses: {
    200: { description: 'The rows', content: asFile },
    ...refusals('INVALID_REQUEST', 'UNAUTHORIZED', 'STORE_NOT_FOUND', 'TOO_MANY_REQUESTS'),
  },
});

/** The parts of a row's key. Throws INVALID_REQUEST when they are not those of this series. */
function keyAfter(series: ExportSeries, after: string | undefined): string[] | null {
  if (after === undefined) return null;
  const names = exportKeys[series];
  // As it stands in a CSV, where a spreadsheet was kept from taking it for a formula.
  const parts = after.split('/').map((part) => part.replace(/^'(?=-)/, ''));
  const valid =
    parts.length === names.length && names.every((name, i) => exportKeyParts[name].safeParse(parts[i]).success);
  if (!valid) throw new AppError('INVALID_REQUEST', `after: must be ${names.join('/')} of the last row you have.`);
  return parts;
}

export function exportRoutes(app: OpenAPIHono<{ Variables: AdminVariables }>, deps: HttpDependencies) {
  const exportRows = createExporter(deps);

  return app.openapi(takeAway, async (c) => {
    const { series } = c.req.valid('param');
    const { format, store_code: storeCode = null, from = null, to = null, after } = c.req.valid('query');
    if ((from ?? to) !== null && !exportKeys[series].some((name) => name === 'snapshot_date')) {
      throw new AppError('INVALID_REQUEST', `from, to: leave them out, ${series} has no days.`);
    }
    const rows = exportRows({ series, format, storeCode, from, to, after: keyAfter(series, after) });
    const bytes = format === 'csv' ? withCrlf(rows) : rows;
    // What fails before the first row is still answered as an error.
    const first = await bytes.next();
    let sent = false;
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const { done, value } = sent ? await bytes.next() : first;
        sent = true;
        if (done) controller.close();
        else controller.enqueue(value);
      },
      // Also of a reader who was gone before the first byte: a generator in between would end nothing then.
      cancel: () => bytes.return(undefined).then(() => undefined),
    });
    const headers = {
      'Content-Type': contentTypes[format],
      'Content-Disposition': `attachment; filename="harian-${series}.${format}"`,
    };
    if (c.req.method === 'HEAD') {
      await bytes.return(undefined);
      return c.body(null, 200, headers);
    }
    return c.body(body, 200, headers);
  });
}
