import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { AppError } from '../../errors.ts';
import { completeConnect } from '../../services/complete-connect.ts';
import { getConnectResult } from '../../services/read-connect-result.ts';
import { getInvitation, startConnect } from '../../services/start-connect.ts';
import { undoConnect } from '../../services/undo-connect.ts';
import { clientAddress } from '../client-address.ts';
import { connectCookie } from '../cookies.ts';
import type { GuardedDependencies } from '../dependencies.ts';
import { connectPage } from '../pages/connect-page.ts';
import { connectResultPage } from '../pages/connect-result-page.ts';
import { pickLanguage } from '../pages/language.ts';

const resultPath = '/connect/result';
/** What a form sends; a bare POST without a body has no type at all. */
const formType = /^(application\/x-www-form-urlencoded|multipart\/form-data|text\/plain|)\s*(;|$)/i;
const missingScopesIn = (reason: string | null) => /^SCOPE_MISSING: (.*)$/.exec(reason ?? '')?.[1]?.split(', ') ?? [];

/** The owner's way: page → TikTok → callback → page. Nothing but `code` and `state` is ever in a query. */
export function connectRoutes(app: OpenAPIHono, deps: GuardedDependencies): void {
  const { simulated } = deps;
  const cookie = connectCookie(deps.publicUrl);
  const languageOf = (c: Context) => pickLanguage(c.req.header('accept-language'));
  const browserTokenOf = (c: Context) => getCookie(c, cookie.name) ?? null;
  const ownOrigin = new URL(deps.publicUrl).origin;
  /** True when a page elsewhere sends the browser; ours sends no referrer, so its Origin is null. */
  const isForeign = (c: Context) => {
    const site = c.req.header('sec-fetch-site');
    if (site !== undefined) return site !== 'same-origin' && site !== 'none';
    return !['null', ownOrigin].includes(c.req.header('origin') ?? ownOrigin);
  };
  /** An invitation that nobody made is a wrong proof. */
  const invited = <T>(c: Context, work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      if (!(error instanceof AppError) || error.code !== 'LINK_NOT_FOUND') throw error;
      return deps.failures.refuse('connect_link.open', clientAddress(c), error);
    });

  app.get(resultPath, async (c) => {
    const language = languageOf(c);
    const result = await getConnectResult(deps, browserTokenOf(c));
    const page = connectResultPage({
      language,
      simulated,
      outcome: result?.outcome ?? 'INVALID_STATE',
      storeName: result?.storeName ?? null,
      storeCode: result?.storeCode ?? null,
      account: result?.account ?? null,
      missingScopes: result?.outcome === 'CONNECTED' ? missingScopesIn(result.statusReason) : [],
      firstSync: result?.firstSync ?? null,
      mayUndo: result?.mayUndo ?? false,
    });
    return c.html(page);
  });

  app.get('/connect/:invite', async (c) => {
    const language = languageOf(c);
    const { storeCode, storeName, since, daysMissing } = await invited(c, getInvitation(deps, c.req.param('invite')));
    const page = connectPage({
      language,
      simulated,
      storeName,
      storeCode,
      action: `/connect/${c.req.param('invite')}`,
      since,
      daysMissing,
    });
    return c.html(page);
  });

  app.post('/connect/undo', async (c) => {
    if (isForeign(c)) throw new AppError('FORBIDDEN', 'Use the button on the page that says what was connected.');
    // A body that is no form names no store.
    const form: Record<string, unknown> = await c.req.parseBody().catch(() => ({}));
    const { store_code: storeCode } = form;
    await undoConnect(deps, browserTokenOf(c), typeof storeCode === 'string' ? storeCode : null);
    return c.redirect(resultPath, 303);
  });

  app.post('/connect/:invite', async (c) => {
    if (c.req.path === resultPath)
      throw new AppError('METHOD_NOT_ALLOWED', 'This page is only looked at: open it in a browser.', {
        Allow: 'GET, HEAD',
      });
    // Nobody goes to TikTok who has not seen on our page for which store.
    if (isForeign(c)) throw new AppError('FORBIDDEN', 'Open the link itself and press the button on its page.');
    if (!formType.test(c.req.header('content-type') ?? '')) {
      throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'Open the link in a browser and press its button.');
    }
    const { authorizeUrl, browserToken } = await invited(c, startConnect(deps, c.req.param('invite')));
    setCookie(c, cookie.name, browserToken, cookie.options);
    return c.redirect(authorizeUrl, 303);
  });

  app.get('/oauth/tiktok/callback', async (c) => {
    const one = (name: string) => c.req.query(name)?.slice(0, 4096) ?? null;
    const isDoubtful = ['state', 'code', 'error'].some((name) => (c.req.queries(name)?.length ?? 0) > 1);
    // HEAD only looks, and what is there twice is no way back of TikTok's: neither uses a state up.
    if (c.req.method === 'GET' && !isDoubtful) {
      await completeConnect(deps, {
        state: one('state'),
        code: one('code'),
        error: one('error'),
        browserToken: browserTokenOf(c),
      });
    }
    return c.redirect(resultPath, 303);
  });
}
