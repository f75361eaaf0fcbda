import type { OpenAPIHono } from '@hono/zod-openapi';
import { createConnectLink } from '../../../services/create-connect-link.ts';
import { createStore } from '../../../services/create-store.ts';
import { disconnectStore } from '../../../services/disconnect-store.ts';
import { getStore } from '../../../services/read-stores.ts';
import { resyncStore } from '../../../services/resync-store.ts';
import { changeStore } from '../../../services/update-store.ts';
import type { AdminVariables } from '../../admin-variables.ts';
import type { GuardedDependencies } from '../../dependencies.ts';
import { audited, auditedInside } from '../../middleware/audit-changes.ts';
import { linkPage } from '../../pages/console/link-page.ts';
import { storeAddress } from '../../pages/console/parts.ts';
import { storeTexts } from '../../pages/console/texts/store.ts';
import { pickLanguage } from '../../pages/language.ts';
import { createStoreBody, storeCode } from '../../schemas.ts';
import { type AdminContext, askFirst, cameFrom, change, consoleModel } from './console.ts';
import { parse } from './form.ts';

/** What the console changes at one store. */
export function storeChangeRoutes(app: OpenAPIHono<{ Variables: AdminVariables }>, deps: GuardedDependencies): void {
  /** Back to the list for whoever came from there, else to the store, where one sees how it goes on. */
  const afterwards = (c: AdminContext, code: string, form: Readonly<Record<string, string>>) => {
    const from = cameFrom(c, deps, form);
    return /^\/stores(\?|$)/.test(from) ? from : storeAddress(code);
  };

  app.post(
    '/stores',
    change(deps, 'stores', async (c, { timezone, ...form }) => {
      const body = parse(createStoreBody, { ...form, timezone: timezone || undefined });
      const store = { storeCode: body.store_code, name: body.name, timezone: body.timezone ?? deps.timezone };
      await audited(c, deps, { storeCode: store.storeCode }, ({ db }) => createStore(db, store));
      return { to: storeAddress(store.storeCode), said: 'added', of: store.name };
    }),
  );
  app.post(
    '/stores/:store_code/resync',
    change(deps, 'stores', async (c, form) => {
      const code = parse(storeCode, c.req.param('store_code'));
      await audited(c, deps, { storeCode: code }, (own) => resyncStore(own, code));
      return { to: afterwards(c, code, form), said: 'resync', of: code };
    }),
  );
  for (const [verb, paused, said] of [
    ['pause', true, 'paused'],
    ['resume', false, 'resumed'],
  ] as const) {
    app.post(
      `/stores/:store_code/${verb}`,
      change(deps, 'stores', async (c, form) => {
        const code = parse(storeCode, c.req.param('store_code'));
        await audited(c, deps, { storeCode: code }, (own) => changeStore(own, code, { paused }));
        return { to: afterwards(c, code, form), said, of: code };
      }),
    );
  }
  app.post(
    '/stores/:store_code/disconnect',
    change(deps, 'stores', async (c, form) => {
      const code = parse(storeCode, c.req.param('store_code'));
      const { store } = await getStore(deps, code);
      const { disconnect, confirmDisconnect } = storeTexts[pickLanguage(c.req.header('accept-language'))].actions;
      const question = confirmDisconnect(store.name);
      const asked = await askFirst(c, deps, form, { section: 'stores', title: disconnect, question, word: disconnect });
      if (asked) return asked;
      await auditedInside(c, deps, { storeCode: code }, (record) => disconnectStore(deps, code, record));
      return { to: afterwards(c, code, form), said: 'disconnected', of: code };
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
