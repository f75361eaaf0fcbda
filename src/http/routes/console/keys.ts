import type { OpenAPIHono } from '@hono/zod-openapi';
import { createAdminKey, isBootstrap } from '../../../services/create-admin-key.ts';
import { endAdminKey, getAdminKey, getAdminKeys } from '../../../services/manage-admin-keys.ts';
import type { AdminVariables } from '../../admin-variables.ts';
import { decodeCursor, pageOf } from '../../cursor.ts';
import type { GuardedDependencies } from '../../dependencies.ts';
import { audited } from '../../middleware/audit-changes.ts';
import { keyMadePage, keysPage } from '../../pages/console/keys-page.ts';
import { keysTexts } from '../../pages/console/texts/keys.ts';
import { pickLanguage } from '../../pages/language.ts';
import { adminKeyParams, createAdminKeyBody, keyPosition } from '../../schemas.ts';
import { askFirst, change, consoleModel } from './console.ts';
import { rowsShown } from './filters.ts';
import { parse } from './form.ts';

const dayMs = 86_400_000;

/** Who may come in, for admins. */
export function keyPageRoutes(app: OpenAPIHono<{ Variables: AdminVariables }>, deps: GuardedDependencies): void {
  app.get('/keys', async (c) => {
    const afterName = decodeCursor(c.req.query('cursor'), keyPosition)?.[0] ?? null;
    const [model, rows] = await Promise.all([
      consoleModel(c, deps),
      getAdminKeys(deps.db, { afterName, limit: rowsShown + 1 }),
    ]);
    const own = c.get('admin').keyId;
    const page = pageOf(
      rows,
      rowsShown,
      (key) => ({ ...key, isOwn: key.id === own, mayRevoke: key.revokedAt === null && !isBootstrap(key) }),
      (key) => [key.name],
    );
    const more = page.next_cursor && `/keys?cursor=${encodeURIComponent(page.next_cursor)}`;
    return c.html(keysPage({ ...model, keys: page.items, more }));
  });
  app.post(
    '/keys',
    // Not a redirect: the key is a secret and stands in no address.
    change(deps, 'keys', async (c, { name, scope, expires_in_days: days }) => {
      const body = parse(createAdminKeyBody, { name, scope, expires_in_days: days ? Number(days) : undefined });
      const life = body.expires_in_days;
      const expiresAt = life === undefined ? null : new Date(deps.clock.now().getTime() + life * dayMs);
      // First: once the key is made, nothing may fail any more before it is shown.
      const model = await consoleModel(c, deps);
      const made = await audited(c, deps, { target: body.name }, (own) =>
        createAdminKey(own, { name: body.name, scope: body.scope, expiresAt }),
      );
      return c.html(keyMadePage({ ...model, name: body.name, secret: made.secret }));
    }),
  );
  app.post(
    '/keys/:id/revoke',
    change(deps, 'keys', async (c, form) => {
      const { id } = parse(adminKeyParams, c.req.param());
      const { name } = await getAdminKey(deps.db, id);
      const { revoke, confirm, confirmOwn } = keysTexts[pickLanguage(c.req.header('accept-language'))];
      const question = id === c.get('admin').keyId ? confirmOwn(name) : confirm(name);
      const asked = await askFirst(c, deps, form, { section: 'keys', title: revoke, question, word: revoke });
      if (asked) return asked;
      const key = await audited(c, deps, { target: id }, async (own) => {
        const ended = await endAdminKey(own, id);
        c.get('change').target = ended.name;
        return ended;
      });
      return { to: '/keys', said: 'revoked', of: key.name };
    }),
  );
}
