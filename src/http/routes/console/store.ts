import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { AppError } from '../../../errors.ts';
import { getStoreDetail, getStoreNumbers, getStoreVideos, videoSorts } from '../../../services/read-store-detail.ts';
import { storeNotFound } from '../../../services/read-stores.ts';
import { createViewChanges } from '../../../services/read-view-changes.ts';
import { removeStore } from '../../../services/remove-store.ts';
import { changeStore } from '../../../services/update-store.ts';
import type { AdminVariables } from '../../admin-variables.ts';
import { decodeCursor, pageOf } from '../../cursor.ts';
import type { GuardedDependencies } from '../../dependencies.ts';
import { audited, auditedInside } from '../../middleware/audit-changes.ts';
import { storeAddress } from '../../pages/console/parts.ts';
import { numberRanges } from '../../pages/console/store-model.ts';
import { storePage } from '../../pages/console/store-page.ts';
import { storeCode, updateStoreBody, videoPosition } from '../../schemas.ts';
import { change, consoleModel } from './console.ts';
import { parse } from './form.ts';

const videosPerPage = 50;
const largest = 2n ** 63n;

/** What the address asks for; what it does not know is as if it were not there. */
const storeQuery = z.object({
  days: z.coerce.number().pipe(z.literal(numberRanges)).catch(30),
  sort: z.enum(videoSorts).catch('posted'),
  dir: z.enum(['asc', 'desc']).catch('desc'),
  cursor: z.string().max(500).optional(),
});
/** What a page of videos was sorted by, as PostgreSQL's bigint, and the id of its last one. */
const sortedPosition = z.tuple([
  // In one step: a refinement also runs on what an earlier check has refused, and BigInt throws at it.
  z.string().refine((text) => /^-?\d{1,19}$/.test(text) && BigInt(text) < largest && BigInt(text) >= -largest),
  videoPosition.def.items[0],
]);

/** One store: its page, and what is changed and removed on it. */
export function storePageRoutes(app: OpenAPIHono<{ Variables: AdminVariables }>, deps: GuardedDependencies): void {
  const viewChanges = createViewChanges(deps);

  app.get('/stores/:store_code', async (c) => {
    const code = storeCode.safeParse(c.req.param('store_code')).data;
    if (code === undefined) throw storeNotFound();
    const { days, sort, dir, cursor } = parse(storeQuery, c.req.query());
    const position = decodeCursor(cursor, sortedPosition);
    const [model, { queue, fleet, requests }] = await Promise.all([consoleModel(c, deps), deps.watch.read()]);
    const detail = await getStoreDetail(deps, code, { ...fleet, breakerOpen: queue.breaker !== null });
    const [numbers, videos] = await Promise.all([
      getStoreNumbers({ db: deps.db, viewChanges }, detail, days),
      getStoreVideos(deps, detail, {
        sort,
        ascending: dir === 'asc',
        after: position && { position: position[0], videoId: position[1] },
        limit: videosPerPage + 1,
      }),
    ]);
    const page = pageOf(
      videos.rows,
      videosPerPage,
      (row) => row,
      (row) => [row.position, row.videoId],
    );
    return c.html(
      storePage({
        ...model,
        detail,
        numbers,
        videos: { count: videos.count, rows: page.items },
        nextCursor: page.next_cursor,
        isLaterPage: position !== null,
        choice: { days, sort, ascending: dir === 'asc' },
        requests,
        requestsPerMinute: deps.requestsPerMinute,
      }),
    );
  });
  app.post(
    '/stores/:store_code/edit',
    change(deps, 'stores', async (c, { name, timezone }) => {
      const code = parse(storeCode, c.req.param('store_code'));
      const changes = parse(updateStoreBody, { name, timezone });
      await audited(c, deps, { storeCode: code }, (own) => changeStore(own, code, changes));
      return { to: storeAddress(code), said: 'changed', of: changes.name ?? code };
    }),
  );
  app.post(
    '/stores/:store_code/delete',
    change(deps, 'stores', async (c, { confirm }) => {
      const code = parse(storeCode, c.req.param('store_code'));
      if (confirm?.trim() !== code) {
        throw new AppError('INVALID_REQUEST', 'Nothing was deleted: type the store code exactly as it is written.');
      }
      await auditedInside(c, deps, { storeCode: code }, (record) => removeStore(deps, code, record));
      return { to: '/stores', said: 'deleted', of: code };
    }),
  );
}
