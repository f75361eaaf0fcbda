import type { OpenAPIHono } from '@hono/zod-openapi';
import { createConnectLink } from '../../../services/create-connect-link.ts';
import { createStore } from '../../../services/create-store.ts';
import { getStore } from '../../../services/read-stores.ts';
import { resyncStore } from '../../../services/resync-store.ts';
import type { AdminVariables } from '../../admin-variables.ts';
import type { GuardedDependencies } from '../../dependencies.ts';
import { audited } from '../../middleware/audit-changes.ts';
import { linkPage } from '../../pages/console/link-page.ts';
import { storeAddress } from '../../pages/console/parts.ts';
import { createStoreBody, storeCode } from '../../schemas.ts';
import { change, consoleModel } from './console.ts';
import { parse } from './form.ts';

/** What the console changes at one store. */
export function storeChangeRoutes(app: OpenAPIHono<{ Variables: AdminVariables }>, deps: GuardedDependencies): void {
  app.post(
    '/stores',
    change(deps, 'stores', async (c, { store_code, name, timezone }) => {
      const body = parse(createStoreBody, { store_code, name, timezone: timezone || undefined });
      const store = { storeCode: body.store_code, name: body.name, timezone: body.timezone ?? deps.timezone };
      await audited(c, deps, { storeCode: store.storeCode }, ({ db }) => createStore(db, store));
      return { to: storeAddress(store.storeCode), said: 'added', of: store.name };
    }),
  );
  app.post(
    '/stores/:store_code/resync',
    change(deps, 'stores', async (c) => {
      const code = parse(storeCode, c.req.param('store_code'));
      await audited(c, deps, { storeCode: code }, (own) => resyncStore(own, code));
      return { to: storeAddress(code), said: 'resync', of: code };
    }),
  );
  app.post(
    '/stores/:store_code/connect-link',
    // Not a redirect: the link is a secret and stands in no address but its own.
    change(deps, 'stores', async (c) => {
      const code = parse(storeCode, c.req.param('store_code'));
      const { store } = await getStore(deps, code);
      const { url, expiresAt } = await audited(c, deps, { storeCode: code }, (own) => createConnectLink(own, code));
      const model = await consoleModel(c, deps);
      return c.html(
        linkPage({ ...model, storeCode: code, storeName: store.name, url, expiresAt: expiresAt.toISOString() }),
      );
    }),
  );
}
