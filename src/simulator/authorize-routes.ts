import type { Context, Hono } from 'hono';
import type { Clock } from '../clock.ts';
import { consentErrorPage, consentPage } from './consent-page.ts';
import { newLogId, newTrace } from './exchange.ts';
import type { Grants } from './grants.ts';
import type { Journal } from './journal.ts';
import type { Population } from './population.ts';
import type { SimulatorEnv } from './reply.ts';
import { type Scope, scopeSchema } from './scopes.ts';

export interface AuthorizeOptions {
  clientKey: string;
  redirectUris: readonly string[];
  clock: Clock;
  grants: Grants;
  journal: Journal;
  population: Population;
}

interface Asked {
  redirectUri: string;
  state: string;
  scopes: Scope[];
}

/** GET and POST /v2/auth/authorize/ (tiktok-api.md, section 2). A wrong request gets a page with 400, never a redirect. */
export function addAuthorizeRoutes(app: Hono<SimulatorEnv>, options: AuthorizeOptions): void {
  const { clientKey, redirectUris, clock, grants, journal, population } = options;

  /** What was asked for, or the first thing that is wrong with it. */
  function readAsked(parameters: URLSearchParams): Asked | string {
    const value = (name: string) => parameters.get(name) ?? '';
    if (value('client_key') !== clientKey) return 'client_key is unknown';
    if (!redirectUris.includes(value('redirect_uri'))) return 'redirect_uri is not registered';
    if (value('response_type') !== 'code') return 'response_type must be code';
    if (value('state') === '') return 'state is missing';
    const scopes = scopeSchema.array().safeParse(value('scope').split(','));
    if (!scopes.success) return 'scope must be a comma-separated list of known scopes';
    return { redirectUri: value('redirect_uri'), state: value('state'), scopes: [...new Set(scopes.data)] };
  }

  function record(now: Date, logId: string, status: number, openId: string | null, detail: string | null): void {
    const trace = { ...newTrace('authorize', now, logId), openId, detail };
    journal.record(trace, { kind: 'text', status, text: '', contentType: 'text/html' }, false);
  }

  function showError(c: Context<SimulatorEnv>, problem: string) {
    const now = clock.now();
    const logId = newLogId(now);
    record(now, logId, 400, null, problem);
    return c.html(consentErrorPage(problem, logId), 400);
  }

  app.use('/v2/auth/authorize/', async (c, next) => {
    await next();
    c.header('cache-control', 'no-store');
    c.header('referrer-policy', 'no-referrer');
  });

  app.get('/v2/auth/authorize/', (c) => {
    const asked = readAsked(new URL(c.req.url).searchParams);
    if (typeof asked === 'string') return showError(c, asked);
    const now = clock.now();
    record(now, newLogId(now), 200, null, 'consent page');
    const hidden = {
      client_key: clientKey,
      redirect_uri: asked.redirectUri,
      state: asked.state,
      scope: asked.scopes.join(','),
      response_type: 'code',
    };
    return c.html(consentPage({ accounts: population.accounts, scopes: asked.scopes, hidden }));
  });

  app.post('/v2/auth/authorize/', async (c) => {
    const form = new URLSearchParams(await c.req.text());
    const asked = readAsked(form);
    if (typeof asked === 'string') return showError(c, asked);
    const now = clock.now();
    const back = new URL(asked.redirectUri);
    if (form.get('decision') !== 'authorize') {
      // What a person's refusal answers exactly is not established. TODO: check official docs
      back.searchParams.set('error', 'access_denied');
      back.searchParams.set('error_description', 'The user refused (simulated)');
      back.searchParams.set('state', asked.state);
      record(now, newLogId(now), 302, null, 'access_denied');
      return c.redirect(back.href, 302);
    }
    const openId = form.get('account') ?? '';
    if (!population.has(openId)) return showError(c, 'account is unknown');
    const ticked = form.getAll('granted');
    const scopes = asked.scopes.filter((scope) => scope === 'user.info.basic' || ticked.includes(scope));
    back.searchParams.set('code', grants.issueCode({ openId, scopes, redirectUri: asked.redirectUri }));
    back.searchParams.set('scopes', scopes.join(','));
    back.searchParams.set('state', asked.state);
    record(now, newLogId(now), 302, openId, null);
    return c.redirect(back.href, 302);
  });
}
