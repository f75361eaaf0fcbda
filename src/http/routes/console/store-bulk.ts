import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { changeStores, type StoreOutcome, storeActions } from '../../../services/change-stores.ts';
import type { AdminVariables } from '../../admin-variables.ts';
import { clientAddress } from '../../client-address.ts';
import type { GuardedDependencies } from '../../dependencies.ts';
import { wantsPage } from '../../error-handler.ts';
import { linkLine } from '../../pages/console/bulk-links.ts';
import { bulkPage, refusalOf } from '../../pages/console/bulk-page.ts';
import { bulkTexts } from '../../pages/console/texts/bulk.ts';
import { formatCount } from '../../pages/format.ts';
import { pickLanguage } from '../../pages/language.ts';
import type { Language } from '../../pages/view-models.ts';
import { storeCode } from '../../schemas.ts';
import { type AdminContext, askFirst, cameFrom, change, consoleModel } from './console.ts';
import { parse } from './form.ts';

const bulkBody = z.object({
  action: z.enum(storeActions),
  code: z.array(storeCode).min(1, 'select at least one store').max(200, 'must not be more than 200 stores'),
});

/** The same change to the stores that were ticked: a page for a form, JSON for public/bulk.js. */
export function storeBulkRoutes(app: OpenAPIHono<{ Variables: AdminVariables }>, deps: GuardedDependencies): void {
  app.post(
    '/stores/bulk',
    change(deps, 'stores', async (c, form) => {
      const { action, code: storeCodes } = parse(bulkBody, { action: form.action, code: await readCodes(c) });
      const language = pickLanguage(c.req.header('accept-language'));
      if (action === 'disconnect') {
        const { confirmTitle, confirmDisconnect, actions } = bulkTexts[language];
        const asked = await askFirst(c, deps, form, {
          section: 'stores',
          title: confirmTitle,
          question: confirmDisconnect(formatCount(storeCodes.length, language)),
          word: actions.disconnect,
          codes: storeCodes,
          fields: [['action', action], ...storeCodes.map((code) => ['code', code] as const)],
        });
        if (asked) return asked;
      }
      const outcomes = await changeStores(deps, {
        action,
        storeCodes,
        actor: c.get('admin'),
        client: clientAddress(c),
      });
      // One row for each store stands in the audit log by now.
      c.get('change').recorded = true;
      if (!wantsPage(c)) return c.json({ results: outcomes.map((outcome) => present(outcome, language)) });
      const backTo = cameFrom(c, deps, form, '/stores');
      return c.html(bulkPage({ ...(await consoleModel(c, deps)), action, outcomes, backTo }));
    }),
  );
}

/** Every field named `code`; none when the body cannot be read. */
async function readCodes(c: AdminContext): Promise<unknown[]> {
  const body = await c.req.formData().catch(() => new FormData());
  return body.getAll('code');
}

function present({ storeCode: code, name, outcome, link }: StoreOutcome, language: Language) {
  const made = link && { storeCode: code, name, url: link.url, expiresAt: link.expiresAt.toISOString() };
  return {
    store_code: code,
    name,
    outcome,
    reason: refusalOf(outcome, language),
    link: made && { url: made.url, expires_at: made.expiresAt, csv: linkLine(made) },
  };
}
