import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { findMatchingCodes, type StoreEdge, searchStores } from '../../../services/search-stores.ts';
import type { AdminVariables } from '../../admin-variables.ts';
import { decodeCursor, encodeCursor } from '../../cursor.ts';
import type { GuardedDependencies } from '../../dependencies.ts';
import type { StoresView } from '../../pages/console/stores-model.ts';
import { addressOf, storesPage } from '../../pages/console/stores-page.ts';
import { storesQuery } from '../../schemas.ts';
import { consoleModel } from './console.ts';
import { parse } from './form.ts';

const rowsPerPage = 50;
const sorts = ['code', 'name', 'attention', 'read', '-read', 'followers', '-followers'] as const;
const text = z
  .string()
  .max(200)
  .regex(/^[^\p{Cc}]*$/u, 'must not contain control characters');
const filterQuery = z.object({
  q: text.default(''),
  // The form sends it empty when all are wanted.
  status: z.union([storesQuery.shape.status, z.literal('paused'), z.literal('')]).default(''),
});
const listQuery = filterQuery.extend({ sort: z.enum(sorts).default('code'), cursor: z.string().max(4_000).optional() });

/** A page's edge: which way it goes on from there, in which order, that store's key in it, and how many come before. */
const named = z.string().regex(/^[^\p{Cc}]{0,800}$/u);
const numbered = z.string().regex(/^-?\d{1,17}$/);
const direction = z.enum(['after', 'before']);
const ahead = z.string().regex(/^\d{1,9}$/);
const position = z.union([
  z.tuple([direction, z.enum(['code', 'name']), named, named, ahead]),
  z.tuple([direction, z.enum(['attention', 'read', '-read', 'followers', '-followers']), numbered, named, ahead]),
]);

const cursorOf = ({ sort }: StoresView, edge: StoreEdge) =>
  encodeCursor([edge.direction, sort, edge.key, edge.storeCode, String(edge.ahead)]);

/** Null also for a cursor of another order: that list is read from its beginning. */
function edgeOf({ sort }: StoresView, cursor: string | undefined): StoreEdge | null {
  const at = decodeCursor(cursor, position);
  if (at === null || at[1] !== sort) return null;
  return { direction: at[0], key: at[2], storeCode: at[3], ahead: Number(at[4]) };
}

const filterOf = ({ q, status }: z.infer<typeof filterQuery>): Pick<StoresView, 'text' | 'filter'> => ({
  text: q.trim(),
  filter: status === '' || status === undefined ? null : status,
});
/** Accounts are written with an @ that is not part of their name. */
const searched = <View extends Pick<StoresView, 'text'>>(view: View): View => ({
  ...view,
  text: view.text.replace(/^@/, ''),
});

/** The list of stores, and the codes of all that match for whoever wants to do something to them. */
export function storesRoutes(app: OpenAPIHono<{ Variables: AdminVariables }>, deps: GuardedDependencies): void {
  app.get('/stores', async (c) => {
    const query = parse(listQuery, c.req.query());
    const view: StoresView = { ...filterOf(query), sort: query.sort };
    const searching = searchStores(deps, {
      ...searched(view),
      sort: sortOf(view.sort),
      descending: view.sort.startsWith('-'),
      from: edgeOf(view, query.cursor),
      limit: rowsPerPage,
    });
    const [model, { previous, next, ...list }] = await Promise.all([consoleModel(c, deps), searching]);
    const address = (edge: StoreEdge | null) => edge && addressOf(view, cursorOf(view, edge));
    return c.html(storesPage({ ...model, view, list, previous: address(previous), next: address(next) }));
  });
  // Below /stores/bulk, because a store may be called anything.
  app.get('/stores/bulk/codes', async (c) => {
    const view = filterOf(parse(filterQuery, c.req.query()));
    return c.json({ store_codes: await findMatchingCodes(deps.db, searched(view)) });
  });
}

const sortOf = (sort: StoresView['sort']) => {
  switch (sort) {
    case '-read':
      return 'read';
    case '-followers':
      return 'followers';
    case 'attention':
    case 'code':
    case 'followers':
    case 'name':
    case 'read':
      return sort;
  }
};
