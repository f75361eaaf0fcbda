import type { OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { AppError } from '../../errors.ts';
import { signIn, signOut } from '../../services/authenticate-admin.ts';
import { createConnectLink } from '../../services/create-connect-link.ts';
import { createStore } from '../../services/create-store.ts';
import { getCoverage } from '../../services/read-coverage.ts';
import { getQueue } from '../../services/read-queue.ts';
import { getStores } from '../../services/read-stores.ts';
import { resyncStore } from '../../services/resync-store.ts';
import type { AdminVariables } from '../admin-variables.ts';
import { clientAddress } from '../client-address.ts';
import { sessionCookie } from '../cookies.ts';
import { decodeCursor, pageOf } from '../cursor.ts';
import type { GuardedDependencies } from '../dependencies.ts';
import { statusOf, wantsPage } from '../error-handler.ts';
import { audited } from '../middleware/audit-changes.ts';
import { consolePage } from '../pages/console-page.ts';
import { signInPage } from '../pages/sign-in-page.ts';
import type { ConsolePageModel } from '../pages/view-models.ts';
import { presentStoreRow } from '../present.ts';
import { createStoreBody, storeCode, storePosition, storesQuery } from '../schemas.ts';

const formLimit = 8;

type AdminContext = Context<{ Variables: AdminVariables }>;

/** The signed-in page at `/` and its plain forms: sign in, sign out, add a store, resync, make a connect link. */
export function consoleRoutes(app: OpenAPIHono<{ Variables: AdminVariables }>, deps: GuardedDependencies): void {
  const { simulated, publicUrl } = deps;
  const cookie = sessionCookie(publicUrl);

  const showConsole = async (
    c: AdminContext,
    notice: ConsolePageModel['notice'],
    status: 200 | 400 | 404 | 409 = 200,
  ) => {
    const query = storesQuery.safeParse({ status: c.req.query('status') || undefined, cursor: c.req.query('cursor') });
    const { limit, cursor, status: filter = null } = query.success ? query.data : storesQuery.parse({});
    const afterCode = decodeCursor(cursor, storePosition)?.[0] ?? null;
    const [queue, today, rows] = await Promise.all([
      getQueue(deps),
      getCoverage(deps, null),
      getStores(deps, { status: filter, afterCode, limit: limit + 1 }),
    ]);
    const now = deps.clock.now();
    const page = pageOf(rows, limit, presentStoreRow, (row) => [row.store.storeCode]);
    const next = new URLSearchParams({ ...(filter && { status: filter }), cursor: page.next_cursor ?? '' });
    const nextHref = page.next_cursor === null ? null : `/?${next.toString()}`;
    const stores = { items: page.items, nextHref, statusFilter: filter };
    const { name, scope } = c.get('admin');
    const admin = { name, scope };
    const model = { simulated, publicUrl, admin, now: now.toISOString(), queue, today, stores, notice };
    return c.html(consolePage(model), status);
  };

  /** A change asked for by a form of ours. A refusal is shown on the page. */
  const change =
    (work: (c: AdminContext, form: Record<string, string>) => Promise<ConsolePageModel['notice']>) =>
    async (c: AdminContext) => {
      try {
        return await showConsole(c, await work(c, await readForm(c)));
      } catch (error) {
        const status = error instanceof AppError ? statusOf[error.code] : 500;
        if (!wantsPage(c) || !(error instanceof AppError) || (status !== 400 && status !== 404 && status !== 409))
          throw error;
        c.get('change').refusal = error.code;
        return showConsole(c, { kind: 'error', text: error.message, link: null }, status);
      }
    };

  app.get('/', (c) =>
    // Whoever is not signed in is shown the way in.
    c.get('admin') === undefined
      ? c.html(signInPage({ simulated, error: null, action: '/session' }))
      : showConsole(c, null),
  );

  app.post('/session', async (c) => {
    const { key = '' } = await readForm(c);
    const session = await signIn(deps, key.trim());
    if (!session) {
      deps.logger.warn('sign-in refused');
      const refusal = new AppError('UNAUTHORIZED', 'This key is not known, was revoked or has expired: check it.');
      return deps.failures.refuse('session.begin', clientAddress(c), refusal);
    }
    c.set('admin', session.admin);
    setCookie(c, cookie.name, session.sessionToken, { ...cookie.options, maxAge: session.lifeSeconds });
    return c.redirect('/', 303);
  });
  app.post('/session/end', async (c) => {
    const token = getCookie(c, cookie.name);
    const admin = token === undefined ? null : await signOut(deps, token);
    if (admin) c.set('admin', admin);
    deleteCookie(c, cookie.name, cookie.options);
    return c.redirect('/', 303);
  });

  app.post(
    '/stores',
    change(async (c, form) => {
      const {
        store_code: code,
        name,
        timezone,
      } = parse(createStoreBody, { ...form, timezone: form.timezone || undefined });
      const store = { storeCode: code, name, timezone: timezone ?? deps.timezone };
      await audited(c, deps, { storeCode: code }, ({ db }) => createStore(db, store));
      return { kind: 'ok', text: `${name} was added. Make a connect link and send it to its owner.`, link: null };
    }),
  );
  app.post(
    '/stores/:store_code/resync',
    change(async (c) => {
      const code = parse(storeCode, c.req.param('store_code'));
      await audited(c, deps, { storeCode: code }, (own) => resyncStore(own, code));
      return { kind: 'ok', text: `The sync of ${code} is under way.`, link: null };
    }),
  );
  app.post(
    '/stores/:store_code/connect-link',
    change(async (c) => {
      const code = parse(storeCode, c.req.param('store_code'));
      const { url } = await audited(c, deps, { storeCode: code }, (own) => createConnectLink(own, code));
      return { kind: 'ok', text: `Send this link to the owner of ${code}. It is shown this once.`, link: url };
    }),
  );
}

async function readForm(c: Context): Promise<Record<string, string>> {
  const type = c.req.header('content-type') ?? 'application/x-www-form-urlencoded';
  if (!/^(application\/x-www-form-urlencoded|multipart\/form-data)\b/i.test(type)) {
    throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'Use the form on the page.');
  }
  const body = await c.req.parseBody().catch(() => ({}));
  return Object.fromEntries(
    Object.entries(body)
      .slice(0, formLimit)
      .filter((field): field is [string, string] => typeof field[1] === 'string'),
  );
}

/** Throws INVALID_REQUEST naming the first field that is wrong. */
function parse<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new AppError('INVALID_REQUEST', [issue?.path.join('.'), issue?.message].filter(Boolean).join(': '));
}
