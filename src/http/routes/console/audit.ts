import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { auditActions } from '../../../domain/audit-action.ts';
import { type AuditRow, getAudit } from '../../../services/audit.ts';
import type { AdminVariables } from '../../admin-variables.ts';
import { type CsvColumn, csvAnswer } from '../../csv.ts';
import type { GuardedDependencies } from '../../dependencies.ts';
import { auditPage } from '../../pages/console/audit-page.ts';
import { storeCode } from '../../schemas.ts';
import { type AdminContext, consoleModel } from './console.ts';
import { addressWith, daySpan, olderAddress, positionOf, readFilters, rowsShown, spanOf } from './filters.ts';

const auditFilters = z.object({
  ...daySpan,
  store_code: storeCode.optional(),
  action: z.enum(auditActions).optional(),
  actor: z
    .string()
    .max(200)
    .regex(/^[^\p{Cc}]*$/u)
    .optional(),
  outcome: z.enum(['done', 'refused']).optional(),
});

const columns: readonly CsvColumn<AuditRow>[] = [
  { name: 'at', value: (row) => row.at },
  { name: 'actor_name', value: (row) => row.actorName },
  { name: 'actor_key_id', value: (row) => row.actorKeyId },
  { name: 'action', value: (row) => row.action },
  { name: 'store_code', value: (row) => row.storeCode },
  { name: 'target', value: (row) => row.target },
  { name: 'outcome', value: (row) => row.outcome },
  { name: 'client', value: (row) => row.client },
  { name: 'id', value: (row) => row.id },
];

/** Who changed what, as a page and as a file. */
export function auditPageRoutes(app: OpenAPIHono<{ Variables: AdminVariables }>, deps: GuardedDependencies): void {
  const queryOf = (c: AdminContext) => {
    const given = readFilters(c, auditFilters);
    const { days, ...span } = spanOf(given, deps.clock.now());
    const { store_code: code = null, action = null, actor = null, outcome = null, cursor } = given;
    return {
      shown: { storeCode: code, action, actor, outcome, ...days },
      filter: { storeCode: code, action, actor, done: outcome && outcome === 'done', ...span },
      after: positionOf(cursor),
    };
  };

  app.get('/audit', async (c) => {
    const { shown, filter, after } = queryOf(c);
    const [model, rows] = await Promise.all([
      consoleModel(c, deps),
      getAudit(deps.db, { ...filter, after, limit: rowsShown + 1 }),
    ]);
    return c.html(
      auditPage({
        ...model,
        filters: shown,
        rows: rows.slice(0, rowsShown),
        older: olderAddress(c, rows, ({ at }) => at),
        newest: after && addressWith(c, { cursor: null }),
        csv: addressWith(c, { cursor: null }, '/audit.csv'),
      }),
    );
  });
  app.get('/audit.csv', (c) => {
    const { filter } = queryOf(c);
    return csvAnswer<AuditRow>(c, {
      name: `harian-audit-${deps.clock.now().toISOString().slice(0, 10)}.csv`,
      columns,
      read: (after, limit) => getAudit(deps.db, { ...filter, after, limit }),
    });
  });
}
